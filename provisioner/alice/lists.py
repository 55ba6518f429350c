"""Complete lists from pages that nobody ordered: pass after pass over the pages, united until they agree.

Pages come through two functions of the caller (one page, many pages), so this module does no I/O. Objects are told
apart by their id; what has none, by its content. A list whose pages overlapped is in no order at all: chance alone
may then hide a row from several passes, so it gets more of them. See docs/alice-api.md#paging.

Neither `count` nor `next` is the end of a list by itself. Pages are read by number up to the count, whatever `next`
says, and on from there while a page names another. A count that pages show to be too low is no count. Where both say
that there is more and no page shows it, the list is not known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterator
from itertools import count as counting

import orjson

from provisioner.alice.envelopes import Object, Page
from provisioner.alice.keys import Key, Keys
from provisioner.errors import Inconsistent

Batches = Iterator[list[Object]]
Fetch = Callable[[int], Page]
FetchMany = Callable[[range], Iterator[Page]]

IDLE_PAGES = 2
IDLE_PAGES_NAMED = 10  # while every one of them names another
IDLE_PASSES = 3
IDLE_PASSES_OVERLAPPING = 10
MOST_PASSES = 50


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
