"""How many objects of an owner are from a period, and when the first one is from: by counts, and proven.

A server that ignores what it is asked for shows objects from outside the period, or of others: then nothing is told, or
everything is read, up to a limit. See docs/alice-api.md#filters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from provisioner.api.client import Client
from provisioner.api.counts import MOST_PAGES, PARALLEL, belong, first_page
from provisioner.errors import ApiError
from provisioner.resources import KINDS, Filter, Kind, ProgressSource, remote_id


def by_period(
    client: Client, tally: ProgressSource, owner: int, periods: Sequence[tuple[datetime, datetime]]
) -> tuple[int, ...] | None:
    """How many objects of an owner fall into each period (first and last moment); None when that cannot be trusted."""
    bounds = _bounds(KINDS[tally.kind])
    if len(bounds) < 2:
        return None
    with ThreadPoolExecutor(PARALLEL, thread_name_prefix="tally") as pool:
        counts = [*pool.map(lambda period: _in_period(client, tally, owner, bounds, period), periods)]
    return tuple(each for each in counts if each is not None) if None not in counts else None


def first_moment(
    client: Client, tally: ProgressSource, owner: int, after: datetime, now: datetime, within: timedelta
) -> datetime | None:
    """When the first object of an owner is from, at most `within` too early; None if there is none, or nobody can tell.

    Asked for are counts up to a moment: ever later from `after` on until there are some, then halfway, so that what
    began at once (in twice that time) takes one request. Where that cannot be trusted, all are read, up to a limit.
    """
    kind = KINDS[tally.kind]
    bounds = _bounds(kind)
    low, high, step = after, now, 2 * within
    found_any = False
    while low < high and len(bounds) == 2:
        middle = min(low + step, high) if not found_any else low + (high - low) / 2
        found = _in_period(client, tally, owner, bounds, (after, middle))
        if found is None:
            return _earliest(client, kind, tally, owner, bounds["from"].fields[0])
        if not found:
            low, step = middle, 2 * step
        elif middle - low <= within or middle - after <= 2 * within:
            return low
        else:
            high, found_any = middle, True
    return None


def _bounds(kind: Kind) -> dict[str, Filter]:
    """The filters `from` and `to` of a period, if there are both."""
    return {each.how: each for each in kind.display.filters if each.how in ("from", "to")}


def _earliest(client: Client, kind: Kind, tally: ProgressSource, owner: int, field: str) -> datetime | None:
    found: list[datetime] = []
    try:
        for number, batch in enumerate(client.pages(kind.path, {tally.relation: owner}), start=1):
            mine = (each for each in batch if remote_id(each.get(tally.relation)) == owner)
            found += [moment for each in mine if (moment := _moment(each.get(field)))]
            if number > MOST_PAGES:
                return None
    except ApiError:
        return None
    return min(found, default=None)


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
    moment = _moment(raw)
    return moment is not None and first <= moment <= last


def _moment(raw: Any) -> datetime | None:
    """A moment with an offset."""
    try:
        moment = datetime.fromisoformat(str(raw))
    except ValueError:
        return None
    return moment if moment.tzinfo else None
