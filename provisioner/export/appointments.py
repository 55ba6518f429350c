"""The appointments of a calendar as one list beside the manifests, as far as a row can say them.

One rule: an event that begins after now stands in its calendar's list when all its alarms are still to come and call
one number, and everything about it reads back from a row as it is. Reminders that are the same for the whole list are
its `remind`; else an event with one alarm has it in a column `remind_at`. What a row cannot say stays an event with its
alarms, declared one by one beside the list. Values only: what a row says is asked of the reader of rows.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from typing import Any
from zoneinfo import ZoneInfo

from provisioner.export.declared import Declaration, Declared, Fallback
from provisioner.messages import plain
from provisioner.model import Address
from provisioner.plan.live import Live
from provisioner.project import Settings
from provisioner.reminders import Agenda, Reminder
from provisioner.resources import KINDS, AppointmentOwner
from provisioner.rows.appointments.cells import LONGEST_NUMBER, LONGEST_TITLE, CellReader
from provisioner.rows.appointments.layout import DESCRIPTION, END, PHONE, REMIND_AT, START, TITLE, TRANSFER
from provisioner.rows.appointments.live import numbers_of
from provisioner.rows.formulas import marked, row_writer
from provisioner.rows.sql import micros

SHORTEST = 2  # appointments that have to agree on offsets, before these are taken for a rule


@dataclass(frozen=True, slots=True)
class Appointment:
    """An event with its alarms, as a row: `cells` by field, and when it rings."""

    event: Address
    alarms: tuple[Address, ...]
    start: datetime
    moments: frozenset[datetime]
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AppointmentList:
    """What stands under `appointments` of a calendar, the text of its file, and the addresses that it stands for."""

    value: Any
    file: str
    text: str
    events: tuple[Address, ...] = ()
    alarms: tuple[Address, ...] = field(default=())


def lists_of(declaration: Declaration, live: Live, settings: Settings, now: datetime) -> dict[Address, AppointmentList]:
    """By the address of what owns them."""
    found = {}
    for kind in KINDS.values():
        if kind.appointments:
            lister = _Lister(kind.appointments, declaration, live, settings, now)
            owners = [address for address in declaration.resources if address.kind == kind.name]
            found.update({owner: made for owner in owners if (made := lister.list_of(owner)) is not None})
    return found


@dataclass(slots=True)
class _Lister:
    owner: AppointmentOwner
    declaration: Declaration
    live: Live
    settings: Settings
    now: datetime
    _alarms: dict[int, list[Declared | None]] = field(init=False)
    _events: dict[str, list[Declared]] = field(init=False)

    def __post_init__(self) -> None:
        self._alarms, self._events = defaultdict(list), defaultdict(list)
        notices = KINDS[self.owner.notice]
        declared = {each.found.id: each for a, each in self.declaration.resources.items() if a.kind == notices.name}
        for alarm in self.live.owned(notices.name):
            self._alarms[alarm.fields.get(notices.timing.about[0]) or 0].append(declared.get(alarm.id))
        for address, each in self.declaration.resources.items():
            if address.kind == self.owner.kind and isinstance(each.way(self.owner.parent), str):
                self._events[each.way(self.owner.parent)].append(each)

    def list_of(self, owner: Address) -> AppointmentList | None:
        """None where there is nothing for one."""
        rows = [row for each in self._events[owner.key] if (row := self._row(each)) is not None]
        zone = ZoneInfo(self.settings.timezone)
        remind = reminders(rows, zone)
        if not remind:
            rows = [_with_notice(row) for row in rows if len(row.moments) == 1]
        rows = [row for row in rows if self._reads_back(row, remind, zone)]
        if not rows:
            return None
        name = f"{self.owner.declared}/{owner.key}.csv"
        value: Any = {"file": name, "remind": [*remind]} if remind else name
        alarms = tuple(address for row in rows for address in row.alarms)
        return AppointmentList(value, name, _text(rows), tuple(row.event for row in rows), alarms)

    def _row(self, event: Declared) -> Appointment | None:
        """None for what is past, or more than a row can say."""
        notices = KINDS[self.owner.notice]
        alarms = [each for each in self._alarms[event.found.id] if each is not None and not each.pinned]
        if len(alarms) != len(self._alarms[event.found.id]) or not alarms or not self._is_plain(event):
            return None
        moments = [each.found.fields[notices.timing.notice] for each in alarms]
        calls = {tuple(each.found.fields.get(name) or "" for name in numbers_of(notices)) for each in alarms}
        start = event.found.fields["start"]
        if len(calls) > 1 or len({*moments}) < len(moments) or min(*moments, start) <= self.now:
            return None
        ((number, transfer),) = calls
        texts = {TITLE: event.found.fields[TITLE], DESCRIPTION: event.found.fields.get(DESCRIPTION) or ""}
        times = {START: start.isoformat(), END: event.found.fields["end"].isoformat()}
        cells = {**texts, **times, PHONE: number, TRANSFER: transfer}
        return Appointment(event.address, tuple(each.address for each in alarms), start, frozenset(moments), cells)

    def _is_plain(self, event: Declared) -> bool:
        """Whether nothing but a calendar has to be said of it."""
        return not event.pinned and not event.ignored and event.way(self.owner.by) is Fallback.OMITTED

    def _reads_back(self, row: Appointment, remind: Sequence[str], zone: ZoneInfo) -> bool:
        if not all(isinstance(text, str) and plain(text) == text and text.isprintable() for text in row.cells.values()):
            return False
        agenda = Agenda(remind=tuple(map(Reminder.parse, remind)))
        reader = CellReader(agenda, zone, self.settings.region, self.settings.number_format)
        return _fits(row.cells) and _calls_back(reader, row.cells) and _is_when(reader, row)


def _fits(cells: Mapping[str, str]) -> bool:
    numbers = len(cells[PHONE]), len(cells[TRANSFER])
    return 0 < len(cells[TITLE]) <= LONGEST_TITLE and max(numbers) <= LONGEST_NUMBER


def _calls_back(reader: CellReader, cells: Mapping[str, str]) -> bool:
    """Whether its numbers would be sent as they are."""
    _, sent, wrong = reader.number(cells[PHONE])
    return not wrong and sent == cells[PHONE] and reader.transfer(cells[TRANSFER]) == cells[TRANSFER]


def _is_when(reader: CellReader, row: Appointment) -> bool:
    start, finish = row.start, datetime.fromisoformat(row.cells[END])
    times = reader.moment(row.cells[START]) == start <= finish == reader.moment(row.cells[END])
    own = row.cells.get(REMIND_AT)
    dues = [micros(datetime.fromisoformat(own))] if own else reader.dues(start)
    return times and tuple(dues) == _dues(row)


def reminders(rows: Sequence[Appointment], zone: ZoneInfo) -> tuple[str, ...]:
    """What `remind` says of all of these; nothing when they have no rule in common."""
    if len(rows) < SHORTEST:
        return ()
    common = reduce(set.intersection, ({*_offsets(row, zone)} for row in rows))
    first = {Reminder.parse(text).moment(rows[0].start, zone): text for text in sorted(common, reverse=True)}
    parsed = [*map(Reminder.parse, first.values())]
    same = all({each.moment(row.start, zone) for each in parsed} == row.moments for row in rows)
    return tuple(first[moment] for moment in sorted(first)) if same else ()


def _offsets(row: Appointment, zone: ZoneInfo) -> Iterator[str]:
    """Every way of saying when it rings, from when it begins."""
    for moment in row.moments:
        minutes, rest = divmod((row.start - moment).total_seconds(), 60)
        if minutes > 0 and not rest:
            hours, left = divmod(int(minutes), 60)
            yield "-" + (f"{hours}h" if hours else "") + (f"{left}m" if left else "")
        local = moment.astimezone(zone)
        days = (row.start.astimezone(zone).date() - local.date()).days
        if days >= 0 and not local.second and not local.microsecond:
            text = f"{-days}d {local:%H:%M}"
            if Reminder.parse(text).moment(row.start, zone) == moment:
                yield text


def _with_notice(row: Appointment) -> Appointment:
    (moment,) = row.moments
    return Appointment(row.event, row.alarms, row.start, row.moments, {**row.cells, REMIND_AT: moment.isoformat()})


def _dues(row: Appointment) -> tuple[int, ...]:
    return tuple(sorted(map(micros, row.moments)))


def _text(rows: Sequence[Appointment]) -> str:
    """CSV of the columns that any row fills."""
    names = [name for name in rows[0].cells if any(row.cells[name] for row in rows)]
    written = io.StringIO()
    write = row_writer(written)
    write(names)
    for row in rows:
        write([marked(row.cells[name]) for name in names])
    return written.getvalue()
