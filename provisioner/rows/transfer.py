"""One pass of an upload: what is to do is sent in parallel, and every answer is written down.

Deactivations and harmless changes go first, what rings last; after a failure nothing that rings is sent any more.
Nothing is decided here about rows whose answer was lost: that takes reading back (`upload`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from provisioner.errors import (
    ApiError,
    Forbidden,
    ObjectMissing,
    OutcomeUnknown,
    Rejected,
    RouteMissing,
    TooLarge,
)
from provisioner.progress import Advance
from provisioner.resources import remote_id
from provisioner.rows import payloads, pending
from provisioner.rows.delivery import DROPPED, Delivery, Patience, Payload, RowApi, Stop, deliver
from provisioner.rows.payloads import BulkSupport, Row, RowPayloads
from provisioner.rows.pending import Ledger
from provisioner.rows.rewrite_detector import RewriteDetector
from provisioner.rows.tables import Owned

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MOST_REFUSED = 1000  # rows refused one by one before it is not worth going on


@dataclass(frozen=True, slots=True)
class Batch:
    """One request: rows in bulk, or one row by itself."""

    rows: list[Row]
    in_bulk: bool = False


@dataclass(slots=True)
class Transfer:
    """One upload, and what it has learnt. `blocked`: rows that ring are no longer sent.

    Of the last pass: `reasons` why outcomes are unknown, the last of them sent at `last_sent`; `untold` that answers
    left out rows; `refused` the chunks, as places of their rows, that the server did not take whole. `again`: numbers
    that a list has already, in another text, are sent too; without it one of them, to see what the server makes of it.
    """

    connection: DuckDBPyConnection
    owned: Owned
    api: RowApi
    bodies: RowPayloads
    ledger: Ledger
    bulk: BulkSupport
    patience: Patience
    parallelism: int
    started: bool
    progress: Advance
    should_stop: Stop
    detector: RewriteDetector
    again: bool = False
    halted: str = ""
    blocked: bool = False
    lost: int = 0
    requests: int = 0
    reasons: set[str] = field(default_factory=set)
    last_sent: float = 0.0
    untold: bool = False
    refused: list[list[int]] = field(default_factory=list)
    answers: list[Payload] = field(default_factory=list)
    take_answers: Callable[[list[Payload]], None] = lambda answers: None

    def send_all(self) -> int:
        """One pass over `todo`; how many requests that took."""
        self.reasons, self.refused, self.untold, self.lost, self.requests = set(), [], False, 0, 0
        self._send(pending.QUIET, self.should_stop)
        self._send(pending.LOUD, self._ringing_stops)
        self._probe()
        self._probe_list()
        self._send_additions()
        self.ledger.flush()
        return self.requests

    @property
    def over(self) -> bool:
        """Nothing may be sent any more in this pass."""
        tired = self.lost >= max(3, self.parallelism)
        return bool(self.halted) or tired or self.should_stop() or self.ledger.refused.total() >= MOST_REFUSED

    def _ringing_stops(self) -> bool:
        return self.started and (self.blocked or bool(self.reasons) or bool(self.ledger.refused))

    def _send(self, condition: str, stops: Stop) -> None:
        """Rows one by one."""
        rows = pending.RowWindows(self.connection, self.owned, condition)

        def take() -> Batch | None:
            return None if self.over or stops() else _single(rows)

        self._deliver(take)

    def _probe(self) -> None:
        """Find out with one row whether bulk keeps all fields, where enough rows have more than five."""
        ours = "more AND NOT alone"
        if self.bulk.whole is not None or not self.bulk.usable or self.over:
            return
        if self.started or pending.count(self.connection, self.owned, f"{pending.ADDED} AND {ours}") <= self.bulk.few:
            self.bulk.whole = False
            return
        first = pending.additions(self.connection, self.owned, ours).take(1)
        batches = [Batch(first, in_bulk=True)]
        self.bulk.whole, refused = True, len(self.refused)
        self._deliver(lambda: batches.pop() if batches else None)
        told = not self.reasons and len(self.refused) == refused
        self.bulk.take(self._kept(first[0]) if told else None)
        pending.forget(self.connection, self.owned, first[0])

    def _probe_list(self) -> None:
        """One of the numbers that a list has already in another text: a server that rewrites them has all of them."""
        if not self.again and not self.over:
            one = pending.additions(self.connection, self.owned, "again").take(1)
            batches = [Batch(one)] if one else []
            self._deliver(lambda: batches.pop() if batches else None)

    def _kept(self, row: Row) -> bool | None:
        try:
            return payloads.keeps_all(self.api, self.bodies, row)
        except ApiError:
            return None

    def _send_additions(self) -> None:
        """In bulk what may go there, then the rest one by one; a chunk that is too large comes back in halves.

        Rows of which nobody knows yet whether bulk keeps them wait for the next pass.
        """
        waits = (
            f"(more AND NOT alone AND {self.bulk.usable and self.bulk.whole is None}) OR (again AND {not self.again})"
        )
        fits = f"NOT ({waits}) AND NOT alone AND (NOT more OR {bool(self.bulk.whole)})"
        if pending.count(self.connection, self.owned, f"{pending.ADDED} AND {fits}") <= self.bulk.few:
            fits = "false"
        many = pending.additions(self.connection, self.owned, fits)
        others = pending.additions(self.connection, self.owned, f"NOT ({fits}) AND NOT ({waits})")
        again: deque[Row] = deque()

        def take() -> Batch | None:
            if self.over or self._ringing_stops():
                return None
            return self._chunk(again, many) or _single(many) or _single(others)

        self._deliver(take, again)

    def _chunk(self, again: deque[Row], many: pending.RowWindows) -> Batch | None:
        """The next chunk; rows of one that was not executed come first."""
        if not self.bulk.usable:
            return Batch([again.popleft()]) if again else None
        rows = [again.popleft() for _ in range(min(len(again), self.bulk.size))] or many.take(self.bulk.size)
        return Batch(rows, in_bulk=True) if rows else None

    def _deliver(self, take: Callable[[], Batch | None], again: deque[Row] | None = None) -> None:
        for delivery in deliver(take, self._request, self.parallelism):
            self.requests += 1
            if delivery.error is None:
                self._accept(delivery)
            elif delivery.batch.in_bulk:
                self._fail_chunk(delivery.batch, delivery.error, deque() if again is None else again)
            else:
                self._fail(delivery.batch.rows[0], delivery.error)

    def _request(self, batch: Batch) -> Payload:
        """In a thread of the pool."""
        if batch.in_bulk:
            return self.api.post(payloads.PATH, payloads.body(self.bodies, batch.rows, whole=bool(self.bulk.whole)))
        row, path = batch.rows[0], self.owned.shape.path
        if row["id"] is None:
            return self.api.create(path, self.bodies.single(row))
        return self.api.update(path, row["id"], self.bodies.update(row, self.api.writable(row["id"])))

    def _accept(self, delivery: Delivery[Batch]) -> None:
        self.lost, self.last_sent = 0, self.patience.clock()
        rows = delivery.batch.rows
        for row in rows:
            self.ledger.note(row, pending.ACCEPTED if row["id"] is None else pending.SENT)
        if delivery.batch.in_bulk or not self._shown(delivery.answer):
            self.untold = True
        else:
            self._compare_number(rows[0], delivery.answer)
            self.answers.append(delivery.answer)
            self._hand_over(pending.BATCH)
        self.progress(len(rows))

    def _compare_number(self, row: Row, answer: Payload) -> None:
        """A new row that is shown under another text is known by its id alone."""
        identity = remote_id(answer.get("id", answer.get("url")))
        if row["id"] is None and identity is not None and answer[self.owned.shape.identity] != row["sent"]:
            self.detector.made(row["row"], identity)

    def _shown(self, answer: Payload) -> bool:
        """Whether an answer holds the row, as a list would show it."""
        shape = self.owned.shape
        known = remote_id(answer.get("id", answer.get("url"))) is not None
        return known and shape.identity in answer and shape.parent.key in answer

    def _hand_over(self, most: int) -> None:
        """Pass answers on in batches; they are of no use once everything has to be read back anyway."""
        if len(self.answers) >= most:
            answers, self.answers = self.answers, []
            if not (self.untold or self.reasons):
                self.take_answers(answers)

    def _fail(self, row: Row, error: ApiError) -> None:
        """One row: the server said no, or nothing is known, or the server cannot be worked with."""
        if isinstance(error, OutcomeUnknown):
            self._lose([row], error)
        elif isinstance(error, Rejected | TooLarge | ObjectMissing):
            self.lost = 0
            self.ledger.reject(row, _reason(error, self.owned))
            self.progress(1)
        else:
            self.halted = self.halted or str(error)

    def _fail_chunk(self, batch: Batch, error: ApiError, again: deque[Row]) -> None:
        """A chunk: what was not executed goes again, what was refused half-way waits until it has been read back."""
        self.bulk.learn(error, len(batch.rows))
        self.untold = True
        if isinstance(error, OutcomeUnknown):
            self._lose(batch.rows, error)
        elif isinstance(error, TooLarge | RouteMissing | Forbidden):
            again.extend(batch.rows)
        elif isinstance(error, Rejected):
            self.lost = 0
            self.refused.append([row["row"] for row in batch.rows])
        else:
            self.halted = self.halted or str(error)

    def _lose(self, rows: list[Row], error: OutcomeUnknown) -> None:
        self.lost += 1
        self.reasons.add(error.reason or DROPPED)
        self.last_sent = self.patience.clock()
        for row in rows:
            self.ledger.note(row, pending.UNKNOWN)


def _single(rows: pending.RowWindows) -> Batch | None:
    taken = rows.take(1)
    return Batch(taken) if taken else None


def _reason(error: ApiError, owned: Owned) -> str:
    """What the server does not like, by the names of our own fields: its texts may quote the row."""
    if isinstance(error, ObjectMissing):
        return "no longer on the server"
    if isinstance(error, TooLarge):
        return "larger than the server accepts"
    assert isinstance(error, Rejected)
    known = (owned.shape.identity, *owned.shape.texts, "status", "additional_vars", owned.shape.parent.key)
    fields = [name for name in known if name in error.fields]
    return f"refused by the server ({', '.join(fields)})" if fields else "refused by the server"
