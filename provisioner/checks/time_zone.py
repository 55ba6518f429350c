"""The clock that daily windows go by: the project's as declared, the server's as sent, and the one that calls show.

A window travels as a time of day without a zone and is read by the server's clock (docs/alice-api.md#calling-window).
Which that is, is not documented. It is converted with the offsets in force on the day the campaign starts, and stays
so: where clocks change on one side only, the window moves. Real calls outside of a window, but inside once all are
moved by the same whole hours, show a clock that is so many hours off.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from provisioner.checks.check import Check
from provisioner.checks.context import Context
from provisioner.errors import Severity
from provisioner.forecast.dialler import Dialler
from provisioner.forecast.schedule import LONGEST, Hours
from provisioner.language import gettext
from provisioner.model import Finding, Unknown, members
from provisioner.plan.decision import Decision
from provisioner.plan.observed import ActiveCampaign, active_campaigns
from provisioner.resources import KINDS, Instant, Zones
from provisioner.resources.fields import shift

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LAG = timedelta(minutes=5)  # a call may be recorded a little after its window has closed
FARTHEST = (-12, 14)  # offsets from UTC that clocks on earth have

ID = "time-zone"
MOST_ASKED = 3  # campaigns whose call records are looked at; a server has one clock


@dataclass(frozen=True, slots=True)
class CallTimes:
    """Moments of the calls of one campaign, and its window by the clock the server is taken to have."""

    moments: tuple[datetime, ...]
    zone: ZoneInfo
    opens: time
    closes: time

    def gaps(self) -> Iterator[tuple[datetime, datetime]]:
        """The hours before and after the window on the last day with calls: where they may not be."""
        today = max(self.moments).astimezone(self.zone).date()
        for day in (today - DAY, today):
            first = datetime.combine(day, self.closes, self.zone) + LAG
            last = datetime.combine(day + DAY, self.opens, self.zone) - LAG
            if first < last:
                yield first, last

    @property
    def outside(self) -> int:
        """How many calls are outside the window by that clock."""
        return sum(not self._inside(moment, 0) for moment in self.moments)

    def moves(self) -> frozenset[int]:
        """By how many hours the clock may differ so that every call is inside."""
        first, last = (hours - self._offset() // HOUR for hours in FARTHEST)
        moved = range(first, last + 1)
        return frozenset(hours for hours in moved if all(self._inside(moment, hours) for moment in self.moments))

    def clock(self, moved: int) -> str:
        """What a clock that differs by so many hours keeps: `UTC`, `UTC+07:00`."""
        minutes = int((self._offset() + moved * HOUR).total_seconds()) // 60
        hours, rest = divmod(abs(minutes), 60)
        return f"UTC{'-' if minutes < 0 else '+'}{hours:02d}:{rest:02d}" if minutes else "UTC"

    def _offset(self) -> timedelta:
        return max(self.moments).astimezone(self.zone).utcoffset() or timedelta()

    def _inside(self, moment: datetime, moved: int) -> bool:
        local = moment.astimezone(self.zone).replace(tzinfo=None) + moved * HOUR
        opens, closes = (datetime.combine(local.date(), clock) for clock in (self.opens, self.closes))
        return opens - LAG <= local <= closes + LAG


def common_moves(seen: Collection[CallTimes]) -> frozenset[int]:
    """The moves that all campaigns allow: a server has one clock. None where their windows were changed meanwhile."""
    moves = [calls.moves() for calls in seen]
    return frozenset.intersection(*(each for each in moves if each)) if any(moves) else frozenset()


@dataclass(frozen=True, slots=True)
class _Window:
    """The daily window of one declared campaign, with the hours that are left to it."""

    campaign: ActiveCampaign
    decision: Decision
    hours: Hours
    zones: Zones

    @property
    def declared(self) -> tuple[time, time]:
        schedule, fields = self.campaign.startable.schedule, self.campaign.fields
        return fields[schedule.opens], fields[schedule.closes]

    def finding(self, severity: Severity, message: str) -> Finding:
        resource = self.decision.resource
        place = resource.position(self.campaign.startable.schedule.opens)
        return Finding(ID, severity, message, resource.address, place)


def run(context: Context) -> Iterator[Finding]:
    """What is sent and why, where it will move, and whether real calls agree."""
    windows = tuple(_windows(context))
    if not windows:
        return
    if context.zones.server is None:
        yield _unset(context, windows[0])
    else:
        yield from _sent(windows)
        yield from _moved(windows)
    yield from _disagreeing(context, windows)


def _windows(context: Context) -> Iterator[_Window]:
    situation = context.situation
    dialler = Dialler.of(situation)
    for campaign in active_campaigns(situation.decisions, situation.live):
        hours = dialler.hours(campaign)
        if campaign.decision is not None and hours is not None:
            yield _Window(campaign, campaign.decision, hours, context.zones)


def _unset(context: Context, window: _Window) -> Finding:
    """Once for the project."""
    declared, utc = window.declared, Zones(context.zones.project, ZoneInfo("UTC"))
    delta = utc.to_server(window.hours.begins)
    there = ""
    if delta:
        moved = _clock(shift(clock, -delta) for clock in declared)
        there = gettext(": if the server keeps UTC, {hours} will be {moved}", hours=_clock(declared), moved=moved)
    message = gettext(
        "`server_timezone` is unset, so daily windows are sent as declared in {zone}{there}. See when calls were "
        "really made (`alice-apply get cdr`), and set it in alice.yaml",
        zone=context.zones.project,
        there=there,
    )
    return Finding(ID, Severity.WARNING, message, window.decision.address, context.settings.position("timezone"))


def _sent(windows: Sequence[_Window]) -> Iterator[Finding]:
    """Declared and sent, side by side, where this plan sends them; once for all that are alike."""
    alike: dict[tuple[str, str], list[_Window]] = {}
    for window in windows:
        if _is_sent(window) and _delta(window):
            sent = _clock(shift(clock, _delta(window)) for clock in window.declared)
            alike.setdefault((_clock(window.declared), sent), []).append(window)
    for (declared, sent), found in alike.items():
        zones = found[0].zones
        text = gettext(
            "{hours} in {zone} is sent as {sent} in {server_zone}, where the server is",
            hours=declared,
            zone=zones.project,
            sent=sent,
            server_zone=zones.server,
        )
        alike_too = gettext("{what} ({count} campaigns)", what=text, count=len(found))
        yield found[0].finding(Severity.INFO, alike_too if len(found) > 1 else text)


def _is_sent(window: _Window) -> bool:
    change, schedule = window.decision.change, window.campaign.startable.schedule
    paths = {field.path for field in change.fields} if change else set()
    return bool(paths & {schedule.begins, schedule.opens, schedule.closes})


def _delta(window: _Window, moment: datetime | None = None) -> timedelta:
    """What is added to times of day for the server: as they are sent, or as it would be at another moment."""
    begins = window.campaign.fields[window.campaign.startable.schedule.begins]
    return window.zones.to_server(moment or begins)


def _moved(windows: Sequence[_Window]) -> Iterator[Finding]:
    """Windows that move because clocks change here or there, but not in both zones at once."""
    for window in windows:
        sent = _delta(window)
        openings = (first for first, _ in window.hours.stretches(LONGEST.days))
        first = next((each for each in openings if _delta(window, each) != sent), None)
        if first is not None:
            yield window.finding(Severity.WARNING, _movement(window, first, sent - _delta(window, first)))


def _movement(window: _Window, first: datetime, by: timedelta) -> str:
    zones, declared = window.zones, window.declared
    moved = _clock(shift(clock, by) for clock in declared)
    day = first.astimezone(zones.project).date()
    sent = _clock(shift(clock, _delta(window)) for clock in declared)
    return gettext(
        "from {day} on {hours} will be {moved} in {zone}, because clocks change and it stays {sent} in {server_zone}, "
        "where the server is: let it expire before, and declare another from then on",
        day=day,
        hours=_clock(declared),
        moved=moved,
        zone=zones.project,
        sent=sent,
        server_zone=zones.server,
    )


def _disagreeing(context: Context, windows: Sequence[_Window]) -> Iterator[Finding]:
    """Campaigns whose calls were made by another clock than the one their window was sent for."""
    started = [w for w in windows if w.campaign.started and w.campaign.live_id is not None and not w.decision.replaces]
    looked = [(window, _calls(context, window)) for window in started[:MOST_ASKED]]
    seen = [(window, calls) for window, calls in looked if isinstance(calls, CallTimes)]
    unseen = [(window, calls) for window, calls in looked if isinstance(calls, Unknown)]
    for window, doubt in unseen[:1] if not seen else ():
        message = gettext("whether calls are made within the window is not known: {reason}", reason=doubt.reason)
        yield window.finding(Severity.INFO, message)
    moves = common_moves([calls for _, calls in seen])
    for window, calls in seen if moves and 0 not in moves else ():
        if calls.outside:
            yield window.finding(Severity.ERROR, _disagreement(calls, moves, window.zones))


def _calls(context: Context, window: _Window) -> CallTimes | Unknown | None:
    """Calls of a campaign and the window that was in force, as far as the server shows them; None: there are none."""
    schedule, before = window.campaign.startable.schedule, window.decision.before or {}
    opens, closes, begins = (before.get(name) for name in (schedule.opens, schedule.closes, schedule.begins))
    kind, relation = schedule.records.kind, schedule.records.relation
    ask = partial(context.account.sample, kind, relation, window.campaign.live_id or 0)
    records = ask()
    if isinstance(records, Unknown):
        return records
    moments = _moments(kind, records)
    if not (isinstance(opens, time) and isinstance(closes, time) and isinstance(begins, datetime) and moments):
        return None
    delta, zone = window.zones.to_server(begins), window.zones.server or window.zones.project
    calls = CallTimes(moments, zone, shift(opens, delta), shift(closes, delta))
    for gap in calls.gaps():  # a page may hold the calls of one hour only, which fit many a clock
        if not calls.outside:
            more = ask(between=gap)
            calls = replace(calls, moments=(*calls.moments, *_moments(kind, members(more))))
    return calls


def _moments(kind: str, records: Iterable[Mapping[str, Any]]) -> tuple[datetime, ...]:
    fields = [field for field in KINDS[kind].facts if isinstance(field, Instant)]
    decoded = (field.decode(record.get(field.key)) for record in records for field in fields)
    return tuple(moment for moment in decoded if isinstance(moment, datetime))


def _disagreement(calls: CallTimes, moves: frozenset[int], zones: Zones) -> str:
    clocks = [calls.clock(moved) for moved in sorted(moves, key=abs)]
    usual = ("UTC", replace(calls, zone=zones.project).clock(0))
    likely = next((clock for clock in usual if clock in clocks), clocks[0])
    if len(moves) > 1:
        span = gettext(" (or any from {first} to {last})", first=calls.clock(min(moves)), last=calls.clock(max(moves)))
    return gettext(
        "{count} of {calls} calls looked at are outside {hours} in {zone}, and all are inside by a clock that keeps "
        "{clock}{others}: set `server_timezone` in alice.yaml to the zone of the server",
        count=calls.outside,
        calls=len(calls.moments),
        hours=_clock((calls.opens, calls.closes)),
        zone=calls.zone,
        clock=likely,
        others=span if len(moves) > 1 else "",
    )


def _clock(window: Iterable[time]) -> str:
    """`08:00-17:00`."""
    return "-".join(f"{clock:%H:%M}" for clock in window)


CHECK = Check(ID, Severity.WARNING, "The server opens daily windows when you mean it to.", run)
