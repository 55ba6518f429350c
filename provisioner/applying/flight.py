"""Writes in flight, in the journal: the next run waits for what may yet be committed (docs/alice-api.md#lost-answers).

An entry is begun before a request is sent and struck out once its outcome is known. For rows, of which there may be a
million, one entry stands for all requests of an address and is renewed once a second.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from provisioner.alice.client import Client
from provisioner.applying.work import Work
from provisioner.kinds import KINDS, Kind, Writable
from provisioner.model import Address
from provisioner.planning.settling import FORGOTTEN, Creation, in_flight
from provisioner.state import Entry, instant

RENEWAL = 1.0

Payload = dict[str, Any]


def entry_of(work: Work, address: Address, kind: Kind, verb: str, known: frozenset[int] = frozenset()) -> Entry:
    """The entry of a write that is about to be sent."""
    return Entry(address, kind.name, verb, kind.path, work.now(), work.patience.read_timeout, tuple(sorted(known)))


def told(entry: Entry) -> str:
    """What an entry says, wherever it is told: of what the write was, and since when its outcome is not known."""
    if entry.left:
        return FORGOTTEN
    of = "" if entry.kind == entry.address.kind else f" of {KINDS[entry.kind].plural}"
    return f"in flight: {in_flight(entry.verb + of, instant(entry.sent_at), made=entry.unnamed)}"


def creation(entry: Entry) -> Creation:
    """What planning has to know of a creation; of what was left in place nobody knows what was there before."""
    return Creation(told(entry), None if entry.left else frozenset(entry.known_ids), entry.unnamed)


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
            self._entry = self.work.store.begin(
                Entry(self.address, self.kind.name, "ROWS", self.kind.path, self.work.now(), timeout)
            )
            if before is not None:
                self.work.store.settle(before)
