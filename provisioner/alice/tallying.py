"""Counts of the objects that belong to each of several owners, with as few requests as the server permits.

A list's `count`, asked for each value of a field, tells in ten requests what reading a hundred thousand subscribers
would. It is believed only if the first pages show that the filters work and the parts make the whole; otherwise the
objects are read, once for all owners if the server ignores the filter (contract, section 2).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import orjson

from provisioner.alice.client import Client
from provisioner.alice.envelopes import Page, page_of
from provisioner.errors import ApiError, Forbidden, RouteMissing
from provisioner.kinds import KINDS, Filter, Kind, Tally, remote_id

PARALLEL = 8

Counts = Counter[str]


def tallied(client: Client, tally: Tally, owners: Sequence[int]) -> Mapping[int, Counts] | None:
    """The counts of each owner, or None when the server does not show such objects."""
    try:
        return _tallied(client, tally, owners)
    except (Forbidden, RouteMissing):
        return None


def unfinished(client: Client, tally: Tally, owners: Sequence[int]) -> Mapping[int, int]:
    """How much is to come of each owner, where the server's counts say so; nothing is read to find it out."""
    with ThreadPoolExecutor(PARALLEL, thread_name_prefix="tally") as pool:
        counts = pool.map(lambda owner: _unfinished(client, tally, owner), owners)
        return {owner: count for owner, count in zip(owners, counts, strict=True) if count is not None}


def by_period(
    client: Client, tally: Tally, owner: int, periods: Sequence[tuple[datetime, datetime]]
) -> tuple[int, ...] | None:
    """How many objects of an owner fall into each period (first and last moment); None when that cannot be trusted."""
    kind = KINDS[tally.kind]
    bounds = {each.how: each for each in kind.filters if each.how in ("from", "to")}
    if len(bounds) < 2:
        return None
    with ThreadPoolExecutor(PARALLEL, thread_name_prefix="tally") as pool:
        counts = [*pool.map(lambda period: _in_period(client, tally, owner, bounds, period), periods)]
    return tuple(each for each in counts if each is not None) if None not in counts else None


def at_most(client: Client, kind: Kind, relation: str, owners: Sequence[int]) -> Mapping[int, int]:
    """How many objects of a kind each owner has, where the first page alone tells."""

    def count(owner: int) -> int | None:
        page = _page(client, kind, {relation: owner})
        return page.count if page and _belong(page.objects, relation, owner) else None

    with ThreadPoolExecutor(PARALLEL, thread_name_prefix="tally") as pool:
        counts = pool.map(count, owners)
        return {owner: found for owner, found in zip(owners, counts, strict=True) if found is not None}


def _in_period(
    client: Client, tally: Tally, owner: int, bounds: Mapping[str, Filter], period: tuple[datetime, datetime]
) -> int | None:
    first, last = period
    asked = {bounds["from"].name: first.isoformat(), bounds["to"].name: last.isoformat()}
    page = _page(client, KINDS[tally.kind], {tally.relation: owner, **asked})
    if page is None or page.count is None or not _belong(page.objects, tally.relation, owner):
        return None
    field = bounds["from"].fields[0]
    return page.count if all(_between(found.get(field), first, last) for found in page.objects) else None


def _between(raw: Any, first: datetime, last: datetime) -> bool:
    """Whether a moment as the server writes it lies in a period; one without an offset could be anywhere."""
    try:
        moment = datetime.fromisoformat(str(raw))
    except ValueError:
        return False
    return moment.tzinfo is not None and first <= moment <= last


def _unfinished(client: Client, tally: Tally, owner: int) -> int | None:
    values = _values(KINDS[tally.kind], tally)
    counts = [_part(client, tally, owner, name, values[name]) for name in tally.unfinished]
    return None if -1 in counts else sum(counts)


def _tallied(client: Client, tally: Tally, owners: Sequence[int]) -> Mapping[int, Counts]:
    with ThreadPoolExecutor(PARALLEL, thread_name_prefix="tally") as pool:
        asked = pool.map(lambda owner: _asked(client, tally, owner), owners)
        counts = dict(zip(owners, asked, strict=True))
    known = {owner: found for owner, found in counts.items() if found is not None}
    for owner in owners:
        if owner not in known:
            read = _read(client, tally, owner)
            if read.keys() - {owner}:
                return {each: read.get(each, Counter()) for each in owners}
            known[owner] = read.get(owner, Counter())
    return known


def _asked(client: Client, tally: Tally, owner: int) -> Counts | None:
    """Counts by asking for counts; None when that cannot be trusted."""
    kind = KINDS[tally.kind]
    whole = _page(client, kind, {tally.relation: owner})
    if whole is None or whole.count is None or not _belong(whole.objects, tally.relation, owner):
        return None
    if len(whole.objects) == whole.count:
        return Counter(_name(kind, tally, found) for found in whole.objects)
    counts = Counter({name: _part(client, tally, owner, name, value) for name, value in _values(kind, tally).items()})
    return +counts if counts.total() == whole.count else None


def _part(client: Client, tally: Tally, owner: int, name: str, value: str) -> int:
    """How many have that value; -1, which spoils the sum, when the filter lets others through."""
    kind = KINDS[tally.kind]
    page = _page(client, kind, {tally.relation: owner, tally.field: value})
    if page is None or page.count is None or not _belong(page.objects, tally.relation, owner):
        return -1
    return page.count if all(_name(kind, tally, found) == name for found in page.objects) else -1


def _page(client: Client, kind: Kind, params: Mapping[str, str | int]) -> Page | None:
    """The first page, or None when the server has something against the question."""
    answer = client.ask(kind.path, params)
    try:
        return page_of(orjson.loads(answer.body), kind.path) if answer.ok else None
    except (orjson.JSONDecodeError, ApiError):
        return None


def _belong(objects: Iterable[Mapping[str, Any]], relation: str, owner: int) -> bool:
    """Whether all of them are the owner's, as far as they say whose they are."""
    return all(remote_id(found.get(relation)) in (owner, None) for found in objects)


def _read(client: Client, tally: Tally, owner: int) -> dict[int, Counts]:
    """Counts by reading everything that the filter lets through, by owner."""
    kind = KINDS[tally.kind]
    counts: dict[int, Counts] = {}
    for batch in client.pages(kind.path, {tally.relation: owner}):
        for found in batch:
            whose = remote_id(found.get(tally.relation)) or owner
            counts.setdefault(whose, Counter())[_name(kind, tally, found)] += 1
    return counts


def _name(kind: Kind, tally: Tally, found: Mapping[str, Any]) -> str:
    """The value it is counted by; codes by name."""
    value = found.get(tally.field)
    choice = kind.choice(tally.field)
    name = choice.decode(value) if choice else value
    return name if isinstance(name, str) else str(value if value is not None else "unknown")


def _values(kind: Kind, tally: Tally) -> dict[str, str]:
    """Every value that can be asked for, by name."""
    choice = kind.choice(tally.field)
    if choice:
        return {name: str(code) for name, code in {**choice.codes, **choice.shown}.items()}
    return {value: value for each in kind.filters if each.name == tally.field for value in each.choices}
