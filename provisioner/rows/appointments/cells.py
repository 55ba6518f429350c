"""What single cells of a list of appointments say: moments, when it rings, and telephone numbers.

Each different text is read once; the rest of a row is a matter of sets (`declared`). What is wrong with a text is a
code of `rows.reasons`. Must not know files, tables or the API.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from provisioner.phone import read
from provisioner.reminders import Agenda
from provisioner.resources.fields import can_be_planned
from provisioner.rows import reasons
from provisioner.rows.sql import micros

LONGEST_TITLE, LONGEST_NUMBER = 255, 50  # characters (docs/alice-api.md#calendars-and-events)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ]+\d{1,2}:\d{2}.*)?")


@dataclass(slots=True)
class CellReader:
    """Reads the texts of one list."""

    agenda: Agenda
    zone: ZoneInfo
    region: str | None
    number_format: str
    _by_clock: dict[date, list[int]] = field(default_factory=dict)

    def moment(self, text: str) -> datetime | str:
        """In UTC, or the code of what is wrong with it.

        In the declared form, else as ISO 8601, which is never meant otherwise: so spreadsheets give their dates.
        """
        try:
            moment = datetime.strptime(text, self.agenda.form) if self.agenda.form else None
        except ValueError:
            moment = None
        if moment is None:
            iso = _ISO.fullmatch(text)
            if iso is None:
                return reasons.NO_DATE
            if not iso.group(1):
                return reasons.NO_TIME
            try:
                moment = datetime.fromisoformat(text)
            except ValueError:
                return reasons.NO_DATE
        return self._placed(moment)

    def _placed(self, moment: datetime) -> datetime | str:
        """Without an offset it is in the project's zone."""
        if not can_be_planned(moment):
            return reasons.NO_DATE
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
        first, second = (moment.replace(tzinfo=self.zone, fold=fold) for fold in (0, 1))
        return reasons.CLOCK_CHANGE if first.utcoffset() != second.utcoffset() else first.astimezone(UTC)

    def day(self, text: str) -> tuple[int, list[int]] | None:
        """The offset from UTC all day long and when the reminders at a time of day ring, both in microseconds.

        None for what is no day to plan for, or one on which the clock is changed.
        """
        try:
            day = datetime.fromisoformat(text)
        except ValueError:
            return None
        if not can_be_planned(day):
            return None
        moments = (day + timedelta(hours=hour) for hour in range(25))
        offsets = {each.replace(tzinfo=self.zone, fold=fold).utcoffset() for each in moments for fold in (0, 1)}
        if len(offsets) > 1:
            return None
        start = day.replace(tzinfo=self.zone).astimezone(UTC)
        return micros(day.replace(tzinfo=UTC)) - micros(start), self._at_times(start)

    def dues(self, start: datetime) -> list[int]:
        """When it rings about what begins then, by what the list declares: in order, in microseconds since 1970."""
        before = [micros(start) - length for length in self.lengths]
        return sorted({*self._at_times(start), *before})

    @property
    def lengths(self) -> list[int]:
        """How long before the beginning the other reminders ring, in microseconds."""
        return [each.before // timedelta(microseconds=1) for each in self.agenda.remind if each.at is None]

    def _at_times(self, start: datetime) -> list[int]:
        day = start.astimezone(self.zone).date()
        if day not in self._by_clock:
            fixed = [each.moment(start, self.zone) for each in self.agenda.remind if each.at is not None]
            self._by_clock[day] = [*map(micros, fixed)]
        return self._by_clock[day]

    def number(self, text: str) -> tuple[int | None, str, str]:
        """A number, how it is sent, and why it is none."""
        found = read(text, self.region)
        sent = "" if found.number is None else found.sent(text, self.number_format)
        return found.number, sent, found.reason or ""

    def transfer(self, text: str) -> str:
        """A number in the form in which numbers are sent; what is none, such as an extension, as it is written."""
        return (self.number(text)[1] if text else "") or text
