"""A row file: its form by its name and what is really in it, opened as bytes or as text. Says which line is bad.

Whoever reads rows, or only looks whether they could be read, comes through `RowFile`. `plainness` tells whether a text
file is so plain that nobody can read it in two ways, each line one row: then duckdb may read it itself. Everything
else goes through `records`. Must not know what a column is.
"""

from __future__ import annotations

import codecs
import gzip
import io
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any, BinaryIO, TextIO, cast

from provisioner.error_ids import ErrorId, Identified
from provisioner.model import Rows
from provisioner.rows.contents import (
    GZIP,
    HEAD,
    PARQUET,
    SHEETS,
    UTF_8,
    content_of,
    first_undecodable,
    known_encoding,
    marked_encoding,
    usual_encoding,
    wide_encoding,
)

TEXTS = {".csv": "csv", ".tsv": "tsv", ".txt": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
FORMS = {**TEXTS, ".parquet": PARQUET, **dict.fromkeys((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"), SHEETS)}
BLOCK = 1 << 17
LONGEST_LINE = 1 << 26  # bytes
SAVE = "save it as CSV UTF-8"
NOT_TEXT = f"is not UTF-8 text; {SAVE}"
NOT_GZIP = "is not a complete gzip file"
NOT_PACKED = "is not packed by gzip; remove .gz from its name"
EMPTY = "is empty; a row file begins with a line that names its columns"


class BadFile(Identified):
    """A file that cannot be used as rows. The message follows the file's name and quotes nothing; `line` is where."""

    id: ErrorId = ErrorId.ROWS_FILE

    def __init__(self, message: str, line: int = 1, column: int = 1, *, id: ErrorId | None = None) -> None:
        super().__init__(message, id=id)
        self.line, self.column = line, column


@dataclass(frozen=True, slots=True)
class RowFile:
    """A file, and what is declared of how it is read.

    `encoding` is that of a text file, UTF-8 or what its byte order mark says where it is not declared; `sheet` the name
    or the number of one of a spreadsheet's.
    """

    path: Path
    encoding: str | None = None
    sheet: str | None = None

    @property
    def form(self) -> str:
        """csv, tsv, jsonl, parquet or spreadsheet, by the file's name; raises BadFile."""
        form = FORMS.get(Path(self.path.name.lower().removesuffix(".gz")).suffix)
        if form is None:
            raise BadFile(f"must be one of {', '.join(FORMS)}, each also with .gz", id=ErrorId.ROWS_FORMAT)
        if self.encoding is not None and form not in TEXTS.values():
            raise BadFile("is not a text file, and has no `encoding`; leave that out", id=ErrorId.ROWS_FORMAT)
        if self.sheet is not None and form != SHEETS:
            raise BadFile("is not a spreadsheet, and has no `sheet`; leave that out", id=ErrorId.ROWS_FORMAT)
        return form

    @property
    def packed(self) -> bool:
        """Whether the name says gzip."""
        return self.path.name.lower().endswith(".gz")

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """The bytes, unpacked; raises BadFile for what is no file of these rows at all, also while they are read."""
        try:
            if not S_ISREG(self.path.stat().st_mode):  # opening a pipe would wait for somebody who writes to it
                raise BadFile("is no file")
            with self.path.open("rb") as raw:
                yield self._unpacked(raw)
        except (gzip.BadGzipFile, EOFError, zlib.error):
            raise BadFile(NOT_GZIP, id=ErrorId.ROWS_FORMAT) from None
        except OSError as error:
            raise BadFile(f"cannot be read: {error.strerror or 'input/output error'}") from None

    def _unpacked(self, raw: BinaryIO) -> BinaryIO:
        """The same from its beginning, once its first bytes are what its name says."""
        form, content = self.form, content_of(_head(raw))
        if self.packed:
            if content is None or content.form != GZIP:
                message = NOT_PACKED if content is None or content.form else content.said
                raise BadFile(message, id=ErrorId.ROWS_FORMAT)
            raw = cast(BinaryIO, gzip.GzipFile(fileobj=raw))
            content = content_of(_head(raw))
        if content is not None and content.form != form:
            raise BadFile(content.said, id=ErrorId.ROWS_FORMAT)
        if form == SHEETS and content is None:
            message = "is not a spreadsheet; if it is text, name it .csv" if _head(raw) else "is empty"
            raise BadFile(message, id=ErrorId.ROWS_FORMAT)
        return raw

    def blocks(self) -> Iterator[bytes]:
        """The bytes in pieces of BLOCK; raises BadFile."""
        with self.opened() as raw:
            while block := raw.read(BLOCK):
                yield block

    def codec(self) -> str:
        """The encoding of the text: as declared, or as a byte order mark says, else UTF-8. Raises BadFile."""
        with self.opened() as raw:
            head = _head(raw)
        marked = marked_encoding(head)
        declared = known_encoding(self.encoding) if self.encoding else None
        if self.encoding and declared is None:
            raise BadFile("has an unknown `encoding`", id=ErrorId.ROWS_ENCODING)
        if marked and declared and not declared.startswith(marked.removesuffix("-sig")):
            mark = marked.removesuffix("-sig").upper()
            message = f"begins with the mark of {mark} and is in no other encoding; leave `encoding` out"
            raise BadFile(message, id=ErrorId.ROWS_ENCODING)
        wide = None if marked or declared else wide_encoding(head)
        if wide:
            message = f"looks like UTF-16 without a byte order mark; write encoding: {wide}, or {SAVE}"
            raise BadFile(message, id=ErrorId.ROWS_ENCODING)
        return marked or declared or UTF_8

    @contextmanager
    def text(self) -> Iterator[TextIO]:
        """The decoded lines, without a byte order mark, their ends as they are; raises BadFile."""
        codec = self.codec()
        try:
            with self.opened() as raw:
                lines = io.BufferedReader(_Lines(raw), BLOCK)
                yield io.TextIOWrapper(lines, encoding=codec, newline="")
        except UnicodeError:
            raise self.undecodable(codec) from None

    def undecodable(self, codec: str) -> BadFile:
        """Where the first byte is that is none of an encoding's, and what else the file may be in."""
        place, usual = first_undecodable(self.blocks(), codec), usual_encoding(self.blocks())
        name = "UTF-8" if codec == UTF_8 else (self.encoding or codec).upper()
        told = f"is not {name} text: byte {place.byte:,} of the file cannot be read"
        guess = f"all of it reads as {usual}: write encoding: {usual} if the names are right then, or {SAVE}"
        message = f"{told}; {guess if usual and usual != codec else SAVE}"
        return BadFile(message, place.line, place.column, id=ErrorId.ROWS_ENCODING)


def _head(raw: BinaryIO) -> bytes:
    """The first bytes, once more to be read."""
    head = raw.read(HEAD)
    raw.seek(0)
    return head


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
            message = f"has a line of more than {LONGEST_LINE >> 20} MB, which is not a row"
            raise BadFile(message, self._before + 1, id=ErrorId.ROWS_CELL)
        return len(block)


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


def plainness(file: RowFile, delimiter: str) -> Plain | None:
    """What there is to know of a plain file; None for one that is not. Raises BadFile.

    Plain is a file without NULs and blank lines, of one sort of line end and lines of ordinary length, in which a quote
    stands only around a whole cell or doubled inside of one, with no line end: each line is one row. It is in UTF-8.
    """
    if (codec := file.codec()) != UTF_8:
        return None
    decoder, ends, cells = codecs.getincrementaldecoder("utf-8")(), _Ends(), cells_of(delimiter)
    normal, quoted, begun = True, False, ""
    try:
        for block in file.blocks():
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
        raise file.undecodable(codec) from None
    if not ends.alike or ('"' in begun and not cells.fullmatch(begun + "\n")):
        return None
    return Plain(ends.feeds + (ends.last != b"\n"), quoted, normal)


def cells_of(delimiter: str) -> re.Pattern[str]:
    """Whole lines of cells that are quoted from end to end, or not at all."""
    mark = re.escape(delimiter)
    return re.compile(rf'(?:(?:[^"\r\n{mark}]*+|"(?:[^"\r\n]++|"")*+")(?:{mark}|\r?\n))*+')


def are_large(sources: Iterable[Rows], limit: int) -> bool:
    """Whether files have so many bytes; how much comes from elsewhere nobody knows, and it takes its time."""
    found = [*sources]
    elsewhere = any(rows.query or rows.remote for rows in found)
    return elsewhere or sum(path.stat().st_size for rows in found for path in rows.files if path.is_file()) >= limit
