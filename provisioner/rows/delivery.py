"""Sends batches in parallel, a few in flight, and hands each back with what became of it, in the caller's thread.

Only the sending happens in other threads; whoever iterates sees one delivery after another and needs no lock. `RowApi`
is all that the upload needs of HTTP. `Patience` looks for rows whose outcome is unknown. Must not know what is in a
batch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from provisioner.errors import ApiError
from provisioner.language import gettext, joined
from provisioner.plan.model import Result
from provisioner.resources import Writable

Payload = dict[str, Any]
Stop = Callable[[], bool]
BatchT = TypeVar("BatchT")

DROPPED_PAUSE = 2.0  # seconds
TIMEOUT, DROPPED = "timeout", "dropped"


class RowApi(Protocol):
    """Safe to call from several threads. Every verb may raise `ApiError`; writes also OutcomeUnknown and Rejected.

    A write gives the object as the server shows it, or {}. A 200 that holds an `error` is Rejected with status 200.
    """

    def create(self, path: str, body: Mapping[str, Any]) -> Payload:
        """POST one object to a collection."""
        ...

    def post(self, path: str, body: Mapping[str, Any]) -> Payload:
        """POST to anything else."""
        ...

    def update(self, path: str, id: int | str, body: Mapping[str, Any]) -> Payload:
        """PUT an object."""
        ...

    def pages(self, path: str, params: Mapping[str, str | int] | None = None) -> Iterator[list[Payload]]:
        """All objects of a list in batches, proven complete or Inconsistent."""
        ...

    def writable(self, id: int) -> Writable:
        """What a PUT of a row may write, asked of one row for all; None where the server does not say."""
        ...


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What became of the rows of one owner. `messages` are for people and hold counts and places, no cell.

    `unknown` rows may ring or exist and were not sent again; `failed` were refused, not sent, or came back different.
    `unshown` of those were taken, and the list shows no row at all: it is as good as one that nobody may read.
    """

    result: Result
    added: int = 0
    changed: int = 0
    removed: int = 0
    failed: int = 0
    unknown: int = 0
    unshown: int = 0
    messages: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """Counts first, then what went wrong."""
        counts = [
            (gettext("{count} added", count=self.added), self.added),
            (gettext("{count} changed", count=self.changed), self.changed),
            (gettext("{count} deactivated", count=self.removed), self.removed),
        ]
        done = [told for told, number in counts if number]
        none = gettext("no rows known to be there") if self.unshown else gettext("no rows sent")
        return joined([joined(done) if done else none, *self.messages], "; ")


def refused_by_server(fields: Sequence[str]) -> str:
    """Why a row was not taken: the fields that the server does not like, as far as it says."""
    if not fields:
        return gettext("refused by the server")
    return gettext("refused by the server ({fields})", fields=", ".join(fields))


@dataclass(frozen=True, slots=True)
class Delivery(Generic[BatchT]):
    """A batch with its answer, or with the error it met."""

    batch: BatchT
    answer: Payload
    error: ApiError | None = None


def deliver(
    take: Callable[[], BatchT | None], send: Callable[[BatchT], Payload], parallelism: int
) -> Iterator[Delivery[BatchT]]:
    """Until `take` has nothing and nothing is in flight. `take` may have something again after a delivery."""
    flying: dict[Future[Payload], BatchT] = {}
    with ThreadPoolExecutor(parallelism, thread_name_prefix="alice-rows") as pool:
        while True:
            while len(flying) < parallelism and (batch := take()) is not None:
                flying[pool.submit(send, batch)] = batch
            if not flying:
                return
            for future in wait(flying, return_when=FIRST_COMPLETED).done:
                yield _landed(flying.pop(future), future)


def _landed(batch: BatchT, future: Future[Payload]) -> Delivery[BatchT]:
    try:
        return Delivery(batch, future.result())
    except ApiError as error:
        return Delivery(batch, {}, error)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to look for rows whose outcome is unknown (docs/alice-api.md#lost-answers), for many rows at once.

    After a server error once; after a dropped connection again two seconds later; after a timeout until the row count
    has stood still for twice the read timeout, because the server may still be writing.
    `read_timeout` is the client's, in seconds; clock and sleep are those of `time`, but for tests.
    """

    read_timeout: float = 30.0
    pause: float = DROPPED_PAUSE
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def quiet(self, reasons: Set[str]) -> float:
        """How many seconds nothing may have changed before what is missing counts as not executed."""
        if TIMEOUT in reasons:
            return max(2 * self.read_timeout, self.pause)
        return self.pause if DROPPED in reasons else 0.0

    def settle(self, look: Callable[[], int | None], reasons: Set[str], sent: float, stop: Stop) -> None:
        """Look until the count stands still; `look` gives it, None when nothing is missing any more.

        `sent` is when the last request whose outcome is unknown was sent, on `clock`.
        """
        count, quiet, still = look(), self.quiet(reasons), sent
        while count is not None and (left := still + quiet - self.clock()) > 0 and not stop():
            self.sleep(min(self.pause, left))
            before, count = count, look()
            if count != before:
                still = self.clock()
