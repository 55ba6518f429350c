"""How many objects each of several owners has, proven, with as few requests as the server permits.

A `count`, asked for each value of a field, tells in ten requests what reading a hundred thousand subscribers would. But
servers ignore filters without a word (docs/alice-api.md#filters), so it is believed only if a page is the whole, or
there are more objects without the filter, and if the parts make the whole. What is not proven is read, once for all
owners and up to a limit; beyond it a count is at most too large, and what cannot be counted is not known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import orjson

from provisioner.api.client import Client
from provisioner.api.pagination import Page, page_of
from provisioner.api.wire import Answer
from provisioner.bound import Bound
from provisioner.errors import ApiError, AuthError
from provisioner.language import gettext, term
from provisioner.resources import KINDS, Kind, ProgressSource, code_of, remote_id

PARALLEL = 8
NOBODY = 2**31 - 1  # an id that no object has
MOST_PAGES = 200  # that are read of a list to find a number out

Counts = Counter[str]


@dataclass(frozen=True)
class FirstPage:
    """The first page of everything of a kind, which answers are held against; None: the server shows no such list."""

    client: Client
    kind: Kind
    relation: str
    page: Page | None

    @classmethod
    def of(cls, client: Client, kind: Kind, relation: str) -> FirstPage:
        """Asked before anything else, so that a list that grows meanwhile proves nothing wrong."""
        return cls(client, kind, relation, first_page(client, kind, {}))

    def ignored(self, page: Page, owner: int) -> bool:
        """Whether a page that was asked for one owner has what belongs to others."""
        return not belong(page.objects, self.relation, owner)

    def proves(self, page: Page, owner: int) -> bool:
        """Whether the count of a page is the number of what the owner has."""
        if self.page is None or page.count is None or self.ignored(page, owner):
            return False
        return len(page.objects) >= page.count or page.count < (self.page.count or 0) or self.honoured

    @cached_property
    def honoured(self) -> bool:
        """Whether the server looks at the filter at all: it finds less for an owner that nobody is, or refuses it."""
        answer = self.client.ask(self.kind.path, {self.relation: NOBODY})
        if answer.status == 400:
            return True
        page = _page_in(answer, self.kind)
        return page is not None and page.count == 0 and bool(self.page and self.page.count)


def first_page(client: Client, kind: Kind, params: Mapping[str, str | int]) -> Page | None:
    """None when the server has something against the question."""
    return _page_in(client.ask(kind.path, params), kind)


def _page_in(answer: Answer, kind: Kind) -> Page | None:
    """A count that its own page disproves is no count."""
    try:
        page = page_of(orjson.loads(answer.body), kind.path) if answer.ok else None
    except (orjson.JSONDecodeError, ApiError):
        return None
    return replace(page, count=None) if page and page.belied else page


def belong(objects: Iterable[Mapping[str, Any]], relation: str, owner: int) -> bool:
    """Whether all of them are the owner's, as far as they say whose they are."""
    return all(remote_id(found.get(relation)) in (owner, None) for found in objects)


def name_of(kind: Kind, tally: ProgressSource, found: Mapping[str, Any]) -> str:
    """The value that an object is counted by: codes by name, one that nobody knows as it came, nothing else."""
    value, choice = found.get(tally.field), kind.choice(tally.field)
    name = choice.decode(value) if choice else None
    return name if isinstance(name, str) else code_of(value) or "unknown"


def values_of(kind: Kind, tally: ProgressSource) -> dict[str, str]:
    """Every value that can be asked for, by name."""
    choice = kind.choice(tally.field)
    if choice:
        return {name: str(code) for name, code in {**choice.codes, **choice.shown}.items()}
    return {value: value for each in kind.display.filters if each.name == tally.field for value in each.choices}


def each_of(owners: Sequence[int], count: Callable[[int], Any]) -> dict[int, Any]:
    """The answer for each owner, a few at a time."""
    with ThreadPoolExecutor(PARALLEL, thread_name_prefix="count") as pool:
        return dict(zip(owners, pool.map(count, owners), strict=True))


def active(client: Client, tally: ProgressSource, name: str, owners: Sequence[int], *, read: bool) -> dict[int, Bound]:
    """How many objects of each owner have the value `name` (or one that nobody knows), at most.

    `read`: what cannot be proven is read; otherwise it is taken from the first page alone.
    """
    if not owners:
        return {}
    kind = KINDS[tally.kind]
    whole = FirstPage.of(client, kind, tally.relation)
    others = values_of(kind, tally).keys() - {name}

    def meant(counts: Counts) -> int:
        return sum(number for value, number in counts.items() if value not in others)

    def count(owner: int) -> Bound | None:
        page = first_page(client, kind, {tally.relation: owner})
        if page is None:
            return unseen(kind)
        if whole.proves(page, owner) and len(page.objects) == page.count:
            return Bound.exact(meant(counted(kind, tally, page.objects)))
        proven = whole.proves(page, owner) or not read
        return Bound.at_most(page.count) if proven and page.count is not None else None

    counts = each_of(owners, count)
    unread = [owner for owner, found in counts.items() if found is None]
    for owner, (found, complete) in reading(client, tally, unread, whole).items():
        counts[owner] = Bound.exact(meant(found)) if complete else left_over(kind, whole, meant(found))
    return counts


def counted(kind: Kind, tally: ProgressSource, objects: Iterable[Mapping[str, Any]]) -> Counts:
    """Objects by value."""
    return Counter(name_of(kind, tally, found) for found in objects)


