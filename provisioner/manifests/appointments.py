"""A list of appointments as it is declared: files or rows as for contacts, with when each begins and when it rings.

    appointments: lich-hen.csv                                   a file with a column named like each field
    appointments: {file: ..., columns: ..., remind: [...], ...}  files, or `rows`, with options

What the schema found wrong has been reported and is passed over. Rows of files are read by `rows` when planning. No
message contains a number, a name or any other cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from provisioner.error_ids import ErrorId
from provisioner.manifests.drafts import Draft
from provisioner.manifests.nodes import Path
from provisioner.manifests.queries import DATABASE, SQL
from provisioner.manifests.rows import RowOptions, RowReader, texts_of
from provisioner.model import Rows, Source
from provisioner.reminders import COLUMN, Agenda, Reminder, length
from provisioner.resources import AppointmentOwner
from provisioner.rows.appointments.layout import FIELDS, MOMENTS, column_options
from provisioner.rows.columns import ColumnOptions

Value = TypeVar("Value")
SAMPLE = datetime(2027, 2, 15, 9, 30)  # told by every format that says which minute of which day it is
_REMIND = "must be like -1d 09:00 (the day before, at that time) or -2h (that long before)"
_LASTS = "must be a length of time like 30m, 1h or 1h30m"
_FORMAT = "does not say day, month, year, hour and minute; write it like %d/%m/%Y %H:%M"


@dataclass(frozen=True, slots=True)
class AppointmentOptions(RowOptions):
    """The same for appointments, whose columns depend on what the options say already."""

    agenda: Agenda = field(default_factory=Agenda)

    @property
    def wanted(self) -> ColumnOptions:
        """What all this says of the columns of a file."""
        return column_options(self.columns, self.agenda, self.get("filter", None))

    def place(self, path: tuple[str | int, ...]) -> Path | None:
        """The path of an option that names a column; a column of a text is blamed on that text."""
        if path[:1] == ("variables",):
            made: dict[tuple[str, ...], str] = {(name,): text for name, text in self.agenda.texts}
            made |= {("columns", name): text for name, text in self.agenda.joined}
            path = next(option for option, text in made.items() if f"${{row.{path[1]}}}" in text)
        return (*self.path, *path) if path else None


@dataclass(frozen=True)
class AppointmentReader(RowReader):
    """Reads what stands under `appointments`."""

    def read_list(self, draft: Draft, owner: AppointmentOwner, value: Any) -> Rows | None:
        """The rows a draft declares; None when something about them is wrong, which is then reported."""
        options = self._options(draft, owner, value)
        files = [file for path, text in options.files for file in self._files(draft, options, path, text)]
        inline = tuple(self._appointments(draft, options))
        for name, why in _lacking(options, [row for row, _ in inline]):
            draft.blame(self.report, ErrorId.APPOINTMENT_INCOMPLETE, f"has no {name}: {why}", options.path)
        rows = self._rows(draft, options, files, inline, "keep", "error")
        return rows and replace(rows, agenda=options.agenda)

    def _options(self, draft: Draft, owner: AppointmentOwner, value: Any) -> AppointmentOptions:
        path: Path = (owner.declared,)
        if isinstance(value, str):
            return AppointmentOptions(path, FIELDS, {}, texts_of(path, value), (), True)
        if not isinstance(value, Mapping):
            return AppointmentOptions(path, FIELDS, {}, (), (), False)
        files = texts_of((*path, "file"), value.get("file"))
        items = value.get("rows")
        rows = [((*path, "rows", place), item) for place, item in enumerate(items if isinstance(items, list) else ())]
        named = not {"file", "rows", SQL, DATABASE}.isdisjoint(value)
        return AppointmentOptions(path, FIELDS, value, files, tuple(rows), named, self._agenda(draft, path, value))

    def _agenda(self, draft: Draft, path: Path, value: Mapping[str, Any]) -> Agenda:
        texts = [(name, value[name]) for name in ("title", "description") if isinstance(value.get(name), str)]
        columns = value.get("columns")
        named = columns if isinstance(columns, Mapping) else {}
        joined = [(name, text) for name in MOMENTS if isinstance(text := named.get(name), str) and COLUMN.search(text)]
        form, lasts, remind = value.get("datetime_format"), value.get("duration"), value.get("remind")
        found = [
            self._read(draft, (*path, "remind", place), text, Reminder.parse, _REMIND)
            for place, text in enumerate(remind if isinstance(remind, list) else ())
        ]
        return Agenda(
            texts=tuple(texts),
            joined=tuple(joined),
            form=self._read(draft, (*path, "datetime_format"), form, _form, _FORMAT) or "",
            lasts=self._read(draft, (*path, "duration"), lasts, length, _LASTS),
            remind=tuple(each for each in found if each is not None),
        )

    def _read(self, draft: Draft, path: Path, text: Any, parse: Callable[[str], Value], message: str) -> Value | None:
        if not isinstance(text, str) or path in draft.told:
            return None
        try:
            return parse(text)
        except ValueError:
            draft.blame(self.report, ErrorId.APPOINTMENT_TIME, message, path)
            return None

    def _appointments(self, draft: Draft, options: AppointmentOptions) -> Iterator[tuple[Mapping[str, Any], Source]]:
        """Rows as mappings of text, each with the place where it was written."""
        for path, item in options.rows:
            if isinstance(item, Mapping) and path not in draft.told:
                if options.get("invalid", "error") == "error":
                    self._check_number(draft, item.get(options.number), (*path, options.number))
                yield {name: value for name, value in item.items() if value is not None}, draft.place(path)


def _form(text: str) -> str:
    """A format that tells a minute of a day, both ways."""
    if datetime.strptime(SAMPLE.strftime(text), text).replace(tzinfo=None) != SAMPLE:
        raise ValueError(text)
    return text


def _lacking(options: AppointmentOptions, inline: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """What rows of the manifest need and neither they nor the options say; of files the columns tell."""
    said = {name for name, _ in options.agenda.texts}
    said |= {"end"} if options.agenda.lasts else set()
    said |= {"remind_at"} if options.agenda.remind else set()
    ways = {
        "title": "write one in every row, or `title:` for all",
        "end": "write one in every row, or `duration:` for all",
        "remind_at": "write one in every row, or `remind:` for all",
    }
    for name, way in ways.items():
        if name not in said and any(name not in row for row in inline):
            yield ("reminders" if name == "remind_at" else name), way
