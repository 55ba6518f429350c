"""What depends on what, as far as a plan touches it. For people: the order of apply is in `steps`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from provisioner.kinds import KINDS
from provisioner.model import Address, Deferred, Link, Reference, Resource
from provisioner.planning.order import dependencies
from provisioner.planning.situation import Situation


def links(situation: Situation, touched: Iterable[Address], deferred: Iterable[Deferred]) -> tuple[Link, ...]:
    """Every link with an end that is changed, has rows to send or waits; sorted."""
    shown = {*touched, *(each.address for each in deferred)}
    found = (link for link in _all(situation) if shown) if shown else ()
    return tuple(sorted({link for link in found if shown & {link.address, link.needs}}))


def _all(situation: Situation) -> Iterator[Link]:
    """Links of what is declared, and of what goes away as it was recorded."""
    targets = situation.matches.targets
    for address, resource in situation.project.resources.items():
        needed = dependencies(resource, targets) | set(_waited_for(resource))
        yield from (Link(address, each) for each in needed if each in targets.resources)
    for address in situation.removed.changes:
        record = situation.recorded.get(address)
        yield from (Link(address, each) for each in (record.depends_on if record else ()))


def _waited_for(resource: Resource) -> Iterator[Address]:
    """What a start waits for although no field names it."""
    lifecycle = KINDS[resource.address.kind].lifecycle
    for name in lifecycle.after if lifecycle else ():
        for part in resource.settings.get(name) or ():
            if isinstance(part, Reference) and part.by == "key":
                yield Address(part.kind, str(part.value))
