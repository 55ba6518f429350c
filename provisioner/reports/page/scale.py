"""From numbers and moments to places on paper, and the round numbers to write beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from provisioner.reports.page.when import Clock

STEPS = (1, 2, 5)
MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720)
DAY_STEPS = (1, 2, 7, 14, 28, 56, 112, 224, 448)


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
    day = clock.day(moment.date())
    if (moment.hour, moment.minute) == (0, 0):
        return day
    return f"{' '.join(day.split()[1:3])}, {clock.hour(moment)}" if first else clock.hour(moment)


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


def short(number: int) -> str:
    """A round number for an axis: `500`, `20k`, `1.5M`."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if number >= 10 * size or (number >= size == 1_000_000):
            return f"{number / size:g}{letter}"
    return f"{number:,}"
