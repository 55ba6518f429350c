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
    """One page: its objects, the server's count of all of them if it tells, and whether nothing can follow."""

    objects: list[Object]
    count: int | None = None
    whole: bool = False


PAST_THE_END = Page([])


def page_of(data: Any, path: str) -> Page:
    """Any of the envelopes; raises ApiError for another shape."""
    if isinstance(data, list):
        return Page(_objects(data, path))
    if not isinstance(data, dict):
        raise _shapeless(path)
    if isinstance(data.get("results"), list):
        return Page(_objects(data["results"], path), _count(data.get("count")))
    if "id" in data or "url" in data:
        return Page([with_id(data)], whole=True)
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
