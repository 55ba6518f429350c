"""Tells whether a text file is so plain that nobody can read it in two ways: then duckdb may read it itself.

Plain is a file without NULs and blank lines, of one sort of line end and lines of ordinary length, in which a quote
stands only around a whole cell or doubled inside of one, with no line end: each line is one row. Everything else goes
through `records`.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from provisioner.rowfiles.opening import BLOCK, NOT_TEXT, BadFile, blocks, undecodable_line


@dataclass(slots=True)
class _Ends:
    """Line ends seen so far; `last` begins as one, so that a blank first line is seen."""

    returns: int = 0
    feeds: int = 0
    pairs: int = 0
    last: bytes = field(default=b"\n")

    def take(self, block: bytes) -> bool:
        """Count those of the next block; whether all of it is plain."""
        joined = self.last + block
        self.last = block[-1:]
        self.returns += block.count(b"\r")
        self.feeds += (feeds := block.count(b"\n"))
        self.pairs += joined.count(b"\r\n")
        odd = b"\0" in block or b"\n\n" in joined or b"\n\r" in joined
        return not odd and (feeds > 0 or len(block) < BLOCK)

    @property
    def alike(self) -> bool:
        """Whether there is one sort of them, and duckdb knows it."""
        return not self.returns or self.returns == self.feeds == self.pairs


@dataclass(frozen=True, slots=True)
class Plain:
    """How many lines there are, the header among them; whether any cell is quoted, and all text is NFC already."""

    lines: int
    quoted: bool
    normal: bool


def plainness(path: Path, delimiter: str) -> Plain | None:
    """What there is to know of a plain file; None for one that is not. Raises BadFile."""
    decoder, ends, cells = codecs.getincrementaldecoder("utf-8")(), _Ends(), cells_of(delimiter)
    normal, quoted, begun = True, False, ""
    try:
        for block in blocks(path):
            text = begun + decoder.decode(block)
            if not ends.take(block):
                return None
            normal = normal and unicodedata.is_normalized("NFC", text)
            end = text.rfind("\n") + 1
            begun = text[end:]  # a mark at the beginning of a block belongs to the letter before
            if b'"' in block and not cells.fullmatch(text, 0, end):
                return None
            quoted = quoted or b'"' in block
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise BadFile(NOT_TEXT, undecodable_line(path)) from None
    if not ends.alike or ('"' in begun and not cells.fullmatch(begun + "\n")):
        return None
    return Plain(ends.feeds + (ends.last != b"\n"), quoted, normal)


def cells_of(delimiter: str) -> re.Pattern[str]:
    """Whole lines of cells that are quoted from end to end, or not at all."""
    mark = re.escape(delimiter)
    return re.compile(rf'(?:(?:[^"\r\n{mark}]*+|"(?:[^"\r\n]++|"")*+")(?:{mark}|\r?\n))*+')
