"""Counts of the objects that belong to each of several owners, with as few requests as the server permits.

A list's `count`, asked for each value of a field, tells in ten requests what reading a hundred thousand subscribers
would. It is believed only if it is proven (see `counting`) and the parts make the whole; otherwise the objects are
read, once for all owners if the server ignores the filter (docs/alice-api.md#filters).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from provisioner.alice.client import Client
from provisioner.alice.counting import (
    PARALLEL,
    Counts,
    Whole,
    belong,
    counted,
    each_of,
    first_page,
    left_over,
    name_of,
    reading,
    unseen,
    values_of,
)
from provisioner.errors import Forbidden, RouteMissing
from provisioner.kinds import KINDS, Filter, Kind, ProgressSource, remote_id
from provisioner.model import Bound


def tallied(client: Client, tally: ProgressSource, owners: Sequence[int]) -> Mapping[int, Counts] | None:
    """The counts of each owner, or None when the server does not show such objects."""
    try:
        return _tallied(client, tally, owners)
    except (Forbidden, RouteMissing):
        return None


def taken(client: Client, tally: ProgressSource, owners: Sequence[int]) -> dict[int, tuple[Bound, int | None]]:
    """How much of each owner is to come, and of how many in all (None: not known).

    Whatever is not known to be finished is to come.
    """
    if not owners:
        return {}
    kind = KINDS[tally.kind]
    whole = Whole.of(client, kind, tally.relation)
    found = each_of(owners, lambda owner: _taken(client, tally, owner, whole))
    unread = [owner for owner, answer in found.items() if answer is None]
    for owner, (counts, complete) in reading(client, tally, unread, whole).items():
        left = sum(number for name, number in counts.items() if name not in _finished(kind, tally))
        total = counts.total() if complete else None
        found[owner] = (Bound.exact(left) if complete else left_over(kind, whole, left), total)
    return {owner: answer for owner, answer in found.items() if answer is not None}


def by_period(
    client: Client, tally: ProgressSource, owner: int, periods: Sequence[tuple[datetime, datetime]]
) -> tuple[int, ...] | None:
    """How many objects of an owner fall into each period (first and last moment); None when that cannot be trusted."""
    kind = KINDS[tally.kind]
    bounds = {each.how: each for each in kind.filters if each.how in ("from", "to")}
    if len(bounds) < 2:
        return None
    with ThreadPoolExecutor(PARALLEL, thread_name_prefix="tally") as pool:
        counts = [*pool.map(lambda period: _in_period(client, tally, owner, bounds, period), periods)]
    return tuple(each for each in counts if each is not None) if None not in counts else None


def _in_period(
    client: Client, tally: ProgressSource, owner: int, bounds: Mapping[str, Filter], period: tuple[datetime, datetime]
) -> int | None:
    first, last = period
    asked = {bounds["from"].name: first.isoformat(), bounds["to"].name: last.isoformat()}
    page = first_page(client, KINDS[tally.kind], {tally.relation: owner, **asked})
    if page is None or page.count is None or not belong(page.objects, tally.relation, owner):
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


def _taken(client: Client, tally: ProgressSource, owner: int, whole: Whole) -> tuple[Bound, int | None] | None:
    """By asking for counts; None when that cannot be trusted."""
    kind = KINDS[tally.kind]
    page = first_page(client, kind, {tally.relation: owner})
    if page is None:
        return unseen(kind), None
    if page.count is None or not whole.proves(page, owner):
        return None
    finished = _finished(kind, tally)
    if len(page.objects) == page.count:
        counts = counted(kind, tally, page.objects)
        return Bound.exact(sum(n for name, n in counts.items() if name not in finished)), page.count
    parts = {name: _part(client, tally, owner, name, value) for name, value in values_of(kind, tally).items()}
    if -1 in parts.values():
        return None
    rest = page.count - sum(parts.values())  # of a value that nobody knows, or counted while they moved
    left = sum(number for name, number in parts.items() if name not in finished)
    return (Bound.exact(left) if rest == 0 else Bound.at_most(min(page.count, left + max(0, rest)))), page.count


def _finished(kind: Kind, tally: ProgressSource) -> set[str]:
    return values_of(kind, tally).keys() - {*tally.unfinished}


def _tallied(client: Client, tally: ProgressSource, owners: Sequence[int]) -> Mapping[int, Counts]:
    whole = Whole.of(client, KINDS[tally.kind], tally.relation)
    asked = each_of(owners, lambda owner: _asked(client, tally, owner, whole))
    known = {owner: found for owner, found in asked.items() if found is not None}
    for owner in owners:
        if owner not in known:
            read = _read(client, tally, owner)
            if read.keys() - {owner}:
                return {each: read.get(each, Counter()) for each in owners}
            known[owner] = read.get(owner, Counter())
    return known


def _asked(client: Client, tally: ProgressSource, owner: int, whole: Whole) -> Counts | None:
    """Counts by asking for counts; None when that cannot be trusted."""
    kind = KINDS[tally.kind]
    page = first_page(client, kind, {tally.relation: owner})
    if page is None or page.count is None or not whole.proves(page, owner):
        return None
    if len(page.objects) == page.count:
        return counted(kind, tally, page.objects)
    counts = Counter({n: _part(client, tally, owner, n, value) for n, value in values_of(kind, tally).items()})
    return +counts if counts.total() == page.count else None


def _part(client: Client, tally: ProgressSource, owner: int, name: str, value: str) -> int:
    """How many have that value; -1, which spoils the sum, when the filter lets others through."""
    kind = KINDS[tally.kind]
    page = first_page(client, kind, {tally.relation: owner, tally.field: value})
    if page is None or page.count is None or not belong(page.objects, tally.relation, owner):
        return -1
    return page.count if all(name_of(kind, tally, found) == name for found in page.objects) else -1


def _read(client: Client, tally: ProgressSource, owner: int) -> dict[int, Counts]:
    """Counts by reading everything that the filter lets through, by owner."""
    kind = KINDS[tally.kind]
    counts: dict[int, Counts] = {}
    for batch in client.pages(kind.path, {tally.relation: owner}):
        for found in batch:
            whose = remote_id(found.get(tally.relation)) or owner
            counts.setdefault(whose, Counter())[name_of(kind, tally, found)] += 1
    return counts
