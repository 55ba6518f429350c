"""The sentences of a report, in one place because people search logs for them. Plain ASCII, right in the singular."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby

from provisioner.model import Labels
from provisioner.plan.model import (
    DUPLICATE,
    EMPTY,
    FILTERED,
    GONE,
    INACTIVE,
    LISTED,
    OUTCOME,
    REACHED,
    TOO_OFTEN,
    TOTALS,
    Action,
    AlarmHours,
    Drift,
    Impact,
    Outcome,
    Outlook,
    Plan,
    Result,
    RowChange,
)
from provisioner.plan.unsettled import UNSETTLED
from provisioner.reports.report import not_compared
from provisioner.reports.wording import changed, harmless
from provisioner.resources import KINDS
from provisioner.rows.reasons import shortly

NO_CHANGES = "No changes. Alice matches the manifests."
OTHERWISE = ("not-settable", "secret-changed", "stopped-outside", "unsettled")  # about what stays as it is
MOST_DOUBTS = 3
MINUTE, RESOLUTION = timedelta(minutes=1), timedelta.resolution
ALWAYS = (Action.CREATE, Action.UPDATE, Action.DELETE)


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 row`, `1,000 rows`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def labels(of: Labels) -> str:
    """`team: growth, tier: gold`."""
    return ", ".join(f"{name}: {harmless(value)}" for name, value in of.items())


def summary(plan: Plan) -> str:
    """What apply would do: addresses by action, then rows."""
    if plan.empty:
        return " ".join([nothing(plan), *_unsent(plan)])
    actions = ", ".join(f"{number:,} to {action}" for action, number in _actions(plan))
    add, change, remove = (sum(getattr(rows, name) for rows in plan.rows) for name in ("add", "change", "remove"))
    gone = sum(rows.remove for rows in plan.rows if KINDS[rows.address.kind].appointments)
    deleted = f", {gone:,} to delete" if gone else ""
    return f"Plan: {actions}; rows: {add:,} to add, {change:,} to change, {remove - gone:,} to deactivate{deleted}."


def nothing(plan: Plan) -> str:
    """That nothing is sent, and only where it is true that all is as declared."""
    if plan.refusals:
        return "No changes. Apply would refuse this plan."
    if plan.options.get("targets") or plan.options.get("excludes"):
        return "No changes in the targeted part of the project."
    if any(finding.id in OTHERWISE for finding in plan.findings):
        return "No changes, but not everything is as declared: see the findings."
    if plan.deferred:
        return "No changes now. Deferred changes are still to come."
    return NO_CHANGES


def drift(plan: Plan) -> str:
    """How much was changed by others, as far as anybody can tell."""
    unclear = len({finding.address for finding in not_compared(plan)})
    rest = f"{count(unclear, 'address', 'addresses')} could not be compared and may have drifted."
    gone = sum(not each.fields for each in plan.drift)
    if plan.drift:
        told = f"Drift: {count(len(plan.drift) - gone, 'address', 'addresses')} changed, {gone:,} gone."
    else:
        told = "No drift in what could be compared." if unclear else "No drift. Alice matches what was applied last."
    return f"{told} {rest}" if unclear else told


def drifted(change: Drift) -> str:
    """What others did to one address."""
    return "; ".join(f"{field.path}: {changed(field)}" for field in change.fields) or "gone from the server"


def findings(plan: Plan) -> str:
    """How many findings of each severity, waived ones apart."""
    if not plan.findings:
        return "No findings."
    open_ = Counter(str(finding.severity) for finding in plan.findings if not finding.waived)
    parts = [count(open_[severity], severity) for severity in ("error", "warning")] + [f"{open_['info']:,} info"]
    waived = sum(finding.waived for finding in plan.findings)
    return f"Findings: {', '.join(parts)}, {waived:,} waived."


def rings(plan: Plan) -> str:
    """What would make telephones ring; never left out when something does."""
    if not plan.rings:
        return "Rings: nothing."
    calls = plan.calls
    alarms = count(calls.alarms, "alarm")
    started = f"{count(calls.campaigns, 'campaign')} started"
    dialled = f"{count(calls.contacts, 'contact')} newly dialled"
    marked = "" if calls.campaigns or calls.contacts or calls.alarms else "; see the changes marked (rings)"
    return f"Rings: {started}, {dialled}, {alarms}{marked}."


def impact(plan: Plan) -> str:
    """Who is called because of the plan, and who is called anyway, declared here or not. On every plan."""
    outlook = plan.outlook
    if plan.rings:
        return f"{'; '.join([f'Impact: {called(outlook.impact)}', *_already(outlook)])}."
    return f"{'; '.join(['Rings: nothing new', *_already(outlook)])}." if outlook.running else "Rings: nothing."


def several_alarms(outlook: Outlook) -> AlarmHours:
    """By the hour, if there is more than one: when a single one rings is said by the impact."""
    return outlook.alarm_hours if sum(alarms for _, alarms in outlook.alarm_hours) > 1 else ()


def alarm_days(alarm_hours: AlarmHours) -> Iterator[tuple[str, int, str]]:
    """A day, how many alarms ring on it, and how many of these in which hour (`09:00 20, 13:00 5`)."""
    for day, found in groupby(alarm_hours, lambda each: each[0].date() if each[0] else None):
        hours = tuple(found)
        by_hour = ", ".join(f"{begins:%H:%M} {alarms:,}" for begins, alarms in hours if begins)
        yield f"{day:%Y-%m-%d}" if day else "not known when", sum(alarms for _, alarms in hours), by_hour


def rings_now(plan: Plan, outcomes: Iterable[Outcome]) -> str:
    """What rings once the plan has been applied: known only if all of it was done."""
    if any(outcome.result not in (Result.DONE, Result.DEFERRED) for outcome in outcomes):
        return (
            "Rings now: not known, because not everything was done. Run `alice-apply status`; "
            "`alice-apply stop --all` stops every campaign."
        )
    total = plan.outlook.total
    return f"Rings now: {called(total)}." if total else "Rings now: nothing."


def _already(outlook: Outlook) -> Iterator[str]:
    """What rings whether the plan is applied or not, and the part of it that is not declared here."""
    if outlook.running:
        yield f"running already: {called(outlook.running)}{_of_these(outlook)}"


def _of_these(outlook: Outlook) -> str:
    """The undeclared part; its dates and gateways are among those of the whole."""
    return f", not declared here: {numbers(outlook.undeclared)}" if outlook.undeclared.calls else ""


def numbers(impact: Impact) -> str:
    """`at most 10 calls to 9 people`; with a number that may be too small it never says so."""
    calls, people = impact.calls, impact.people
    if calls.most is None or people.most is None:
        if not (calls.least or people.least):
            return "not known how many calls"
        return f"not known, at least {count(calls.least, 'call')} to {count(people.least, 'person', 'people')}"
    return f"at most {count(calls.most, 'call')} to {count(people.most, 'person', 'people')}"


def called(impact: Impact) -> str:
    """`at most 10 calls to 9 people, from 2027-01-20 08:00 to 2027-01-30 17:00 +07:00, on gateway G`, and doubts."""
    parts = [numbers(impact)]
    if impact.first and impact.last:
        parts.append(_span(impact.first, impact.last))
    if impact.gateways:
        plural = "" if len(impact.gateways) == 1 else "s"
        parts.append(f"on gateway{plural} {', '.join(map(harmless, impact.gateways))}")
    doubts = [harmless(doubt) for doubt in impact.doubts[:MOST_DOUBTS]]
    doubts += [f"and {len(impact.doubts) - MOST_DOUBTS:,} more"] if len(impact.doubts) > MOST_DOUBTS else []
    return ", ".join(parts) + (f" ({'; '.join(doubts)})" if doubts else "")


def _span(first: datetime, last: datetime) -> str:
    """`from 2027-01-20 08:00 to 17:00 +07:00`, to the minute: the whole of it lies between."""
    first = first.replace(second=0, microsecond=0)
    last = (last + MINUTE - RESOLUTION).replace(second=0, microsecond=0)
    if first == last:
        return f"at {first:%Y-%m-%d %H:%M} {_offset(first)}"
    offset = "" if first.utcoffset() == last.utcoffset() else f" {_offset(first)}"
    date = "" if first.date() == last.date() else f"{last:%Y-%m-%d} "
    return f"from {first:%Y-%m-%d %H:%M}{offset} to {date}{last:%H:%M} {_offset(last)}"


def _offset(moment: datetime) -> str:
    return moment.isoformat()[-6:]


def rows(change: RowChange) -> str:
    """`1,000 rows to add, 3 to change, 2 to deactivate, 10 unchanged`, then what was left out, if any."""
    parts = [
        f"{count(change.add, 'row')} to add",
        f"{change.change:,} to change",
        f"{change.remove:,} to {'delete' if KINDS[change.address.kind].appointments else 'deactivate'}",
        f"{change.unchanged:,} unchanged",
    ]
    parts += [f"{change.invalid:,} invalid{_bracketed(invalid(change))}"] if change.invalid else []
    parts += [count(change.duplicate, "duplicate")] if change.duplicate else []
    parts += [f"{number:,} {_other(reason)}" for reason, number in change.left_out.items() if _other(reason)]
    return ", ".join(parts)


def left_out(change: RowChange) -> str:
    """Every declared row that is not compared, counted by reason; "" when there is none."""
    parts = [*invalid(change)]
    parts += [count(change.duplicate, "duplicate")] if change.duplicate else []
    parts += [f"{number:,} {_other(reason)}" for reason, number in change.left_out.items() if _other(reason)]
    return "; ".join(parts)


def invalid(change: RowChange) -> list[str]:
    """Invalid rows by reason: `2 not a valid telephone number`."""
    return [
        f"{number:,} {shortly(reason)}"
        for reason, number in change.left_out.items()
        if reason != DUPLICATE and not _other(reason)
    ]


def _other(reason: str) -> str:
    """Why a valid row is left out; "" for the code of an invalid one."""
    return reason.removeprefix(OUTCOME) if reason.startswith(OUTCOME) else _OTHERS.get(reason, "")


_OTHERS = {
    LISTED: "on a do-not-call list",
    FILTERED: "left out by the filter",
    EMPTY: "empty",
    TOTALS: "of totals",
    UNSETTLED: "not sent, as nobody knows whether they were",
    INACTIVE: "inactive by now",
    GONE: "in no phonebook of the campaign any more",
    TOO_OFTEN: "called too often",
    REACHED: "answered another campaign, or may have",
}


def _bracketed(parts: list[str]) -> str:
    return f" ({'; '.join(parts)})" if parts else ""


def together(changes: Iterable[RowChange]) -> RowChange:
    """The counts of several row changes added up, under the address of the first."""
    first, *others = changes
    counts = ("add", "change", "remove", "unchanged", "invalid", "duplicate", "calls")
    reasons: Counter[str] = Counter()
    for each in (first, *others):
        reasons.update(each.left_out)
    sums = (sum(getattr(each, name) for each in (first, *others)) for name in counts)
    return replace(RowChange(first.address, *sums), left_out=dict(reasons))


def applied(outcomes: Iterable[Outcome]) -> str:
    """How apply ended; a change that was skipped was not tried."""
    results = Counter(outcome.result for outcome in outcomes)
    if not results:
        return "Apply: nothing to do."
    parts = [f"{results[Result.DONE]:,} done", f"{results[Result.FAILED]:,} failed"]
    parts += [f"{results[Result.UNKNOWN]:,} unknown"] if results[Result.UNKNOWN] else []
    parts += [f"{results[Result.SKIPPED]:,} not tried"]
    parts += [f"{results[Result.DEFERRED]:,} deferred"] if results[Result.DEFERRED] else []
    return f"Apply: {', '.join(parts)}."


def how_to_go_on(outcomes: Iterable[Outcome]) -> str:
    """What to do next, or nothing when all is done."""
    results = {outcome.result for outcome in outcomes}
    if Result.UNKNOWN in results:
        told = "what was sent is recorded, and the messages above say how to settle it"
        return f"It is not known whether every write arrived: {told}."
    if Result.FAILED in results:
        return "What was done is recorded: fix the cause and run apply again to finish."
    if Result.SKIPPED in results:  # somebody interrupted it
        return "What was done is recorded: run apply again to finish."
    return (
        "Deferred changes are applied by the next run, once what they wait for exists."
        if Result.DEFERRED in results
        else ""
    )


def _actions(plan: Plan) -> list[tuple[str, int]]:
    return [(action, number) for action, number in plan.summary().items() if number or action in ALWAYS]


def _unsent(plan: Plan) -> list[str]:
    """Actions of an empty plan: they change what is recorded and send nothing."""
    parts = [f"{number:,} to {action}" for action, number in plan.summary().items() if number]
    return [f"({', '.join(parts)}: recorded only, nothing is sent)"] if parts else []
