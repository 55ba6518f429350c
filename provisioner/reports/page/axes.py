"""Axes of charts: from numbers and moments to places on paper, the round numbers to write beside them, the days shown.

Moments are written as people read them in the language in force: in one zone, with the year only where it is not this
one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from provisioner.language import gettext, number, term
from provisioner.plan.model import CampaignForecast

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

STEPS = (1, 2, 5)
MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720)
DAY_STEPS = (1, 2, 7, 14, 28, 56, 112, 224, 448)

WIDTH, LEFT, RIGHT = 1000, 40, 14
MOST_DAYS, LEAST_DAYS = 92, 7
LETTER, BETWEEN = 7.5, 6  # of a label: a letter, and what is left free behind the last one
NARROW, WIDE = 22, 64  # of a day's column; narrower: only Mondays are named, wider: with the day of the week


@dataclass(frozen=True, slots=True)
class Clock:
    """The zone of a page and its now."""

    zone: ZoneInfo
    now: datetime

    @classmethod
    def of(cls, zone: str, now: datetime) -> Clock:
        """By the name of the zone."""
        return cls(ZoneInfo(zone), now.astimezone(ZoneInfo(zone)))

    def local(self, moment: datetime) -> datetime:
        """The moment on the wall clock of the page."""
        return moment.astimezone(self.zone)

    def day(self, day: date) -> str:
        """`Wed 20 Jan`."""
        return gettext("{weekday} {date}", weekday=weekday(day), date=self._date(day))

    def _date(self, day: date) -> str:
        """`20 Jan`."""
        if day.year == self.now.year:
            return day_of_month(day)
        return gettext("{day} {month} {year}", day=day.day, month=month(day), year=day.year)

    def moment(self, moment: datetime) -> str:
        """`Wed 20 Jan, 08:00`."""
        local = self.local(moment)
        return self.on(local.date(), self.hour(moment))

    def hour(self, moment: datetime) -> str:
        """`08:00`; the end of a day is written as the beginning of the next."""
        return f"{self.local(moment):%H:%M}"

    def span(self, first: datetime, last: datetime) -> str:
        """`Wed 20 Jan, 08:00 to 17:00`, or both days."""
        day = self.local(first).date()
        if day != self.local(last).date():
            return between(self.moment(first), self.moment(last))
        return self.on(day, between(self.hour(first), self.hour(last)))

    def on(self, day: date, times: str) -> str:
        """`Wed 20 Jan, 08:00 to 17:00`."""
        return gettext("{day}, {time}", day=self.day(day), time=times)


def weekday(day: date) -> str:
    """`Wed`."""
    return term(DAYS[day.weekday()])


def month(day: date) -> str:
    """`Jan`."""
    return term(MONTHS[day.month - 1])


def day_of_month(day: date) -> str:
    """`20 Jan`."""
    return gettext("{day} {month}", day=day.day, month=month(day))


def between(first: object, last: object) -> str:
    """`08:00 to 17:00`."""
    return gettext("{first} to {last}", first=first, last=last)


def hours(moment: datetime) -> float:
    """How far into its day a moment is, by its own clock: 8.5 at half past eight."""
    return moment.hour + moment.minute / 60 + moment.second / 3600


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight line from `low..high` to `start..end`; what lies outside is clipped to the ends."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Places have one decimal, so that the same plan gives the same bytes."""
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.0
        return round(self.start + min(max(share, 0.0), 1.0) * (self.end - self.start), 1)


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis and what is written there."""

    at: float
    label: str
    strong: bool = False


def uncrowded(ticks: Iterable[Tick], begin: Callable[[Tick], float]) -> tuple[Tick, ...]:
    """The same without the labels that would be written over another: over the one before, or over the last one.

    `begin` tells where a label begins. One that would go over the edge of the paper is left out as well.
    """
    found, kept, end = [*ticks], 0, 0.0
    if found and begin(found[-1]) + LETTER * len(found[-1].label) > WIDTH:
        found[-1] = replace(found[-1], label="")
    for index, tick in enumerate(found):
        if index and begin(tick) < end:
            over = index if kept == 0 or index < len(found) - 1 else kept
            found[over] = replace(found[over], label="")
            if over == index:
                continue
        kept, end = index, begin(tick) + LETTER * len(tick.label) + BETWEEN
    return tuple(found)


def beside_axis(left: float, right: float) -> Callable[[Tick], float]:
    """Where the labels below an axis begin: in the middle under their tick, but inside of its ends."""

    def begin(tick: Tick) -> float:
        wide = LETTER * len(tick.label)
        return tick.at if tick.at < left + 20 else tick.at - wide if tick.at > right - 40 else tick.at - wide / 2

    return begin


def number_ticks(high: float, most: int = 6) -> list[int]:
    """Fewer than so many whole, round numbers from 0 up to `high`, and 0."""
    step = next(size * 10**power for power in range(20) for size in STEPS if high // (size * 10**power) < most)
    return list(range(0, int(high) + 1, step))


def moment_ticks(first: datetime, last: datetime, clock: Clock, most: int = 4) -> list[tuple[datetime, str]]:
    """At most about so many round moments between two, with a label each; the first and every midnight name the day."""
    minutes = (last - first).total_seconds() / 60
    step = next((each for each in MINUTES if minutes / each <= most), 0)
    if step:
        found = _round(clock.local(first), last, step)
        return [(each, _label(each, each == found[0], clock)) for each in found]
    apart = next((each for each in DAY_STEPS if minutes / 60 / 24 / each <= most), DAY_STEPS[-1])
    return [(moment, clock.day(moment.date())) for moment in _midnights(clock.local(first), last, apart)]


def _label(moment: datetime, first: bool, clock: Clock) -> str:
    if (moment.hour, moment.minute) == (0, 0):
        return clock.day(moment.date())
    return gettext("{day}, {time}", day=day_of_month(moment), time=clock.hour(moment)) if first else clock.hour(moment)


def _round(first: datetime, last: datetime, step: int) -> list[datetime]:
    """Multiples of so many minutes, counted from midnight on the clock of `first`."""
    begin = first.replace(minute=0, second=0, microsecond=0)
    begin += timedelta(minutes=(first.minute // step * step) if step < 60 else -60 * (begin.hour % (step // 60)))
    count = int((last - begin).total_seconds() // 60) // step + 1
    found = [begin + timedelta(minutes=step * each) for each in range(count + 1)]
    return [each for each in found if first <= each <= last]


def _midnights(first: datetime, last: datetime, apart: int) -> list[datetime]:
    """By the calendar, so that a change of clocks moves none of them."""
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    midnight += timedelta(days=int(midnight < first))
    found = [midnight + timedelta(days=apart * each) for each in range(16)]
    return [each for each in found if each <= last]


def days_between(first: date, last: date) -> list[date]:
    """Every date from the first to the last."""
    return [first + timedelta(days=each) for each in range((last - first).days + 1)]


def short(value: int) -> str:
    """A round number for an axis: `500`, `20k`, `1.5M`."""
    if value >= 1_000_000:
        return gettext("{number}M", number=number(value / 1_000_000, "g"))
    return gettext("{number}k", number=number(value / 1_000, "g")) if value >= 10_000 else number(value)


@dataclass(frozen=True, slots=True)
class Marker:
    """A moment that matters: `x` is where its day begins, `end` where it ends, `y` where the moment is on that day.

    `off`: the day is not drawn. `title` says when it is.
    """

    x: float
    end: float
    y: float
    title: str
    off: bool = False


@dataclass(frozen=True, slots=True)
class DayAxis:
    """The days that are drawn, side by side."""

    clock: Clock
    days: Sequence[date]
    width: float = WIDTH
    left: float = LEFT
    right: float = WIDTH - RIGHT

    @property
    def column(self) -> float:
        """The width of a day."""
        return (self.right - self.left) / len(self.days)

    def start(self, day: date) -> float:
        """Where a day begins."""
        return round(self.left + (day - self.days[0]).days * self.column, 1)

    def shows(self, moment: datetime) -> bool:
        """Whether the day of the moment is drawn."""
        return self.days[0] <= self.clock.local(moment).date() <= self.days[-1]

    def marker(self, moment: datetime, title: str, y: float) -> Marker:
        """The mark of a moment; on the nearest day that is drawn when its own is not."""
        day = self.clock.local(moment).date()
        x = self.start(min(max(day, self.days[0]), self.days[-1]))
        return Marker(x, round(x + self.column, 1), round(y, 1), title, not self.shows(moment))

    def ticks(self) -> Iterator[Tick]:
        """Every day, or only Mondays where days are narrow; months where they begin."""
        for day in self.days:
            monday, first = day.weekday() == 0, day == self.days[0]
            if self.column >= NARROW or monday or first:
                yield Tick(self.start(day), self._label(day, first), monday or first)

    def _label(self, day: date, first: bool) -> str:
        named = first or day.day == 1 or self.column < NARROW
        label = day_of_month(day) if named else str(day.day)
        return gettext("{weekday} {date}", weekday=weekday(day), date=label) if self.column >= WIDE else label


def shown_days(campaigns: Sequence[CampaignForecast], alarms: Sequence[datetime], clock: Clock) -> list[date]:
    """From today, or from the day before the first event when that is far off, to the last one; there is a most."""
    ends = [campaign.expires for campaign in campaigns] + [*alarms]
    begins = [campaign.windows[0][0] for campaign in campaigns if campaign.windows] + [*alarms]
    today = clock.now.date()
    first = min((clock.local(each).date() for each in begins), default=today)
    start = today if (first - today).days < MOST_DAYS // 2 else first - timedelta(days=1)
    last = max(clock.local(each).date() for each in ends)
    days = min(max((last - start).days + 1, LEAST_DAYS), MOST_DAYS)
    return days_between(start, start + timedelta(days=days - 1))
