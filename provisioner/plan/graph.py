"""Dependencies between addresses: who must exist before whom. `graphlib` in rounds, sorted, so that it is stable.

                  survey <- section
gateway, phonebook, survey <- campaign <- (its start) <- calendar_setting <- calendar_user <- calendar <- event <- alarm
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any, TypeVar

from provisioner.error_ids import ErrorId
from provisioner.errors import Diagnostic, PlanError
from provisioner.model import Address, Reference, Resource
from provisioner.plan.references import Targets
from provisioner.resources import KINDS

Node = TypeVar("Node", bound=Hashable)
Families = Mapping[Address, Sequence[Address]]


def dependencies(resource: Resource, targets: Targets) -> set[Address]:
    """The declared resources that must be there before this one."""
    found: set[Address] = set()
    for _, reference in resource.references():
        direct = Address(reference.kind, str(reference.value))
        if reference.by == "key" and direct in targets.resources:
            found.add(direct)
        elif reference.by in ("key", "campaign"):
            found.update(maker for maker in targets.makers(reference) if maker in targets.resources)
    return found - {resource.address}


def completes(resource: Resource, families: Families) -> set[Address]:
    """All that has to be complete before something is started: what it names, also in settings, with the children."""
    startable = KINDS[resource.address.kind].startable
    settings = (resource.settings.get(name) or () for name in (startable.after if startable else ()))
    references = (*(r for _, r in resource.references()), *(r for those in settings for r in those))
    named = {a for each in references if (a := _declared(each))}
    return named | {child for each in named for child in families.get(each, ())}


def families(declared: Iterable[Address]) -> dict[Address, list[Address]]:
    """The addresses declared inside others, by these."""
    found: dict[Address, list[Address]] = {}
    for address in declared:
        if parent := parent_of(address):
            found.setdefault(parent, []).append(address)
    return found


def parent_of(address: Address) -> Address | None:
    """What it is declared inside of; None for whatever stands by itself."""
    parent = KINDS[address.kind].parent
    return Address(parent, address.key.partition(".")[0]) if parent else None


def _declared(reference: Reference | Address) -> Address | None:
    if isinstance(reference, Address):
        return reference
    return Address(reference.kind, str(reference.value)) if reference.by == "key" else None


def in_order(resources: Mapping[Address, Resource], targets: Targets) -> list[Address]:
    """Every address after what it depends on, declared order kept otherwise; PlanError names a cycle."""
    position = {address: index for index, address in enumerate(resources)}
    graph = {address: dependencies(resource, targets) for address, resource in resources.items()}
    try:
        return list(rounds(graph, key=position.__getitem__))
    except CycleError as cycle:
        path = " -> ".join(map(str, cycle.args[1]))
        first = resources[cycle.args[1][0]]
        message = f"depends on itself: {path}"
        raise PlanError([Diagnostic(ErrorId.PLAN_CYCLE, message, first.source, first.address)]) from None


def rounds(graph: Mapping[Node, Iterable[Node]], key: Callable[[Node], Any]) -> Iterator[Node]:
    """Topological order: all that is ready, sorted by `key`, then the next round. Raises CycleError."""
    sorter: TopologicalSorter[Node] = TopologicalSorter(graph)
    sorter.prepare()
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=key)
        yield from ready
        sorter.done(*ready)
