"""When a dialler is open: daily hours in the server's zone, between two moments. In closed form: years cost little.

The dialler compares the wall clock of its zone with the daily hours (docs/alice-api.md#calling-window), so a day on
which clocks change may be open longer or shorter than others. `opening` makes `Hours` of an object's fields, by the
schedule that its kind declares. Moments are aware; those given back are in UTC.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from provisioner.model import Fields
from provisioner.resources import Schedule, Zones
from provisioner.resources.fields import shift

DAY = timedelta(days=1)
EVERY_DAY = frozenset(range(7))
LONGEST = timedelta(days=3660)  # what is farther off than ten years is not looked at

Interval = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Hours:
    """Open on `days` (Monday 0) from `opens` to `closes`, in `zone`, from `begins` to `ends`; never over midnight."""

    zone: ZoneInfo
    opens: time
    closes: time
    begins: datetime
    ends: datetime
    days: frozenset[int] = EVERY_DAY

    def until(self, moment: datetime) -> int:
        """How many seconds it is open from `begins` until a moment, later than `ends` if need be."""
        moment = min(moment, self.begins + LONGEST)
        if moment <= self.begins or self.daily <= 0:
            return 0
        first, last = self._date(self.begins), self._date(moment)
        if first == last:
            return self._clipped(first, moment)
        between = self.daily * self._open_days(first + DAY, last - DAY)
        longer = sum(self._seconds(day) - self.daily for day in self._odd_days(first + DAY, last - DAY))
        return self._clipped(first, moment) + between + longer + self._clipped(last, moment)

    @property
    def seconds(self) -> int:
        """How many seconds it is open in all."""
        return self.until(self.ends)

    @property
    def daily(self) -> int:
        """How many seconds a usual day is open; none or less: it never opens."""
        return second_of_day(self.closes) - second_of_day(self.opens)

    def after(self, seconds: int) -> datetime | None:
        """The moment at which it has been open for so many seconds, whether before `ends` or not; None: not in time."""
        first = self._date(self.begins)
        low, high = self._guess(seconds)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self.until(self._on(first + middle * DAY)[1]) < seconds else (low, middle)
        if self.until(self._on(first + low * DAY)[1]) < seconds:
            return None
        opening, closing = self._on(first + low * DAY)
        return closing - timedelta(seconds=self.until(closing) - seconds) if seconds else max(opening, self.begins)

    def _guess(self, seconds: int) -> tuple[int, int]:
        """Between which days after the first that moment lies; clocks that change move it by a few."""
        if self.daily <= 0 or not self.days:
            return 0, 0
        days = seconds * len(EVERY_DAY) // (self.daily * len(self.days))
        slack = (2 if len(self.days) == len(EVERY_DAY) else len(EVERY_DAY) + 2) + days // 180
        low, high = max(0, days - slack), min(LONGEST.days, days + slack)
        return low if self.until(self._on(self._date(self.begins) + low * DAY)[1]) < seconds else 0, high

    def stretches(self, most: int) -> Iterator[Interval]:
        """The first so many stretches in which it is open, in order."""
        day, last = self._date(self.begins), self._date(min(self.ends, self.begins + LONGEST))
        while most and day <= last and self.daily > 0 and self.days:
            opening, closing = self._on(day)
            opening, closing = max(opening, self.begins), min(closing, self.ends)
            if day.weekday() in self.days and opening < closing:
                most -= 1
                yield opening, closing
            day += DAY

    def _date(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def _on(self, day: date) -> Interval:
        """Opening and closing of one day; where clocks go back, the first time and the last."""
        return _hours_on(day, self.opens, self.closes, self.zone)

    def _seconds(self, day: date) -> int:
        if day.weekday() not in self.days:
            return self.daily
        opening, closing = self._on(day)
        return max(0, int((closing - opening).total_seconds()))

    def _clipped(self, day: date, moment: datetime) -> int:
        """Of one day, what lies between `begins` and the moment."""
        if day.weekday() not in self.days:
            return 0
        opening, closing = self._on(day)
        return max(0, int((min(closing, moment) - max(opening, self.begins)).total_seconds()))

    def _open_days(self, first: date, last: date) -> int:
        """How many of the dates are open, both included."""
        count = max(0, (last - first).days + 1)
        if len(self.days) == len(EVERY_DAY):
            return count
        weeks, rest = divmod(count, 7)
        return weeks * len(self.days) + sum((first.weekday() + each) % 7 in self.days for each in range(rest))

    def _odd_days(self, first: date, last: date) -> Iterator[date]:
        """The dates between on which clocks change."""
        for year in range(first.year, last.year + 1):
            yield from (day for day in _changes(self.zone, year) if first <= day <= last)


@lru_cache(maxsize=256)
def _changes(zone: ZoneInfo, year: int) -> tuple[date, ...]:
    """The dates of a year that do not have twenty-four hours."""
    days = [date(year, 1, 1) + each * DAY for each in range(366)]
    offsets = [datetime.combine(day, time(), zone).utcoffset() for day in [*days, days[-1] + DAY]]
    return tuple(day for day, now, then in zip(days, offsets, offsets[1:], strict=False) if now != then)


@lru_cache(maxsize=4096)
def _hours_on(day: date, opens: time, closes: time, zone: ZoneInfo) -> Interval:
    """Many campaigns call on the same days at the same hours: they share their moments."""
    opening, closing = datetime.combine(day, opens, zone), datetime.combine(day, closes.replace(fold=1), zone)
    return opening.astimezone(UTC), closing.astimezone(UTC)


def second_of_day(moment: time) -> int:
    """By the clock, from midnight on."""
    return moment.hour * 3600 + moment.minute * 60 + moment.second


def opening(schedule: Schedule, fields: Fields, zones: Zones, since: datetime | None = None) -> Hours | None:
    """When it may dial, at the earliest `since`; None where the server does not show it, or where nothing is left."""
    if not shows_hours(schedule, fields):
        return None
    begins, expires = fields[schedule.begins], fields[schedule.expires]
    delta, start = zones.to_server(begins), max(since or begins, begins)
    if expires <= start:
        return None
    closed = {number for number, name in enumerate(schedule.days) if _is_false(fields.get(name))}
    opens, closes = (shift(fields[name], delta) for name in (schedule.opens, schedule.closes))
    zone = zones.server or zones.project
    return Hours(zone, opens, closes, start, min(expires, start + LONGEST), EVERY_DAY - closed)


def shows_hours(schedule: Schedule, fields: Fields) -> bool:
    """Whether the server shows when it dials, so that nobody has to think it may dial at any time."""
    expires = fields.get(schedule.expires)
    return isinstance(expires, datetime) and all(
        isinstance(fields.get(name), kind)
        for name, kind in ((schedule.begins, datetime), (schedule.opens, time), (schedule.closes, time))
    )


def _is_false(value: object) -> bool:
    return str(value).lower() in ("false", "0")
