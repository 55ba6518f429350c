"""The parts of a plan as lines of text, for a terminal, a log, or a block in a comment, in the language in force.

Colour only repeats what the symbols say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from provisioner.errors import Severity
from provisioner.language import gettext, ngettext, term, translated
from provisioner.messages import count, listed
from provisioner.model import Address, Finding
from provisioner.plan.model import Action, AlarmHours, Change, Deferred, Drift, Outcome, Result, RowChange
from provisioner.reports import row_counts, sentences
from provisioner.reports.detail import Detail, Paint, fold
from provisioner.reports.grouping import (
    NAMED_RINGING,
    AlikeGroup,
    Common,
    Setting,
    Shift,
    common,
    grouped_changes,
    grouped_findings,
    unchanged,
)
from provisioner.reports.wording import harmless
from provisioner.resources import KINDS

SYMBOLS = {
    Action.CREATE: "+",
    Action.UPDATE: "~",
    Action.REPLACE: "-/+",
    Action.DELETE: "-",
    Action.ADOPT: ">",
    Action.FORGET: "x",
}
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
ALWAYS_SHOWN = (Action.DELETE, Action.REPLACE)


def change_lines(changes: Sequence[Change], style: Paint, detail: Detail) -> Iterator[str]:
    """One block per change, or per group of alike ones: symbol, address, reason, fields."""
    folded = fold(grouped_changes(changes) if detail.groups else changes, _looks, detail.many)
    detail = detail.within(len(folded.shown))
    for change in folded.shown:
        yield from change_block(change, style, detail)
    for (action, kind, calls), rest in folded.rest.items():
        told = gettext("{more} to {action}", more=_more(kind, rest), action=term(action))
        yield told + (style("red", _rings()) if calls else "")


def change_block(change: Change | AlikeGroup[Change], style: Paint, detail: Detail) -> Iterator[str]:
    """A change with its fields; of a group what is common to all."""
    if not isinstance(change, AlikeGroup):
        yield _heading(change, str(change.address), style)
        yield from _field_lines(change.fields, change.action, detail)
        return
    first, addresses = change.first, [each.address for each in change.members]
    most = max(NAMED_RINGING, detail.named) if first.calls else detail.named
    yield _heading(first, _alike(first.address.kind, addresses, most), style)
    yield from _field_lines(tuple(common(change.members)), first.action, detail)


def row_lines(rows: Iterable[RowChange], style: Paint, detail: Detail) -> Iterator[str]:
    """One line per phonebook or DNC list with declared rows; many without a change are counted."""
    told, quiet = unchanged(rows) if detail.groups else (list(rows), [])
    folded = fold(told, lambda each: (each.address.kind, each.writes, bool(each.calls)), detail.many)
    for each in folded.shown:
        yield f"{each.address}: {_row_counts(each, style)}"
    for (kind, _, _), rest in folded.rest.items():
        yield f"{_more(kind, rest)}: {_row_counts(row_counts.together(rest), style)}"
    for kind in dict.fromkeys(each.address.kind for each in quiet):
        rest = tuple(each for each in quiet if each.address.kind == kind)
        yield f"{_more(kind, rest)}: {_row_counts(row_counts.together(rest), style)}"


def deferred_lines(deferred: Iterable[Deferred], detail: Detail) -> Iterator[str]:
    """What has to wait, and for what."""
    folded = fold(deferred, lambda each: each.address.kind, detail.many)
    yield from (f"{each.address}: {harmless(each.reason)}" for each in folded.shown)
    yield from (_more(kind, rest) for kind, rest in folded.rest.items())


def drift_lines(drift: Iterable[Drift], detail: Detail) -> Iterator[str]:
    """What differs between recorded (before) and live (after); no field at all: the object is gone."""
    folded = fold(drift, lambda each: each.address.kind, detail.many)
    detail = detail.within(len(folded.shown))
    for each in folded.shown:
        yield str(each.address) if each.fields else f"{each.address}: {gettext('gone from the server')}"
        yield from _field_lines(each.fields, Action.UPDATE, detail)
    yield from (_more(kind, rest) for kind, rest in folded.rest.items())


def alarm_lines(hours: AlarmHours, detail: Detail) -> Iterator[str]:
    """One line per day: how many alarms ring, and in which hours."""
    folded = fold(sentences.alarm_days(hours), lambda each: "", detail.many)
    for day, alarms, by_hour in folded.shown:
        yield f"{day}: {count(alarms, 'alarm')}" + (f" ({by_hour})" if by_hour else "")
    for rest in folded.rest.values():
        left = sum(alarms for _, alarms, _ in rest)
        days = ngettext("... and {count:,} more day", "... and {count:,} more days", len(rest))
        yield f"{days}: {count(left, 'alarm')}"


def finding_lines(findings: Sequence[Finding], style: Paint, detail: Detail) -> Iterator[str]:
    """One line per finding, in the form of a diagnostic, with the id of the check to waive or configure it by."""
    folded = fold(grouped_findings(findings) if detail.groups else findings, _told_alike, detail.many)
    for each in folded.shown:
        finding = each.first if isinstance(each, AlikeGroup) else each
        severity = Severity(finding.severity)
        yield style(*_marked(severity, finding.waived, _told(each, detail), finding.id))
    for (name, severity, waived), rest in folded.rest.items():
        told = gettext("... and {count:,} more of severity {severity}", count=len(rest), severity=term(severity))
        yield style(*_marked(severity, waived, told, name))


def refusal_lines(refusals: Iterable[str], style: Paint, detail: Detail) -> Iterator[str]:
    """Why apply would do nothing, gate by gate."""
    folded = fold(refusals, lambda reason: translated(reason).partition(":")[0], detail.many)
    rest = (f"{gate}: {gettext('... and {count:,} more', count=len(left))}" for gate, left in folded.rest.items())
    shown = (harmless(reason) for reason in (*folded.shown, *rest))
    yield from (style("red", gettext("apply would refuse: {reason}", reason=reason)) for reason in shown)


def outcome_lines(outcomes: Sequence[Outcome], now: str, style: Paint, detail: Detail) -> Iterator[str]:
    """How each change ended, what rings `now`, the summary, and how to go on."""
    folded = fold(outcomes, _ended_alike, detail.many)
    for outcome in folded.shown:
        message = f": {harmless(outcome.message)}" if outcome.message else ""
        result = style(RESULT_COLOURS.get(outcome.result, "dim"), f"{term(outcome.result):<8}")
        yield f"{result} {term(outcome.action):<7} {outcome.address}{message}"
    for (done, action, kind), left in folded.rest.items():
        yield f"{term(done):<8} {term(action):<7} {_more(kind, left)}"
    yield now
    yield style("bold", sentences.applied(outcomes))
    advice = sentences.how_to_go_on(outcomes)
    if advice:
        yield advice


def _alike(kind_name: str, addresses: Sequence[Address], most: int) -> str:
    """`49 campaigns: campaign.a, campaign.b and 47 more`."""
    kind = KINDS.get(kind_name)
    things = count(len(addresses), kind.title if kind else kind_name)
    return f"{things}: {listed(map(str, addresses), most)}"


def _more(kind_name: str, rest: Sequence[object]) -> str:
    """`... and 1,234 more campaigns`."""
    kind = KINDS.get(kind_name)
    return gettext("... and {things}", things=count(len(rest), "more " + (kind.title if kind else kind_name)))


def _rings() -> str:
    return f" {gettext('(rings)')}"


def _diagnostic(finding: Finding, severity: Severity) -> str:
    """As `errors.Diagnostic` has it, in the language in force."""
    where = f"{finding.source}: " if finding.source else ""
    owner = f" ({finding.address})" if finding.address else ""
    return harmless(f"{where}{term(severity)}: {translated(finding.message)}{owner}")


def _told(finding: Finding | AlikeGroup[Finding], detail: Detail) -> str:
    """As a compiler says it; of a group the addresses, and no place."""
    if not isinstance(finding, AlikeGroup):
        return _diagnostic(finding, Severity(finding.severity))
    first, addresses = finding.first, listed((str(each.address) for each in finding.members), detail.named)
    return harmless(f"{term(first.severity)}: {translated(first.message)} ({addresses})")


def _told_alike(finding: Finding | AlikeGroup[Finding]) -> tuple[str, Severity, bool] | None:
    return None if isinstance(finding, AlikeGroup) else (finding.id, Severity(finding.severity), finding.waived)


def _looks(change: Change | AlikeGroup[Change]) -> tuple[Action, str, bool] | None:
    if isinstance(change, AlikeGroup) or change.action in ALWAYS_SHOWN:
        return None
    return change.action, change.address.kind, change.calls


def _ended_alike(outcome: Outcome) -> tuple[Result, str, str] | None:
    ended_badly = outcome.result in (Result.FAILED, Result.UNKNOWN)
    return None if ended_badly else (outcome.result, outcome.action, outcome.address.kind)


def _heading(change: Change, name: str, style: Paint) -> str:
    rings = style("red", _rings()) if change.calls else ""
    reason = f"  # {harmless(change.reason)}" if change.reason else ""
    labels = f"  [{sentences.labels(change.labels)}]" if change.labels else ""
    return style(COLOURS[change.action], f"{SYMBOLS[change.action]:<3} {name}") + rings + labels + reason


def _field_lines(fields: Sequence[Common], action: Action, detail: Detail) -> Iterator[str]:
    width = max((len(field.path) for field in fields), default=0) + 1
    for field in fields:
        first, *further = _worded(field, action, detail)
        yield f"      {harmless(field.path) + ':':<{width}} {first}".rstrip()
        yield from (f"        {line}" for line in further)


def _worded(field: Common, action: Action, detail: Detail) -> tuple[str, ...]:
    match field:
        case Shift():
            return (sentences.step(field.by),)
        case Setting():
            first, *further = detail.created(field.field)
            return (sentences.setting(first), *further)
    return detail.created(field) if action is Action.CREATE else detail.changed(field)


def _row_counts(rows: RowChange, style: Paint) -> str:
    return row_counts.rows(rows) + (style("red", _rings()) if rows.calls else "")


def _marked(severity: Severity, waived: bool, text: str, name: str) -> tuple[str, str]:
    """A colour and a line that ends with the id."""
    mark = gettext("[{check} waived]", check=name) if waived else f"[{name}]"
    return "dim" if waived else SEVERITY_COLOURS[severity], f"{text} {mark}"
