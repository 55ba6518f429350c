"""The sentences of a report, in one place because people search logs for them, in the language in force.

English is plain ASCII, and right in the singular.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby

from provisioner.language import gettext, joined, ngettext, number, term
from provisioner.messages import bracketed, count
from provisioner.model import Finding, Labels
from provisioner.plan.model import (
    Action,
    AlarmHours,
    Drift,
    Impact,
    Outcome,
    Outlook,
    Plan,
    Result,
)
from provisioner.reports.report import not_compared
from provisioner.reports.wording import changed, harmless
from provisioner.resources import KINDS

OTHERWISE = (  # about what stays as it is, or rings although nobody declares it
    *("not-settable", "secret-changed", "stopped-outside", "unsettled"),
    *("running-undeclared", "undeclared-alarms"),
)
MOST_DOUBTS = 3
MINUTE, RESOLUTION = timedelta(minutes=1), timedelta.resolution
ALWAYS = (Action.CREATE, Action.UPDATE, Action.DELETE)


def labels(of: Labels) -> str:
    """`team: growth, tier: gold`."""
    return ", ".join(f"{name}: {harmless(value)}" for name, value in of.items())


def summary(plan: Plan) -> str:
    """What apply would do: addresses by action, then rows."""
    if plan.empty:
        return " ".join([nothing(plan), *_unsent(plan)])
    actions = joined(_to_do(action, number) for action, number in plan.summary().items() if number or action in ALWAYS)
    add, change, remove = (sum(getattr(rows, name) for rows in plan.rows) for name in ("add", "change", "remove"))
    gone = sum(rows.remove for rows in plan.rows if KINDS[rows.address.kind].appointments)
    parts = [
        gettext("{count:,} to add", count=add),
        gettext("{count:,} to change", count=change),
        gettext("{count:,} to deactivate", count=remove - gone),
    ]
    parts += [gettext("{count:,} to delete", count=gone)] if gone else []
    return gettext("Plan: {actions}; rows: {rows}.", actions=actions, rows=joined(parts))


def nothing(plan: Plan) -> str:
    """That nothing is sent, and only where it is true that all is as declared."""
    if plan.refusals:
        return gettext("No changes. Apply would refuse this plan.")
    if plan.options.get("targets") or plan.options.get("excludes"):
        return gettext("No changes in the targeted part of the project.")
    if any(finding.id in OTHERWISE for finding in plan.findings):
        return gettext("No changes, but not everything is as declared: see the findings.")
    if plan.deferred:
        return gettext("No changes now. Deferred changes are still to come.")
    return gettext("No changes. Alice matches the manifests.")


def is_as_declared(plan: Plan) -> bool:
    """Whether nothing is sent because all is as declared."""
    targeted = plan.options.get("targets") or plan.options.get("excludes")
    otherwise = any(finding.id in OTHERWISE for finding in plan.findings)
    return plan.empty and not (plan.refusals or targeted or otherwise or plan.deferred)


def drift(plan: Plan) -> str:
    """How much was changed by others, as far as anybody can tell."""
    unclear = len({finding.address for finding in not_compared(plan)})
    gone = sum(not each.fields for each in plan.drift)
    if plan.drift:
        changed = count(len(plan.drift) - gone, "address", "addresses")
        told = gettext("Drift: {addresses} changed, {gone:,} gone.", addresses=changed, gone=gone)
    elif unclear:
        told = gettext("No drift in what could be compared.")
    else:
        told = gettext("No drift. Alice matches what was applied last.")
    addresses = count(unclear, "address", "addresses")
    rest = gettext("{addresses} could not be compared and may have drifted.", addresses=addresses)
    return f"{told} {rest}" if unclear else told


def drifted(change: Drift) -> str:
    """What others did to one address."""
    return "; ".join(f"{field.path}: {changed(field)}" for field in change.fields) or gettext("gone from the server")


def findings(plan: Plan) -> str:
    """How many findings of each severity, waived ones apart."""
    if not plan.findings:
        return gettext("No findings.")
    open_ = Counter(str(finding.severity) for finding in plan.findings if not finding.waived)
    parts = [
        count(open_["error"], "error"),
        count(open_["warning"], "warning"),
        gettext("{count:,} info", count=open_["info"]),
        gettext("{count:,} waived", count=sum(finding.waived for finding in plan.findings)),
    ]
    return gettext("Findings: {numbers}.", numbers=joined(parts))


def no_plan(command: str, problems: Iterable[Finding]) -> str:
    """Why a command has no plan to show: how much is wrong."""
    numbers = Counter(str(problem.severity) for problem in problems)
    mistakes = joined(count(numbers[name], name) for name in ("error", "warning") if numbers[name])
    match command:
        case "check":
            return gettext("Nothing was checked: {mistakes}.", mistakes=mistakes)
        case "drift":
            return gettext("Nothing was compared: {mistakes}.", mistakes=mistakes)
        case "validate":
            return gettext("Not valid: {mistakes}.", mistakes=mistakes)
    return gettext("No plan was made: {mistakes}.", mistakes=mistakes)


def rings(plan: Plan) -> str:
    """What would make telephones ring; never left out when something does."""
    if not plan.rings:
        return gettext("Rings: nothing.")
    calls = plan.calls
    parts = [
        ngettext("{count:,} campaign started", "{count:,} campaigns started", calls.campaigns),
        ngettext("{count:,} contact newly dialled", "{count:,} contacts newly dialled", calls.contacts),
        count(calls.alarms, "alarm"),
    ]
    if not (calls.campaigns or calls.contacts or calls.alarms):
        return gettext("Rings: {numbers}; see the changes marked (rings).", numbers=joined(parts))
    return gettext("Rings: {numbers}.", numbers=joined(parts))


def impact(plan: Plan) -> str:
    """Who is called because of the plan, and who is called anyway, declared here or not. On every plan."""
    outlook = plan.outlook
    if plan.rings:
        told = gettext("Impact: {calls}", calls=called(outlook.impact))
        return f"{joined([told, *_already(outlook)], '; ')}."
    if outlook.running:
        return f"{joined([gettext('Rings: nothing new'), *_already(outlook)], '; ')}."
    return gettext("Rings: nothing.")


def several_alarms(outlook: Outlook) -> AlarmHours:
    """By the hour, if there is more than one: when a single one rings is said by the impact."""
    return outlook.alarm_hours if sum(alarms for _, alarms in outlook.alarm_hours) > 1 else ()


def alarm_days(alarm_hours: AlarmHours) -> Iterator[tuple[str, int, str]]:
    """A day, how many alarms ring on it, and how many of these in which hour (`09:00 20, 13:00 5`)."""
    for day, found in groupby(alarm_hours, lambda each: each[0].date() if each[0] else None):
        hours = tuple(found)
        by_hour = ", ".join(f"{begins:%H:%M} {number(alarms)}" for begins, alarms in hours if begins)
        date = f"{day:%Y-%m-%d}" if day else gettext("not known when")
        yield date, sum(alarms for _, alarms in hours), by_hour


def rings_now(plan: Plan, outcomes: Iterable[Outcome]) -> str:
    """What rings once the plan has been applied: known only if all of it was done."""
    if any(outcome.result not in (Result.DONE, Result.DEFERRED) for outcome in outcomes):
        return gettext(
            "Rings now: not known, because not everything was done. Run `alice-apply status`; "
            "`alice-apply stop --all` stops every campaign."
        )
    total = plan.outlook.total
    return gettext("Rings now: {calls}.", calls=called(total)) if total else gettext("Rings now: nothing.")


def _already(outlook: Outlook) -> Iterator[str]:
    """What rings whether the plan is applied or not, and the part of it that is not declared here."""
    if outlook.running:
        calls = called(outlook.running)
        yield gettext("running already: {calls}{undeclared}", calls=calls, undeclared=_of_these(outlook))


def _of_these(outlook: Outlook) -> str:
    """The undeclared part; its dates and gateways are among those of the whole."""
    if not outlook.undeclared.calls:
        return ""
    return gettext(", not declared here: {calls}", calls=numbers(outlook.undeclared))


def numbers(impact: Impact) -> str:
    """`at most 10 calls to 9 people`; with a number that may be too small it never says so."""
    calls, people = impact.calls, impact.people
    known = calls.most is not None and people.most is not None
    if not known and not (calls.least or people.least):
        return gettext("not known how many calls")
    counted = (calls.most or 0, people.most or 0) if known else (calls.least, people.least)
    told = count(counted[0], "call"), count(counted[1], "person", "people")
    if known:
        return gettext("at most {calls} to {people}", calls=told[0], people=told[1])
    return gettext("not known, at least {calls} to {people}", calls=told[0], people=told[1])


def called(impact: Impact) -> str:
    """`at most 10 calls to 9 people, from 2027-01-20 08:00 to 2027-01-30 17:00 +07:00, on gateway G`, and doubts."""
    parts = [numbers(impact)]
    if impact.first and impact.last:
        parts.append(_span(impact.first, impact.last))
    if impact.gateways:
        names = ", ".join(map(harmless, impact.gateways))
        parts.append(ngettext("on gateway {names}", "on gateways {names}", len(impact.gateways), names=names))
    doubts = [harmless(doubt) for doubt in impact.doubts[:MOST_DOUBTS]]
    more = len(impact.doubts) - MOST_DOUBTS
    doubts += [gettext("and {count:,} more", count=more)] if more > 0 else []
    return ", ".join(parts) + bracketed(doubts)


def _span(first: datetime, last: datetime) -> str:
    """`from 2027-01-20 08:00 to 17:00 +07:00`, to the minute: the whole of it lies between."""
    first = first.replace(second=0, microsecond=0)
    last = (last + MINUTE - RESOLUTION).replace(second=0, microsecond=0)
    if first == last:
        moment = f"{first:%Y-%m-%d %H:%M} {_offset(first)}"
        return gettext("at {moment}", moment=moment)
    offset = "" if first.utcoffset() == last.utcoffset() else f" {_offset(first)}"
    date = "" if first.date() == last.date() else f"{last:%Y-%m-%d} "
    begins, ends = f"{first:%Y-%m-%d %H:%M}{offset}", f"{date}{last:%H:%M} {_offset(last)}"
    return gettext("from {first} to {last}", first=begins, last=ends)


def _offset(moment: datetime) -> str:
    return moment.isoformat()[-6:]


def applied(outcomes: Iterable[Outcome]) -> str:
    """How apply ended; a change that was skipped was not tried."""
    results = Counter(outcome.result for outcome in outcomes)
    if not results:
        return gettext("Apply: nothing to do.")
    parts = [
        gettext("{count:,} done", count=results[Result.DONE]),
        gettext("{count:,} failed", count=results[Result.FAILED]),
    ]
    parts += [gettext("{count:,} unknown", count=results[Result.UNKNOWN])] if results[Result.UNKNOWN] else []
    parts += [gettext("{count:,} not tried", count=results[Result.SKIPPED])]
    parts += [gettext("{count:,} deferred", count=results[Result.DEFERRED])] if results[Result.DEFERRED] else []
    return gettext("Apply: {numbers}.", numbers=joined(parts))


def question() -> str:
    """What a person is asked who has seen the plan."""
    return gettext("Apply this?")


def how_to_go_on(outcomes: Iterable[Outcome]) -> str:
    """What to do next, or nothing when all is done."""
    results = {outcome.result for outcome in outcomes}
    if Result.UNKNOWN in results:
        return gettext(
            "It is not known whether every write arrived: what was sent is recorded, and the messages above say how to "
            "settle it."
        )
    if Result.FAILED in results:
        return gettext("What was done is recorded: fix the cause and run apply again to finish.")
    if Result.SKIPPED in results:  # somebody interrupted it
        return gettext("What was done is recorded: run apply again to finish.")
    if Result.DEFERRED in results:
        return gettext("Deferred changes are applied by the next run, once what they wait for exists.")
    return ""


def _to_do(action: str, number: int) -> str:
    return gettext("{count:,} to {action}", count=number, action=term(action))


def _unsent(plan: Plan) -> list[str]:
    """Actions of an empty plan: they change what is recorded and send nothing."""
    parts = [_to_do(action, number) for action, number in plan.summary().items() if number]
    return [gettext("({actions}: recorded only, nothing is sent)", actions=joined(parts))] if parts else []


def step(by: float) -> str:
    """What is done to a number in each of many that are alike."""
    return gettext("{step} in each", step=number(by, "+,"))


def setting(value: str) -> str:
    """What a field becomes in each of many."""
    return gettext("to {value} in each", value=value)
