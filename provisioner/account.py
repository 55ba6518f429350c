"""Reads what planning needs to know of the account, in parallel: lists, proofs of a past start, verbs.

Only kinds that the manifests or the records mention are read, and what these hang on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from provisioner.alice.reader import Reader
from provisioner.kinds import KINDS, Kind
from provisioner.model import Address, Listing, Recorded, Resource
from provisioner.planning.live import Live
from provisioner.progress import Advance

Item = TypeVar("Item")
Answer = TypeVar("Answer")


def needed_kinds(resources: Mapping[Address, Resource], recorded: Iterable[Address]) -> list[str]:
    """Declared and recorded kinds, what they refer to, and what shows whether something was started or rings."""
    names = {address.kind for address in (*resources, *recorded)}
    for resource in resources.values():
        names |= {reference.kind for _, reference in resource.references()}
    dialled = {f.to for k in KINDS.values() if k.lifecycle for f in k.relations() if f.name == k.lifecycle.dials}
    if names & dialled:
        names |= {kind.name for kind in KINDS.values() if kind.lifecycle}
    for kind in (KINDS[name] for name in tuple(names)):
        if kind.lifecycle:
            names.add(kind.lifecycle.sealed)
    return sorted(names)


def read_account(
    reader: Reader,
    resources: Mapping[Address, Resource],
    recorded: Mapping[Address, Recorded],
    users: frozenset[str],
    parallelism: int,
    advance: Advance = lambda steps=1: None,
) -> Live:
    """All listings; raises ApiError for whatever is not a refusal."""

    def read(name: str) -> Listing:
        listing = reader.listing(KINDS[name])
        advance(1)
        return listing

    listings = _together(read, needed_kinds(resources, recorded), parallelism)
    return Live({listing.kind: listing for listing in listings}, users)


def with_details(live: Live, reader: Reader, objects: Iterable[tuple[str, int]], parallelism: int) -> Live:
    """Add what is asked per matched object: verbs of kinds without a documented PUT, and proofs of a past start."""
    matched = sorted(objects)
    first = dict(reversed(matched))
    asked = [(KINDS[name], first[name]) for name in sorted(first) if not KINDS[name].verbs.update]
    verbs = _together(lambda pair: (pair[0].name, reader.verbs(*pair)), asked, parallelism)
    suspects = list(_perhaps_started(live, matched))
    proven = _together(lambda pair: pair if _dialled(reader, *pair) else None, suspects, parallelism)
    dialled = frozenset((kind.name, remote_id) for kind, remote_id in filter(None, proven))
    return Live(live.listings, live.users, dict(verbs), dialled)


def _perhaps_started(live: Live, matched: Iterable[tuple[str, int]]) -> Iterator[tuple[Kind, int]]:
    """Objects whose status says neither that they run nor that they ended."""
    for name, remote_id in matched:
        lifecycle, found = KINDS[name].lifecycle, live.find(name, remote_id)
        if lifecycle and found and found.fields.get(lifecycle.field) == lifecycle.initial:
            yield KINDS[name], remote_id


def _dialled(reader: Reader, kind: Kind, remote_id: int) -> bool:
    lifecycle = kind.lifecycle
    if lifecycle is None:
        return False
    return any(
        reader.any(evidence, relation, remote_id)
        for evidence, relation in lifecycle.evidence
        if evidence != lifecycle.sealed
    )


def _together(ask: Callable[[Item], Answer], items: Iterable[Item], parallelism: int) -> list[Answer]:
    with ThreadPoolExecutor(max(1, parallelism), thread_name_prefix="read") as pool:
        return list(pool.map(ask, items))
