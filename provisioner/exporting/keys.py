"""Keys from names: `Khách hàng VIP` becomes `khach-hang-vip`. Pure text.

In the order of ids, so that an export tomorrow gives what is old the keys it has today. A key stands in logs, so none
is made from a telephone number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from provisioner.exporting.chosen import Identity
from provisioner.kinds import KINDS, Field, Kind, Relation, Text
from provisioner.model import LiveObject
from provisioner.rowfiles.names import looks_personal

LONGEST = 60


def slug(text: str) -> str:
    """Small ASCII letters and digits, with hyphens between; empty when nothing is left of the text."""
    folded = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "D")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", folded.lower()).strip("-")[:LONGEST].strip("-")


def keys_of(objects: Iterable[LiveObject]) -> dict[Identity, str]:
    """The key of every object; those of one scope (a kind, a parent's children) are all different."""
    taken: set[tuple[str, object, str]] = set()
    found: dict[Identity, str] = {}
    for each in objects:
        kind = KINDS[each.kind]
        scope = each.fields.get(kind.parent) if kind.parent else None
        wanted = _name(each) or _about(each, found) or f"{kind.name.replace('_', '-')}-{each.id}"
        key, number = wanted, 1
        while (kind.name, scope, key) in taken:
            number += 1
            key = f"{wanted}-{number}"
        taken.add((kind.name, scope, key))
        found[each.kind, each.id] = key
    return found


def _name(found: LiveObject) -> str:
    """What people call it."""
    texts = (
        each
        for each in _identifying(KINDS[found.kind])
        if isinstance(each, Text) and not (each.sensitive or each.personal)
    )
    names = (slug(str(found.fields.get(each.name) or "")) for each in texts)
    return next((name for name in names if name and not looks_personal(name)), "")


def _about(found: LiveObject, known: Mapping[Identity, str]) -> str:
    """The key of what it is about."""
    relations = (each for each in _identifying(KINDS[found.kind]) if isinstance(each, Relation))
    keys = (known.get((each.to, found.fields.get(each.name) or 0)) for each in relations)
    return next(filter(None, keys), "")


def _identifying(kind: Kind) -> list[Field]:
    return [kind.field(name) for name in kind.natural_key if name != kind.parent]
