"""Objects as they are declared: of each field the best way that nobody has objected to, with comments on the rest.

The status is never declared, so that applying an export neither starts nor stops anything. Must not know YAML or files.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import Any

from provisioner.export.forms import ExportScope
from provisioner.export.selection import Chosen, Identity
from provisioner.export.yaml_writer import written
from provisioner.model import Address, LiveObject, Unknown
from provisioner.plan.live import Live
from provisioner.plan.starts import was_started
from provisioner.resources import KINDS, Field, Kind, Password, Relation, Startable, Update


class Fallback(Enum):
    """Ways of declaring a field other than with a value."""

    OMITTED = "not declared"
    IGNORED = "in ignore_changes"


@dataclass(frozen=True, slots=True)
class Rejections:
    """What the proof has objected to: (way, reason) by field, what is pinned by `id:`, and what is left out and why."""

    refused: Mapping[Identity, Mapping[str, tuple[tuple[Any, str], ...]]] = field(default_factory=dict)
    pinned: frozenset[Identity] = frozenset()
    gone: Mapping[Identity, str] = field(default_factory=dict)

    def ways(self, identity: Identity, name: str) -> list[Any]:
        """The ways of a field that are not to be tried again."""
        return [way for way, _ in self.refused.get(identity, {}).get(name, ())]

    def reason(self, identity: Identity, name: str) -> str:
        """Why, last."""
        told = self.refused.get(identity, {}).get(name, ())
        return told[-1][1] if told else ""


@dataclass(frozen=True, slots=True)
class Declared:
    """One object as it will be written; `secrets` are the environment variables it names."""

    found: LiveObject
    address: Address
    fields: Mapping[str, Any]
    pinned: bool = False
    ignored: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()

    def way(self, name: str) -> Any:
        """How a field is declared."""
        return self.fields.get(name, Fallback.IGNORED if name in self.ignored else Fallback.OMITTED)


@dataclass(frozen=True)
class Declaration:
    """All that is declared, by address, and what is not, with the reason."""

    resources: Mapping[Address, Declared]
    gone: Mapping[Identity, str]

    def without(self, addresses: Collection[Address]) -> Declaration:
        """What is left when these are declared in another way."""
        return Declaration({a: each for a, each in self.resources.items() if a not in addresses}, self.gone)

    @cached_property
    def children(self) -> Mapping[tuple[str, str], list[Declared]]:
        """What is declared inside a parent, by its own kind and the parent's key."""
        found: dict[tuple[str, str], list[Declared]] = defaultdict(list)
        for address, each in self.resources.items():
            found[address.kind, address.key.partition(".")[0]].append(each)
        return found


NOTHING = Declaration({}, {})


def declare(
    chosen: Chosen, keys: Mapping[Identity, str], live: Live, rejections: Rejections, now: datetime
) -> Declaration:
    """Declare everything that can be; what points at something that cannot, by another way."""
    gone = dict(rejections.gone)
    while True:
        kept = {identity: key for identity, key in keys.items() if identity not in gone}
        declarer = _Declarer(ExportScope(live, kept), rejections, now)
        found = [declarer.declare(each) for each in chosen if (each.kind, each.id) in kept]
        refused = {(each.kind, each.id): why for each, why in declarer.refused}
        if not refused:
            return Declaration({each.address: each for each in found if each}, gone)
        gone |= refused


