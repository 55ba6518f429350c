"""The rows of a text file, one after another, with the line each begins at and the reason why it is none.

What Python's csv module says the cells are. A row that cannot be used is one with a reason; only where nobody can say
where the next row begins does the whole file fail. Must not know fields or numbers.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from provisioner.rowfiles.opening import BadFile, text_of

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


def delimited(path: Path, delimiter: str, width: int, skipped: int) -> Iterator[Record]:
    """The rows after so many lines, blank ones left out. Raises BadFile."""
    with text_of(path) as text:
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
                if reason or any(map(str.strip, cells)):
                    yield skipped + before + 1, cells, reason
                before = reader.line_num
        except csv.Error:
            message = "has a quoted cell that does not end, or is followed by text"
            raise BadFile(message, skipped + before + 1) from None


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
        return [], ""
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
