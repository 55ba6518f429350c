"""When the telephone rings about an appointment: what a list of them declares besides where its rows come from.

    "-1d 09:00"    the day before, at nine by the clock of the project's zone
    "0d 07:30"     on the day itself
    "-2h"          two hours before it begins

Values only. Must not know files, or the API.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

COLUMN = re.compile(r"\$\{row\.([^}]+)\}")  # in a text that is made of columns of its row

_DAYS = re.compile(r"-?(\d{1,3})d (\d{1,2}):(\d{2})")
_BEFORE = re.compile(r"-(?:(\d{1,4})d)?(?:(\d{1,4})h)?(?:(\d{1,4})m)?")
_LENGTH = re.compile(r"(?:(\d{1,3})h)?(?:(\d{1,4})m)?")


@dataclass(frozen=True, slots=True)
class Reminder:
    """So long `before` the beginning, or with `at` so many `days` before it, at that time of day."""

    before: timedelta = timedelta(0)
    days: int = 0
    at: time | None = None

    @classmethod
    def parse(cls, text: str) -> Reminder:
        """From what a manifest says; ValueError when it says nothing of the kind."""
        if found := _DAYS.fullmatch(text.strip()):
            days, hour, minute = map(int, found.groups())
            return cls(days=days, at=time(hour, minute))
        found = _BEFORE.fullmatch(text.strip())
        if found is None or not any(found.groups()):
            raise ValueError(text)
        days, hours, minutes = (int(part or 0) for part in found.groups())
        return cls(before=timedelta(days=days, hours=hours, minutes=minutes))

    def moment(self, start: datetime, zone: ZoneInfo) -> datetime:
        """When it rings about what begins at `start`; a time that the clock passes over is the one right after."""
        if self.at is None:
            return start - self.before
        day = start.astimezone(zone).date() - timedelta(days=self.days)
        return datetime.combine(day, self.at, zone).astimezone(UTC)


def length(text: str) -> timedelta:
    """`30m`, `1h`, `1h30m`; ValueError for anything else."""
    found = _LENGTH.fullmatch(text.strip())
    if found is None or not any(found.groups()):
        raise ValueError(text)
    hours, minutes = (int(part or 0) for part in found.groups())
    return timedelta(hours=hours, minutes=minutes)


@dataclass(frozen=True, slots=True)
class SentAppointment:
    """What was sent of an appointment before, as the state keeps it: nothing that says whom it is about.

    `mark` is a keyed hash: of what an event is known by, or of an event's mark, the number and the moment of an alarm.
    `remote_id` is None where no answer told it, `parent_id` the event of an alarm; `moment` is when an alarm rings
    (microseconds since 1970). `flying`: it was sent, and nobody has seen the answer. `form` is a keyed hash of what was
    sent and of what the server made of it.
    """

    sort: str
    mark: str
    remote_id: int | None = None
    parent_id: int | None = None
    moment: int | None = None
    flying: bool = False
    form: str = ""

    @property
    def texts(self) -> tuple[str, ...]:
        """All of it, in this order; what is None is ""."""
        numbers = ("" if each is None else str(each) for each in (self.remote_id, self.parent_id, self.moment))
        return self.sort, self.mark, *numbers, "true" if self.flying else "false", self.form


EVENT, ALARM, WORD = (
    "appointment",
    "reminder",
    "word",
)  # the sorts of `SentAppointment`; WORD is what somebody has looked up


@dataclass(frozen=True, slots=True)
class Agenda:
    """What a list of appointments says besides its columns.

    `texts` are fields that are made of a text with `${row.COLUMN}` in it, `joined` those that have such a text in the
    place of a column of a file: a date in one column and the time in another. `form` is how dates are written (a format
    of `strptime`; "": ISO 8601), `lasts` how long what has no end of its own takes.
    """

    texts: tuple[tuple[str, str], ...] = ()
    joined: tuple[tuple[str, str], ...] = ()
    form: str = ""
    lasts: timedelta | None = None
    remind: tuple[Reminder, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that its texts are made of, each once."""
        made = (*self.texts, *self.joined)
        return tuple(dict.fromkeys(name for _, text in made for name in COLUMN.findall(text)))
