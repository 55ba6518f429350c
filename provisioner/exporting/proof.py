"""What the written manifests would do: they are loaded, matched with the account that was read, and decided on.

It is the code of a plan from an empty state that objects, not a second opinion about it. Nothing is read or sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from provisioner.errors import Diagnostic, ManifestError, PlanError
from provisioner.manifests import load
from provisioner.model import Action, Address
from provisioner.planning.deciding import decide
from provisioner.planning.live import Live
from provisioner.planning.matching import match
from provisioner.planning.options import PlanOptions
from provisioner.planning.seals import Key, Seal
from provisioner.planning.selecting import select


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
        decisions = decide(matches, live, now, PlanOptions(), Seal(Key(b"proof")), ready)
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
