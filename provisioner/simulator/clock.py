"""Simulated time: the real clock, moved by a fixed offset.

Tests put the clock where a campaign's window opens or an alarm falls due; from there it runs on in real time.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True)
class Clock:
    """What time it is on the simulated server."""

    offset: timedelta = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def advanced(self, seconds: float) -> "Clock":
        return Clock(self.offset + timedelta(seconds=seconds))


def clock_at(now: datetime | None) -> Clock:
    """A clock that shows `now` at this moment; without a moment, the real time."""
    if now is None:
        return Clock()
    aware = now if now.tzinfo else now.replace(tzinfo=UTC)
    return Clock(aware.astimezone(UTC) - datetime.now(UTC))
