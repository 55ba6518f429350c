"""The text report: what a reviewer reads in a terminal, a log or a pull request. Concise, plain ASCII but for values.

Colour only repeats what the symbols say. `plan_lines` and `outcome_lines` are also used on their own, before and
after the question whether to apply; the other `*_lines` by commands that show one part of a plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from provisioner.errors import Diagnostic, Severity
from provisioner.model import Action, Change, Drift, FieldChange, Finding, Outcome, Plan, Result, RowChange
from provisioner.reports import sentences
from provisioner.reports.paint import Paint, paint
from provisioner.reports.report import Report, Run
from provisioner.reports.wording import changed, created, harmless

SYMBOLS = {
    Action.CREATE: "+",
    Action.UPDATE: "~",
    Action.REPLACE: "-/+",
    Action.DELETE: "-",
    Action.ADOPT: ">",
    Action.FORGET: "x",
}
LEGEND = "+ create  ~ update  -/+ replace  - delete  > adopt  x forget"
COLOURS = {
    Action.CREATE: "green",
    Action.UPDATE: "yellow",
    Action.REPLACE: "magenta",
    Action.DELETE: "red",
    Action.ADOPT: "cyan",
    Action.FORGET: "dim",
}
RESULT_COLOURS = {Result.DONE: "green", Result.FAILED: "red", Result.UNKNOWN: "red"}
SEVERITY_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "dim"}
RINGS = "(rings)"


def render(run: Run, colour: bool) -> str:
    """The plan, and how it ended when it was applied; or the part of it that was asked for."""
    views = {"drift": drift_view, "check": check_view}
    lines = list(views.get(run.view, plan_lines)(run.plan, colour))
    if run.outcomes is not None:
        lines += ["", *outcome_lines(run.outcomes, colour)]
    return "\n".join(lines) + "\n"


def plan_lines(plan: Plan, colour: bool) -> Iterator[str]:
    """The whole plan: who and where, every part that is not empty, and the sentences at the end."""
    style = paint(colour)
    yield from _header(plan)
    yield from _block(f"Changes, in order:  {LEGEND}", change_lines(plan.changes, colour))
    yield from _block("Rows:", row_lines(plan.rows, colour))
    yield from _block("Deferred, nothing is sent now:", (f"{each.address}: {each.reason}" for each in plan.deferred))
    yield from _block("Drift, changed on Alice and not by us:", drift_lines(plan.drift))
    yield from _block("Findings:", finding_lines(plan.findings, colour))
    yield ""
    yield from (style("red", f"apply would refuse: {reason}") for reason in plan.refusals)
    yield style("bold", sentences.summary(plan))
    if plan.rings:
        yield style("red", sentences.rings(plan))
    yield style("red" if plan.rings else "", sentences.impact(plan))


def drift_view(plan: Plan, colour: bool) -> Iterator[str]:
    """Only what others changed."""
    yield from _header(plan)
    yield from _block("Drift, changed on Alice and not by us:", drift_lines(plan.drift))
    yield from ("", paint(colour)("bold", sentences.drift(plan)))


def check_view(plan: Plan, colour: bool) -> Iterator[str]:
    """Only what checks and the planner have to say."""
    yield from _header(plan)
    yield from _block("Findings:", finding_lines(plan.findings, colour))
    yield from ("", paint(colour)("bold", sentences.findings(plan)))


def change_lines(changes: Iterable[Change], colour: bool) -> Iterator[str]:
    """One block per change: symbol, address, reason, fields."""
    style = paint(colour)
    for change in changes:
        yield _heading(change, style)
        yield from _field_lines(change.fields, change.action)


def row_lines(rows: Iterable[RowChange], colour: bool) -> Iterator[str]:
    """One line per phonebook or DNC list with declared rows."""
    style = paint(colour)
    for each in rows:
        mark = style("red", f" {RINGS}") if each.calls else ""
        yield f"{each.address}: {sentences.rows(each)}{mark}"


def drift_lines(drift: Iterable[Drift]) -> Iterator[str]:
    """What differs between recorded (before) and live (after); no field at all: the object is gone."""
    for each in drift:
        yield str(each.address) if each.fields else f"{each.address}: gone from the server"
        yield from _field_lines(each.fields, Action.UPDATE)


def finding_lines(findings: Iterable[Finding], colour: bool) -> Iterator[str]:
    """One line per finding, in the form of a diagnostic, with the id of the check to waive or configure it by."""
    style = paint(colour)
    for finding in findings:
        severity = Severity(finding.severity)
        place = Diagnostic(harmless(finding.message), finding.source, finding.address, severity=severity)
        waived = " waived" if finding.waived else ""
        yield style("dim" if finding.waived else SEVERITY_COLOURS[severity], f"{place} [{finding.id}{waived}]")


def outcome_lines(outcomes: Sequence[Outcome], colour: bool) -> Iterator[str]:
    """How each change ended, the summary, and how to go on."""
    style = paint(colour)
    for outcome in outcomes:
        message = f": {harmless(outcome.message)}" if outcome.message else ""
        result = style(RESULT_COLOURS.get(outcome.result, "dim"), f"{outcome.result:<8}")
        yield f"{result} {outcome.action:<7} {outcome.address}{message}"
    yield style("bold", sentences.applied(outcomes))
    advice = sentences.how_to_go_on(outcomes)
    if advice:
        yield advice


def _header(plan: Plan) -> Iterator[str]:
    project = f"project {plan.project}, " if plan.project else ""
    yield f"{project}environment {plan.environment}, {plan.endpoint}"


def _block(title: str, lines: Iterable[str]) -> Iterator[str]:
    """A part with its title and its lines indented; nothing at all without lines."""
    shown = [f"  {line}" for line in lines]
    if shown:
        yield from ("", title, *shown)


def _heading(change: Change, style: Paint) -> str:
    rings = style("red", f" {RINGS}") if change.calls else ""
    reason = f"  # {harmless(change.reason)}" if change.reason else ""
    return style(COLOURS[change.action], f"{SYMBOLS[change.action]:<3} {change.address}") + rings + reason


def _field_lines(fields: Sequence[FieldChange], action: Action) -> Iterator[str]:
    width = max((len(field.path) for field in fields), default=0) + 1
    wording = created if action is Action.CREATE else changed
    for field in fields:
        yield f"      {field.path + ':':<{width}} {wording(field)}"


REPORT = Report("text", render)
