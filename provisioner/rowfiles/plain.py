"""Tells whether a text file is so plain that nobody can read it in two ways: then duckdb may read it itself.

Plain is a file without quotes, NULs and blank lines, of one sort of line end and lines of ordinary length: each line
is one row, and its cells are what stands between delimiters. Everything else goes through `records`.
"""

from __future__ import annotations

import codecs
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
        odd = b'"' in block or b"\0" in block or b"\n\n" in joined or b"\n\r" in joined
        return not odd and (feeds > 0 or len(block) < BLOCK)

    @property
    def alike(self) -> bool:
        """Whether there is one sort of them, and duckdb knows it."""
        return not self.returns or self.returns == self.feeds == self.pairs


@dataclass(frozen=True, slots=True)
class Plain:
    """How many lines there are, the header among them, and whether all text is in its normal form (NFC) already."""

    lines: int
    normal: bool


def plainness(path: Path) -> Plain | None:
    """What there is to know of a plain file; None for one that is not. Raises BadFile."""
    decoder, ends = codecs.getincrementaldecoder("utf-8")(), _Ends()
    normal, begun = True, ""
    try:
        for block in blocks(path):
            text = begun + decoder.decode(block)
            if not ends.take(block):
                return None
            normal = normal and unicodedata.is_normalized("NFC", text)
            begun = text[text.rfind("\n") + 1 :]  # a mark at the beginning of a block belongs to the letter before
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise BadFile(NOT_TEXT, undecodable_line(path)) from None
    return Plain(ends.feeds + (ends.last != b"\n"), normal) if ends.alike else None
