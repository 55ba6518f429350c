"""Natural keys: what is live, or recorded, with the key of a declared resource, as far as that can be told."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import Enum
from itertools import product
from typing import Any, Generic, TypeVar

from provisioner.encoding import canonical
from provisioner.model import NOT_SHOWN, LiveObject, Recorded, Resource, Unknown
from provisioner.moves import Moves, moved
from provisioner.plan.graph import parent_of
from provisioner.resources import KINDS, Field, Kind, Telephone, number_key

T = TypeVar("T")


class Partial(Generic[T]):
    """What has a natural key of which only some can be told, by which fields these are and by their values."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, ...], dict[tuple[Any, ...], list[tuple[int, T]]]] = {}
        self._count = 0

    def add(self, key: tuple[Any, ...], known: tuple[int, ...], found: T) -> None:
        """One more, of whose key these places are known."""
        values = tuple(key[place] for place in known)
        self._known.setdefault(known, {}).setdefault(values, []).append((self._count, found))
        self._count += 1

    def like(self, *keys: tuple[Any, ...]) -> list[T]:
        """Those that may have one of these keys, in the order in which they came."""
        found: dict[int, T] = {}
        for known, by_values in self._known.items():
            for key in keys:
                found.update(by_values.get(tuple(key[place] for place in known), ()))
        return [found[number] for number in sorted(found)]


Index = tuple[dict[tuple[Any, ...], list[LiveObject]], Partial[LiveObject], Partial[LiveObject]]


def index(kind: Kind, candidates: Iterable[LiveObject]) -> Index:
    """Candidates by natural key, those whose key the server shows only in part, and those of which nobody can tell it.

    One that is shown without any of its key may have any.
    """
    exact: dict[tuple[Any, ...], list[LiveObject]] = {}
    partly, unclear = Partial[LiveObject](), Partial[LiveObject]()
    for found in candidates:
        key = key_of(kind, [found.fields.get(name) for name in kind.natural_key])
        lacking = untold(kind, found)
        known = tuple(place for place, name in enumerate(kind.natural_key) if name not in lacking)
        if not lacking:
            exact.setdefault(key, []).append(found)
        elif not known or any(name in found.fields for name in lacking):
            unclear.add(key, known, found)
        else:
            partly.add(key, known, found)
    return exact, partly, unclear


def agrees(kind: Kind, found: LiveObject, wanted: tuple[Any, ...]) -> bool:
    """Whether all that is shown of the key, and can be read, is as wanted."""
    fields = [kind.field(name) for name in kind.natural_key]
    fields_and_values = zip(fields, wanted, strict=True)
    shown = [(field, found.fields.get(field.name, NOT_SHOWN), value) for field, value in fields_and_values]
    return all(field.alike(value, mine) for field, mine, value in shown if not is_unclear(field, mine))


def nearest(kind: Kind, candidates: list[LiveObject], wanted: tuple[Any, ...]) -> list[LiveObject]:
    """Those that agree; where a number is shown just as declared, another form of it is another object."""
    agreeing = [o for o in candidates if agrees(kind, o, wanted)]
    same = [o for o in agreeing if all(o.fields[n] == v for n, v in zip(kind.natural_key, wanted, strict=True))]
    return same or agreeing


def is_unclear(field: Field, shown: Any) -> bool:
    """Whether nobody can tell what a value says: not understood, or a number with most of its digits hidden."""
    hidden = isinstance(field, Telephone) and field.required and isinstance(shown, str) and number_key(shown) is None
    return isinstance(shown, Unknown) or hidden


def untold(kind: Kind, found: LiveObject) -> list[str]:
    """The parts of its key that nobody can tell: those that are unclear, or not shown at all."""
    shown = found.fields
    return [name for name in kind.natural_key if name not in shown or is_unclear(kind.field(name), shown[name])]


def key_of(kind: Kind, values: Iterable[Any]) -> tuple[Any, ...]:
    """Values that are alike have one key."""
    fields = (kind.field(name) for name in kind.natural_key)
    return tuple(comparable(field, value) for field, value in zip(fields, values, strict=True))


def comparable(field: Field, value: Any) -> Any:
    if isinstance(field, Telephone) and isinstance(value, str):
        return number_key(value) or value
    return value.timestamp() if hasattr(value, "timestamp") else value


def by_recorded_key(records: Iterable[Recorded]) -> dict[str, Partial[Recorded]]:
    """Records by kind, and by their natural key as it is recorded: of a child its address tells the parent."""
    found: dict[str, Partial[Recorded]] = {}
    for record in map(_with_parent, records):
        names = KINDS[record.address.kind].natural_key
        known = tuple(place for place, name in enumerate(names) if name in record.fields)
        key = tuple(_text(record.fields.get(name)) for name in names)
        found.setdefault(record.address.kind, Partial()).add(key, known, record)
    return found


def _with_parent(record: Recorded) -> Recorded:
    parent = parent_of(record.address)
    return record if parent is None else replace(record, fields={parent.kind: parent.key, **record.fields})


def recorded_keys(resource: Resource, former: Moves) -> Iterator[tuple[str, ...]]:
    """Every way in which the natural key may be recorded: `former` are the keys before what has been renamed."""
    kind = KINDS[resource.address.kind]
    values = {name: canonical(resource.fields.get(name)) for name in kind.natural_key}
    forms = ({_text(value), _text(moved(kind.name, name, value, former))} for name, value in values.items())
    yield from product(*forms)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


class KeyAgreement(Enum):
    """What a record says of a declared natural key. UNKNOWN: all that is recorded of it, perhaps nothing, is so."""

    SAME = "same"
    UNKNOWN = "unknown"
    OTHER = "other"


def recorded_agreement(kind: Kind, record: Recorded, resource: Resource) -> KeyAgreement:
    """Whether the natural key is recorded as declared, as far as it is recorded."""
    known = [name for name in kind.natural_key if name in record.fields]
    if any(record.fields[name] != canonical(resource.fields.get(name)) for name in known):
        return KeyAgreement.OTHER
    return KeyAgreement.SAME if len(known) == len(kind.natural_key) else KeyAgreement.UNKNOWN
