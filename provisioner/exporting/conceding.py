"""What follows from objections: another way for a field, a pin, or that an object is left out. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from provisioner.exporting.chosen import Identity
from provisioner.exporting.declared import Concessions, Declaration, Declared
from provisioner.exporting.proof import Objection
from provisioner.kinds import KINDS

Refused = dict[str, tuple[tuple[object, str], ...]]


def conceded(before: Concessions, declaration: Declaration, objections: Iterable[Objection]) -> Concessions:
    """The concessions with what was objected to now; each objection takes something away, so there is an end."""
    refused: dict[Identity, Refused] = {identity: dict(fields) for identity, fields in before.refused.items()}
    pinned, gone = set(before.pinned), dict(before.gone)
    for each in objections:
        declared = declaration.resources[each.address]
        identity = (declared.found.kind, declared.found.id)
        if _is_field(declared, each.field):
            told = refused.setdefault(identity, {})
            told[each.field] = (*told.get(each.field, ()), (declared.way(each.field), each.reason))
        elif declared.pinned:
            gone[identity] = each.reason
        else:
            pinned.add(identity)
    return Concessions(refused, frozenset(pinned), gone)


def _is_field(declared: Declared, name: str) -> bool:
    kind = KINDS[declared.found.kind]
    return name != kind.parent and any(field.name == name for field in kind.fields)
