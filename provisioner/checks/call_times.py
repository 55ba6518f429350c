"""What the times of real calls say about the clock that a server's daily windows go by.

A dialler calls inside its window only. Calls outside of it, but inside once all are moved by the same whole hours, show
a server whose clock is so many hours off the one it is taken to have.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LAG = timedelta(minutes=5)  # a call may be recorded a little after its window has closed
FARTHEST = (-12, 14)  # offsets from UTC that clocks on earth have


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
