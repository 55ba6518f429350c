"""Complete lists from pages that nobody ordered: the envelopes, and passes that are united until they agree.

Reading goes through two functions of the caller (one page, many pages), so this module does no I/O. Objects are
told apart by their id; what has none is told apart by its content. Contract, section 2.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count as counting
from typing import Any

import orjson

from provisioner.alice.answers import messages
from provisioner.errors import ApiError, Inconsistent

Object = dict[str, Any]
Key = int | str | bytes

IDLE_PASSES = 3
MOST_PASSES = 40
IDLE_PAGES = 2

_LAST_NUMBER = re.compile(r"(\d+)/?(?:[?#].*)?$")


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its objects, the server's count of all of them if it tells, and whether nothing can follow."""

    objects: list[Object]
    count: int | None = None
    whole: bool = False


PAST_THE_END = Page([])

Fetch = Callable[[int], Page]
FetchMany = Callable[[range], Iterator[Page]]


def page_of(data: Any, path: str) -> Page:
    """Any of the envelopes of contract section 2; raises ApiError for another shape."""
    if isinstance(data, list):
        return Page(_objects(data, path))
    if not isinstance(data, dict):
        raise _shapeless(path)
    if isinstance(data.get("results"), list):
        return Page(_objects(data["results"], path), _count(data.get("count")))
    if "id" in data or "url" in data:
        return Page(_objects([data], path), whole=True)
    if "note" in data:
        return Page([], whole=True)
    if data.get("error"):
        raise ApiError("; ".join(messages(data["error"])), method="GET", path=path, status=200)
    raise _shapeless(path)


def with_id(found: Object) -> Object:
    """The object with its `id`, taken from the end of its `url` when it shows none."""
    if found.get("id") is None and isinstance(found.get("url"), str):
        number = _LAST_NUMBER.search(found["url"])
        if number:
            found["id"] = int(number.group(1))
    return found


def read(path: str, first: Page, fetch: Fetch, fetch_many: FetchMany) -> Iterator[list[Object]]:
    """Every object of the list once, in batches as pages arrive; raises Inconsistent when that cannot be proven.

    `first` is page 1, `fetch(n)` gives page n (`PAST_THE_END` after the last), `fetch_many` several, in order.
    """
    tally = Tally()
    yield tally.take(first)
    if first.whole:
        return
    if first.count is None:
        yield from _onward(tally, first, fetch)
    else:
        yield from _passes(path, tally, len(first.objects), fetch_many)


class Tally:
    """What was seen of one list.

    `seen` keeps objects from being given twice. `proof` is what counts against the server's count: it starts anew
    when the count falls, because a row deleted between two pages pulls another one past us, and when it exceeds
    the count, because some of it must be gone.
    """

    def __init__(self) -> None:
        self.count: int | None = None
        self.seen: set[Key] = set()
        self.proof = self.seen
        self._nameless = False
        self._rows_in_pass = 0

    def take(self, page: Page) -> list[Object]:
        """The objects of the page that were not seen before."""
        if page.count is not None:
            if self.count is not None and page.count < self.count:
                self.restart()
            self.count = page.count
        self._rows_in_pass += len(page.objects)
        fresh = []
        for found in page.objects:
            key = self._key(found)
            if key not in self.seen:
                self.seen.add(key)
                fresh.append(found)
            self.proof.add(key)
        return fresh

    def restart(self) -> None:
        """Forget the proof, not what was given out."""
        self.proof = set()

    def begin_pass(self, *, anew: bool) -> None:
        """From page 1 again, on top of the proof so far or anew."""
        self._rows_in_pass = 0
        if anew:
            self.restart()

    @property
    def agrees(self) -> bool:
        """As many objects as the server counts. Equal rows without ids are one to us: there a pass's rows count."""
        return len(self.proof) == self.count or (self._nameless and self._rows_in_pass == self.count)

    def _key(self, found: Object) -> Key:
        key = found.get("url") if found.get("id") is None else found["id"]
        if isinstance(key, int | str):
            return key
        self._nameless = True
        return hashlib.blake2b(orjson.dumps(found, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()


def _onward(tally: Tally, first: Page, fetch: Fetch) -> Iterator[list[Object]]:
    """Without a count: until a page is empty or past the end, or two pages bring no new id."""
    idle, page = 0, first
    for number in counting(2):
        if not page.objects or idle == IDLE_PAGES:
            return
        page = fetch(number)
        fresh = tally.take(page)
        idle = 0 if fresh else idle + 1
        if fresh:
            yield fresh


def _passes(path: str, tally: Tally, size: int, fetch_many: FetchMany) -> Iterator[list[Object]]:
    """With a count: pass after pass over all pages, until what they united agrees with it."""
    idle, start = 0, 2
    for _ in range(MOST_PASSES):
        before = len(tally.proof) if start == 1 else 0
        for page in _one_pass(tally, start, size, fetch_many):
            fresh = tally.take(page)
            if fresh:
                yield fresh
        if tally.agrees:
            return
        beyond = len(tally.proof) > (tally.count or 0)
        idle = idle + 1 if beyond or len(tally.proof) <= before else 0
        if idle == IDLE_PASSES:
            break
        start = 1
        tally.begin_pass(anew=beyond)
    raise _inconsistent(path, tally)


def _one_pass(tally: Tally, start: int, size: int, fetch_many: FetchMany) -> Iterator[Page]:
    """The pages of one pass; more of them when the count grows on the way, fewer when a repair is complete."""
    number = start
    while number <= _last(tally, size):
        numbers = range(number, _last(tally, size) + 1)
        for page in fetch_many(numbers):
            yield page
            if start == 1 and tally.agrees:
                return
        number = numbers.stop


def _last(tally: Tally, size: int) -> int:
    return max(1, -(-(tally.count or 0) // size)) if size else 1


def _objects(data: list[Any], path: str) -> list[Object]:
    if not all(isinstance(found, dict) for found in data):
        raise _shapeless(path)
    return [with_id(found) for found in data]


def _count(value: Any) -> int | None:
    return int(value) if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()) else None


def _shapeless(path: str) -> ApiError:
    return ApiError("expected a list of objects and got JSON of another shape", method="GET", path=path, status=200)


def _inconsistent(path: str, tally: Tally) -> Inconsistent:
    text = (
        f"only {len(tally.proof)} of {tally.count} objects can be read: its pages do not agree with each other. "
        "Run again when nobody edits the account; if it stays so, its paging is broken"
    )
    return Inconsistent(text, method="GET", path=path, status=200)
