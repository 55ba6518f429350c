"""Brings appointments to the server: events, then what goes, then the alarms, which ring; in parallel, each sent once.

After a pass in which an answer was lost, or told no id, the lists are read once more and the difference is made anew:
what was executed is found there, what was not is sent again. Where alarms are not listed nobody can look, so each is
noted in the state before it is sent, and one whose answer was lost is not sent again. Once anything has failed nothing
that rings is sent any more. See docs/alice-api.md#lost-answers. Must not know plans or HTTP.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Protocol

from provisioner.errors import ApiError, ObjectMissing, OutcomeUnknown, Rejected, TooLarge
from provisioner.language import gettext
from provisioner.model import LiveObject
from provisioner.progress import PassProgress
from provisioner.reminders import ALARM, EVENT, SentAppointment
from provisioner.resources import KINDS, remote_id
from provisioner.rows.appointments.agenda import AgendaTables
from provisioner.rows.appointments.difference import ADD, ALARM_CHANGES, CHANGE, EVENT_CHANGES, REMOVE
from provisioner.rows.appointments.layout import DESCRIPTION, TRANSFER
from provisioner.rows.appointments.live import numbers_of
from provisioner.rows.appointments.tables import AgendaScope
from provisioner.rows.delivery import DROPPED, Delivery, Patience, Payload, Stop, deliver, refused_by_server
from provisioner.rows.sql import moment_of

PASSES = 20
BATCH = 1000
NOTED = 200  # marks of one transaction, where the lists tell what was sent
AHEAD = 64  # and of those that are noted before they are sent, unless nobody can look: then no more than are in flight
MOST_FAILED = 1000
KEPT = 10_000  # answers in memory, before they go to the tables


class AppointmentApi(Protocol):
    """Safe to call from several threads. Every verb may raise `ApiError`."""

    def create(self, kind: str, fields: Mapping[str, Any]) -> Payload:
        """POST one object; {} where the answer shows none."""
        ...

    def change(self, kind: str, identity: int, wanted: Mapping[str, Any]) -> LiveObject | str:
        """PUT some fields, the others as they are; the object afterwards, or what went wrong."""
        ...

    def delete(self, kind: str, identity: int) -> bool:
        """False when the server refuses to."""
        ...

    def note(self, marks: Sequence[SentAppointment], never: Sequence[tuple[str, str]]) -> None:
        """Keep in the state what was sent, or is about to be; what is `never` sent is struck out, by sort and mark."""
        ...

    def look(self) -> None:
        """Read the lists again."""
        ...


@dataclass(frozen=True, slots=True)
class AppointmentRequest:
    """One request. `fields` in manifest shape, relations as remote ids."""

    op: str
    kind: str
    sort: str
    row: int | None
    identity: int | None
    mark: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    parent_id: int | None = None
    moment: int | None = None

    def sent(self, identity: int | None, *, flying: bool = False) -> SentAppointment:
        """What the state keeps of it."""
        return SentAppointment(self.sort, self.mark, identity, self.parent_id, self.moment, flying)


@dataclass(slots=True)
class AppointmentUpload:
    """One upload. `people` is whoever makes events.

    Of `blind` sorts nobody can look up what was sent; those that are `noted` are noted before each is sent.
    Afterwards `done` counts requests by sort and op, `failed` are rows by reason, `kept` what the server refuses to
    delete. Of the last pass: `lost` answers, and `untold` ones that did not say which object was made.
    """

    tables: AgendaTables
    scope: AgendaScope
    api: AppointmentApi
    people: int
    blind: frozenset[str]
    noted: frozenset[str]
    patience: Patience
    parallelism: int
    progress: PassProgress
    should_stop: Stop
    done: Counter[tuple[str, str]] = field(default_factory=Counter)
    failed: dict[str, set[int]] = field(default_factory=dict)
    kept: int = 0
    lost: int = 0
    untold: int = 0
    halted: str = ""
    reasons: set[str] = field(default_factory=set)
    last_sent: float = 0.0
    answers: dict[str, list[Payload]] = field(default_factory=lambda: {EVENT: [], ALARM: []})
    marks: dict[tuple[str, str], SentAppointment] = field(default_factory=dict)

    def run(self) -> None:
        """Everything of the last difference."""
        self._passes(EVENT, lambda: self._send(self._events(ADD, CHANGE), self._over))
        self._send(self._alarms(REMOVE), self._over)
        self._send(self._events(REMOVE), self._over)
        if not self.troubled:
            self._passes(ALARM, lambda: self._send(self._alarms(CHANGE, ADD), self._silent))

    @property
    def troubled(self) -> bool:
        """Whether anything has failed, so that nothing may ring any more."""
        return bool(self.failed or self.halted or self.lost)

    def _passes(self, sort: str, send: Callable[[], None]) -> None:
        """Until every answer of a pass told what became of it; what nobody can look up stays lost."""
        for _ in range(PASSES):
            self.lost = self.untold = 0
            self.reasons = set()
            self.progress.begin(self.tables.counts(self.scope.owned.address).requests)
            send()
            try:
                self._compare(sort)
            except ApiError as error:
                self.halted = self.halted or gettext("what was sent could not be read back: {error}", error=error)
            if not self.lost or self._over() or sort in self.blind:
                return

    def _compare(self, sort: str) -> None:
        """Anew: from the answers where they told everything, else from the lists, as far as these can be read."""
        self._hand_over()
        if sort not in self.blind and (self.lost or self.untold):
            self.patience.settle(lambda: self._look(sort), self.reasons, self.last_sent, self.should_stop)
        else:
            self.tables.compare(self.scope)

    def _look(self, sort: str) -> int | None:
        """Whether anything is still missing, as a number that changes while it arrives; None when nothing is."""
        self.api.look()
        counts = self.tables.compare(self.scope)
        return -(counts.events if sort == EVENT else counts.alarms).get(ADD, 0) or None

    def _over(self) -> bool:
        return bool(self.halted) or self.should_stop() or sum(map(len, self.failed.values())) >= MOST_FAILED

    def _silent(self) -> bool:
        return self._over() or bool(self.failed) or (ALARM in self.blind and self.lost > 0)

    def _send(self, items: Iterator[AppointmentRequest], stops: Stop) -> None:
        """A few at a time; what is known afterwards is noted in batches, what must be before it is sent."""
        window: deque[AppointmentRequest] = deque()
        noted: list[SentAppointment] = []
        refused: list[AppointmentRequest] = []

        def take() -> AppointmentRequest | None:
            if stops():
                return None
            if not window:
                window.extend(islice(items, self.parallelism if self.blind else max(AHEAD, self.parallelism)))
                self._note(noted, [each.sent(None, flying=True) for each in window if self._is_noted(each)])
            return window.popleft() if window else None

        for delivery in deliver(take, self._request, self.parallelism):
            noted += self._land(delivery)
            if delivery.error is not None and not isinstance(delivery.error, OutcomeUnknown):
                refused.append(delivery.batch)  # certainly not there, so nobody is to be asked about it
            if len(noted) >= NOTED:
                self._note(noted, [])
            self.progress(1)
            if sum(map(len, self.answers.values())) >= KEPT:
                self._hand_over(flying=False)  # what is noted and not sent yet may never be
        never = [(each.sort, each.mark) for each in (*refused, *window) if self._is_noted(each)]
        self._note(noted, [], never)

    def _is_noted(self, item: AppointmentRequest) -> bool:
        return item.op == ADD and item.sort in self.noted

    def _note(
        self, noted: list[SentAppointment], ahead: list[SentAppointment], never: Sequence[tuple[str, str]] = ()
    ) -> None:
        """In one transaction; with `never`, what was noted and then not sent."""
        if noted or ahead or never:
            self.api.note([*noted, *ahead], never)
            self.marks.update(((each.sort, each.mark), each) for each in (*noted, *ahead))
            for each in never:
                self.marks.pop(each, None)
            noted.clear()

    def _request(self, item: AppointmentRequest) -> Payload:
        """In a thread of the pool."""
        if item.op == ADD:
            return self.api.create(item.kind, item.fields)
        assert item.identity is not None
        if item.op == REMOVE:
            return {"kept": not self.api.delete(item.kind, item.identity)}
        after = self.api.change(item.kind, item.identity, item.fields)
        return {"wrong": after} if isinstance(after, str) else dict(after.payload)

    def _land(self, delivery: Delivery[AppointmentRequest]) -> list[SentAppointment]:
        """What to note of an answer."""
        item, error = delivery.batch, delivery.error
        if error is not None:
            self._fail(item, error)
            return []
        if item.op == REMOVE:
            self.kept += bool(delivery.answer["kept"])
            self.done[item.sort, item.op] += not delivery.answer["kept"]
            return []
        if "wrong" in delivery.answer:
            self._reject(item, str(delivery.answer["wrong"]))
            return []
        identity = item.identity or remote_id(delivery.answer.get("id", delivery.answer.get("url")))
        self.done[item.sort, item.op] += 1
        if identity is None or len(delivery.answer) < 2:
            self.untold += 1
        else:
            self.answers[item.sort].append({**delivery.answer, "id": identity})
        return [item.sent(identity)]

    def _fail(self, item: AppointmentRequest, error: ApiError) -> None:
        if isinstance(error, OutcomeUnknown):
            self.lost += 1
            self.reasons.add(error.reason or DROPPED)
            self.last_sent = self.patience.clock()
        elif isinstance(error, ObjectMissing):
            self.untold += 1  # somebody has deleted it: the next look tells
        elif isinstance(error, Rejected | TooLarge):
            fields = [field.name for field in KINDS[item.kind].fields if field.key in getattr(error, "fields", {})]
            self._reject(item, refused_by_server(fields))
        else:
            self.halted = self.halted or str(error)

    def _reject(self, item: AppointmentRequest, reason: str) -> None:
        self.failed.setdefault(reason, set()).add(-1 if item.row is None else item.row)

    def _hand_over(self, *, flying: bool = True) -> None:
        """Answers show objects as a list would, and what was noted is known, what is in `flying` as well."""
        told = {key: each for key, each in self.marks.items() if flying or not each.flying}
        self.tables.know(self.scope.owned.address, (each.texts for each in told.values()), anew=False)
        self.marks = {key: each for key, each in self.marks.items() if key not in told}
        if self.answers[EVENT]:
            self.tables.load_events([self.answers[EVENT]], whole=False)
        if self.answers[ALARM]:
            self.tables.load_alarms([self.answers[ALARM]], whole=False)
        self.answers = {EVENT: [], ALARM: []}

    def _events(self, *ops: str) -> Iterator[AppointmentRequest]:
        owner, owned = self.tables.owner, self.scope.owned
        for op, row, identity, mark, title, start, finish, description in self._rows(f"""
            SELECT change.op, change.row, change.id, row.mark, row.title, row.start, row.finish, row.description
            FROM {self.scope.table(EVENT_CHANGES)} AS change LEFT JOIN {self.scope.source} AS row USING (row)
            WHERE change.op IN ({_listed(ops)}) ORDER BY change.row, change.id"""):
            fields = (
                {}
                if row is None
                else {
                    "title": title,
                    "start": _known(start),
                    "end": _known(finish),
                    owner.parent: self.scope.calendar,
                    owner.by: self.people,
                }
            )
            if row is not None and DESCRIPTION in owned.managed:
                fields[DESCRIPTION] = description or None
            if not self._has_failed(row):
                yield AppointmentRequest(op, owner.kind, EVENT, row, identity, mark or "", fields, moment=finish)

    def _alarms(self, *ops: str) -> Iterator[AppointmentRequest]:
        kind = KINDS[self.tables.owner.notice]
        number, transfer = numbers_of(kind)
        for op, row, identity, event, mark, sent, passed, moment in self._rows(f"""
            SELECT op, row, id, event, due, sent, transfer, moment FROM {self.scope.table(ALARM_CHANGES)}
            WHERE op IN ({_listed(ops)}) AND (op = '{REMOVE}' OR event IS NOT NULL) ORDER BY op DESC, moment, row"""):
            fields = {kind.timing.about[0]: event, number: sent, kind.timing.notice: _known(moment)}
            if TRANSFER in self.scope.owned.managed:
                fields[transfer] = passed or None
            if not self._has_failed(row):
                yield AppointmentRequest(op, kind.name, ALARM, row, identity, mark or "", fields, event, moment)

    def _has_failed(self, row: int | None) -> bool:
        return row is not None and any(row in rows for rows in self.failed.values())

    def _rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        with self.tables.cursor() as connection:
            found = connection.execute(query)
            while batch := found.fetchmany(BATCH):
                yield from batch


def _known(moment: int | None) -> datetime | None:
    return None if moment is None else moment_of(moment)


def _listed(ops: Sequence[str]) -> str:
    return ", ".join(f"'{op}'" for op in ops)
