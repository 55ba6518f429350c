"""An axis of days: which are shown, and where a moment stands on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from provisioner.model import Course
from provisioner.reports.page.scale import Tick, days_between
from provisioner.reports.page.when import Clock

WIDTH, LEFT, RIGHT = 1000, 40, 14
MOST_DAYS, LEAST_DAYS = 92, 7
NARROW, WIDE = 22, 64  # of a day's column; narrower: only Mondays are named, wider: with the day of the week


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

    def marker(self, moment: datetime, word: str, y: float) -> Marker:
        """The mark of a moment; on the nearest day that is drawn when its own is not."""
        day = self.clock.local(moment).date()
        x = self.start(min(max(day, self.days[0]), self.days[-1]))
        title = f"{word} {self.clock.moment(moment)}"
        return Marker(x, round(x + self.column, 1), round(y, 1), title, not self.shows(moment))

    def ticks(self) -> Iterator[Tick]:
        """Every day, or only Mondays where days are narrow; months where they begin."""
        for day in self.days:
            monday, first = day.weekday() == 0, day == self.days[0]
            if self.column >= NARROW or monday or first:
                yield Tick(self.start(day), self._label(day, first), monday or first)

    def _label(self, day: date, first: bool) -> str:
        week, number, month = self.clock.day(day).split()[:3]
        named = first or day.day == 1 or self.column < NARROW
        parts = [week] * (self.column >= WIDE) + [number] + [month] * named
        return " ".join(parts)


def shown_days(courses: Sequence[Course], alarms: Sequence[datetime], clock: Clock) -> list[date]:
    """From today, or from the day before the first event when that is far off, to the last one; there is a most."""
    ends = [course.expires for course in courses] + [*alarms]
    begins = [course.windows[0][0] for course in courses if course.windows] + [*alarms]
    today = clock.now.date()
    first = min((clock.local(each).date() for each in begins), default=today)
    start = today if (first - today).days < MOST_DAYS // 2 else first - timedelta(days=1)
    last = max(clock.local(each).date() for each in ends)
    days = min(max((last - start).days + 1, LEAST_DAYS), MOST_DAYS)
    return days_between(start, start + timedelta(days=days - 1))
