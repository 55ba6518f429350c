"""Reads what planning needs to know of the account, in parallel: lists, proofs of a past start, verbs.

Only kinds that the manifests or the records mention are read, and what these hang on. `Records` answers what checks ask
about calls that really happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from provisioner.api.client import Client
from provisioner.api.reader import Reader
from provisioner.checks import Limits
from provisioner.errors import ApiError, Forbidden, Rejected, RouteMissing
from provisioner.language import gettext, term
from provisioner.model import Address, Listing, LiveObject, Recorded, Resource, Unknown
from provisioner.plan.live import Live
from provisioner.progress import Advance
from provisioner.resources import KINDS, Instant, Kind
from provisioner.resources import remote_id as related_id

Item = TypeVar("Item")
Answer = TypeVar("Answer")


def needed_kinds(
    resources: Mapping[Address, Resource], recorded: Iterable[Address], *, removes: bool = False
) -> list[str]:
    """Declared and recorded kinds, what they refer to, and what shows whether something was started or rings.

    `removes`: also whatever may still point at a record that nobody declares.
    """
    names = {address.kind for address in (*resources, *recorded)}
    if removes:
        gone = {address.kind for address in recorded if address not in resources}
        names |= {kind.name for kind in KINDS.values() if not kind.personal and gone & _pointed_at(kind)}
    for resource in resources.values():
        names |= {reference.kind for _, reference in resource.mentions()}
    names |= {kind.name for kind in KINDS.values() if kind.timing.notice and names & _chain(kind)}
    for kind in KINDS.values():  # what runs is told, whoever declares it
        names |= {kind.name, kind.points_at(kind.startable.schedule.gateway)} if kind.startable else set()
    for kind in (KINDS[name] for name in tuple(names)):
        if kind.startable:
            names.add(kind.startable.sealed)
    return sorted(names)


def read_account(
    reader: Reader,
    resources: Mapping[Address, Resource],
    recorded: Mapping[Address, Recorded],
    users: frozenset[str],
    parallelism: int,
    advance: Advance = lambda steps=1: None,
    *,
    removes: bool = False,
    apart: frozenset[str] = frozenset(),
) -> Live:
    """All listings, and what they do not show of what is recorded or pinned; ApiError for whatever is not a refusal.

    Kinds `apart` are read by somebody else, page by page.
    """
    names = (name for name in needed_kinds(resources, recorded, removes=removes) if name not in apart)
    live = read_kinds(reader, names, users, parallelism, advance)
    known = {(address.kind, record.remote_id) for address, record in recorded.items()}
    known |= {(address.kind, r.pin) for address, r in resources.items() if r.pin is not None}
    return _with_unlisted(live, reader, known, parallelism)


def _with_unlisted(live: Live, reader: Reader, known: Iterable[tuple[str, int]], parallelism: int) -> Live:
    """A list may leave out what is there (another owner, a server's whim): only GET by id says that it is gone."""
    missing = sorted(each for each in known if live.readable(each[0]) and live.find(*each) is None)
    asked = _together(lambda each: reader.by_id(KINDS[each[0]], each[1]), missing, parallelism)
    doubts = {each: found for each, found in zip(missing, asked, strict=True) if isinstance(found, Unknown)}
    refused = {each: doubt for each, doubt in doubts.items() if reader.has_detail(KINDS[each[0]])}
    return replace(live.showing(found for found in asked if isinstance(found, LiveObject)), refused=refused)


def read_kinds(
    reader: Reader,
    names: Iterable[str],
    users: frozenset[str],
    parallelism: int,
    advance: Advance = lambda steps=1: None,
) -> Live:
    """The listings of these kinds; raises ApiError for whatever is not a refusal."""

    def read(name: str) -> Listing:
        listing = reader.listing(KINDS[name])
        advance(1)
        return listing

    listings = _together(read, names, parallelism)
    return Live({listing.kind: listing for listing in listings}, users)


def with_details(
    live: Live,
    reader: Reader,
    objects: Iterable[tuple[str, int]],
    removable: Iterable[tuple[str, int]],
    parallelism: int,
) -> Live:
    """Add what is asked per object: verbs where something undocumented may be needed, and proofs of a past start.

    `objects` are those that were matched, `removable` those that may have to be deleted, both as (kind, id).
    """
    matched = sorted(objects)
    first = dict(reversed([pair for pair in matched if not KINDS[pair[0]].api.verbs.update]))
    first |= dict(removable)
    asked = [(KINDS[name], remote_id) for name, remote_id in sorted(first.items())]
    verbs = _together(lambda pair: (pair[0].name, reader.verbs(*pair)), asked, parallelism)
    suspects = list(_perhaps_started(live, matched))
    answers = _together(lambda pair: _dialled(reader, *pair), suspects, parallelism)
    told = {(kind.name, remote_id): answer for (kind, remote_id), answer in zip(suspects, answers, strict=True)}
    dialled = frozenset(each for each, answer in told.items() if answer is True)
    doubtful = {each: answer for each, answer in told.items() if isinstance(answer, Unknown)}
    return replace(live, verbs=dict(verbs), dialled=dialled, doubtful=doubtful)


def _chain(kind: Kind) -> set[str]:
    """What can be declared and something of the kind hangs on, directly or not."""
    found: set[str] = set()
    new = {kind.name}
    while new:
        found |= new
        new = {each for name in new for each in _pointed_at(KINDS[name]) if KINDS[each].collection} - found
    return found


def _pointed_at(kind: Kind) -> set[str]:
    return {field.to for field in kind.relations()}


def _perhaps_started(live: Live, matched: Iterable[tuple[str, int]]) -> Iterator[tuple[Kind, int]]:
    """Objects whose status, as far as it is shown, says neither that they run nor that they ended."""
    for name, remote_id in matched:
        startable, found = KINDS[name].startable, live.find(name, remote_id)
        if startable and (found.fields if found else {}).get(startable.field) in (None, startable.initial):
            yield KINDS[name], remote_id


def _dialled(reader: Reader, kind: Kind, remote_id: int) -> bool | Unknown:
    """Whether anything that a start leaves behind is there; one proof is enough, and takes every doubt away."""
    startable = kind.startable
    kinds = (each for each in startable.evidence if each[0] != startable.sealed) if startable else ()
    doubt = None
    for evidence, relation in kinds:
        answer = reader.any(evidence, relation, remote_id)
        if answer is True:
            return True
        doubt = answer if isinstance(answer, Unknown) else doubt
    return doubt if doubt is not None else False


def _together(ask: Callable[[Item], Answer], items: Iterable[Item], parallelism: int) -> list[Answer]:
    with ThreadPoolExecutor(max(1, parallelism), thread_name_prefix="read") as pool:
        return list(pool.map(ask, items))


@dataclass(frozen=True, slots=True)
class Records:
    """Answers them with a client (see `checks.context.Account`)."""

    client: Client

    def sample(
        self, kind_name: str, relation: str, remote_id: int, between: tuple[datetime, datetime] | None = None
    ) -> list[Mapping[str, Any]] | Unknown:
        """See `checks.context.Account.sample`."""
        kind = KINDS[kind_name]
        query = {relation: remote_id} | (_moments(kind, *between) if between else {})
        try:
            page = self.client.first_page(kind.path, query)
        except (Forbidden, RouteMissing, Rejected) as refusal:
            return Unknown(str(refusal))
        found: list[Mapping[str, Any]] = [
            payload for payload in page.objects if related_id(payload.get(relation)) == remote_id
        ]
        if not found and page.tells_of_others:
            return Unknown(
                gettext(
                    "the first page of {things} shows none of it, and there are others", things=term(f"{kind.title}s")
                )
            )
        return found

    def without(self, kind_name: str, relation: str, remote_id: int) -> bool:
        """Whether the server shows that there is no object of the kind related to a remote id."""
        kind = KINDS[kind_name]
        try:
            pages = self.client.pages(kind.path, {relation: remote_id})
            return not any(related_id(payload.get(relation)) == remote_id for page in pages for payload in page)
        except (Forbidden, RouteMissing):
            return False

    def limits(self, kind_name: str) -> Mapping[str, Limits]:
        """What OPTIONS says of the fields of something new, by wire name; nothing where it does not say."""
        try:
            fields = self.client.options(KINDS[kind_name].path).fields
        except ApiError:
            return {}
        return {
            name: Limits(_number(facts.get("max_length")), _number(facts.get("max_value")))
            for name, facts in fields.items()
        }


def _moments(kind: Kind, first: datetime, last: datetime) -> dict[str, str]:
    """The kind's filters of time."""
    bounds = {"from": Instant("").encode(first), "to": Instant("").encode(last)}
    return {each.name: str(bounds[each.how]) for each in kind.display.filters if each.how in bounds}


def _number(raw: Any) -> int | None:
    return raw if isinstance(raw, int) and not isinstance(raw, bool) else None
