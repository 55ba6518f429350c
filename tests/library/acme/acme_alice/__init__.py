"""A package of somebody else's, with a check and a report: the smallest that there can be."""

from __future__ import annotations

from collections.abc import Iterator

from provisioner import Finding
from provisioner.checks import Check, Context
from provisioner.reports import Report, Run

ID = "acme.greeting"


def run(context: Context) -> Iterator[Finding]:
    """What is declared and said without a greeting."""
    for address, decision in context.situation.decisions.items():
        script = decision.resource.fields.get("script")
        if script is not None and not str(script).startswith("Xin chào"):
            yield Finding(ID, "error", "begins without a greeting", address, decision.resource.position("script"))


def render(run: Run, colour: bool) -> str:
    """`acme: 3 create, 1 update`."""
    counts = [f"{count} {action}" for action, count in run.plan.summary().items() if count]
    return f"acme: {', '.join(counts) or 'nothing'}\n"


CHECK = Check(ID, "error", "Whoever is called is greeted.", run)
REPORT = Report("acme.summary", render, ("acme",), begins="acme: ")
