"""Which live objects somebody means who types an address, its key, a name or an id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from provisioner.kinds import KINDS, Kind
from provisioner.model import Address, LiveObject, Resource

Resources = Mapping[Address, Resource]


def startable() -> Kind:
    """The kind that can be started and stopped."""
    return next(kind for kind in KINDS.values() if kind.lifecycle)


def meant(kind: Kind, text: str, objects: Sequence[LiveObject], declared: Resources) -> list[LiveObject]:
    """The object of that id, else every one of that name or of the name declared under that key or address."""
    by_id = [found for found in objects if str(found.id) == text]
    if by_id:
        return by_id
    resource = declared.get(Address(kind.name, text.removeprefix(f"{kind.name}.")))
    if resource is not None and resource.pin is not None:
        return [found for found in objects if found.id == resource.pin]
    names = {text_of(kind, text), name_of(kind, resource)} - {None}
    return [found for found in objects if found.fields.get(_name_field(kind)) in names]


def name_of(kind: Kind, thing: LiveObject | Resource | None) -> str | None:
    """What people call it."""
    name = thing.fields.get(_name_field(kind)) if thing is not None else None
    return str(name) if name is not None else None


def text_of(kind: Kind, text: str) -> str | None:
    """A typed name in the form in which live names are compared."""
    name: str | None = kind.field(_name_field(kind)).canonical(text)
    return name


def _name_field(kind: Kind) -> str:
    return kind.natural_key[0]
