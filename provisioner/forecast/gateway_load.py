"""What each gateway has to carry: the calls of all campaigns that share it, and the most of them at a time. Pure.

Calls at a time are calls a second times the seconds that one lasts. Days on which the same campaigns dial at the same
hours are alike, so only the first of them is looked at, and on it only the times at which somebody begins or ends.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

from provisioner.forecast.dialler import Dialler
from provisioner.forecast.projection import MINUTE, Projection
from provisioner.forecast.schedule import DAY, EVERY_DAY, Hours, second_of_day
from provisioner.plan.model import Load

FIVE_MINUTES = 300  # over which calls are counted
HOUR = timedelta(hours=1)
SHOWN = 7  # open days of each campaign in the calls per hour
HOLD = 60  # seconds that a call is taken to last where no call record tells

Span = tuple[int, int]  # seconds of a day


@dataclass(frozen=True, slots=True)
class Demand:
    """Calls that one campaign asks of its gateway: `frequency` a minute inside its hours, until `ends`."""

    label: str
    frequency: int
    hours: Hours
    ends: datetime

    @classmethod
    def of(cls, run: Projection, frequency: int) -> Demand:
        """As if the gateway took every call, which is what is in question."""
        most = run.contacts.most
        ends = None if most is None else run.hours.after(-(-most * MINUTE // frequency))
        return cls(run.campaign.label, frequency, run.hours, min(run.hours.ends, ends or run.hours.ends))


@dataclass(frozen=True, slots=True)
class Peak:
    """The most calls in any five minutes, when these begin, and whose they are."""

    calls: float = 0.0
    day: date = date.min
    second: int = 0
    labels: tuple[str, ...] = ()


@dataclass(slots=True)
class _Days:
    """Who dials all day from a date on, and no more from another, by date; and spans of days that are not whole."""

    begins: dict[date, list[Demand]] = field(default_factory=dict)
    stops: dict[date, list[Demand]] = field(default_factory=dict)
    parts: dict[date, list[tuple[Span, Demand]]] = field(default_factory=dict)


def loads(runs: Iterable[Projection], dialler: Dialler) -> Iterator[Load]:
    """One for each gateway over which something calls once the plan is applied, by name."""
    calling = [run for run in runs if run.campaign.runs and run.contacts and run.open_for]
    calling = [run for run in calling if dialler.frequency(run.campaign)]

    def carrier(run: Projection) -> tuple[str, int]:
        return run.campaign.gateway_kind, run.campaign.gateway or 0

    found = [_load([*group], dialler) for _, group in groupby(sorted(calling, key=carrier), carrier)]
    yield from sorted(found, key=lambda each: each.gateway)


def _load(runs: Sequence[Projection], dialler: Dialler) -> Load:
    first = runs[0].campaign
    demands = [Demand.of(run, dialler.frequency(run.campaign)) for run in runs]
    zone, local = runs[0].hours.zone, dialler.zones.local
    peak = peak_of(demands)
    hold, measured = dialler.situation.observed.holds.get(first.gateway or 0, (HOLD, 0))
    return Load(
        gateway=dialler.gateway_name(first.gateway_kind, first.gateway),
        limit=dialler.limit(first),
        hold=hold,
        measured=measured,
        hours=tuple((local(hour), calls) for hour, calls in _per_hour(demands)),
        peak=round(peak.calls * hold / FIVE_MINUTES, 1),
        peak_at=local(_moment(peak, zone)) if peak.calls else None,
        peak_of=peak.labels,
    )


def peak_of(demands: Sequence[Demand]) -> Peak:
    """The five minutes with the most calls; all demands are in one zone."""
    days, best = _days_of(demands), Peak()
    whole: dict[int, Demand] = {}
    same_every_day = all(demand.hours.days == EVERY_DAY for demand in demands)
    dates = {*days.begins, *days.stops, *days.parts}
    for day in sorted(dates if same_every_day else {each + n * DAY for each in dates for n in range(7)}):
        for demand in days.stops.get(day, ()):
            whole.pop(id(demand))
        whole |= {id(demand): demand for demand in days.begins.get(day, ())}
        campaign = [(_hours_of_day(each.hours), each) for each in whole.values()] + days.parts.get(day, [])
        best = max(best, _busiest(day, [e for e in campaign if day.weekday() in e[1].hours.days]), key=_calls)
    return best


def _calls(peak: Peak) -> float:
    return peak.calls


def _days_of(demands: Iterable[Demand]) -> _Days:
    """A campaign's first and last day are not whole; those between are alike."""
    days = _Days()
    for demand in demands:
        hours = demand.hours
        (first, start), (last, end) = _wall(hours.begins, hours.zone), _wall(demand.ends, hours.zone)
        opens, closes = _hours_of_day(hours)
        until = min(closes, end) if first == last else closes
        days.parts.setdefault(first, []).append(((max(opens, start), until), demand))
        if first != last:
            days.parts.setdefault(last, []).append(((opens, min(closes, end)), demand))
        if first + DAY < last:
            days.begins.setdefault(first + DAY, []).append(demand)
            days.stops.setdefault(last, []).append(demand)
    return days


