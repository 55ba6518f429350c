"""The HTML report: one file for a browser, a telephone or paper. It loads nothing and runs no script.

What will ring, whom, when and whether it is allowed stands at the top. Values are prepared here and in `page`; words
and shapes are in the templates. The same plan gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from provisioner.language import gettext, template
from provisioner.model import Finding
from provisioner.plan.model import Outcome, Plan, Result
from provisioner.reports import sentences
from provisioner.reports.grouping import grouped_findings, unchanged
from provisioner.reports.page.axes import Clock
from provisioner.reports.page.changes import dependents, field_rows, groups
from provisioner.reports.page.forecast import Forecast, forecast
from provisioner.reports.page.load import load_chart
from provisioner.reports.page.rendering import allowed, rendered, verdict
from provisioner.reports.page.timeline import MOST_PANELS, campaign_rows, timeline
from provisioner.reports.report import Report, Run

FEW = 20  # changes of one kind that are not folded away
SEVERITIES = ("error", "warning", "info")
TITLES = {
    "plan": template("Plan"),
    "drift": template("Drift"),
    "check": template("Checks"),
    "validate": template("Validation"),
    "apply": template("Apply"),
}


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page: its anchor, its heading, and how much is in it (None: nothing to count)."""

    id: str
    title: str
    count: int | None = None


def render(run: Run, colour: bool) -> str:
    """The page for the part of the run that was asked for."""
    plan, clock = run.plan, Clock.of(run.plan.timezone, run.plan.created_at)
    whole = run.planned
    values = {
        "timeline": timeline(plan.outlook, clock) if whole else None,
        "forecasts": list(_forecasts(plan, clock)) if whole else [],
        "loads": [chart for load in plan.outlook.loads if (chart := load_chart(load, clock))] if whole else [],
        "groups": groups(plan.changes),
        "dependents": dependents(plan) if whole else (),
        "findings": grouped_findings(sorted(plan.findings, key=_urgency)),
        **dict(zip(("told_rows", "quiet_rows"), unchanged(plan.rows), strict=True)),
        "outcomes": sorted(run.outcomes or (), key=_unfinished),
        "campaign_rows": campaign_rows(plan.outlook, clock) if whole else (),
    }
    return rendered(
        "plan.html",
        **values,
        run=run,
        plan=plan,
        clock=clock,
        version=plan.tool_version,
        title=_title(run),
        eyebrow=gettext(
            "{view} of {moment}", view=gettext(TITLES[run.view]).lower(), moment=clock.moment(plan.created_at)
        ),
        verdict=verdict(run),
        allowed=allowed(plan),
        sentences=sentences,
        field_rows=field_rows,
        few=FEW,
        sections=list(_sections(run, values)),
    )


def _title(run: Run) -> str:
    if run.conclusion:
        whose = run.plan.project or run.plan.endpoint or gettext("a project")
        return gettext("{view} of {project}", view=gettext(TITLES[run.view]), project=whose)
    word = gettext("Applied plan") if run.outcomes is not None else gettext(TITLES[run.view])
    return gettext("{view} for {project}", view=word, project=run.plan.project or run.plan.endpoint)


def _forecasts(plan: Plan, clock: Clock) -> Iterator[tuple[Any, Forecast | None]]:
    yield from ((campaign, forecast(campaign, clock)) for campaign in plan.outlook.campaigns[:MOST_PANELS])


def _sections(run: Run, values: dict[str, Any]) -> Iterator[Section]:
    """Only what the page holds."""
    plan = run.plan
    if run.outcomes is not None:
        yield Section("outcomes", gettext("Outcomes"), len(run.outcomes))
    if plan.findings or run.view == "check":
        yield Section("findings", gettext("Diagnostics") if run.conclusion else gettext("Findings"), len(plan.findings))
    if plan.changes:
        yield Section("changes", gettext("Changes"), len(plan.changes))
    if plan.rows:
        yield Section("rows", gettext("Rows"), len(plan.rows))
    if plan.deferred:
        yield Section("deferred", gettext("Deferred"), len(plan.deferred))
    if plan.drift or (run.view == "drift" and not run.conclusion):
        yield Section("drift", gettext("Drift"), len(plan.drift))
    if values["timeline"]:
        yield Section("timeline", gettext("Timeline"))
    if values["forecasts"]:
        yield Section("forecast", gettext("Forecast"), len(plan.outlook.campaigns))
    if values["loads"]:
        yield Section("load", gettext("Gateways"), len(values["loads"]))
    if values["dependents"]:
        yield Section("dependencies", gettext("Dependencies"))
    yield Section("about", gettext("About"))


def _urgency(finding: Finding) -> tuple[bool, int]:
    return finding.waived, SEVERITIES.index(str(finding.severity))


def _unfinished(outcome: Outcome) -> int:
    order = (Result.FAILED, Result.UNKNOWN, Result.SKIPPED, Result.DEFERRED, Result.DONE)
    return order.index(outcome.result)


BEGINS = r'<!doctype html>[^\0]{0,1000}<meta name="generator" content="alice-apply '

REPORT = Report("html", render, form="xml", begins=BEGINS, concludes=True, translated=True)
