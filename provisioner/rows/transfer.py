"""One pass of an upload: what is to do is sent in parallel, and every answer is written down.

Deactivations and harmless changes go first, what rings last; after a failure nothing that rings is sent any more.
Nothing is decided here about rows whose answer was lost: that takes reading back (`upload`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
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
from provisioner.language import gettext
from provisioner.progress import PassProgress
from provisioner.resources import remote_id
from provisioner.rows import payloads, pending
from provisioner.rows.delivery import DROPPED, Delivery, Patience, Payload, RowApi, Stop, deliver, refused_by_server
from provisioner.rows.payloads import BulkSupport, Row, RowPayloads
from provisioner.rows.pending import BulkRow, Ledger
from provisioner.rows.rewrite_detector import RewriteDetector
from provisioner.rows.tables import Owned

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MOST_REFUSED = 1000  # rows refused one by one before it is not worth going on


@dataclass(frozen=True, slots=True)
class Single:
    """One request: a row by itself."""

    row: Row


@dataclass(frozen=True, slots=True)
class Chunk:
    """One request: rows in bulk."""

    rows: list[BulkRow]

    @property
    def places(self) -> list[int]:
        """Of the rows in the source."""
        return [place for place, _ in self.rows]


Batch = Single | Chunk


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
    progress: PassProgress
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
        rows = pending.changes(self.connection, self.owned, condition)

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
        first = self._many(ours, whole=True).take(1)
        (row,) = pending.whole(self.connection, self.owned, first)
        batches, refused = [Chunk(first)], len(self.refused)
        self.bulk.whole = True
        self._deliver(lambda: batches.pop() if batches else None)
        told = not self.reasons and len(self.refused) == refused
        self.bulk.take(self._kept(row) if told else None)
        pending.forget(self.connection, self.owned, row)

    def _probe_list(self) -> None:
        """One of the numbers that a list has already in another text: a server that rewrites them has all of them."""
        if not self.again and not self.over:
            one = _single(pending.additions(self.connection, self.owned, "again"))
            batches = [one] if one else []
            self._deliver(lambda: batches.pop() if batches else None)

    def _many(self, condition: str, *, whole: bool) -> pending.Windows[BulkRow]:
        return pending.in_bulk(self.connection, self.owned, condition, self.bodies.in_bulk(whole=whole))

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
        worth = pending.count(self.connection, self.owned, f"{pending.ADDED} AND {fits}") > self.bulk.few
        if not worth or not self.bulk.usable:
            fits = "false"
        many = self._many(fits, whole=bool(self.bulk.whole))
        others = pending.additions(self.connection, self.owned, f"NOT ({fits}) AND NOT ({waits})")
        again: deque[BulkRow] = deque()
        apart: deque[Row] = deque()

        def take() -> Batch | None:
            if self.over or self._ringing_stops():
                return None
            rows = [] if apart else self._chunk(again, many)
            if rows and self.bulk.usable:
                return Chunk(rows)
            if rows:
                apart.extend(pending.whole(self.connection, self.owned, rows))
            return Single(apart.popleft()) if apart else _single(others)

        self._deliver(take, again)

    def _chunk(self, again: deque[BulkRow], many: pending.Windows[BulkRow]) -> list[BulkRow]:
        """The next rows for bulk; those of a chunk that was not executed come first."""
        size = self.bulk.size if self.bulk.usable else payloads.CHUNK
        return [again.popleft() for _ in range(min(len(again), size))] or many.take(size)

    def _deliver(self, take: Callable[[], Batch | None], again: deque[BulkRow] | None = None) -> None:
        deliveries: Iterator[Delivery[Batch]] = deliver(take, self._request, self.parallelism)
        for delivery in deliveries:
            self.requests += 1
            batch, error = delivery.batch, delivery.error
            if isinstance(batch, Single):
                self._fail(batch.row, error) if error else self._accept(batch.row, delivery.answer)
            elif error:
                self._fail_chunk(batch, error, deque() if again is None else again)
            else:
                self._taken(batch)

    def _request(self, batch: Batch) -> Payload:
        """In a thread of the pool."""
        if isinstance(batch, Chunk):
            return self.api.post(payloads.PATH, payloads.body(self.bodies, (body for _, body in batch.rows)))
        row, path = batch.row, self.owned.shape.path
        if row["id"] is None:
            return self.api.create(path, self.bodies.single(row))
        return self.api.update(path, row["id"], self.bodies.update(row, self.api.writable(row["id"])))

    def _taken(self, chunk: Chunk) -> None:
        self.lost, self.last_sent, self.untold = 0, self.patience.clock(), True
        self.ledger.note_all(chunk.places, pending.ACCEPTED)
        self.progress(len(chunk.rows))

    def _accept(self, row: Row, answer: Payload) -> None:
        self.lost, self.last_sent = 0, self.patience.clock()
        self.ledger.note(row, pending.ACCEPTED if row["id"] is None else pending.SENT)
        if self._shown(answer):
            self._compare_number(row, answer)
            self.answers.append(answer)
            self._hand_over(pending.BATCH)
        else:
            self.untold = True
        self.progress(1)

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
            self._lose(error)
            self.ledger.note(row, pending.UNKNOWN)
        elif isinstance(error, Rejected | TooLarge | ObjectMissing):
            self.lost = 0
            self.ledger.reject(row, _reason(error, self.owned))
            self.progress(1)
        else:
            self.halted = self.halted or str(error)

    def _fail_chunk(self, chunk: Chunk, error: ApiError, again: deque[BulkRow]) -> None:
        """A chunk: what was not executed goes again, what was refused half-way waits until it has been read back."""
        self.bulk.learn(error, len(chunk.rows))
        self.untold = True
        if isinstance(error, OutcomeUnknown):
            self._lose(error)
            self.ledger.note_all(chunk.places, pending.UNKNOWN)
        elif isinstance(error, TooLarge | RouteMissing | Forbidden):
            again.extend(chunk.rows)
        elif isinstance(error, Rejected):
            self.lost = 0
            self.refused.append(chunk.places)
        else:
            self.halted = self.halted or str(error)

    def _lose(self, error: OutcomeUnknown) -> None:
        self.lost += 1
        self.reasons.add(error.reason or DROPPED)
        self.last_sent = self.patience.clock()


def _single(rows: pending.Windows[Row]) -> Single | None:
    taken = rows.take(1)
    return Single(taken[0]) if taken else None


def _reason(error: ApiError, owned: Owned) -> str:
    """What the server does not like, by the names of our own fields: its texts may quote the row."""
    if isinstance(error, ObjectMissing):
        return gettext("no longer on the server")
    if isinstance(error, TooLarge):
        return gettext("larger than the server accepts")
    assert isinstance(error, Rejected)
    known = (owned.shape.identity, *owned.shape.texts, "status", "additional_vars", owned.shape.parent.key)
    fields = [name for name in known if name in error.fields]
    return refused_by_server(fields)
