"""Complete lists from pages that nobody ordered: each envelope (docs/alice-api.md#envelopes) is a `Page`, and pass
after pass over the pages is united until they agree. The pages come through functions of the caller: no I/O here.

Neither `count` nor `next` is the end of a list by itself: pages are read by number up to the count, and on from there
while a page names another. A list whose pages overlapped is in no order at all, and gets more passes. Where count and
`next` say that there is more and no page shows it, the list is not known. See docs/alice-api.md#paging.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Generator, Iterator
from dataclasses import dataclass
from itertools import count as counting
from typing import Any

import orjson

from provisioner.api.responses import messages
from provisioner.errors import ApiError, Inconsistent

Object = dict[str, Any]
Batches = Iterator[list[Object]]
Key = int | str | bytes

_LAST_NUMBER = re.compile(r"(\d+)/?(?:[?#].*)?$")
_SHIFT, _MASK = 8, 255  # of ids: those that differ in the last 8 bits share one number

IDLE_PAGES = 2
IDLE_PAGES_NAMED = 10  # while every one of them names another
IDLE_PASSES = 3
IDLE_PASSES_OVERLAPPING = 10
MOST_PASSES = 50


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its objects, the server's count of all of them if it tells, and whether it names another page.

    `whole`: the answer is of a form that nothing can follow.
    """

    objects: list[Object]
    count: int | None = None
    more: bool = False
    whole: bool = False

    @property
    def belied(self) -> bool:
        """Whether the page itself disproves the count: it shows more, or as many and names another page."""
        return self.count is not None and len(self.objects) + self.more > self.count

    @property
    def tells_of_others(self) -> bool:
        """Whether the server says that there are objects which this page does not show."""
        return self.more or (self.count or 0) > len(self.objects)


PAST_THE_END = Page([])


def page_of(data: Any, path: str) -> Page:
    """Any of the envelopes; raises ApiError for another shape."""
    if isinstance(data, list):
        return Page(_objects(data, path))
    if not isinstance(data, dict):
        raise _shapeless(path)
    if isinstance(data.get("results"), list) and not data.get("error"):
        return Page(_objects(data["results"], path), _count(data.get("count")), bool(data.get("next")))
    if "id" in data or "url" in data:
        return Page([with_id(data)], whole=True)
    if data.get("error"):
        raise ApiError("; ".join(messages(data["error"])), method="GET", path=path, status=200)
    if "note" in data:
        return Page([], whole=True)
    raise _shapeless(path)


def with_id(found: Object) -> Object:
    """The object with its `id`, taken from the end of its `url` when it shows none."""
    if found.get("id") is None and isinstance(found.get("url"), str):
        number = _LAST_NUMBER.search(found["url"])
        if number:
            found["id"] = int(number.group(1))
    return found


def _objects(data: list[Any], path: str) -> list[Object]:
    if not all(isinstance(found, dict) for found in data):
        raise _shapeless(path)
    return [with_id(found) for found in data]


def _count(value: Any) -> int | None:
    """A count that cannot be read is no count."""
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() else None


def _shapeless(path: str) -> ApiError:
    return ApiError("expected a list of objects and got JSON of another shape", method="GET", path=path, status=200)


class Keys:
    """`add`, `in` and `len` as of a set; `add_new` for many ids at once."""

    def __init__(self) -> None:
        self._blocks: dict[int, int] = {}
        self._others: set[str | bytes] = set()
        self._ids = 0

    def __len__(self) -> int:
        return self._ids + len(self._others)

    def __contains__(self, key: Key) -> bool:
        if isinstance(key, int):
            return bool(self._blocks.get(key >> _SHIFT, 0) >> (key & _MASK) & 1)
        return key in self._others

    def add(self, key: Key) -> None:
        """A key, which may be there."""
        if not isinstance(key, int):
            self._others.add(key)
        elif key not in self:
            self._add({key >> _SHIFT: 1 << (key & _MASK)}, 1)

    def add_new(self, ids: Collection[int]) -> bool:
        """Add all, unless one of them is there or twice among them; whether that was done."""
        blocks: dict[int, int] = {}
        for id in ids:
            blocks[id >> _SHIFT] = blocks.get(id >> _SHIFT, 0) | 1 << (id & _MASK)
        known = any(self._blocks.get(block, 0) & bits for block, bits in blocks.items())
        if known or sum(bits.bit_count() for bits in blocks.values()) < len(ids):
            return False
        self._add(blocks, len(ids))
        return True

    def _add(self, blocks: dict[int, int], count: int) -> None:
        for block, bits in blocks.items():
            self._blocks[block] = self._blocks.get(block, 0) | bits
        self._ids += count


