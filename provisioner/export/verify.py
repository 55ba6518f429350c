"""What the written manifests would do, and what follows: another way for a field, a pin, an object left out.

They are loaded, matched with the account that was read, and decided on: it is the code of a plan from an empty state
that objects, not a second opinion about it. Nothing is read from Alice or sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from provisioner.errors import Diagnostic, ManifestError, PlanError
from provisioner.export.declared import Declaration, Declared, Rejections
from provisioner.export.selection import Identity
from provisioner.manifests import load
from provisioner.model import Address
from provisioner.plan.actions import decide
from provisioner.plan.live import Live
from provisioner.plan.match import match
from provisioner.plan.model import Action
from provisioner.plan.options import PlanOptions
from provisioner.plan.secrets import Digester, Key
from provisioner.plan.targeting import select
from provisioner.resources import KINDS

Refused = dict[str, tuple[tuple[object, str], ...]]


@dataclass(frozen=True, slots=True)
class Objection:
    """Why an address cannot stand as it is written; `field` is "" when it is about the whole of it."""

    address: Address
    field: str
    reason: str


def objections(folder: Path, live: Live, now: datetime, environ: Mapping[str, str]) -> tuple[Objection, ...]:
    """What would not be adopted without a change. Raises ManifestError when it is about no address."""
    try:
        project = load(folder, environment=None, variables={}, environ=environ)
        matches = match(project.resources, live, {})
        ready = select(matches, PlanOptions()).ready
        decisions = decide(matches, live, now, PlanOptions(), Digester(Key(b"proof")), ready)
    except (ManifestError, PlanError) as error:
        return tuple(_told(error.diagnostics, error))
    found = []
    for address, decision in decisions.items():
        change = decision.change
        if decision.match.live is None or change is None or change.action is not Action.ADOPT:
            found.append(Objection(address, "", "it would not be found again"))
        else:
            found += [Objection(address, each.path, "it does not read back as it is") for each in change.fields]
    return tuple(found)


def _told(diagnostics: Iterable[Diagnostic], error: Exception) -> Iterator[Objection]:
    for each in diagnostics:
        if each.address is None:
            raise error
        yield Objection(each.address, each.path.partition(".")[0].partition("[")[0], each.message)


def with_objections(before: Rejections, declaration: Declaration, objections: Iterable[Objection]) -> Rejections:
    """The rejections with what was objected to now; each objection takes something away, so there is an end."""
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
    return Rejections(refused, frozenset(pinned), gone)


def _is_field(declared: Declared, name: str) -> bool:
    kind = KINDS[declared.found.kind]
    return name != kind.parent and any(field.name == name for field in kind.fields)
