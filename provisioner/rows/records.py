"""The rows of a text file, delimited or JSON lines, one after another, with the line each begins at and the reason
why it is none.

What Python's csv module says the cells are; of JSON lines the values under the keys that all lines have. A row that
cannot be used is one with a reason; only where nobody can say where the next row begins does the whole file fail. Must
not know fields or numbers.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any

import orjson

from provisioner.error_ids import ErrorId
from provisioner.rows.files import BadFile, RowFile

CELLS = "cells"
NUL = "nul"
LONG = "long"
NOT_AN_OBJECT = "not-an-object"
KEY_TWICE = "key-twice"
REASONS = (CELLS, NUL, LONG, NOT_AN_OBJECT, KEY_TWICE)

LONGEST = 1 << 18  # characters of a row: beyond any real one, and within what duckdb takes as a line
LONGEST_CELL = 1 << 26  # what is held in memory until a quote ends

csv.field_size_limit(LONGEST_CELL)

Record = tuple[int, list[str], str]
"""The line, the cells, and the reason why they are no row, or ""."""

BATCH = 1 << 17  # characters of lines that are taken together

_KEY = re.compile(r'"[ \t\r\n]*:')


def delimited(file: RowFile, delimiter: str, width: int, skipped: int) -> Iterator[Record]:
    """The rows after so many lines, blank lines left out, but not those of nothing but empty cells. Raises BadFile."""
    with file.text() as text:
        for _ in range(skipped):
            text.readline()
        lines = _Lines(text)
        reader, before = csv.reader(lines, delimiter=delimiter, strict=True), 0
        try:
            for cells in reader:
                reason = ""
                if len(cells) != width:
                    cells, reason = _fitted(cells, width)
                if lines.odd or reader.line_num > before + 1:
                    cells, reason = usable(cells, reason)
                    lines.odd = False
                if reason or len(cells) > 1 or any(map(str.strip, cells)):
                    yield skipped + before + 1, cells, reason
                before = reader.line_num
        except csv.Error:
            message = "has a quoted cell that is not closed, or is followed by text"
            raise BadFile(message, skipped + before + 1, id=ErrorId.ROWS_CELL) from None


class _Lines:
    """Lines, and whether one was `odd`: longer than a row may be, or with a NUL in it."""

    def __init__(self, text: Iterable[str]) -> None:
        self._text, self.odd = text, False

    def __iter__(self) -> Iterator[str]:
        for line in self._text:
            if len(line) > LONGEST or "\0" in line:
                self.odd = True
            yield line


def _fitted(cells: list[str], width: int) -> tuple[list[str], str]:
    """As many cells as the header has; too many are forgiven when they are empty, and so is a line without any text."""
    if not any(map(str.strip, cells)):
        return [""] * width if len(cells) > 1 else [], ""
    ragged = len(cells) < width or any(map(str.strip, cells[width:]))
    return [*cells[:width], *[""] * (width - len(cells))], CELLS if ragged else ""


def usable(cells: list[str], reason: str) -> tuple[list[str], str]:
    """A row that is far too long is cut to what still says whose it is; a NUL is no text for any server."""
    if sum(map(len, cells)) > LONGEST:
        most = LONGEST // len(cells)
        cells, reason = [cell[: min(most, 200)] for cell in cells], LONG
    if any("\0" in cell for cell in cells):
        cells, reason = [cell.replace("\0", "") for cell in cells], reason or NUL
    return cells, reason


def batches(file: RowFile) -> Iterator[tuple[int, list[str]]]:
    """(number of the first, lines) of all lines of a file; raises BadFile."""
    first = 1
    with file.text() as text:
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
