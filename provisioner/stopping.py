"""The emergency stop: post the status now, to each, in parallel; then read back until it is so.

No plan, no gate, no lock: nothing that could be broken may stand between a person and a stop; the state is asked last,
and only about names that mean nothing otherwise. An id that is a number is posted to even when the account cannot be
listed. Later plans do not restart what was stopped here (design, section 5, Calls).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from provisioner.alice import Client
from provisioner.errors import ApiError, AuthError, Inconsistent, OutcomeUnknown, Unreachable, UsageError
from provisioner.kinds import Choice, Kind, Lifecycle, Zones
from provisioner.looking.naming import Known, Resources, address_of, label_of, meant, meant_of_old, mine, nothing_meant
from provisioner.model import Address, Listing, LiveObject
from provisioner.planning.live import Live

TRIES = 3
PATIENCE = 30.0
PAUSE = 1.0
PARALLEL = 8


@dataclass(frozen=True, slots=True)
class Stop:
    """One request to stop and what became of it. `sent` is false only if certainly nothing reached the server.

    `address` is where it is declared, if anybody can tell, `before` the status that the list showed first; that may be
    late, so it keeps nobody from posting.
    """

    label: str
    id: int | None = None
    sent: bool = False
    done: bool = False
    message: str = ""
    before: str | None = field(default=None, compare=False)
    address: Address | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Seen:
    """The live objects that a list showed, and why there may be more."""

    objects: list[LiveObject]
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Stopper:
    """Stops objects of one kind; `abort` for good."""

    client: Client
    kind: Kind
    zones: Zones
    abort: bool = False
    patience: float = PATIENCE
    sleep: Callable[[float], None] = time.sleep

    @property
    def lifecycle(self) -> Lifecycle:
        """How the kind is started and stopped."""
        assert self.kind.lifecycle is not None
        return self.kind.lifecycle

    @property
    def wanted(self) -> str:
        """The status to post."""
        return self.lifecycle.abort if self.abort else self.lifecycle.pause

    def over(self, live: LiveObject) -> bool:
        """Whether a stop would only weaken what it is already."""
        return live.fields.get(self.lifecycle.field) in (*self.lifecycle.finished, self.lifecycle.abort)

    def settled(self, live: LiveObject) -> bool:
        """Whether it dials no more, and is stopped for good when that was asked for."""
        return self.over(live) or (not self.abort and live.fields.get(self.lifecycle.field) in self.lifecycle.stopped)

    def stop_all(self) -> list[Stop]:
        """Everything that is started and ours."""
        seen = self._seen()
        mine = ours(self.kind, seen.objects, self.client.identity())
        running = [live for live in mine if live.fields.get(self.lifecycle.field) == self.lifecycle.running]
        missed = [Stop("what else runs", message=seen.doubt)] if seen.doubt else []
        return [*self._stop(self._known(each, {}) for each in running), *missed]

    def stop(self, names: Sequence[str], known: Known) -> list[Stop]:
        """What the names mean; a name that means nothing fails alone, and only a login that fails fails for all."""
        self.client.identity()
        try:
            seen = self._seen()
        except (AuthError, Unreachable):
            raise
        except ApiError as error:
            return self._stop(_blind(name, error) for name in names)
        found = {name: meant(self.kind, name, seen.objects, known.declared) for name in names}
        live = {each.id: each for objects in found.values() for each in objects}
        stops = self._stop(self._known(each, known.declared) for each in live.values())
        rest = replace(seen, objects=[each for each in seen.objects if each.id not in live])
        lost = [name for name in names if not found[name]]
        return [*stops, *(self._stop_old(lost, rest, known) if lost else ())]

    def _stop_old(self, names: Sequence[str], seen: Seen, known: Known) -> list[Stop]:
        """What the names meant when they were recorded; after all others, because the state may be slow or broken."""
        found = {name: meant_of_old(self.kind, name, seen.objects, known) for name in names}
        live = {each.id: each for objects in found.values() for each in objects}
        stops = self._stop(self._known(each, known.declared) for each in live.values())
        rest = mine(self.kind, [each for each in seen.objects if each.id not in live], self.client.identity())
        doubt = f"; {seen.doubt}" if seen.doubt else ""
        lost = [name for name in names if not found[name]]
        unknown = (Stop(name, message=nothing_meant(self.kind, name, rest, known.declared) + doubt) for name in lost)
        return [*stops, *unknown]

    def _known(self, live: LiveObject, declared: Resources) -> Stop:
        before = live.fields.get(self.lifecycle.field)
        address = address_of(self.kind, live, declared)
        stop = Stop(label_of(self.kind, live), live.id, before=before, address=address)
        return replace(stop, done=True, message=_already(before)) if self.over(live) else stop

    def _stop(self, stops: Iterable[Stop]) -> list[Stop]:
        with ThreadPoolExecutor(PARALLEL, thread_name_prefix="stop") as pool:
            posted = list(pool.map(self._post, stops))
        return self._verified(posted)

    def _post(self, stop: Stop) -> Stop:
        """Post the status; what may not have arrived is simply sent again, because stopping twice is stopping."""
        if stop.id is None or stop.done:
            return stop
        field = self.kind.field(self.lifecycle.field)
        assert isinstance(field, Choice)
        body = {field.key: field.codes[self.wanted]}
        for attempt in range(1, TRIES + 1):
            try:
                self.client.post(f"{self.kind.path}/{stop.id}/{self.lifecycle.path}", body)
                return replace(stop, sent=True)
            except OutcomeUnknown as error:
                stop = replace(stop, sent=True, message=str(error))
            except ApiError as error:
                sent = stop.sent or not isinstance(error, AuthError | Unreachable)
                return replace(stop, sent=sent, message=str(error))
            if attempt < TRIES:
                self.sleep(PAUSE)
        return stop

    def _verified(self, stops: list[Stop]) -> list[Stop]:
        """Read back what was sent until all is settled or patience ends: a change of status may take a moment."""
        deadline = time.monotonic() + self.patience
        while any(_open(stop) for stop in stops):
            stops = self._read_back(stops)
            if time.monotonic() >= deadline or not any(_open(stop) and not stop.message for stop in stops):
                break
            self.sleep(PAUSE)
        return [self._judged(stop) for stop in stops]

    def _read_back(self, stops: list[Stop]) -> list[Stop]:
        try:
            live = {each.id: each for each in self._seen().objects}
        except ApiError as error:
            unread = f"posted, but not read back: {error}"
            return [replace(stop, message=unread) if _open(stop) else stop for stop in stops]
        return [self._compared(stop, live) for stop in stops]

    def _compared(self, stop: Stop, live: Mapping[int, LiveObject]) -> Stop:
        found = live.get(stop.id) if stop.id is not None and _open(stop) else None
        return replace(stop, done=True, message="") if found is not None and self.settled(found) else stop

    def _judged(self, stop: Stop) -> Stop:
        if stop.message:
            return stop
        done = _already(self.wanted) if stop.before == self.wanted else self.wanted
        return replace(stop, message=done if stop.done else f"posted, but it does not read {self.wanted}: look at once")

    def _seen(self) -> Seen:
        """What the list shows, even if it cannot be proven to show all: enough to stop by."""
        objects: dict[int, LiveObject] = {}
        try:
            for batch in self.client.pages(self.kind.path):
                decoded = (self.kind.decode(payload, self.zones) for payload in batch)
                objects |= {found.id: found for found in decoded if found is not None}
        except Inconsistent as error:
            return Seen(list(objects.values()), str(error))
        return Seen(list(objects.values()))


def ours(kind: Kind, objects: Sequence[LiveObject], identity: frozenset[str]) -> tuple[LiveObject, ...]:
    """The objects of our own user; UsageError when several users are shown and it is unknown who we are."""
    live = Live({kind.name: Listing(kind.name, tuple(objects))}, identity)
    if live.mixed(kind.name):
        raise UsageError("the server shows what runs for several users, and not which is ours: name what to stop")
    return live.owned(kind.name)


def _blind(name: str, error: ApiError) -> Stop:
    """Without a list only a number can be posted to."""
    return Stop(f"id {name}", int(name)) if name.isdigit() else Stop(name, message=f"could not be looked up: {error}")


def _already(status: str | None) -> str:
    return f"is {status} already"


def _open(stop: Stop) -> bool:
    return stop.sent and not stop.done
