"""Writes while they are sent: in the journal before the request, struck out once it is known what came of it.

The one place where a write is begun and settled. What was sent and not answered is looked for here, and what stays in
the journal the next run waits for (docs/alice-api.md#lost-answers). One entry stands for all row requests of an
address, and is renewed once a second.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Generic, TypeVar

from provisioner.api.client import Client
from provisioner.apply.work import Work
from provisioner.errors import OutcomeUnknown, ProvisionerError
from provisioner.model import Address
from provisioner.resources import Kind, Writable
from provisioner.rows.delivery import DROPPED_PAUSE, TIMEOUT, Patience
from provisioner.state import Entry

T = TypeVar("T")
Payload = dict[str, Any]

RENEWAL = 1.0  # seconds, of the entry that stands for all requests of an address


@dataclass(frozen=True, slots=True)
class Attempt(Generic[T]):
    """What came of a request: its answer, or what was found by looking because that was `lost`, or did not tell.

    Nothing is `found` of what was not executed. `entry` is the id of its entry in the journal.
    """

    entry: int
    found: T | None
    lost: bool = False


def send(work: Work, entry: Entry, request: Callable[[], T | None], look: Callable[[], T | None]) -> Attempt[T]:
    """One write whose outcome is known when this returns; raises what the request, or a look, raises."""
    sent = attempt(work, entry, request, look)
    work.store.settle(sent.entry)
    return sent


def attempt(work: Work, entry: Entry, request: Callable[[], T | None], look: Callable[[], T | None]) -> Attempt[T]:
    """One write that stays in the journal: whoever asked settles it, together with what is recorded of it.

    A request that was refused, or not sent, is settled. `look` finds out whether one without an answer was executed,
    and may raise when that cannot be told: then it stays.
    """
    number = work.store.begin(entry)
    try:
        return Attempt(number, request())
    except OutcomeUnknown as unknown:
        lost = unknown
    except ProvisionerError:
        work.store.settle(number)
        raise
    return Attempt(number, found_after(work, lost, look), lost=True)


def found_after(work: Work, lost: OutcomeUnknown, look: Callable[[], T | None]) -> T | None:
    """What a look finds of a write without an answer, as often as one has to look; None once it is not executed."""
    for _ in _looks(work, lost):
        found = look()
        if found is not None:
            return found
    return None


def _looks(work: Work, lost: OutcomeUnknown) -> Iterator[None]:
    """One turn per look, with the waiting in between; how long is said by `Patience`, for rows and for this."""
    timeout = work.patience.read_timeout
    patience = Patience(timeout, pause=min(DROPPED_PAUSE, 2 * timeout))
    left, pause = patience.quiet({lost.reason}), patience.pause
    if lost.reason == TIMEOUT:  # which has passed once already
        left, pause = left - timeout, min(pause, timeout / 4)
    yield
    while left > 0:
        work.sleep(pause)
        left -= pause
        yield


def entry_of(work: Work, address: Address, kind: Kind, verb: str, known: Collection[int] = ()) -> Entry:
    """The entry of a write that is about to be sent."""
    return Entry(address, kind.name, verb, kind.path, work.now(), work.patience.read_timeout, tuple(sorted(known)))


@dataclass(slots=True)
class RowsInFlight:
    """The row API of one upload, with every write in the journal. `settle` once the outcome of all of them is known.

    An entry may be a second older than the latest request it stands for: its timeout is longer by as much.
    """

    work: Work
    address: Address
    kind: Kind
    _entry: int | None = None
    _renew_at: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    @property
    def _client(self) -> Client:
        return self.work.client

    def create(self, path: str, body: Mapping[str, Any]) -> Payload:
        """POST one row."""
        self._note()
        return self._client.create(path, body)

    def post(self, path: str, body: Mapping[str, Any]) -> Payload:
        """POST many."""
        self._note()
        return self._client.post(path, body)

    def update(self, path: str, id: int | str, body: Mapping[str, Any]) -> Payload:
        """PUT one row."""
        self._note()
        return self._client.update(path, id, body)

    def pages(self, path: str, params: Mapping[str, str | int] | None = None) -> Iterator[list[Payload]]:
        """Reading is no write."""
        return self._client.pages(path, params)

    def writable(self, id: int) -> Writable:
        """What a PUT of a row may write, asked once in a run."""
        return self.work.writable(self.kind, id)

    def settle(self) -> None:
        """Nothing is in flight any more."""
        if self._entry is not None:
            self.work.store.settle(self._entry)
            self._entry = None

    def _note(self) -> None:
        with self._lock:
            if time.monotonic() < self._renew_at:
                return
            before, self._renew_at = self._entry, time.monotonic() + RENEWAL
            timeout = self.work.patience.read_timeout + RENEWAL / 2
            entry = Entry(self.address, self.kind.name, "ROWS", self.kind.path, self.work.now(), timeout)
            self._entry = self.work.store.begin(entry, settles=before)
