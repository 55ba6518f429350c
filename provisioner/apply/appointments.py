"""Sending the appointments of one calendar, and what the state keeps of them: keyed marks and remote ids, never a row.

A plan compares them first, in the same workspace; what is sent is the difference that it found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

from provisioner.apply.in_flight import RowsInFlight
from provisioner.apply.replace import delete
from provisioner.apply.update import put_fields
from provisioner.apply.work import StepFailed, StepUnknown, Tuning, Work
from provisioner.errors import ObjectMissing
from provisioner.language import gettext, joined, template
from provisioner.messages import count
from provisioner.model import Address, LiveObject
from provisioner.progress import PassProgress, Progress
from provisioner.reminders import ALARM, EVENT, SentAppointment
from provisioner.resources import KINDS
from provisioner.rows.appointments.agenda import AgendaTables
from provisioner.rows.appointments.difference import ADD, CHANGE, REMOVE
from provisioner.rows.appointments.tables import ALARMS, EVENTS, AgendaScope
from provisioner.rows.appointments.upload import AppointmentUpload
from provisioner.rows.delivery import Patience, Payload
from provisioner.rows.sql import moment_of
from provisioner.rows.summary import refused


@dataclass(slots=True)
class AppointmentWrites:
    """The API of one upload, with every write in the journal and every answer in the state."""

    work: Work
    tables: AgendaTables
    scope: AgendaScope
    reread: Callable[[AgendaScope], None]
    _flights: dict[str, RowsInFlight] = field(default_factory=dict)
    _recent: bool = False  # whether the lists were read since the plan was made
    _reading: Lock = field(default_factory=Lock)

    @property
    def address(self) -> Address:
        """The calendar's."""
        return self.scope.owned.address

    def __post_init__(self) -> None:
        for name in (self.tables.owner.kind, self.tables.owner.notice):
            self._flights[name] = RowsInFlight(self.work, self.address, KINDS[name])

    def create(self, kind: str, fields: Mapping[str, Any]) -> Payload:
        """POST one object."""
        declared = KINDS[kind]
        return self._flights[kind].create(declared.path, declared.encode(fields, self.work.zones))

    def change(self, kind: str, identity: int, wanted: Mapping[str, Any]) -> LiveObject | str:
        """PUT the fields that are declared, all others as they were read right before.

        Where none can be read by its id, one reading of the lists serves for all that are not about to ring, and what
        became of them is for the next look to tell.
        """
        declared, before = KINDS[kind], self._shown(kind, identity)
        looks = self.work.reader.has_detail(declared) or not before.payload
        if not looks:
            self._read_again()
            before = self._shown(kind, identity)
            looks = declared.timing.armed(before.fields, moment_of(self.scope.now))
        try:
            after = put_fields(self.work, self.address, declared, before, wanted, wanted, looks=looks).live
        except StepFailed as error:
            return str(error)
        return after if looks else LiveObject(kind, identity, {})

    def _shown(self, kind: str, identity: int) -> LiveObject:
        """An object as the lists showed it last."""
        payload = self.tables.payload(EVENTS if kind == self.tables.owner.kind else ALARMS, identity)
        found = KINDS[kind].decode({**payload, "id": identity}, self.work.zones)
        assert found is not None
        return found

    def _read_again(self) -> None:
        """The lists, since the plan was made; once for all changes between two looks."""
        with self._reading:
            if not self._recent:
                self.reread(self.scope)
                self._recent = True

    def delete(self, kind: str, identity: int) -> bool:
        """Until it is certain that the object is gone; False when the server refuses."""
        try:
            return delete(self.work, KINDS[kind], self.address, identity)
        except ObjectMissing:
            return True

    def note(self, marks: Sequence[SentAppointment], never: Sequence[tuple[str, str]]) -> None:
        """Keep it in the state."""
        assert self.scope.calendar is not None
        self.work.store.note_sent(self.address, self.scope.calendar, marks, never)

    def look(self) -> None:
        """Read the lists again."""
        self.reread(self.scope)
        self._recent = True

    def settle(self) -> None:
        """Nothing is in flight any more."""
        for flight in self._flights.values():
            flight.settle()


