"""Which live object is which declared resource: by `id:`, else by record, else by natural key.

One object, one address. An object claimed by a pin or a record is no candidate for another address's natural key; an
object recorded under an address nobody declares any more is, and its record moves along (a rename).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any

from provisioner.error_ids import ErrorId
from provisioner.errors import Diagnostic
from provisioner.model import Address, Finding, LiveObject, Recorded, Reference, Resource
from provisioner.moves import renamed
from provisioner.plan.graph import in_order
from provisioner.plan.live import Live
from provisioner.plan.natural_key import (
    KeyAgreement,
    agrees,
    by_recorded_key,
    index,
    key_of,
    nearest,
    recorded_agreement,
    recorded_keys,
    untold,
)
from provisioner.plan.references import Targets
from provisioner.plan.successors import orphaned
from provisioner.plan.unsettled import Creation, Unsettled, not_shown, perhaps_renamed, refused, unseen
from provisioner.resources import KINDS, Kind


@dataclass(frozen=True, slots=True)
class Match:
    """A resource and its live object, or None when it must be created.

    `by`: id | record | key | "". `record` is what we knew of the object, under whatever address; without a live
    object, what we knew of one that is gone. `unread`: the kind cannot be listed, and `live` is what was recorded.
    `made`: it is what a creation of an earlier run, whose answer was lost, has made. `unsettled`: nobody can tell
    whether it exists, or which object it is.
    """

    resource: Resource
    live: LiveObject | None = None
    by: str = ""
    record: Recorded | None = None
    unread: bool = False
    made: bool = False
    unsettled: Unsettled | None = None


Lost = Mapping[Address, Creation]
NOTHING_LOST: Lost = MappingProxyType({})
MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class Matches:
    """All matches in dependency order, the relations they make resolvable, and records that nobody took over.

    `problems` are errors of the manifests at addresses that may have been left out of a plan (see `targeting`).
    """

    by_address: Mapping[Address, Match]
    targets: Targets
    undeclared: tuple[Address, ...] = ()
    problems: tuple[Diagnostic, ...] = ()
    findings: tuple[Finding, ...] = ()


def match(
    resources: Mapping[Address, Resource],
    live: Live,
    recorded: Mapping[Address, Recorded],
    absent: frozenset[Address] = frozenset(),
    lost: Lost = NOTHING_LOST,
) -> Matches:
    """Match every resource; its problems are ambiguity, two addresses on one object, dead references.

    `absent` are addresses of unreadable kinds that the user knows not to exist (`state adopt ADDR --absent`).
    """
    matcher = _Matcher(resources, live, recorded, absent, lost)
    for address in in_order(resources, matcher.targets):
        matcher.match(resources[address])
    undeclared = (record for record in matcher.undeclared if _identity(record) not in matcher.taken)
    addresses = tuple(sorted(record.address for record in undeclared))
    return Matches(matcher.found, matcher.targets, addresses, tuple(matcher.problems))


class _Matcher:
    """The bookkeeping of one run of `match`."""

    def __init__(
        self,
        resources: Mapping[Address, Resource],
        live: Live,
        recorded: Mapping[Address, Recorded],
        absent: frozenset[Address],
        lost: Lost,
    ) -> None:
        self.resources, self.live, self.recorded = resources, live, recorded
        self.absent, self.lost = absent, lost
        self.targets = Targets(resources, live)
        self.found: dict[Address, Match] = {}
        self.problems: list[Diagnostic] = []
        self.unsettled: dict[Address, Unsettled] = {}
        self.moved: dict[Address, Address] = {}
        self.renamed: dict[Address, Address] = {}  # by their old address
        self.undeclared = [record for address, record in recorded.items() if address not in resources]
        self.orphans = by_recorded_key(self.undeclared)
        self.by_object = {(r.address.kind, r.remote_id): r for r in recorded.values()}
        self.index = {name: index(KINDS[name], self._candidates_of(name)) for name in {a.kind for a in resources}}
        self.taken: dict[tuple[str, int], Address] = {}
        self.claims = self._claims()

    def match(self, resource: Resource) -> None:
        """Find the live object of one resource; what it depends on has been matched before."""
        found = self._by_pin(resource) or self._by_record(resource) or self._by_key(resource) or self._nothing(resource)
        if found.record is not None and (record := self._with_new_keys(found.record)) is not found.record:
            found = replace(found, record=record)
        if found.live is not None:
            self._take(found)
        self._check_references(resource)
        self.found[resource.address] = found

    def _candidates_of(self, kind: str) -> list[LiveObject]:
        """What may be matched by its natural key: ours, and what we recorded, whoever an edit has made its owner."""
        mine = list(self.live.owned(kind))
        known = {found.id for found in mine}
        others = (each for each in self.live.objects(kind) if each.id not in known)
        return [*mine, *(each for each in others if (kind, each.id) in self.by_object)]

    def _nothing(self, resource: Resource) -> Match:
        """Nothing live; a record then says that it is gone."""
        address, kind = resource.address, KINDS[resource.address.kind]
        record, lost = self.recorded.get(address), self.lost.get(address)
        readable = self.live.readable(kind.name)
        if lost is not None and lost.made and readable:
            self.unsettled[address] = not_shown(address, kind.title, lost)
        return Match(resource, record=record if readable else None, unsettled=self.unsettled.get(address))

    def _claims(self) -> dict[tuple[str, int], Address]:
        """Objects that a pin or the record of a declared address already speaks for."""
        claims = {(a.kind, r.remote_id): a for a in self.resources if (r := self.recorded.get(a))}
        claims.update({(a.kind, r.pin): a for a, r in self.resources.items() if r.pin is not None})
        return claims

    def _by_pin(self, resource: Resource) -> Match | None:
        kind, pin = resource.address.kind, resource.pin
        if pin is None:
            return None
        found = self.live.find(kind, pin)
        record = self.by_object.get((kind, pin))
        if found is not None:
            return Match(resource, found, "id", record)
        if (kind, pin) in self.live.refused:
            return self._refused(resource, pin)
        if not self.live.readable(kind):
            return Match(resource, _from_record(resource, pin, record), "id", record, unread=True)
        message = f"no {KINDS[kind].title} has the id {pin} on the server: correct or remove `id:`"
        self._problem(resource, ErrorId.MATCH_NO_SUCH_ID, message, "id")
        return None

    def _by_record(self, resource: Resource) -> Match | None:
        record = self._record(resource)
        if record is None:
            return None
        kind = resource.address.kind
        if not self.live.readable(kind):
            return Match(resource, _from_record(resource, record.remote_id, record), "record", record, unread=True)
        found = self.live.find(kind, record.remote_id)
        if (kind, record.remote_id) in self.live.refused:
            return self._refused(resource, record.remote_id)
        return Match(resource, found, "record", record) if found else None

    def _refused(self, resource: Resource, remote_id: int) -> Match:
        """No list shows it and its id is refused: it is not made a second time."""
        address, doubt = resource.address, self.live.refused[resource.address.kind, remote_id]
        self.unsettled[address] = refused(address, KINDS[address.kind].title, remote_id, doubt)
        return Match(resource, unsettled=self.unsettled[address])

    def _record(self, resource: Resource) -> Recorded | None:
        """The record of this address, of the one it was renamed from, or of its renamed parent's child."""
        address = resource.address
        for candidate in (address, self._renamed(resource), self._moved_with_parent(resource)):
            record = self.recorded.get(candidate) if candidate else None
            if record and (candidate == address or candidate not in self.resources):
                return record
        return None

    def _with_new_keys(self, record: Recorded) -> Recorded:
        """The record as it would mention what was renamed in this plan; its own address stays the old one."""
        if not self.moved:
            return record
        return replace(renamed(record, self.renamed), address=record.address)

    def _renamed(self, resource: Resource) -> Address | None:
        return Address(resource.address.kind, resource.renamed_from) if resource.renamed_from else None

    def _moved_with_parent(self, resource: Resource) -> Address | None:
        """A child declared inside its parent carries the parent's key in its own."""
        parent_kind = KINDS[resource.address.kind].parent
        if not parent_kind:
            return None
        parent_key, _, key = resource.address.key.partition(".")
        old = self.moved.get(Address(parent_kind, parent_key))
        return Address(resource.address.kind, f"{old.key}.{key}") if old else None

    def _by_key(self, resource: Resource) -> Match | None:
        kind = KINDS[resource.address.kind]
        if not self.live.readable(kind.name):
            return self._by_recorded_key(resource, kind)
        candidates = [o for o in self._candidates(resource, kind) if self._free(o, resource.address)]
        if not candidates:
            return None
        if self.live.mixed(kind.name):
            ids = ", ".join(map(str, sorted(o.id for o in candidates)))
            message = f"the list shows several users' objects and ours is unknown: pin `id:` (ids {ids})"
            self._problem(resource, ErrorId.MATCH_OWNER, message)
            return None
        if len(candidates) > 1:
            self._several(resource, kind, candidates)
            return None
        found = candidates[0]
        lost = self.lost.get(resource.address)
        made = lost is not None and lost.before is not None and found.id not in lost.before
        return Match(resource, found, "key", self.by_object.get((kind.name, found.id)), made=made)

    def _several(self, resource: Resource, kind: Kind, candidates: list[LiveObject]) -> None:
        ids = ", ".join(map(str, sorted(o.id for o in candidates)))
        users = {o.id: self.live.pointing_at(kind.name, o.id) for o in candidates}
        uses = [f"{KINDS[name].title} {user} uses id {one}" for one, found in users.items() for name, user in found]
        told = f" ({', '.join(uses[:MOST_TOLD])})" if uses else ""
        message = f"several live {kind.title}s match (ids {ids}): pin one with `id:`{told}"
        self._problem(resource, ErrorId.MATCH_AMBIGUOUS, message)

    def _candidates(self, resource: Resource, kind: Kind) -> list[LiveObject]:
        wanted = self._natural_key(resource, kind)
        if any(isinstance(part, Address) for part in wanted):
            return []  # it hangs on something that does not exist yet
        exact, partly, unclear = self.index[kind.name]
        key = key_of(kind, wanted)
        found = nearest(kind, exact.get(key, []), wanted)
        found += [o for o in partly.like(key) if agrees(kind, o, wanted)]
        hazy = () if found else unclear.like(key)
        if perhaps := [o for o in hazy if agrees(kind, o, wanted) and self._free(o, resource.address)]:
            self._may_be_one_of(resource, kind, perhaps)
        return found or orphaned(kind, resource.fields.get(kind.natural_key[-1]), self.live)

    def _may_be_one_of(self, resource: Resource, kind: Kind, perhaps: list[LiveObject]) -> None:
        """What cannot be told apart is neither made a second time nor taken for another."""
        ids = ", ".join(str(o.id) for o in perhaps)
        names = {name for o in perhaps for name in untold(kind, o)}
        self._problem(
            resource,
            ErrorId.MATCH_UNCLEAR,
            f"it may be one of the live {kind.title}s with ids {ids}, whose {' and '.join(sorted(names))} this version "
            "cannot read: write `id:` if it is, or delete or rename that one in Alice's web page",
        )

    def _natural_key(self, resource: Resource, kind: Kind) -> tuple[Any, ...]:
        silent = lambda *_: None  # noqa: E731  (told by _check_references)
        return tuple(self.targets.resolve(resource.fields.get(name), silent) for name in kind.natural_key)

    def _free(self, candidate: LiveObject, address: Address) -> bool:
        claim = self.claims.get((candidate.kind, candidate.id))
        return claim is None or claim == address

    def _take(self, found: Match) -> None:
        assert found.live is not None
        address, identity = found.resource.address, (found.live.kind, found.live.id)
        other = self.taken.get(identity)
        if other is not None:
            title = KINDS[address.kind].title
            message = f"is the same live {title} (id {found.live.id}) as {other}: declare it once"
            self._problem(found.resource, ErrorId.MATCH_TWICE, message)
            return
        self.taken[identity] = address
        self.targets.bind(address, found.live.id)
        if found.record and found.record.address != address:
            self.moved[address] = found.record.address
            self.renamed[found.record.address] = address

    def _by_recorded_key(self, resource: Resource, kind: Kind) -> Match | None:
        """Nobody can look: a record that no declared address has any more may be this resource under its old key."""
        address = resource.address
        if address in self.absent and address not in self.lost:
            return None  # a creation sent since then, without an answer, would have ended the absence
        alike = self._orphans(kind, resource)
        orphans = [(record, recorded_agreement(kind, self._with_new_keys(record), resource)) for record in alike]
        same = [record for record, agreement in orphans if agreement is KeyAgreement.SAME]
        if len(same) == 1:
            return Match(resource, _from_record(resource, same[0].remote_id, same[0]), "key", same[0], unread=True)
        perhaps = [record.address for record, agreement in orphans if agreement is not KeyAgreement.OTHER]
        lost = self.lost.get(address)
        if perhaps:
            self.unsettled[address] = perhaps_renamed(address, kind.title, perhaps)
        elif lost is not None or not self._under_our_parent(resource, kind):
            self.unsettled[address] = unseen(address, kind.title, lost)
        return None

    def _orphans(self, kind: Kind, resource: Resource) -> list[Recorded]:
        """Records of its natural key that neither a declared address nor a pin speaks for, and nobody has taken."""
        known = self.orphans.get(kind.name)
        mine = known.like(*recorded_keys(resource, self.moved)) if known else ()
        return [r for r in mine if _identity(r) not in self.claims and _identity(r) not in self.taken]

    def _under_our_parent(self, resource: Resource, kind: Kind) -> bool:
        """Without a list and a record only a parent that we made proves that nothing is there yet."""
        owners = [f.name for f in kind.relations() if f.name in kind.natural_key or f.name == kind.identity.owner]
        for name in owners:
            value = resource.fields.get(name)
            target = self.targets.resolve(value, lambda *_: None)
            ours = isinstance(value, Reference) and isinstance(target, int) and self._is_ours(value.kind, target)
            if not (ours or isinstance(target, Address)):
                return False
        return bool(owners)

    def _is_ours(self, kind: str, remote_id: int) -> bool:
        """Whether we made that object."""
        record, address = self.by_object.get((kind, remote_id)), self.taken.get((kind, remote_id))
        return record.created if record else address is not None and self.found[address].made

    def _check_references(self, resource: Resource) -> None:
        for path, reference in resource.mentions():
            self.targets.target(reference, partial(self._problem, resource, path=path))

    def _problem(self, resource: Resource, id: ErrorId, message: str, path: str = "") -> None:
        self.problems.append(Diagnostic(id, message, resource.position(path), resource.address, path))


def _identity(record: Recorded) -> tuple[str, int]:
    return record.address.kind, record.remote_id


def _from_record(resource: Resource, remote_id: int, record: Recorded | None) -> LiveObject:
    """A stand-in for an object that cannot be read: nothing is known of its fields here (see `diff`)."""
    return LiveObject(resource.address.kind, remote_id, {}, record.user if record else None)
