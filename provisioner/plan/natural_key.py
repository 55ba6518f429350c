"""Natural keys: which live objects have the key of a declared resource, as far as what is shown can be read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from provisioner.model import NOT_SHOWN, LiveObject, Unknown
from provisioner.resources import Field, Kind, Telephone, number_key

Index = tuple[dict[tuple[Any, ...], list[LiveObject]], list[LiveObject], list[LiveObject]]


def index(kind: Kind, candidates: Iterable[LiveObject]) -> Index:
    """Candidates by natural key, those whose key the server shows only in part, and those whose key is not readable."""
    exact: dict[tuple[Any, ...], list[LiveObject]] = {}
    partly: list[LiveObject] = []
    unclear: list[LiveObject] = []
    for found in candidates:
        if any(is_unclear(kind.field(name), found.fields.get(name)) for name in kind.natural_key):
            unclear.append(found)
        elif all(name in found.fields for name in kind.natural_key):
            exact.setdefault(key_of(kind, [found.fields[name] for name in kind.natural_key]), []).append(found)
        elif any(name in found.fields for name in kind.natural_key):
            partly.append(found)
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


def key_of(kind: Kind, values: Iterable[Any]) -> tuple[Any, ...]:
    """Values that are alike have one key."""
    fields = (kind.field(name) for name in kind.natural_key)
    return tuple(comparable(field, value) for field, value in zip(fields, values, strict=True))


def comparable(field: Field, value: Any) -> Any:
    if isinstance(field, Telephone) and isinstance(value, str):
        return number_key(value) or value
    return value.timestamp() if hasattr(value, "timestamp") else value
