"""What a list looks like on the wire: every one of docs/alice-api.md#envelopes becomes a `Page`.

No I/O; must not know how pages are united (see `lists`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from provisioner.alice.answers import messages
from provisioner.errors import ApiError

Object = dict[str, Any]

_LAST_NUMBER = re.compile(r"(\d+)/?(?:[?#].*)?$")


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
