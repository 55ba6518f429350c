"""Workflow commands of GitHub Actions: notes at the lines of a pull request that cause them.

GitHub shows the first ten errors and the first ten warnings of a step on the changed files, so the worst come first.
A command ends with its line: whatever could end one early, or begin another, is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator

from provisioner.errors import Severity
from provisioner.model import Finding
from provisioner.plan.model import Outcome, Plan, Result
from provisioner.reports import sentences
from provisioner.reports.report import Report, Run
from provisioner.reports.wording import harmless

COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
ORDER = ("error", "warning", "notice")
ESCAPES = {"%": "%25", "\r": "%0D", "\n": "%0A"}
RESULTS = {Result.FAILED: "error", Result.UNKNOWN: "error", Result.SKIPPED: "warning"}


def render(run: Run, colour: bool) -> str:
    """One command per finding, refusal, drifted address and failed outcome, then what happened as a whole."""
    views = {"drift": _drift, "check": _findings}
    view = _concluded if run.conclusion else views.get(run.view, _plan)
    commands = [*view(run), *_outcomes(run.outcomes or ())]
    worst_first = sorted(commands, key=lambda command: ORDER.index(command.partition(" ")[0].removeprefix("::")))
    return "".join(f"{command}\n" for command in worst_first)


def command(name: str, message: str, title: str, **place: str | int) -> str:
    """`::error file=a.yaml,line=1,col=2,title=overlap::message`."""
    properties = {**place, "title": title}
    listed = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{name} {listed}::{_data(message)}"


def _plan(run: Run) -> Iterator[str]:
    plan = run.plan
    yield from _each_finding(run)
    yield from (command("warning", reason, "apply would refuse") for reason in plan.refusals)
    if plan.rings:
        yield command("warning", f"{sentences.rings(plan)} {sentences.impact(plan)}", "telephones will ring")
    yield command("notice", sentences.summary(plan), _title(plan))


def _findings(run: Run) -> Iterator[str]:
    yield from _each_finding(run)
    yield command("notice", sentences.findings(run.plan), _title(run.plan))


def _concluded(run: Run) -> Iterator[str]:
    yield from _each_finding(run)
    yield command("notice", run.conclusion, _title(run.plan))


def _drift(run: Run) -> Iterator[str]:
    drifted = (f"{each.address}: {sentences.drifted(each)}" for each in run.plan.drift)
    yield from (command("warning", message, "drift") for message in drifted)
    yield from _each_finding(run.comparison)
    yield command("notice", sentences.drift(run.plan), _title(run.plan))


def _outcomes(outcomes: tuple[Outcome, ...]) -> Iterator[str]:
    for each in outcomes:
        if each.result in RESULTS:
            message = f"{each.action} of {each.address}: {each.message or each.result}"
            yield command(RESULTS[each.result], message, f"apply {each.result}")
    if outcomes:
        advice = sentences.how_to_go_on(outcomes)
        yield command("notice", f"{sentences.applied(outcomes)} {advice}".strip(), "alice-apply")


def _each_finding(run: Run) -> Iterator[str]:
    for each in run.plan.findings:
        name = "notice" if each.waived else COMMANDS[Severity(each.severity)]
        yield command(name, _message(each), f"{each.id} (waived)" if each.waived else each.id, **_place(run, each))


def _message(finding: Finding) -> str:
    return f"{finding.message} ({finding.address})" if finding.address else finding.message


def _place(run: Run, finding: Finding) -> dict[str, str | int]:
    source = finding.source
    return {"file": run.file(source), "line": source.line, "col": source.column} if source else {}


def _title(plan: Plan) -> str:
    return f"alice-apply ({plan.environment})"


def _data(text: str) -> str:
    return "".join(ESCAPES.get(each) or harmless(each) for each in text)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


REPORT = Report("github", render, form="raw", begins=r"::(?:error|warning|notice) (?:file|title)=", concludes=True)