@dataclass(frozen=True, slots=True)
class AppointmentSender:
    """The compared appointments of one calendar. `hides`: its lists were seen to leave out what is there."""

    tables: AgendaTables
    scope: AgendaScope
    reread: Callable[[AgendaScope], None]
    hides: bool
    fresh: bool

    def send(self, work: Work, tuning: Tuning, progress: Progress) -> str:
        """Bring them to the server, and say what was done; raises StepFailed or StepUnknown."""
        address = self.scope.owned.address
        scope = replace(self.scope, calendar=work.ids[address])
        counts, writes = self.tables.counts(address), AppointmentWrites(work, self.tables, scope, self.reread)
        requests = counts.requests
        blind = {sort for sort, seen in ((EVENT, scope.events), (ALARM, scope.alarms)) if not seen}
        with progress.phase(gettext("appointments of {address}", address=address), requests) as advance:
            upload = AppointmentUpload(
                self.tables,
                scope,
                writes,
                people=self._people(work, address),
                blind=frozenset(blind),
                noted=frozenset({EVENT, ALARM} if self.hides or self.fresh or ALARM in blind else blind),
                patience=Patience(work.patience.read_timeout, sleep=work.sleep),
                parallelism=tuning.parallelism,
                progress=PassProgress(advance, requests),
                should_stop=tuning.should_stop,
            )
            upload.run()
        message = joined(_said(upload), "; ")
        if upload.lost:
            raise StepUnknown(message)
        writes.settle()
        if upload.troubled or tuning.should_stop():
            raise StepFailed(message)
        return joined(filter(None, (message, self._rewritten(writes))), "; ")

    def _rewritten(self, writes: AppointmentWrites) -> str:
        """What came back otherwise than it was sent is remembered, and told: it is not sent again."""
        scope, other = writes.scope, self.tables.rewritten(writes.scope)
        if other:
            writes.note(other, [])
            self.tables.know(writes.address, (each.texts for each in other), anew=False)
            self.tables.compare(scope)
        counts = self.tables.counts(scope.owned.address)
        if counts.add or counts.change:
            raise StepFailed(f"{count(counts.add + counts.change, 'row')} taken by the server and not shown as sent")
        times = self.tables.otherwise(scope)
        if other and times:
            raise StepFailed(
                f"{count(times, 'row')} came back with other dates or numbers: this server ignores changes"
            )
        if not other:
            return ""
        return gettext("{texts} kept by the server in its own form", texts=count(len(other), "text"))

    def _people(self, work: Work, address: Address) -> int:
        """Whoever makes the events: the user that the calendar belongs to."""
        owner, decision = self.tables.owner, work.decision(address)
        target = decision.desired.get(owner.through)
        target = work.ids.get(target) if isinstance(target, Address) else target
        if not isinstance(target, int):
            raise StepFailed(f"it is not known whose calendar it is, so nobody can create its {owner.declared}")
        return target


DONE = {
    ADD: template("{appointments} and {alarms} added"),
    CHANGE: template("{appointments} and {alarms} changed"),
    REMOVE: template("{appointments} and {alarms} deleted"),
}


def _said(upload: AppointmentUpload) -> Iterator[str]:
    """What was done, then what went wrong: counts and places."""
    done, places = upload.done, upload.scope.owned
    for op, told in DONE.items():
        events, alarms = done[EVENT, op], done[ALARM, op]
        if events or alarms:
            title = KINDS[upload.tables.owner.notice].title
            yield gettext(told, appointments=count(events, "appointment"), alarms=count(alarms, title))
    for reason, rows in sorted(upload.failed.items()):
        at = ", ".join(
            f"{each.file}:{each.line}" for each in (places.place(row) for row in sorted(rows)[:5] if row >= 0)
        )
        yield refused(len(rows), reason, at)
    if upload.kept:
        yield gettext(
            "{count} not deleted: the server refuses to, so they still ring; delete them in Alice's web page",
            count=upload.kept,
        )
    if upload.lost:
        requests = count(upload.lost, "request")
        yield gettext("the outcome of {requests} is unknown: run again to settle it", requests=requests)
    if upload.halted:
        yield upload.halted
