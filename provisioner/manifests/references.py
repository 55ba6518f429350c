"""References between resources: every key must be declared, of the right kind, and nothing may need itself.

Looks over all files at once. A reference that is not found while some file could not be read may be declared there, so
it is not reported.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import TypeVar

from provisioner.kinds import KINDS
from provisioner.manifests.drafts import Draft, Report
from provisioner.manifests.nodes import Path
from provisioner.manifests.values import keys_of
from provisioner.manifests.words import did_you_mean, named
from provisioner.model import Address, Reference

Drafts = Mapping[Address, Draft]


def references(draft: Draft) -> Iterator[tuple[Path, Reference]]:
    """Every reference of a draft, settings included, with its path."""
    for values in (draft.fields, draft.settings):
        for name, value in values.items():
            if isinstance(value, Reference):
                yield (name,), value
            elif isinstance(value, tuple):
                yield from (((name, index), part) for index, part in enumerate(value) if isinstance(part, Reference))


def target(reference: Reference) -> Address | None:
    """The declared resource a reference needs, None for an object that is not managed here."""
    kind = keys_of(reference.kind).get(reference.by)
    return Address(kind, str(reference.value)) if kind else None


def resolve(drafts: Drafts, report: Report, *, complete: bool) -> None:
    """Report what points at nothing; `complete` False means that some file could not be read."""
    kinds_of: dict[str, list[str]] = defaultdict(list)
    for address in drafts:
        kinds_of[address.key].append(address.kind)
    for draft in drafts.values():
        for path, reference in references(draft):
            wanted = target(reference)
            if wanted is not None and wanted not in drafts and complete:
                step: Path = path if reference.by == "key" else (*path, reference.by)
                draft.blame(report, _missing(wanted, kinds_of.get(wanted.key, []), drafts), step)


def _missing(wanted: Address, others: Sequence[str], drafts: Drafts) -> str:
    kind = KINDS[wanted.kind]
    if others:
        titles = " and ".join(f"{_article(KINDS[name].title)}" for name in sorted(others))
        return f"'{wanted.key}' is {titles}, not {_article(kind.title)}"
    known = [address.key for address in drafts if address.kind == wanted.kind]
    guess = did_you_mean(wanted.key, known)
    advice = (
        guess
        or f"; declare it under {kind.collection}:, or write {{name: ...}} or {{id: ...}} for one not managed here"
    )
    return f"there is no {kind.title} {named(wanted.key)}{advice}"


def _article(title: str) -> str:
    return f"{'an' if title[0] in 'aeiou' else 'a'} {title}"


def inherit(drafts: Drafts) -> None:
    """Give relations that are not declared the value they take from a declared neighbour (`Relation.inherit`)."""
    for draft in drafts.values():
        for relation in draft.kind.relations():
            if relation.inherit is None or relation.name in draft.body.entries:
                continue
            through, field = relation.inherit
            neighbour = draft.fields.get(through)
            owner = drafts.get(target(neighbour) or draft.address) if isinstance(neighbour, Reference) else None
            if owner is not None and owner is not draft and field in owner.fields:
                draft.fields[relation.name] = owner.fields[field]
                draft.settings["inherited"] = (*draft.settings.get("inherited", ()), relation.name)


def refuse_cycles(drafts: Drafts, report: Report) -> None:
    """Report a chain of references that ends where it begins.

    Kinds that only ever point one way cannot make one, so resources are looked at only where kinds go in circles.
    """
    needs = {address: _needed(draft, drafts) for address, draft in drafts.items()}
    kinds: dict[str, set[str]] = defaultdict(set)
    for address, needed in needs.items():
        kinds[address.kind].update(other.kind for other in needed)
    if _cycle(kinds) is None:
        return
    found = _cycle(needs)
    if found:
        drafts[found[0]].blame(report, f"needs itself: {' -> '.join(map(str, found))}; remove one of these references")


def _needed(draft: Draft, drafts: Drafts) -> list[Address]:
    found = (target(reference) for _, reference in references(draft))
    return [address for address in found if address is not None and address in drafts]


Node = TypeVar("Node")


def _cycle(graph: Mapping[Node, Iterable[Node]]) -> list[Node] | None:
    """A cycle beginning and ending with the same node."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        cycle: list[Node] = list(reversed(error.args[1]))
        return cycle
    return None
