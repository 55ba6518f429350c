"""Policies against hours: which packs are about some calls, and what of a stretch of dialling they do not allow. Pure.

A policy speaks of the clock of the people called, a dialler goes by its server's. Both are turned into moments, day by
day, so that changes to and from daylight saving time count where they happen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from provisioner.model import Address
from provisioner.plan.decision import Decision
from provisioner.plan.situation import Situation
from provisioner.project import ClockSpan, Policy, Settings
from provisioner.resources import KINDS

DAY = timedelta(days=1)
END_OF_DAY = time(23, 59, 59)
DAYTIME = (time(7), time(22))  # what common sense allows where no policy speaks

Moments = tuple[datetime, datetime]


class DayPart(StrEnum):
    """Where a part that is not allowed lies in its day."""

    CLOSED = "closed"  # nothing is allowed on that day
    EARLY = "early"
    LATE = "late"
    BETWEEN = "between"


@dataclass(frozen=True, slots=True)
class Breach:
    """A part (local `first` to `last`) that is not allowed on a day; `by` is how far it reaches beyond what is."""

    day: date
    when: DayPart
    first: datetime
    last: datetime
    by: timedelta


@dataclass(frozen=True, slots=True)
class HoursViolation:
    """How the hours that a policy allows on some days are broken: all that lies beyond them, in order of time.

    `mixed`: on others of the `all_days` it allows other hours. One campaign cannot keep to both but by the narrower.
    """

    policy: Policy
    breaches: tuple[Breach, ...]
    all_days: int
    mixed: bool = False

    @property
    def days(self) -> int:
        return len({breach.day for breach in self.breaches})

    @property
    def worst(self) -> Breach:
        """What reaches farthest beyond what is allowed."""
        return max(self.breaches, key=lambda breach: breach.by)

    def by(self, when: DayPart) -> timedelta:
        """How far it reaches at most into one part of the day; zero: not at all."""
        return max((breach.by for breach in self.breaches if breach.when is when), default=timedelta())

    def parts(self) -> tuple[Breach, ...]:
        """The farthest of each part of the day, in order of the clock; of the gaps between all of one day."""
        found: dict[DayPart, Breach] = {}
        for breach in sorted(self.breaches, key=lambda breach: breach.by, reverse=True):
            found.setdefault(breach.when, breach)
        widest = found.pop(DayPart.BETWEEN, None)
        gaps = (each for each in self.breaches if widest and (each.when, each.day) == (widest.when, widest.day))
        return tuple(sorted((*found.values(), *gaps), key=lambda breach: breach.first.time()))


def purpose_of(decision: Decision) -> str | None:
    """What the calls of a resource are for, as declared or by its kind; None: nobody says."""
    return decision.resource.settings.get("purpose") or KINDS[decision.address.kind].timing.purpose or None


def policies_for(settings: Settings, purpose: str | None) -> tuple[Policy, ...]:
    """The packs that are about calls of a purpose; without one, all that may be."""
    return tuple(policy for policy in settings.policies if purpose is None or purpose in policy.purposes)


def legal_hours(situation: Situation) -> Iterator[tuple[Address, time, time]]:
    """The usual daily hours in which each resource may call, where packs about its purpose give some."""
    settings = situation.project.settings
    for address, decision in situation.decisions.items():
        purpose = None if decision.late or not decision.live_after else purpose_of(decision)
        if purpose is not None:
            mine = [p for p in policies_for(settings, purpose) if settings.region in (None, p.region)]
            yield from ((address, first, last) for first, last in usual_hours(mine))


def breaches(policy: Policy, stretches: Iterable[Moments]) -> Iterator[Breach]:
    """Every part of the stretches that the policy does not allow, in order."""
    zone = ZoneInfo(policy.timezone)
    for first, last in stretches:
        day = first.astimezone(zone).date()
        while (midnight := _moment(day, time.min, zone)) < last:
            part = max(first, midnight), min(last, _moment(day + DAY, time.min, zone))
            yield from _on(day, part, policy, zone)
            day += DAY


def violations(policy: Policy, stretches: Sequence[Moments]) -> Iterator[HoursViolation]:
    """The breaches of a policy, put together by the hours that it allows on their days."""
    found, zone = tuple(breaches(policy, stretches)), ZoneInfo(policy.timezone)
    days = {first.astimezone(zone).date() for first, _ in stretches} if found else set()
    mixed = len({policy.open_on(day) for day in days} - {()}) > 1
    by_hours: dict[tuple[ClockSpan, ...], list[Breach]] = {}
    for breach in found:
        by_hours.setdefault(policy.open_on(breach.day), []).append(breach)
    for hours, mine in by_hours.items():
        yield HoursViolation(policy, tuple(mine), len(days), mixed and bool(hours))


def allowed(policy: Policy, moment: datetime) -> bool:
    """Whether the policy allows a call at one moment."""
    return not any(breaches(policy, [(moment, moment + timedelta(seconds=1))]))


def open_stretches(policy: Policy, days: Iterable[date]) -> Iterator[Moments]:
    """When the policy allows calls, in order, on dates that any clock of the world shows on these days (UTC)."""
    zone = ZoneInfo(policy.timezone)
    for day in sorted({day + by * DAY for day in days for by in (-1, 0, 1)}):
        yield from (_opened(day, stretch, zone) for stretch in policy.open_on(day))


def daytime(timezone: str) -> Policy:
    """What common sense allows where no policy speaks."""
    return Policy("", "", "", "", date.min, (), "", timezone, ((DAYTIME,),) * 7)


def usual_hours(policies: Sequence[Policy]) -> tuple[ClockSpan, ...]:
    """The daily hours that all of them allow, as on most weekdays, in the zone of the first."""
    found: tuple[ClockSpan, ...] = ((time.min, END_OF_DAY),) if policies else ()
    for policy in policies:
        [(usual, _)] = Counter(policy.hours).most_common(1)
        found = tuple(_common(found, usual))
    return found


def _on(day: date, part: Moments, policy: Policy, zone: ZoneInfo) -> Iterator[Breach]:
    """What of a part of one day is not allowed."""
    opened = [_opened(day, stretch, zone) for stretch in policy.open_on(day)]
    if not opened:
        yield Breach(day, DayPart.CLOSED, part[0].astimezone(zone), part[1].astimezone(zone), part[1] - part[0])
        return
    rest = part[0]
    for first, last in opened:
        yield from _beyond(day, (rest, min(first, part[1])), (opened[0][0], opened[-1][1]), zone)
        rest = max(rest, last)
    yield from _beyond(day, (rest, part[1]), (opened[0][0], opened[-1][1]), zone)


def _beyond(day: date, gap: Moments, bounds: Moments, zone: ZoneInfo) -> Iterator[Breach]:
    """The breach that a gap between open stretches makes, if it has any length."""
    first, last = gap
    if first >= last:
        return
    if last <= bounds[0]:
        when, by = DayPart.EARLY, bounds[0] - first
    elif first >= bounds[1]:
        when, by = DayPart.LATE, last - bounds[1]
    else:
        when, by = DayPart.BETWEEN, last - first
    yield Breach(day, when, first.astimezone(zone), last.astimezone(zone), by)


def _opened(day: date, stretch: ClockSpan, zone: ZoneInfo) -> Moments:
    """A stretch of one day as moments; where clocks go back, from the first time to the last."""
    first, last = stretch
    if last >= END_OF_DAY:
        return _moment(day, first, zone), _moment(day + DAY, time.min, zone)
    return _moment(day, first, zone), _moment(day, last, zone, fold=1)


def _moment(day: date, clock: time, zone: ZoneInfo, fold: int = 0) -> datetime:
    """In UTC, where moments can be subtracted."""
    return datetime.combine(day, clock.replace(fold=fold), zone).astimezone(UTC)


def _common(some: Iterable[ClockSpan], others: Sequence[ClockSpan]) -> Iterator[ClockSpan]:
    for first, last in some:
        for begin, end in others:
            if max(first, begin) < min(last, end):
                yield max(first, begin), min(last, end)
