"""`graph`: what depends on what among declared resources, as Mermaid (GitHub draws it) or Graphviz dot. Offline."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from provisioner.model import Address, Reference, Resource
from provisioner.resources import KINDS

Resources = Mapping[Address, Resource]
Edge = tuple[Address, Address, str]


def edges(resources: Resources) -> list[Edge]:
    """(resource, what it needs, the field that says so) for every reference to another resource of the project."""
    found = []
    for address, resource in resources.items():
        for path, reference in resource.mentions():
            target = _target(reference, resources)
            if target is not None:
                found.append((address, target, path))
    return found


def mermaid(resources: Resources) -> str:
    """A flowchart from dependants to what they need."""
    names = {address: f"n{number}" for number, address in enumerate(resources)}
    lines = [f'  {names[address]}["{_escaped(str(address))}"]' for address in resources]
    lines += [f"  {names[source]} -->|{path}| {names[target]}" for source, target, path in edges(resources)]
    return "\n".join(["flowchart LR", *lines]) + "\n"


def dot(resources: Resources) -> str:
    """A directed graph from dependants to what they need."""
    names = {address: str(address).replace("\\", "\\\\").replace('"', '\\"') for address in resources}
    lines = [f'  "{names[address]}";' for address in resources]
    lines += [f'  "{names[one]}" -> "{names[other]}" [label="{path}"];' for one, other, path in edges(resources)]
    return "\n".join(["digraph project {", "  rankdir=LR;", "  node [shape=box];", *lines, "}"]) + "\n"


def _escaped(text: str) -> str:
    """As Mermaid has what would end a label or be HTML in one: `#60;` and the like."""
    return "".join(f"#{ord(mark)};" if mark in '"<>&#;\\`' else mark for mark in text)


FORMATS: Mapping[str, Callable[[Resources], str]] = {"mermaid": mermaid, "dot": dot}


def _target(reference: Reference, resources: Resources) -> Address | None:
    """The resource of this project behind a reference; a sealed copy stands for what makes it."""
    makers = [kind.name for kind in KINDS.values() if kind.startable and kind.startable.sealed == reference.kind]
    templates = [field.to for name in makers for field in KINDS[name].relations() if field.name in _frozen(name)]
    kinds = {"key": [reference.kind, *templates], "campaign": makers}.get(reference.by, [])
    candidates = (Address(kind, str(reference.value)) for kind in kinds)
    return next((address for address in candidates if address in resources), None)


def _frozen(kind: str) -> tuple[str, ...]:
    startable = KINDS[kind].startable
    return startable.frozen if startable else ()
