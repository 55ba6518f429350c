"""The rows of a file of JSON lines: each line one object, its values the cells under the keys that all lines have.

Lines that hold the same keys with plain values are taken together, which is four times as fast; that they are lines of
one object each is certain, or they are gone through one by one. Must not know fields or numbers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from operator import itemgetter
from pathlib import Path
from typing import Any

import orjson

from provisioner.rowfiles.opening import text_of
from provisioner.rowfiles.records import KEY_TWICE, LONGEST, NOT_AN_OBJECT, usable

BATCH = 1 << 17  # characters of lines that are taken together

_KEY = re.compile(r'"[ \t\r\n]*:')


def batches(path: Path) -> Iterator[tuple[int, list[str]]]:
    """(number of the first, lines) of all lines of a file; raises BadFile."""
    first = 1
    with text_of(path) as text:
        while lines := text.readlines(BATCH):
            yield first, lines
            first += len(lines)


def objects(lines: Iterable[str], first: int = 1) -> Iterator[tuple[int, dict[str, Any] | None, str]]:
    """(line, object, reason) of each line that is not blank."""
    for number, line in enumerate(lines, first):
        if stripped := line.strip("\ufeff \t\r\n"):
            yield number, *_object(stripped)


def alike_cells(lines: list[str], names: tuple[str, ...]) -> list[tuple[str, ...]] | None:
    """The cells of lines that hold one object each with just these keys and plain values; None where one may not."""
    found = _alike(lines, len(names))
    if found is None or len(names) < 2:
        return None
    try:
        rows = list(map(itemgetter(*names), found))
    except KeyError:
        return None
    try:
        joined = "".join(map("".join, rows))
    except TypeError:  # not all are texts
        if any(float in map(type, row) for row in rows):
            return None
        rows = [tuple(map(text_in, row)) for row in rows]
        joined = "".join(map("".join, rows))
    return None if len(joined) > LONGEST or "\0" in joined else rows


def _alike(lines: list[str], width: int) -> list[dict[str, Any]] | None:
    """The objects of lines, if each is one object of so many keys, none of them twice.

    A line end is no part of a JSON text, so where each is followed by the comma put there and lists are ruled out, no
    value can go over two lines.
    """
    text = ",".join(lines)
    inner = text.count("}\n,{") + text.count("}\r\n,{")
    if inner != len(lines) - 1 or not text.startswith("{") or "[" in text:
        return None
    keys = len(lines) * width
    if text.count(":") != keys and len(_KEY.findall(text)) != keys:
        return None
    try:
        found: list[dict[str, Any]] = orjson.loads(f"[{text}]")
    except (ValueError, RecursionError):
        return None
    return found if len(found) == len(lines) else None


def _object(line: str) -> tuple[dict[str, Any] | None, str]:
    try:
        value = orjson.loads(line)
        if not isinstance(value, dict):
            return None, NOT_AN_OBJECT
        if line.count(":") == len(value) and float not in map(type, value.values()):
            return value, ""
        return _written(line, value)
    except (ValueError, RecursionError):
        return None, NOT_AN_OBJECT


def _written(line: str, value: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """An object with its numbers as they are written (1.50, 1E3), once it is certain that no key is there twice."""
    repeated = False

    def noted(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal repeated
        found = dict(pairs)
        repeated = repeated or len(found) < len(pairs)
        return found

    texts = json.loads(line, object_pairs_hook=noted, parse_float=str, parse_int=str)
    return {key: texts[key] if isinstance(inner, float) else inner for key, inner in value.items()}, (
        KEY_TWICE if repeated else ""
    )


def cells_of(value: dict[str, Any] | None, names: Iterable[str], reason: str) -> tuple[list[str], str]:
    """The cells of an object under these keys."""
    row = value or {}
    cells = [text_in(row.get(name)) for name in names]
    if sum(map(len, cells)) > LONGEST or any("\0" in cell for cell in cells):
        return usable(cells, reason)
    return cells, reason


def text_in(value: Any) -> str:
    """A JSON value as the text of a cell."""
    if isinstance(value, str):
        return value
    return "" if value is None else orjson.dumps(value).decode()
