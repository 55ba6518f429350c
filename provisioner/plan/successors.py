"""Objects that replace others: the new one lives under a temporary name until the old one is gone.

The name says which object it replaces, so that any later run, even one with an empty state, finds what an interrupted
one has left.
"""

from __future__ import annotations

import re

from provisioner.model import LiveObject
from provisioner.plan.live import Live
from provisioner.resources import Kind, Text

_MARK = re.compile(r" \(replaces (\d+)\)$")
KEPT = 40  # characters of a name that no mark takes the place of


def label(kind: Kind) -> Text:
    """The field that carries the name; ValueError for a kind that is not identified by a text."""
    field = kind.field(kind.natural_key[-1]) if kind.natural_key else None
    if not isinstance(field, Text):
        raise ValueError(f"a {kind.title} has no name")
    return field


def temporary_name(kind: Kind, name: str, old_id: int) -> str:
    """The name of the new object while the old one is there, within the length that the server takes."""
    return _marked(kind, name, f" (replaces {old_id})")


def retired_name(kind: Kind, name: str, new_id: int) -> str:
    """The name of an old object that the server refused to delete, so that its own is free."""
    return _marked(kind, name, f" (replaced by {new_id})")


def successors(kind: Kind, old: LiveObject, live: Live) -> list[LiveObject]:
    """Objects that were made to replace this one; more than one only if somebody else had a hand in it."""
    name = old.fields.get(label(kind).name) if kind.startable else None
    if not name:
        return []
    wanted = temporary_name(kind, name, old.id)
    return list(live.called(kind.name, wanted))


def orphaned(kind: Kind, name: str | None, live: Live) -> list[LiveObject]:
    """Objects made to replace one of this name that is gone: they only lack their final name."""
    if not (kind.startable and name):
        return []
    left = live.once("orphaned", kind.name, lambda: _left_over(kind, live)).get(_beginning(name), ())
    return [found for found, old_id in left if found.fields[label(kind).name] == temporary_name(kind, name, old_id)]


def _left_over(kind: Kind, live: Live) -> dict[str, list[tuple[LiveObject, int]]]:
    """Objects that replace one that is gone, with its id, by how its name began: a long one was cut."""
    found: dict[str, list[tuple[LiveObject, int]]] = {}
    for each in live.owned(kind.name):
        shown = each.fields.get(label(kind).name) or ""
        mark = _MARK.search(shown)
        if mark is not None and live.find(kind.name, int(mark[1])) is None:
            found.setdefault(_beginning(shown[: mark.start()]), []).append((each, int(mark[1])))
    return found


def _beginning(name: str) -> str:
    return name[:KEPT].rstrip()


def _marked(kind: Kind, name: str, mark: str) -> str:
    longest = label(kind).max_length
    kept: str = name if longest is None else name[: longest - len(mark)].rstrip()
    return kept + mark