Fetch = Callable[[int], Page]
FetchMany = Callable[[range], Iterator[Page]]


def read(path: str, first: Page, fetch: Fetch, fetch_many: FetchMany) -> Batches:
    """Every object of the list once, in batches as pages arrive; raises Inconsistent when that cannot be proven.

    `first` is page 1, `fetch(n)` gives page n (an empty one past the end), `fetch_many` several, in order.
    """
    tally = Tally()
    yield tally.take(first)
    if first.whole or not (first.objects or first.count or first.more):
        return
    if first.count is not None and not tally.belied:
        yield from _counted(path, tally, len(first.objects), fetch_many)
    if first.count is None or tally.belied:
        yield from _uncounted(path, tally, fetch)


class Tally:
    """What was seen of one list.

    `seen` keeps objects from being given twice. `proof` is what is held against the server's count: it starts anew
    when the count falls, because a row deleted between two pages pulls another one past us, and when it exceeds
    the count, because some of it must be gone. `pages` are those of this pass; `belied` when the last one named
    another although as many rows as the server counts had come.
    """

    def __init__(self) -> None:
        self.count: int | None = None
        self.seen = Keys()
        self.proof = self.seen
        self.repeats = 0
        self.pages = 0
        self.belied = False
        self._names_another = False
        self._empty = 0
        self._nameless = False
        self._rows_in_pass = 0

    def take(self, page: Page) -> list[Object]:
        """The objects of the page that were not seen before."""
        self._recount(page)
        self._go_on(page)
        ids = [id for found in page.objects if type(id := found.get("id")) is int]
        if len(ids) == len(page.objects) and self.seen.add_new(ids):  # the usual page, in a third of the time
            if self.proof is not self.seen:
                self.proof.add_new(ids)
            return page.objects
        return self._fresh(page)

    def _fresh(self, page: Page) -> list[Object]:
        """One by one: something was seen before, or has no plain id."""
        fresh = []
        for found in page.objects:
            key = self._key(found)
            if key not in self.seen:
                self.seen.add(key)
                fresh.append(found)
            self.proof.add(key)
        self.repeats += len(page.objects) - len(fresh)
        return fresh

    def begin_pass(self) -> None:
        """From page 1 again, on top of the proof so far unless that is too much."""
        self.pages = self._rows_in_pass = self._empty = 0
        if self.exceeds:
            self.proof = Keys()

    @property
    def more(self) -> bool:
        """Whether the last page named another, and not for the tenth time without showing anything."""
        return self._names_another and self._empty < IDLE_PAGES_NAMED

    @property
    def agrees(self) -> bool:
        """As many objects as the server counts. Equal rows without ids are one to us: there a pass's rows count."""
        return len(self.proof) == self.count or (self._nameless and self._rows_in_pass == self.count)

    @property
    def exceeds(self) -> bool:
        """More objects than the server counts."""
        return len(self.proof) > (self.count or 0)

    @property
    def short(self) -> bool:
        """Fewer objects than the server counts; equal rows without ids cannot be counted."""
        return not self._nameless and len(self.seen) < (self.count or 0)

    def _go_on(self, page: Page) -> None:
        self.pages += 1
        self._rows_in_pass += len(page.objects)
        self._empty = 0 if page.objects else self._empty + 1
        self._names_another = page.more
        self.belied = page.more and self.count is not None and self._rows_in_pass >= self.count

    def _recount(self, page: Page) -> None:
        if page.count is None:
            return
        if self.count is not None and page.count < self.count:
            self.proof = Keys()
        self.count = page.count

    def _key(self, found: Object) -> Key:
        key = found.get("url") if found.get("id") is None else found["id"]
        if isinstance(key, int | str):
            return key
        self._nameless = True
        return hashlib.blake2b(orjson.dumps(found, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()


def _counted(path: str, tally: Tally, size: int, fetch_many: FetchMany) -> Batches:
    """Pass after pass over all pages, in parallel, until what they united agrees with the count, or belies it."""
    idle, before, patience = 0, 0, 0
    for _ in range(MOST_PASSES):
        for page in _pages_of_a_pass(tally, size, fetch_many):
            yield tally.take(page)
        if tally.agrees or tally.belied:
            return
        patience = patience or _patience(tally)
        idle = idle + 1 if tally.exceeds or len(tally.proof) <= before else 0
        if idle == patience:
            break
        tally.begin_pass()
        before = len(tally.proof)
    raise _inconsistent(path, tally)


def _pages_of_a_pass(tally: Tally, size: int, fetch_many: FetchMany) -> Iterator[Page]:
    """More pages when the count grows on the way; a repair (from page 1 again) ends as soon as it is complete."""
    repair = tally.pages == 0
    while tally.pages < _last(tally, size) or tally.more:
        following = tally.pages + 1
        for page in fetch_many(range(following, max(following, _last(tally, size)) + 1)):
            yield page
            if tally.belied or (repair and tally.agrees):
                return


def _last(tally: Tally, size: int) -> int:
    return -(-(tally.count or 0) // size) if size else 1


def _uncounted(path: str, tally: Tally, fetch: Fetch) -> Batches:
    """From page to page to the end; again while pages overlap, until pass after pass brings nothing new."""
    overlaps = yield from _onward(path, tally, tally, fetch)
    idle, patience = 0, _patience(tally)
    while overlaps and idle < patience:
        before = len(tally.seen)
        yield from _onward(path, tally, Tally(), fetch)
        idle = 0 if len(tally.seen) > before else idle + 1
    if tally.short:
        raise _inconsistent(path, tally)


def _onward(path: str, tally: Tally, this_pass: Tally, fetch: Fetch) -> Generator[list[Object], None, bool]:
    """Until a page is empty, or two bring nothing new to this pass; gives whether pages before those overlapped.

    One that names another is not the last: after many of them without anything new, only the count proves the end.
    """
    idle: list[int] = []
    for number in counting(this_pass.pages + 1):
        page = fetch(number)
        if not (page.objects or page.more):
            break
        fresh = tally.take(page)
        yield fresh
        new_here = fresh if this_pass is tally else this_pass.take(page)
        idle = [] if new_here else [*idle, len(page.objects)]
        if len(idle) >= (IDLE_PAGES_NAMED if page.more else IDLE_PAGES):
            if page.more and not tally.agrees:
                raise _endless(path, tally)
            return this_pass.repeats > sum(idle)
    return this_pass.repeats > 0


def _patience(tally: Tally) -> int:
    """A row or two seen twice is somebody's edit; every twentieth is a list without an order."""
    return IDLE_PASSES_OVERLAPPING if tally.repeats * 20 > len(tally.seen) else IDLE_PASSES


def _inconsistent(path: str, tally: Tally) -> Inconsistent:
    text = (
        f"{len(tally.proof)} of {tally.count} objects could be read: the pages do not agree with each other. "
        "Run again when nobody edits the account; if it stays so, the server's paging is broken"
    )
    return Inconsistent(text, method="GET", path=path, status=200)


def _endless(path: str, tally: Tally) -> Inconsistent:
    text = (
        f"{len(tally.seen)} objects could be read, and the last {IDLE_PAGES_NAMED} pages brought nothing new although "
        "each of them names another page: what else the list holds is not known. Run again; if it stays so, the "
        "server's paging is broken"
    )
    return Inconsistent(text, method="GET", path=path, status=200)