def _busiest(day: date, campaign: Sequence[tuple[Span, Demand]]) -> Peak:
    """Five minutes that begin or end when somebody begins or ends: no others have more calls."""
    rates: Counter[Span] = Counter()
    for (first, last), demand in campaign:
        if first < last:
            rates[first, last] += demand.frequency
    if not rates:
        return Peak()
    edges, sums = _sums(rates)
    starts = {start for edge in edges for start in (edge, edge - FIVE_MINUTES)}
    made, neg = max((_until(s + FIVE_MINUTES, edges, sums) - _until(s, edges, sums), -s) for s in starts)
    begin = -neg
    labels = {d.label for (a, b), d in campaign if a < min(b, begin + FIVE_MINUTES) and b > begin}
    return Peak(made, day, max(begin, edges[0]), tuple(sorted(labels)))


def _sums(rates: Counter[Span]) -> tuple[list[int], list[float]]:
    """The times at which the rate changes, and the calls made until then."""
    steps: Counter[int] = Counter()
    for (first, last), rate in rates.items():
        steps[first] += rate
        steps[last] -= rate
    edges = sorted(steps)
    sums, rate = [0.0], 0
    for edge, following in pairwise(edges):
        rate += steps[edge]
        sums.append(sums[-1] + rate * (following - edge) / MINUTE)
    return edges, sums


def _until(second: int, edges: Sequence[int], sums: Sequence[float]) -> float:
    """The calls made until a time of day."""
    if second <= edges[0]:
        return 0.0
    if second >= edges[-1]:
        return sums[-1]
    index = bisect_right(edges, second) - 1
    share = (second - edges[index]) / (edges[index + 1] - edges[index])
    return sums[index] + share * (sums[index + 1] - sums[index])


def _per_hour(demands: Iterable[Demand]) -> Iterator[tuple[datetime, int]]:
    """Calls by hour of the clock, of the first days of each campaign."""
    calls: Counter[datetime] = Counter()
    for demand in demands:
        for first, last in demand.hours.stretches(SHOWN):
            first, last = first.astimezone(UTC), min(last, demand.ends)
            while first < last:
                hour = first.replace(minute=0, second=0, microsecond=0)
                then = min(hour + HOUR, last)
                calls[hour] += round((then - first).total_seconds() * demand.frequency / MINUTE)
                first = then
    yield from sorted(calls.items())


def _hours_of_day(hours: Hours) -> Span:
    return second_of_day(hours.opens), second_of_day(hours.closes)


def _wall(moment: datetime, zone: ZoneInfo) -> tuple[date, int]:
    """Date and second of the day on the clock of a zone."""
    local = moment.astimezone(zone)
    return local.date(), second_of_day(local.time())


def _moment(peak: Peak, zone: ZoneInfo) -> datetime:
    return datetime.combine(peak.day, time(), zone) + timedelta(seconds=peak.second)
