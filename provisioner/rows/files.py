"""Opens a row file: its form by its name, gzip, UTF-8 with or without a BOM. Says which line cannot be read.

`plainness` tells whether a text file is so plain that nobody can read it in two ways, each line one row: then duckdb
may read it itself. Everything else goes through `records`. Must not know what a column is.
"""

from __future__ import annotations

import codecs
import gzip
import io
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any, BinaryIO, TextIO, cast

FORMS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
BLOCK = 1 << 17
LONGEST_LINE = 1 << 26  # bytes
NOT_TEXT = "is not UTF-8 text; save it as CSV UTF-8"
NOT_GZIP = "is no complete gzip file"

_POINTER = b"version https://git-lfs"


class BadFile(Exception):
    """A file that cannot be used as rows. The message follows the file's name and quotes nothing; `line` is where."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


def form_of(path: Path) -> str:
    """csv, tsv, jsonl or parquet by the file's name; raises BadFile."""
    form = FORMS.get(Path(path.name.lower().removesuffix(".gz")).suffix)
    if form is None:
        raise BadFile(f"must be one of {', '.join(FORMS)}, each also with .gz")
    return form


def is_file(path: Path) -> bool:
    """Whether there is such a file; whoever opens what is none is told why."""
    return _is(path, S_ISREG)


def is_folder(path: Path) -> bool:
    """Whether there is such a folder, a link to one among them."""
    return _is(path, S_ISDIR)


def may_be_folder(path: Path) -> bool:
    """The same, but where the system does not let anybody look there may be one, and OSError says so."""
    try:
        return S_ISDIR(path.stat().st_mode)
    except PermissionError:
        raise
    except OSError:
        return False


def _is(path: Path, test: Callable[[int], bool]) -> bool:
    """Unlike pathlib, of any path: one that is too long for the file system too."""
    try:
        return test(path.stat().st_mode)
    except OSError:
        return False


def is_gzip(path: Path) -> bool:
    """Whether the name says gzip."""
    return path.name.lower().endswith(".gz")


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file, unpacked; raises BadFile for what is no file of rows at all, also while they are read."""
    try:
        if not S_ISREG(path.stat().st_mode):  # opening a pipe would wait for somebody who writes to it
            raise BadFile("is no file")
        with path.open("rb") as raw:
            if raw.read(len(_POINTER)) == _POINTER:
                raise BadFile("is a pointer of Git LFS and not the file itself; run `git lfs pull`")
            raw.seek(0)
            yield cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if is_gzip(path) else raw
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise BadFile(NOT_GZIP) from None
    except OSError as error:
        raise BadFile(f"cannot be read: {error.strerror or 'input/output error'}") from None


class _Lines(io.RawIOBase):
    """The bytes of a file; BadFile once a line is longer than any, before it fills the memory."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw, self._length, self._before = raw, 0, 0

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        block = self._raw.read(len(target))
        target[: len(block)] = block
        self._before += line_ends(block)
        end = max(block.rfind(b"\n"), block.rfind(b"\r"))
        self._length = len(block) - end - 1 if end >= 0 else self._length + len(block)
        if self._length > LONGEST_LINE:
            raise BadFile(f"has a line of more than {LONGEST_LINE >> 20} MB, which is no row", self._before + 1)
        return len(block)


@contextmanager
def text_of(path: Path) -> Iterator[TextIO]:
    """The decoded lines of a file, without a BOM, their ends as they are; raises BadFile."""
    try:
        with opened(path) as raw:
            lines = io.BufferedReader(_Lines(raw), BLOCK)
            yield io.TextIOWrapper(lines, encoding="utf-8-sig", newline="")
    except UnicodeDecodeError:
        raise BadFile(NOT_TEXT, undecodable_line(path)) from None


def blocks(path: Path) -> Iterator[bytes]:
    """A file in pieces of BLOCK bytes; raises BadFile."""
    with opened(path) as raw:
        while block := raw.read(BLOCK):
            yield block


def undecodable_line(path: Path) -> int:
    """Decoders work in blocks, so the line is looked for once more."""
    decoder, line, before = codecs.getincrementaldecoder("utf-8")(), 1, b""
    for block in blocks(path):
        try:
            decoder.decode(block)
        except UnicodeDecodeError as error:
            good = before + error.object[: error.start]
            return line + line_ends(good)
        whole = before + block
        before = whole[-1:] if whole.endswith(b"\r") else b""
        line += line_ends(whole) - bool(before)
    return line


def line_ends(data: bytes) -> int:
    """How many line ends there are, of any of the three sorts."""
    return data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n")


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
    """What there is to know of a plain file; None for one that is not. Raises BadFile.

    Plain is a file without NULs and blank lines, of one sort of line end and lines of ordinary length, in which a quote
    stands only around a whole cell or doubled inside of one, with no line end: each line is one row.
    """
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
