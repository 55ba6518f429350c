"""Posts the status now, to each, in parallel; then reads back until it is so.

No plan, no gate, no lock: nothing that could be broken may stand between a person and a stop. A list that does not
show something says nothing about whether it runs: recorded ids, pins and numbers are posted to then. The state is asked
last, because it may be slow or broken. Later plans do not restart what was stopped here, see
docs/guides/start-pause-stop.md#in-an-emergency.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import chain

from provisioner.api import Client
from provisioner.error_ids import ErrorId
from provisioner.errors import ApiError, AuthError, Inconsistent, ObjectMissing, OutcomeUnknown, Unreachable, UsageError
from provisioner.inspect.lookup import (
    ProjectIds,
    Resources,
    address_of,
    addresses_meant,
    as_id,
    instances,
    label_of,
    meant,
    meant_of_old,
    mine,
    nothing_meant,
    ours,
)
from provisioner.messages import listed
from provisioner.model import Address, Listing, LiveObject
from provisioner.plan.live import Live
from provisioner.resources import Choice, Kind, Startable, Zones

TRIES = 3
PATIENCE = 30.0
PAUSE = 1.0
PARALLEL = 8
MOST_IDS = 20


@dataclass(frozen=True, slots=True)
class Stop:
    """One request to stop and what became of it. `sent` is false only if certainly nothing was done.

    `address` is where it is declared, if anybody can tell, `before` the status that the list showed first; that may be
    late, so it keeps nobody from posting. Done without an id: it is declared and neither shown nor posted to.
    `gone`: the server said, when it was posted to, that it does not exist. `error`: the id of why it is not done.
    """

    label: str
    id: int | None = None
    sent: bool = False
    done: bool = False
    message: str = ""
    before: object = field(default=None, compare=False)
    address: Address | None = field(default=None, compare=False)
    gone: bool = field(default=False, compare=False)
    error: ErrorId = field(default=ErrorId.STOP_UNCONFIRMED, compare=False)


@dataclass(frozen=True, slots=True)
class ListedObjects:
    """The live objects that a list showed, and why there may be more, with the id of that error."""

    objects: list[LiveObject]
    doubt: str = ""
    error: ErrorId = ErrorId.API_ANSWER


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
    def startable(self) -> Startable:
        """How the kind is started and stopped."""
        return self.kind.as_startable

    @property
    def wanted(self) -> str:
        """The status to post."""
        return self.startable.abort if self.abort else self.startable.pause

    def over(self, live: LiveObject) -> bool:
        """Whether a stop would only weaken what it is already."""
        return live.fields.get(self.startable.field) in (*self.startable.finished, self.startable.abort)

    def settled(self, live: LiveObject) -> bool:
        """Whether it dials no more, and is stopped for good when that was asked for."""
        return self.over(live) or (not self.abort and live.fields.get(self.startable.field) in self.startable.stopped)

    def stop_all(self, known: ProjectIds | None = None) -> list[Stop]:
        """Everything of ours that is not known to be at rest: what a list shows, and what is recorded."""
        known, identity = known or ProjectIds(), self.client.identity()
        seen = self._seen_or_none()
        doubts = {seen.doubt: seen.error} if seen.doubt else {}
        try:
            found = ours(self.kind, seen.objects, identity)
        except UsageError as error:
            found, doubts = (), {**doubts, f"{error} (ids {self._awake_ids(seen.objects)})": error.id}
        awake = self._awake(found)
        resting = {each.id for each in seen.objects} - {each.id for each in self._awake(seen.objects)}
        settled = resting | {each.id for each in awake}
        stops = self._stop(chain((self._known(each, {}) for each in awake), self._recorded(known, settled)))
        missed = [Stop("what else runs", message=doubt, error=id) for doubt, id in doubts.items()]
        return [*(each for each in stops if doubts or not each.gone), *missed]

    def _awake(self, objects: Iterable[LiveObject]) -> list[LiveObject]:
        """Those that are not known to be at rest."""
        return [each for each in objects if not self.startable.at_rest(each.fields.get(self.startable.field))]

    def _awake_ids(self, objects: Sequence[LiveObject]) -> str:
        return listed((str(each.id) for each in self._awake(objects)), MOST_IDS)

    def _recorded(self, known: ProjectIds, settled: set[int]) -> Iterator[Stop]:
        """What is recorded as ours, by its id, whoever it reads as now; asked for when all that is seen is posted."""
        for address, id in known.recorded().items():
            if address.kind == self.kind.name and id not in settled:
                yield Stop(f"{address} (id {id})", id, address=address)

    def stop(self, names: Sequence[str], known: ProjectIds) -> list[Stop]:
        """What the names mean; a name that means nothing fails alone, and only a login that fails fails for all.

        All of a for_each is stopped one by one, and then what is only recorded of it: its key left the manifests.
        """
        self.client.identity()
        groups = {name: made for name in names if (made := instances(self.kind, name, known.declared))}
        one_by_one = dict.fromkeys([*names, *(str(each) for made in groups.values() for each in made)])
        try:
            seen = self._seen()
        except ApiError as error:
            seen, single = ListedObjects([], str(error), error.id), [name for name in one_by_one if name not in groups]
            stops = self._stop(stop for name in single for stop in self._blind(name, known, error))
        else:
            stops = self._stop_seen([*one_by_one], groups, seen, known)
        former = self._stop_former(names if seen.doubt else groups, seen, stops, known)
        return list(dict.fromkeys([*stops, *former]))

    def _stop_seen(
        self, names: Sequence[str], groups: Collection[str], seen: ListedObjects, known: ProjectIds
    ) -> list[Stop]:
        found = {name: meant(self.kind, name, seen.objects, known.declared) for name in names}
        mixed = {name: objects for name, objects in found.items() if self._of_several(name, objects, seen)}
        chosen = {name: self._ours(name, objects) for name, objects in found.items() if name not in mixed}
        live = {each.id: each for objects in chosen.values() for each in objects}
        stops = self._stop(self._known(each, known.declared) for each in live.values())
        unclear = [*mixed, *(name for name in chosen if found[name] and not chosen[name])]
        refused = self._stop_unseen({name: self._whose(found[name]) for name in unclear}, known) if unclear else ()
        rest = replace(seen, objects=[each for each in seen.objects if each.id not in live])
        lost = [name for name in names if not found[name] and name not in groups]
        return [*stops, *refused, *(self._stop_old(lost, rest, known) if lost else ())]

    def _stop_former(
        self, names: Collection[str], seen: ListedObjects, stops: Sequence[Stop], known: ProjectIds
    ) -> Iterator[Stop]:
        """What is recorded of a for_each beside what was posted already; what is gone is nothing that was meant."""
        there, told = {each.id: each for each in seen.objects}, {each.id for each in stops}
        recorded = known.recorded() if names else {}
        former = (each for name in names for each in instances(self.kind, name, recorded))
        left = {recorded[each]: each for each in former if recorded[each] not in told}
        shown = {id: self._known(there[id], known.declared) for id in left if id in there}
        posted = self._stop(shown.get(id) or self._by_id(id, address) for id, address in left.items())
        return (each for each in posted if not each.gone)

    def _ours(self, name: str, objects: Sequence[LiveObject]) -> Sequence[LiveObject]:
        """Those of a name that may be ours; an id says itself which one is meant."""
        by_id = [each for each in objects if str(each.id) == name]
        return by_id or mine(self.kind, objects, self.client.identity())

    def _of_several(self, name: str, objects: Sequence[LiveObject], seen: ListedObjects) -> bool:
        """Whether a name means several users' objects, and nobody can tell which are ours."""
        live = Live({self.kind.name: Listing(self.kind.name, tuple(objects))}, self.client.identity())
        return not any(str(each.id) == name for each in objects) and live.mixed(self.kind.name)

    def _whose(self, objects: Sequence[LiveObject]) -> str:
        ids = listed((str(each.id) for each in objects), MOST_IDS)
        return f"other users' {self.kind.title}s have this name, and none is known to be ours: give the id ({ids})"

    def _stop_old(self, names: Sequence[str], seen: ListedObjects, known: ProjectIds) -> list[Stop]:
        """What the names meant when they were recorded; after all others, because the state may be slow or broken."""
        found = {name: meant_of_old(self.kind, name, seen.objects, known) for name in names}
        live = {each.id: each for objects in found.values() for each in objects}
        stops = self._stop(self._known(each, known.declared) for each in live.values())
        rest = replace(seen, objects=[each for each in seen.objects if each.id not in live])
        unseen = {name: self._lost(name, rest, known) for name in names if not found[name]}
        return [*stops, *self._stop_unseen(unseen, known)]

    def _stop_unseen(self, names: Mapping[str, Stop | str], known: ProjectIds) -> Iterator[Stop]:
        """By the ids that are known otherwise; what a name is answered with that has none, or none that exists."""
        recorded = known.recorded()
        ids = {name: self._ids_of(name, known.declared, recorded) for name in names}
        blind = {id: address for found in ids.values() for id, address in found.items()}
        posted = {each.id: each for each in self._stop(self._by_id(id, blind[id]) for id in blind)}
        for name, answer in names.items():
            there = [posted[id] for id in ids[name] if not posted[id].gone]
            several = Stop(name, message=str(answer), error=ErrorId.MATCH_AMBIGUOUS)
            yield from there or [answer if isinstance(answer, Stop) else several]

    def _lost(self, name: str, seen: ListedObjects, known: ProjectIds) -> Stop:
        """Declared and not there is no mistake: an apply that makes it now does not start it."""
        declared = [each for each in addresses_meant(self.kind, name, known.declared) if each in known.declared]
        if declared and not seen.doubt:
            return Stop(str(declared[0]), done=True, message="is not on the server", address=declared[0])
        doubt = f"; {seen.doubt}" if seen.doubt else ""
        identity = self.client.identity()
        nothing = nothing_meant(self.kind, name, seen.objects, known.declared, identity)
        return Stop(name, message=nothing + doubt, error=seen.error if doubt else ErrorId.UNKNOWN_NAME)

    def _blind(self, name: str, known: ProjectIds, error: ApiError) -> Iterator[Stop]:
        """Without a list."""
        ids = self._ids_of(name, known.declared, known.recorded())
        yield from (self._by_id(id, address) for id, address in ids.items())
        if not ids:
            yield Stop(name, message=f"could not be looked up: {error}", error=error.id)

    def _ids_of(self, name: str, declared: Resources, recorded: Mapping[Address, int]) -> Mapping[int, Address | None]:
        """Without a list: a number is an id, and a key or a declared name has one if it is recorded or pinned."""
        if (number := as_id(name)) is not None:
            return {number: None}
        meant = [*addresses_meant(self.kind, name, declared), *instances(self.kind, name, recorded)]
        ids: dict[int, Address | None] = {recorded[address]: address for address in meant if address in recorded}
        pins = (declared[address].pin for address in meant if address in declared)
        return ids | {pin: None for pin in pins if pin is not None and pin not in ids}

    def _by_id(self, id: int, address: Address | None) -> Stop:
        return Stop(f"{address} (id {id})" if address else f"id {id}", id, address=address)

    def _known(self, live: LiveObject, declared: Resources) -> Stop:
        before = live.fields.get(self.startable.field)
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
        field = self.kind.field(self.startable.field)
        assert isinstance(field, Choice)
        body = {field.key: field.codes[self.wanted]}
        for attempt in range(1, TRIES + 1):
            try:
                self.client.post(f"{self.kind.path}/{stop.id}/{self.startable.path}", body)
                return replace(stop, sent=True)
            except OutcomeUnknown as error:
                stop = replace(stop, sent=True, message=str(error), error=error.id)
            except ApiError as error:
                sent = stop.sent or not isinstance(error, AuthError | Unreachable)
                gone = isinstance(error, ObjectMissing)
                return replace(stop, sent=sent and not gone, message=str(error), gone=gone, error=error.id)
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
            return [self._one_by_one(stop, error) if _open(stop) else stop for stop in stops]
        return [
            self._one_by_one(each) if _open(each) and _unseen(each, live) else self._compared(each, live)
            for each in stops
        ]

    def _one_by_one(self, stop: Stop, unlisted: ApiError | None = None) -> Stop:
        """What no list shows, by its own address, if the server has one."""
        assert stop.id is not None
        try:
            found = self.kind.decode(self.client.get(self.kind.path, stop.id), self.zones)
        except ApiError as error:
            unread = f"posted, but not read back: {unlisted or error}"
            return replace(stop, message=unread, error=ErrorId.STOP_UNCONFIRMED)
        return self._compared(stop, {stop.id: found} if found else {})

    def _compared(self, stop: Stop, live: Mapping[int, LiveObject]) -> Stop:
        found = live.get(stop.id) if stop.id is not None and _open(stop) else None
        return replace(stop, done=True, message="") if found is not None and self.settled(found) else stop

    def _judged(self, stop: Stop) -> Stop:
        if stop.message:
            return stop
        done = _already(self.wanted) if stop.before == self.wanted else self.wanted
        open_still = f"posted, but its status does not read {self.wanted}: look immediately"
        return replace(stop, message=done if stop.done else open_still)

    def _seen_or_none(self) -> ListedObjects:
        """What the list shows; nothing, and why, if there is none."""
        try:
            return self._seen()
        except ApiError as error:
            return ListedObjects([], f"{self.kind.title}s are not listed: {error}", error.id)

    def _seen(self) -> ListedObjects:
        """What the list shows, even if it cannot be proven to show all: enough to stop by."""
        objects, lost = dict[int, LiveObject](), 0
        try:
            for batch in self.client.pages(self.kind.path):
                decoded = [self.kind.decode(payload, self.zones) for payload in batch]
                objects |= {found.id: found for found in decoded if found is not None}
                lost += decoded.count(None)
        except Inconsistent as error:
            return ListedObjects(list(objects.values()), str(error), error.id)
        except ApiError as error:
            if not objects:
                raise
            return ListedObjects(list(objects.values()), f"the list breaks off: {error}", error.id)
        return ListedObjects(list(objects.values()), f"{lost} in the list have no id" if lost else "")


def _already(status: object) -> str:
    return f"is {status} already"


def _unseen(stop: Stop, live: Mapping[int, LiveObject]) -> bool:
    """Whether no list showed it, before and now: waiting for one is of no use."""
    return stop.before is None and stop.id not in live


def _open(stop: Stop) -> bool:
    return stop.sent and not stop.done
