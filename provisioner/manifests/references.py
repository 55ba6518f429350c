"""References between resources: every key must be declared, of the right kind, and nothing may need itself.

Looks over all files at once; whether it makes sense to look (some file may be unreadable) is the caller's to know.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TypeVar

from provisioner.error_ids import ErrorId
from provisioner.errors import MOST_INSTANCES
from provisioner.manifests.drafts import Diagnostics, Draft
from provisioner.manifests.nodes import Path
from provisioner.manifests.values import keys_of
from provisioner.messages import did_you_mean, listed
from provisioner.model import Address, Reference
from provisioner.resources import KINDS

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


@dataclass(frozen=True, slots=True)
class KeyReference:
    """A reference to something that has to be declared here."""

    draft: Draft
    path: Path
    reference: Reference
    target: Address


def links(drafts: Drafts) -> list[KeyReference]:
    """Every reference by key, found or not."""
    return [
        KeyReference(draft, path, reference, wanted)
        for draft in drafts.values()
        for path, reference in references(draft)
        if (wanted := target(reference)) is not None
    ]


def links_of_rows(drafts: Drafts) -> list[KeyReference]:
    """The same of what rows are taken from; nothing waits for it, so it is no part of a cycle."""
    found = []
    for draft in drafts.values():
        round, owner = draft.rows and draft.rows.second_round, draft.kind.rows
        for reference in (round.of, *round.reached_by) if round and owner else ():
            wanted = target(reference)
            if owner and wanted is not None:
                found.append(KeyReference(draft, (owner.declared,), reference, wanted))
    return found


def resolve(drafts: Drafts, found: list[KeyReference], empty: Mapping[Address, str], report: Diagnostics) -> None:
    """Report what points at nothing; `empty` is every for_each that makes nothing, with why."""
    missing = [link for link in found if link.target not in drafts and not _broken(drafts.get(link.target.group))]
    if not missing:
        return
    kinds_of, keys_of_kind = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for address in drafts:
        kinds_of[address.key].append(address.kind)
        keys_of_kind[address.kind].append(address.key)
    instances = _instances(drafts)
    for link in missing:
        path: Path = link.path if link.reference.by == "key" else (*link.path, link.reference.by)
        others = kinds_of.get(link.target.key, [])
        quoted = link.draft.quoted(str(path[0]), link.target.key)
        message = _missing(link.target, quoted, others, keys_of_kind[link.target.kind])
        if origin := next((empty[name] for name in link.target.names if name in empty), ""):
            message = f"{quoted} has a for_each without keys, so there is none: {origin}; add a key, or remove this"
        elif made := instances.get(link.target):
            message = f"{quoted} has for_each: write {listed((address.key for address in made), MOST_INSTANCES)}"
        link.draft.blame(report, ErrorId.REFERENCE_MISSING, message, path)


def _broken(draft: Draft | None) -> bool:
    """Whether it is a declaration of which nobody knows what it makes."""
    return draft is not None and draft.broken


def _instances(drafts: Drafts) -> dict[Address, list[Address]]:
    """What every for_each has made."""
    found = defaultdict[Address, list[Address]](list)
    for address in drafts:
        if address.key.endswith("]"):
            found[address.group].append(address)
    return found


def _missing(wanted: Address, quoted: str, others: Sequence[str], known: Sequence[str]) -> str:
    kind = KINDS[wanted.kind]
    if others:
        titles = " and ".join(f"{_article(KINDS[name].title)}" for name in sorted(others))
        return f"{quoted} is {titles}, not {_article(kind.title)}"
    guess = did_you_mean(wanted.key, known)
    advice = (
        guess
        or f"; declare it under {kind.collection}:, or write {{name: ...}} or {{id: ...}} for one not managed here"
    )
    return f"there is no {kind.title} {quoted}{advice}"


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


def refuse_cycles(drafts: Drafts, found: list[KeyReference], report: Diagnostics) -> None:
    """Report a chain of references that ends where it begins.

    Kinds that only ever point one way cannot make one, so resources are looked at only where kinds go in circles.
    """
    kinds: dict[str, set[str]] = defaultdict(set)
    for link in found:
        kinds[link.draft.address.kind].add(link.target.kind)
    if _cycle(kinds) is None:
        return
    needs: dict[Address, set[Address]] = defaultdict(set)
    for link in found:
        needs[link.draft.address].add(link.target)
    cycle = _cycle(needs)
    if cycle:
        message = f"depends on itself: {' -> '.join(map(str, cycle))}; remove one of these references"
        drafts[cycle[0]].blame(report, ErrorId.REFERENCE_CYCLE, message)


Node = TypeVar("Node")


def _cycle(graph: Mapping[Node, Iterable[Node]]) -> list[Node] | None:
    """A cycle beginning and ending with the same node."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        cycle: list[Node] = list(reversed(error.args[1]))
        return cycle
    return None