@dataclass(slots=True)
class _Declarer:
    """One pass over everything; `refused` are the objects that cannot be declared, and why."""

    scope: ExportScope
    rejections: Rejections
    now: datetime
    refused: list[tuple[LiveObject, str]] = field(default_factory=list)

    def declare(self, found: LiveObject) -> Declared | None:
        """None when it cannot be."""
        kind, identity = KINDS[found.kind], (found.kind, found.id)
        address = self._address(kind, found)
        if address is None:
            self.refused.append((found, f"the {kind.parent} it belongs to is not exported"))
            return None
        ways = {each.name: self._way(each, found, address) for each in kind.fields if self._is_declared(kind, each)}
        lost = next((name for name, way in ways.items() if way is None), None)
        if lost is not None:
            why = self.rejections.reason(identity, lost) or _missing(found, kind.field(lost))
            self.refused.append((found, f"{lost}: {why}"))
            return None
        secrets = tuple(variable(address, each) for each in kind.fields if isinstance(each, Password))
        return Declared(
            found,
            address,
            fields={name: way for name, way in ways.items() if not isinstance(way, Fallback)},
            pinned=identity in self.rejections.pinned,
            ignored=tuple(name for name, way in ways.items() if way is Fallback.IGNORED),
            comments=(*self._notes(kind, found), *self._losses(found, ways)),
            secrets=secrets,
        )

    def _is_declared(self, kind: Kind, each: Field) -> bool:
        return each.update is not Update.STATUS and each.name != kind.parent

    def _way(self, each: Field, found: LiveObject, address: Address) -> Any:
        """The best way that nobody has objected to; None when there is none."""
        refused = self.rejections.ways((found.kind, found.id), each.name)
        return next((way for way in self._ways(each, found, address) if way not in refused), None)

    def _losses(self, found: LiveObject, ways: Mapping[str, Any]) -> Iterator[str]:
        """Fields that have a value which is not declared."""
        for name, way in ways.items():
            value = found.fields.get(name)
            unread = value.told if isinstance(value, Unknown) else ""
            reason = unread or self.rejections.reason((found.kind, found.id), name)
            if reason and isinstance(way, Fallback):
                yield f"{name} is left out: {reason}"

    def _address(self, kind: Kind, found: LiveObject) -> Address | None:
        """None when the parent it is declared in is not exported."""
        key = self.scope.keys[found.kind, found.id]
        if not kind.parent:
            return Address(kind.name, key)
        parent = self.scope.keys.get((kind.points_at(kind.parent), found.fields.get(kind.parent) or 0))
        return Address(kind.name, f"{parent}.{key}") if parent else None

    def _ways(self, each: Field, found: LiveObject, address: Address) -> Iterator[Any]:
        """Every way of declaring a field, the best first."""
        if isinstance(each, Password):
            yield f"${{env.{variable(address, each)}}}"
            return
        inherits = isinstance(each, Relation) and each.inherit is not None
        if inherits:
            yield Fallback.OMITTED
        if isinstance(each, Relation):
            yield from self.scope.forms(found, each)
            if each.required and each.name not in found.fields:
                yield from self.scope.only(each)
        elif not isinstance(found.fields.get(each.name), Unknown | None):
            yield written(found.fields[each.name])
        if not each.required:
            yield Fallback.OMITTED
        if inherits:
            yield Fallback.IGNORED

    def _notes(self, kind: Kind, found: LiveObject) -> Iterator[str]:
        """What a reader should know beside the fields."""
        late = kind.timing.over(found.fields, self.now)
        if late:
            yield f"{late}: applying leaves it alone"
        for each in kind.fields:
            if isinstance(each, Password):
                yield (
                    f"{each.name} cannot be read, and is sent only to create a {kind.title}: "
                    "set the variable to the real one for that, else to any text"
                )
        if kind.startable:
            yield from self._notes_of_status(kind.startable, found)

    def _notes_of_status(self, startable: Startable, found: LiveObject) -> Iterator[str]:
        status = found.fields.get(startable.field) or "not shown"
        yield f"{startable.field} is {status}; not declared, so that applying neither starts nor stops anything"
        if was_started(found, None, self.scope.live):
            for name in startable.frozen:
                yield f"{name} was copied when it started: this is the one of that name, changes to it come too late"


def variable(address: Address, secret: Field) -> str:
    """The environment variable for a secret; its kind stands first, so that it is none of our own `ALICE_...`."""
    return f"{address.kind}_{address.key}_{secret.name}".replace("-", "_").replace(".", "_").upper()


def _missing(found: LiveObject, each: Field) -> str:
    if each.name not in found.fields:
        return "the server does not show it"
    if isinstance(value := found.fields[each.name], Unknown):
        return value.told
    if isinstance(each, Relation) and found.fields[each.name]:
        return "what it points at is not shown, or cannot be determined"
    return "it is empty"
