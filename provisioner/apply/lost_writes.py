"""Writes whose answer may be lost: noted in the journal before they are sent, looked for before anything is sent again.

An entry is struck out once its outcome is known; what stays the next run waits for. One entry stands for all row
requests of an address and is renewed once a second. A lost write is looked for after a 5xx once, after a dropped
connection again two seconds later, after a timeout until twice the read timeout has passed: one new match is ours, none
means it was not executed, several stop us. See docs/alice-api.md#lost-answers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from provisioner.api.client import Client
from provisioner.apply.work import StepUnknown, Work
from provisioner.errors import OutcomeUnknown
from provisioner.model import Address, LiveObject, Unknown
from provisioner.plan.unsettled import FORGOTTEN, Creation, in_flight, unseen
from provisioner.resources import KINDS, Kind, Password, Writable
from provisioner.state import Entry, instant

Payload = dict[str, Any]

RENEWAL = 1.0  # seconds, of the entry that stands for all requests of an address
DROPPED_PAUSE = 2.0  # seconds until one more look after a dropped connection


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
            entry = Entry(self.address, self.kind.name, "ROWS", self.kind.path, self.work.now(), timeout)
            self._entry = self.work.store.begin(entry, settles=before)


def looks(work: Work, lost: OutcomeUnknown) -> Iterator[None]:
    """One turn per look; sleeps between them."""
    yield
    if lost.reason == "dropped":
        work.sleep(min(DROPPED_PAUSE, 2 * work.patience.read_timeout))
        yield
    elif lost.reason == "timeout":
        waited = 0.0
        while waited < work.patience.read_timeout:
            pause = min(2.0, work.patience.read_timeout / 4)
            work.sleep(pause)
            waited += pause
            yield


def find_created(work: Work, entry: Entry, body: Mapping[str, Any], lost: OutcomeUnknown) -> LiveObject | None:
    """The object that a POST of this entry made, or None when it made none; StepUnknown when that cannot be told."""
    address, kind = entry.address, KINDS[entry.kind]
    for _ in looks(work, lost):
        found = new_matches(work, kind, body, frozenset(entry.known_ids))
        if found is None:
            raise StepUnknown(str(unseen(address, kind.title, creation(entry))))
        if len(found) > 1:
            ids = ", ".join(str(each.id) for each in found)
            raise StepUnknown(f"{told(entry)}; several new objects match (ids {ids}): pin one with `id:`")
        if found:
            return found[0]
    return None


def new_matches(work: Work, kind: Kind, body: Mapping[str, Any], known: frozenset[int]) -> list[LiveObject] | None:
    """Objects that were not there before and look like what was sent; None when that cannot be read."""
    listing = work.reader.listing(kind)
    if listing.unreadable is not None:
        return None
    sent = kind.decode({**body, "id": 0}, work.zones)
    assert sent is not None
    names = kind.identity.lookup or kind.natural_key
    with work.lock:
        taken = {remote_id for address, remote_id in work.ids.items() if address.kind == kind.name}
    new = (found for found in listing.objects if found.id not in known and found.id not in taken)
    alike = [found for found in new if _alike(found, sent, names, kind)]
    unclear = any(isinstance(found.fields.get(name), Unknown) for found in alike for name in names)
    return None if unclear else alike


def holds(live: LiveObject | None, wanted: Mapping[str, Any]) -> bool:
    """Whether an object shows every wanted value."""
    if live is None:
        return False
    kind = KINDS[live.kind]
    return all(kind.field(name).alike(live.fields.get(name, value), value) for name, value in wanted.items())


def eventually(work: Work, lost: OutcomeUnknown, done: Callable[[], bool]) -> bool:
    """Look as often as `looks` says; True as soon as `done` says so."""
    return any(done() for _ in looks(work, lost))


def _alike(found: LiveObject, sent: LiveObject, names: tuple[str, ...], kind: Kind) -> bool:
    hidden = {field.name for field in kind.fields if isinstance(field, Password)}
    shown = [name for name in names if name in found.fields and name not in hidden]
    values = {name: found.fields[name] for name in shown if not isinstance(found.fields[name], Unknown)}
    return bool(shown) and all(kind.field(name).alike(value, sent.fields.get(name)) for name, value in values.items())
