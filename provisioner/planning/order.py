"""Dependencies between addresses: who must exist before whom. `graphlib` in rounds, sorted, so that it is stable.

                  survey <- section
gateway, phonebook, survey <- campaign <- (its start) <- calendar_setting <- calendar_user <- calendar <- event <- alarm
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any, TypeVar

from provisioner.errors import Diagnostic, PlanError
from provisioner.model import Address, Resource
from provisioner.planning.targets import Targets

Node = TypeVar("Node", bound=Hashable)


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


def in_order(resources: Mapping[Address, Resource], targets: Targets) -> list[Address]:
    """Every address after what it depends on, declared order kept otherwise; PlanError names a cycle."""
    position = {address: index for index, address in enumerate(resources)}
    graph = {address: dependencies(resource, targets) for address, resource in resources.items()}
    try:
        return list(rounds(graph, key=position.__getitem__))
    except CycleError as cycle:
        path = " -> ".join(map(str, cycle.args[1]))
        first = resources[cycle.args[1][0]]
        raise PlanError([Diagnostic(f"depends on itself: {path}", first.source, first.address)]) from None


def rounds(graph: Mapping[Node, Iterable[Node]], key: Callable[[Node], Any]) -> Iterator[Node]:
    """Topological order: all that is ready, sorted by `key`, then the next round. Raises CycleError."""
    sorter: TopologicalSorter[Node] = TopologicalSorter(graph)
    sorter.prepare()
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=key)
        yield from ready
        sorter.done(*ready)
