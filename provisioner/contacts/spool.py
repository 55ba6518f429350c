"""Rows of text on their way into duckdb, through a file of our own in which any text comes out as it went in.

Cells stand between unit separators and rows between line feeds, without quotes; what would be taken for one of these,
or for a line end, is written in another way. An empty text comes out as NULL. Must not know what the rows are.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from provisioner.contacts.scratch import Scratch
from provisioner.contacts.sql import literal

BATCH = 1000
UNIT, ESCAPE = "\x1f", "\x1e"

# What stands for a character that would be taken for something else; the mark itself is the last to be put back
_CODES = {"\n": "n", "\r": "r", "\0": "0", UNIT: "u", ESCAPE: "e"}
_ESCAPES = str.maketrans({mark: ESCAPE + code for mark, code in _CODES.items()})
_FIRST = "rows" + "\n"  # duckdb takes a BOM away from the beginning of a file: this line stands before it


@dataclass(frozen=True, slots=True)
class Spool:
    """A file of rows of so many texts; `escaped` when there is anything to put back, which costs time.

    `normal` when all texts are NFC already.
    """

    path: Path
    width: int
    escaped: bool
    normal: bool

    def relation(self, names: Sequence[str]) -> str:
        """The rows as a relation of text columns called so."""
        columns = ", ".join(f"c{index}: 'VARCHAR'" for index in range(self.width))
        cells = ", ".join(f"{self._cell(f'c{index}')} AS {name}" for index, name in enumerate(names))
        return f"""(
            SELECT {cells} FROM read_csv({literal(self.path)}, auto_detect = false, header = false, skip = 1,
                   delim = {literal(UNIT)}, quote = '', escape = '', new_line = '\\n', columns = {{{columns}}}))"""

    def _cell(self, column: str) -> str:
        if not self.escaped:
            return column
        text = column
        for mark, code in _CODES.items():
            text = f"replace({text}, {literal(ESCAPE + code)}, chr({ord(mark)}))"
        return f"CASE WHEN contains({column}, {literal(ESCAPE)}) THEN {text} ELSE {column} END"


def spooled(scratch: Scratch, rows: Iterable[Sequence[str]], width: int) -> Spool | None:
    """Write rows of `width` texts each; None when there are none."""
    path, source = scratch.new(".rows"), iter(rows)
    escaped, filled, normal = False, False, True
    with scratch.create(path) as raw, io.TextIOWrapper(raw, encoding="utf-8", newline="") as text:
        text.write(_FIRST)
        while batch := list(islice(source, BATCH)):
            filled = True
            joined = "\n".join([UNIT.join(row) for row in batch])
            normal = normal and unicodedata.is_normalized("NFC", joined)
            if _confusing(joined, len(batch), width):
                escaped = True
                joined = "\n".join([UNIT.join([cell.translate(_ESCAPES) for cell in row]) for row in batch])
            text.write(joined + "\n")
    if not filled:
        path.unlink()
    return Spool(path, width, escaped, normal) if filled else None


def _confusing(joined: str, rows: int, width: int) -> bool:
    """Whether a cell of these rows holds anything that has a meaning here."""
    marks = "\r" in joined or "\0" in joined or ESCAPE in joined
    return marks or joined.count("\n") != rows - 1 or joined.count(UNIT) != rows * (width - 1)
