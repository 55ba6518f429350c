"""The report that GitLab shows on a merge request as "to add, to change, to delete" (`artifacts: reports: terraform`).

It knows three numbers only: addresses that would be written, each once. A replacement is a creation and a deletion; new
rows in a phonebook that has no other change are a change of it.
"""

from __future__ import annotations

import orjson

from provisioner.plan.model import Action, Plan
from provisioner.reports.report import Report, Run


def render(run: Run, colour: bool) -> str:
    """One line of JSON; without a plan it has no numbers, of which GitLab makes "failed to generate"."""
    if run.conclusion:
        return orjson.dumps({"error": run.conclusion}, option=orjson.OPT_APPEND_NEWLINE).decode()
    counts = drifted(run.plan) if run.view == "drift" else planned(run.plan)
    return orjson.dumps(counts, option=orjson.OPT_APPEND_NEWLINE).decode()


def planned(plan: Plan) -> dict[str, int]:
    """What apply would write."""
    written = [change for change in plan.changes if change.writes]
    actions = [change.action for change in written]
    rows = {rows.address for rows in plan.rows if rows.writes} - {change.address for change in written}
    replaced = actions.count(Action.REPLACE)
    return {
        "create": actions.count(Action.CREATE) + replaced,
        "update": actions.count(Action.UPDATE) + actions.count(Action.ADOPT) + len(rows),
        "delete": actions.count(Action.DELETE) + replaced,
    }


def drifted(plan: Plan) -> dict[str, int]:
    """What others changed and removed."""
    gone = sum(not each.fields for each in plan.drift)
    return {"create": 0, "update": len(plan.drift) - gone, "delete": gone}


BEGINS = r'\{"(?:create":\d+,"update":\d+,"delete":\d+|error":"[^"]*")\}\s*$'

REPORT = Report("gitlab", render, form="json", begins=BEGINS, concludes=True)
