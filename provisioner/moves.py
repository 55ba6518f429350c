"""What an address takes along when it is renamed: children, and every recorded mention of its key. Pure values, no SQL.

References are recorded as they were written (`survey: welcome`, `{campaign: tet}`), because they are compared with what
the manifests say. A key that changes therefore changes in every record that names it, or the next plan would see a
difference that nobody made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from provisioner.model import Address, Recorded
from provisioner.resources import KINDS, Relation

Moves = Mapping[Address, Address]


def family(known: Iterable[Address], head: Address) -> list[Address]:
    """The address and its children (sections carry their survey's key in their own), sorted, the head first."""
    children = {a for a in known if KINDS[a.kind].parent == head.kind and a.key.startswith(f"{head.key}.")}
    return [head, *sorted(children)]


def family_moves(known: Iterable[Address], old: Address, new: Address) -> dict[Address, Address]:
    """Old address to new one, children included."""
    rest = len(old.key)
    return {a: new if a == old else Address(a.kind, new.key + a.key[rest:]) for a in family(known, old)}


def renamed(record: Recorded, moves: Moves) -> Recorded:
    """The record under its new address, with every mention of a moved one put right."""
    return replace(
        record,
        address=moves.get(record.address, record.address),
        fields={name: moved(record.address.kind, name, value, moves) for name, value in record.fields.items()},
        depends_on=tuple(moves.get(address, address) for address in record.depends_on),
        ignored={name: _pair(record, name, pair, moves) for name, pair in record.ignored.items()},
        forms={name: _pair(record, name, pair, moves) for name, pair in record.forms.items()},
    )


def _pair(record: Recorded, name: str, pair: Mapping[str, Any], moves: Moves) -> dict[str, Any]:
    return {**pair, "sent": moved(record.address.kind, name, pair.get("sent"), moves)}


def moved(kind: str, name: str, value: Any, moves: Moves) -> Any:
    """A recorded value of a field of a kind; only relations mention keys."""
    relation = next((f for f in KINDS[kind].relations() if f.name == name), None)
    if relation is None:
        return value
    return (
        [_written(relation, v, moves) for v in value] if isinstance(value, list) else _written(relation, value, moves)
    )


def _written(relation: Relation, value: Any, moves: Moves) -> Any:
    """One reference: a text is a key, a mapping says how else the object is named."""
    named_by = KINDS[relation.to].identity.named_by or {"key": relation.to}
    by, key = next(iter(value.items())) if isinstance(value, Mapping) and len(value) == 1 else ("key", value)
    new = moves.get(Address(named_by[by], key)) if by in named_by and isinstance(key, str) else None
    if new is None:
        return value
    return {by: new.key} if isinstance(value, Mapping) else new.key
