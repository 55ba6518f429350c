"""One declared appointment, from the texts of its cells: what it is called, when it is, whom it calls and when.

Every text is read once: a list has few different dates, and a file of a year some ten thousand. What is wrong with a
row is a code of `rows.reasons`, the first thing that is. Must not know files, tables or the API.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from provisioner.phone import ParsedNumber, read
from provisioner.reminders import COLUMN, Agenda
from provisioner.resources.fields import can_be_planned
from provisioner.rows import reasons
from provisioner.rows.appointments.layout import DESCRIPTION, END, KEY, PHONE, REMIND_AT, START, TITLE, TRANSFER
from provisioner.rows.sql import micros

Cells = Mapping[str, str]
"""Trimmed texts by field; what is not declared is missing."""

LONGEST_TITLE, LONGEST_NUMBER = 255, 50  # characters (docs/alice-api.md#calendars-and-events)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ]+\d{1,2}:\d{2}.*)?")


@dataclass(frozen=True, slots=True)
class DeclaredAppointment:
    """One row. `identity` is what it is known by; `dues` are when it rings; moments in microseconds since 1970."""

    identity: tuple[str, ...] = ()
    title: str = ""
    description: str = ""
    start: int | None = None
    finish: int | None = None
    number: int | None = None
    sent: str = ""
    transfer: str = ""
    dues: tuple[int, ...] = ()
    reason: str = ""


@dataclass(slots=True)
class CellReader:
    """Reads the rows of one list. `keyed`: they have a key of their own."""

    agenda: Agenda
    zone: ZoneInfo
    region: str | None
    number_format: str
    keyed: bool
    _moments: dict[str, datetime | str] = field(default_factory=dict)
    _numbers: dict[str, ParsedNumber] = field(default_factory=dict)
    _reminders: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def read(
        self, cells: Cells, columns: Cells, bad: str | None, known: tuple[int, str] | None = None
    ) -> DeclaredAppointment:
        """A row from the texts of its fields, and of the columns that texts are made of.

        `known` is the telephone number, and how it is sent, where somebody has read it.
        """
        if bad:
            return DeclaredAppointment(reason=bad)
        made = {name: _filled(text, columns) for name, text in self.agenda.texts}
        title = made.get(TITLE, cells.get(TITLE, ""))
        start = self._moment(cells.get(START, ""), START)
        finish = self._finish(cells.get(END, ""), start)
        dues = self._dues(cells.get(REMIND_AT, ""), start)
        number, sent, odd = (*known, "") if known else self._called(cells.get(PHONE, ""))
        key, transfer = cells.get(KEY, ""), self._transfer(cells.get(TRANSFER, ""))
        told = [text for text in (start, finish, dues) if isinstance(text, str)]
        wrong = [*self._unnamed(title, key), *told, odd, *_overlong(sent, transfer), _order(start, finish)]
        begins = None if isinstance(start, str) else micros(start)
        return DeclaredAppointment(
            identity=_identity(self.keyed, key, title, begins),
            title=title,
            description=made.get(DESCRIPTION, cells.get(DESCRIPTION, "")),
            start=begins,
            finish=None if isinstance(finish, str) else micros(finish),
            number=number,
            sent=sent,
            transfer=transfer,
            dues=() if isinstance(dues, str) else dues,
            reason=next(filter(None, wrong), ""),
        )

    def _unnamed(self, title: str, key: str) -> list[str]:
        """What is wrong with what it is called."""
        return [
            reasons.of(reasons.MISSING, TITLE) if not title else "",
            reasons.too_long(TITLE) if len(title) > LONGEST_TITLE else "",
            reasons.of(reasons.MISSING, KEY) if self.keyed and not key else "",
        ]

    def _moment(self, text: str, name: str) -> datetime | str:
        """A moment, or the code of what is wrong with it."""
        if not text:
            return reasons.of(reasons.MISSING, name)
        if text not in self._moments:
            self._moments[text] = self._parsed(text)
        found = self._moments[text]
        return reasons.of(found, name) if isinstance(found, str) else found

    def _parsed(self, text: str) -> datetime | str:
        """In the declared form, else as ISO 8601, which is never meant otherwise: so spreadsheets give their dates."""
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
        """In UTC; without an offset it is in the project's zone."""
        if not can_be_planned(moment):
            return reasons.NO_DATE
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
        first, second = (moment.replace(tzinfo=self.zone, fold=fold) for fold in (0, 1))
        return reasons.CLOCK_CHANGE if first.utcoffset() != second.utcoffset() else first.astimezone(UTC)

    def _finish(self, text: str, start: datetime | str) -> datetime | str:
        if text or self.agenda.lasts is None:
            return self._moment(text, END)
        return start if isinstance(start, str) else start + self.agenda.lasts

    def _dues(self, text: str, start: datetime | str) -> tuple[int, ...] | str:
        if text:
            moment = self._moment(text, REMIND_AT)
            return moment if isinstance(moment, str) else (micros(moment),)
        if not self.agenda.remind:
            return reasons.NO_REMINDER
        if isinstance(start, str):
            return ()
        begins = micros(start)
        if begins not in self._reminders:
            moments = {micros(each.moment(start, self.zone)) for each in self.agenda.remind}
            self._reminders[begins] = tuple(sorted(moments))
        return self._reminders[begins]

    def _called(self, text: str) -> tuple[int | None, str, str]:
        """A number, how it is sent, and why it is none."""
        found = self._number(text)
        sent = "" if found.number is None else found.sent(text, self.number_format)
        return found.number, sent, found.reason or ""

    def _number(self, text: str) -> ParsedNumber:
        if text not in self._numbers:
            self._numbers[text] = read(text, self.region)
        return self._numbers[text]

    def _transfer(self, text: str) -> str:
        """A number in the form in which numbers are sent; what is none, such as an extension, as it is written."""
        found = self._number(text) if text else ParsedNumber()
        return text if found.number is None else found.sent(text, self.number_format)


def _filled(text: str, columns: Cells) -> str:
    return COLUMN.sub(lambda found: columns.get(found.group(1), ""), text).strip()


def _overlong(sent: str, transfer: str) -> list[str]:
    return [
        reasons.too_long(name) for name, text in ((PHONE, sent), (TRANSFER, transfer)) if len(text) > LONGEST_NUMBER
    ]


def _order(start: datetime | str, finish: datetime | str) -> str:
    wrong = isinstance(start, datetime) and isinstance(finish, datetime) and finish < start
    return reasons.ENDS_FIRST if wrong else ""


def _identity(keyed: bool, key: str, title: str, start: int | None) -> tuple[str, ...]:
    """What tells it from others; nothing when that is missing."""
    if keyed:
        return (KEY, key) if key else ()
    return (START, title, str(start)) if title and start is not None else ()