def reading(
    client: Client, tally: ProgressSource, owners: Sequence[int], whole: FirstPage, most: int = MOST_PAGES
) -> dict[int, tuple[Counts, bool]]:
    """Counts by reading, and whether everything could be read: one listing for all owners where filters are ignored."""
    found: dict[int, tuple[Counts, bool]] = {}
    for owner in owners:
        if owner not in found:
            mine, complete = _read(client, tally, owner, whole, most)
            shared = bool(mine.keys() - {owner})
            for each in owners if shared else (owner,):
                found[each] = (mine.get(each, Counter()), complete)
    return found


def _read(
    client: Client, tally: ProgressSource, owner: int, whole: FirstPage, most: int
) -> tuple[dict[int, Counts], bool]:
    """By owner, everything that the filter lets through, up to so many pages."""
    kind, counts = KINDS[tally.kind], dict[int, Counts]()
    query = {tally.relation: owner}
    page = first_page(client, kind, query)
    if page is None:
        return counts, False
    long = page.count is not None and page.count > most * max(1, len(page.objects))
    try:
        for number, batch in enumerate([page.objects] if long else client.pages(kind.path, query), start=1):
            for found in batch:
                whose = remote_id(found.get(tally.relation)) or owner
                counts.setdefault(whose, Counter())[name_of(kind, tally, found)] += 1
            if number > most:
                return counts, False
    except ApiError:
        return counts, False
    return counts, not long


def left_over(kind: Kind, whole: FirstPage, least: int) -> Bound:
    """What could not be read: not more than there are of all owners together, where the server counts those."""
    if whole.page is not None and whole.page.count is not None:
        return Bound(least, whole.page.count)
    if whole.page is None:
        return unseen(kind)
    return Bound.unknown(
        gettext("the server does not count {things}, and there are too many to read", things=term(f"{kind.title}s")),
        least,
    )


def unseen(kind: Kind) -> Bound:
    """Of what the server does not show."""
    return Bound.unknown(gettext("the server does not show {things}", things=term(f"{kind.title}s")))


def tallied(client: Client, tally: ProgressSource, owners: Sequence[int]) -> Mapping[int, Counts] | None:
    """The counts of each owner, or None when the server does not show such objects, or not all of them."""
    try:
        return _tallied(client, tally, owners)
    except ApiError as error:
        if error.status is None or isinstance(error, AuthError):  # nothing was answered, and nothing will be
            raise
        return None


def taken(client: Client, tally: ProgressSource, owners: Sequence[int]) -> dict[int, tuple[Bound, int | None]]:
    """How much of each owner is to come, and of how many in all (None: not known).

    Whatever is not known to be finished is to come.
    """
    if not owners:
        return {}
    kind = KINDS[tally.kind]
    whole = FirstPage.of(client, kind, tally.relation)
    found = each_of(owners, lambda owner: _taken(client, tally, owner, whole))
    unread = [owner for owner, answer in found.items() if answer is None]
    for owner, (counts, complete) in reading(client, tally, unread, whole).items():
        left = sum(number for name, number in counts.items() if name not in finished(kind, tally))
        total = counts.total() if complete else None
        found[owner] = (Bound.exact(left) if complete else left_over(kind, whole, left), total)
    return {owner: answer for owner, answer in found.items() if answer is not None}


def _taken(client: Client, tally: ProgressSource, owner: int, whole: FirstPage) -> tuple[Bound, int | None] | None:
    """By asking for counts; None when that cannot be trusted."""
    kind = KINDS[tally.kind]
    page = first_page(client, kind, {tally.relation: owner})
    if page is None:
        return unseen(kind), None
    if page.count is None or not whole.proves(page, owner):
        return None
    over = finished(kind, tally)
    if len(page.objects) == page.count:
        counts = counted(kind, tally, page.objects)
        return Bound.exact(sum(n for name, n in counts.items() if name not in over)), page.count
    parts = {name: _part(client, tally, owner, name, value) for name, value in values_of(kind, tally).items()}
    if -1 in parts.values():
        return None
    rest = page.count - sum(parts.values())  # of a value that nobody knows, or counted while they moved
    left = sum(number for name, number in parts.items() if name not in over)
    return (Bound.exact(left) if rest == 0 else Bound.at_most(min(page.count, left + max(0, rest)))), page.count


def finished(kind: Kind, tally: ProgressSource) -> set[str]:
    """The values that mean that nothing more is to come; one that nobody knows is none of them."""
    return values_of(kind, tally).keys() - {*tally.unfinished}


def _tallied(client: Client, tally: ProgressSource, owners: Sequence[int]) -> Mapping[int, Counts]:
    whole = FirstPage.of(client, KINDS[tally.kind], tally.relation)
    asked = each_of(owners, lambda owner: _asked(client, tally, owner, whole))
    known = {owner: found for owner, found in asked.items() if found is not None}
    for owner in owners:
        if owner not in known:
            read = _of_owner(client, tally, owner)
            if read.keys() - {owner}:
                return {each: read.get(each, Counter()) for each in owners}
            known[owner] = read.get(owner, Counter())
    return known


def _asked(client: Client, tally: ProgressSource, owner: int, whole: FirstPage) -> Counts | None:
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


def _of_owner(client: Client, tally: ProgressSource, owner: int) -> dict[int, Counts]:
    """Counts by reading everything that the filter lets through, by owner."""
    kind = KINDS[tally.kind]
    counts: dict[int, Counts] = {}
    for batch in client.pages(kind.path, {tally.relation: owner}):
        for found in batch:
            whose = remote_id(found.get(tally.relation)) or owner
            counts.setdefault(whose, Counter())[name_of(kind, tally, found)] += 1
    return counts
