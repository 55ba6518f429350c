"""A table of texts: aligned for people, CSV for spreadsheets. Knows nothing of what is in it.

What comes from a server cannot move the cursor of a terminal. Where lines are too narrow for all columns, the last ones
are left out; what is shown whole and does not fit is a block for each row, as psql does it.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from provisioner.language import term
from provisioner.reports.wording import harmless
from provisioner.rows.formulas import marked, row_writer

GAP = "  "
NARROWEST = 16  # a date with its minute: what is no wider is never cut
READABLE = 21  # `paused after 86 calls`: rather no further column than less of one
FEWEST = 2  # columns without which a line says nothing
CUT = ".."


@dataclass(frozen=True, slots=True)
class Table:
    """Named columns and rows of as many cells."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def text(self, width: int | None = None) -> str:
        """Aligned columns under their names; no wider than `width`, the widest giving way, or else a block a row."""
        rows = [tuple(harmless(cell) for cell in row) for row in self.rows]
        widths = self._widths()
        if width is not None and not _fit(widths, width):
            return "\n".join(self._block(row) for row in rows)
        return "".join(_line(cells, widths) for cells in (self.columns, *rows))

    def _block(self, row: Sequence[str]) -> str:
        """A line for each cell that says something, after its column's name."""
        widest = max(map(_width, self.columns))
        filled = zip(self.columns, row, strict=True)
        return "".join(_line((name, cell), (widest, _width(cell))) for name, cell in filled if cell)

    def in_language(self) -> Table:
        """The same with its columns in the language in force; what nobody translates, as the name of a field, stays."""
        return Table(tuple(map(term, self.columns)), self.rows)

    def only(self, names: Sequence[str]) -> Table:
        """The same with these columns, in this order."""
        chosen = [self.columns.index(name) for name in names]
        return Table(tuple(names), tuple(tuple(row[index] for index in chosen) for row in self.rows))

    def fewer(self, width: int) -> Table:
        """The same without the last columns, as many as lines of this width have no room for."""
        table = self
        while len(table.columns) > FEWEST and not _fit(table._widths(), width, READABLE):
            table = table.only(table.columns[:-1])
        return table

    def _widths(self) -> list[int]:
        rows = [tuple(harmless(cell) for cell in row) for row in self.rows]
        return [max(map(_width, cells)) for cells in zip(self.columns, *rows, strict=True)]

    def csv(self) -> str:
        """CSV with a header line; what a spreadsheet would calculate is marked as text."""
        out = io.StringIO()
        write = row_writer(out)
        write(self.columns)
        for row in self.rows:
            write([marked(cell) for cell in row])
        return out.getvalue()

    def without_empty_columns(self) -> Table:
        """The same without the columns in which no row has anything to say; an empty table keeps all."""
        filled = [index for index in range(len(self.columns)) if not self.rows or any(row[index] for row in self.rows)]
        rows = tuple(tuple(row[index] for index in filled) for row in self.rows)
        return Table(tuple(self.columns[index] for index in filled), rows)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (_padded(_cut(cell, width), width) for cell, width in zip(cells, widths, strict=True))
    return GAP.join(padded).rstrip() + "\n"


def _fit(widths: list[int], available: int, narrowest: int = NARROWEST) -> bool:
    """Narrow the widest columns until all fit; False where that would leave too little of them."""
    while (over := sum(widths) + len(GAP) * (len(widths) - 1) > available) and max(widths) > narrowest:
        widths[widths.index(max(widths))] -= 1
    return not over


def _cut(text: str, width: int) -> str:
    if _width(text) <= width:
        return text
    shown = text
    while shown and _width(shown) > width - len(CUT):
        shown = shown[:-1]
    return shown + CUT


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    """Columns on a terminal: accents of their own take none, wide characters two."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(mark) else 1 + (unicodedata.east_asian_width(mark) in "WF") for mark in text)
