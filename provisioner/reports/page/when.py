"""Moments as people read them: in one zone, with the year only where it is not this one. No locale has a say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


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
        year = "" if day.year == self.now.year else f" {day.year}"
        return f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}{year}"

    def moment(self, moment: datetime) -> str:
        """`Wed 20 Jan, 08:00`."""
        local = self.local(moment)
        return f"{self.day(local.date())}, {self.hour(moment)}"

    def hour(self, moment: datetime) -> str:
        """`08:00`; the end of a day is written as the beginning of the next."""
        return f"{self.local(moment):%H:%M}"

    def span(self, first: datetime, last: datetime) -> str:
        """`Wed 20 Jan, 08:00 to 17:00`, or both days."""
        same = self.local(first).date() == self.local(last).date()
        return f"{self.moment(first)} to {self.hour(last) if same else self.moment(last)}"


def hours(moment: datetime) -> float:
    """How far into its day a moment is, by its own clock: 8.5 at half past eight."""
    return moment.hour + moment.minute / 60 + moment.second / 3600
