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
HALF = "\x1f"  # in place of what is joined of cells some of which are empty
_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]+(\d{1,2})(:\d{2}.*))?")
_DATE, _TIME = re.compile("%[aAbBdjmyY](?:[^%]+%[aAbBdjmyY])*"), re.compile("%[HIMSp](?:[^%]*%[HIMSp])*")
# Of a cell of a date the midnight, and of one of a time the day, that a spreadsheet or a database gives besides.
_BESIDES = re.compile(r"(?<=\d)[T ]00:00(?::00(?:\.0+)?)?(?=[^\d+:.Z-]+\d)|(?<= )(?:1899-12-3[01]|1900-01-0[01])[T ]")


@dataclass(slots=True)
class CellReader:
    """Reads the texts of one list."""

    agenda: Agenda
    zone: ZoneInfo
    region: str | None
    number_format: str
    _by_clock: dict[date, list[int]] = field(default_factory=dict)
    _forms: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self._forms = _forms(self.agenda)

    def moment(self, text: str) -> datetime | str:
        """In UTC, or the code of what is wrong with it.

        In the declared form, else as ISO 8601, which is never meant otherwise: so spreadsheets give their dates.
        """
        if text == HALF:
            return reasons.HALF
        text = _BESIDES.sub("", text) if self.agenda.joined else text
        iso = _ISO.fullmatch(text)
        found = next(filter(None, (_parsed(text, form) for form in self._forms)), None) or _iso(iso)
        if found is None:
            return reasons.NO_TIME if iso and not iso.group(2) else reasons.NO_DATE
        return self._placed(found)

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


def _forms(agenda: Agenda) -> tuple[str, ...]:
    """How a moment may be written; where cells are joined, one of them may be a spreadsheet's own date or time."""
    if not (agenda.form and agenda.joined):
        return (agenda.form,) if agenda.form else ()
    dated = _DATE.sub("%Y-%m-%d", agenda.form, count=1)
    return agenda.form, dated, *(_TIME.sub("%H:%M:%S", form, count=1) for form in (agenda.form, dated))


def _parsed(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)
    except ValueError:
        return None


def _iso(found: re.Match[str] | None) -> datetime | None:
    """An hour may be written with one digit."""
    if found is None or not found.group(2):
        return None
    day, hour, rest = found.groups()
    try:
        return datetime.fromisoformat(f"{day}T{hour:0>2}{rest}")
    except ValueError:
        return None
