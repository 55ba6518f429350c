"""Opens a row file as a duckdb relation of text columns: CSV, TSV, JSON lines, Parquet, each also gzipped.

A `Sheet` has columns `__0`, `__1`, ... in the order of its header. Encoding, delimiter and header are settled here, in
Python, from the first line; duckdb reads the rest with nothing guessed. Must not know fields, numbers or kinds.
"""

from __future__ import annotations

import csv
import glob
import gzip
import io
import re
import shutil
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from provisioner.contacts.scratch import Scratch
from provisioner.contacts.sql import literal, quoted
from provisioner.model import Source

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

DELIMITERS = (",", ";", "\t")
FORMATS = {".csv": "csv", ".txt": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}

_NUMBER = re.compile(r"[\s'\"=+(]*\d(?:[\s'\"+().\-/]*\d){6,}[\s'\"]*")
_DATA = re.compile(r"\d{5}|@")
_LONGEST_HEADER = 1 << 20


class BadFile(Exception):
    """A file that cannot be read as rows. The message quotes nothing of it; `row` is where, if that is known."""

    def __init__(self, message: str, row: int = 1) -> None:
        super().__init__(message)
        self.row = row


@dataclass(frozen=True, slots=True)
class Sheet:
    """`label` is the file as people know it, `relation` goes into a FROM clause, `first_row` is where data begins.

    `columns` is empty when the file is one column without a header. `bad` is an SQL expression: the reason why a
    line is no row, or NULL.
    """

    path: Path
    label: str
    form: str
    columns: tuple[str, ...]
    relation: str
    first_row: int
    delimiter: str = ","
    bad: str = "NULL"

    @property
    def width(self) -> int:
        """How many columns there are."""
        return max(len(self.columns), 1)

    def place(self, row: int) -> Source:
        """Where the n-th row of data is, counted from 1, as an editor or a spreadsheet numbers it."""
        return Source(self.label, row + self.first_row - 1, 1)

    def shown_columns(self) -> str:
        """The header for a message; nothing of it when it might be data."""
        names = [name for name in self.columns if name]
        if not names or any(_DATA.search(name) for name in names):
            return "is there a header line?"
        return "there are " + ", ".join(name[:40] for name in names[:20])


def open_sheet(connection: DuckDBPyConnection, path: Path, label: str, scratch: Scratch) -> Sheet:
    """Raises BadFile, and duckdb.Error where only a careful reading can tell what is wrong (see `rewrite`)."""
    form = format_of(path)
    if form == "parquet":
        return _parquet(connection, path, label, scratch)
    return _json_lines(connection, path, label) if form == "jsonl" else _delimited(path, label, form)


def format_of(path: Path) -> str:
    """csv, tsv, jsonl or parquet by the file's name; raises BadFile."""
    form = FORMATS.get((path.with_suffix("") if is_gzip(path) else path).suffix.lower())
    if form is None:
        raise BadFile("not a .csv, .tsv, .jsonl or .parquet file (each also .gz)")
    return form


def is_gzip(path: Path) -> bool:
    """Whether the name says gzip."""
    return path.suffix.lower() == ".gz"


@contextmanager
def text_of(path: Path) -> Iterator[TextIO]:
    """The decoded lines of a file, without a BOM; raises BadFile for what is not UTF-8 or not gzip."""
    try:
        with _bytes_of(path) as raw:
            yield io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
    except UnicodeDecodeError:
        raise BadFile("not UTF-8 text: save it as CSV UTF-8", _undecodable_line(path)) from None
    except (gzip.BadGzipFile, EOFError):
        raise BadFile("not a complete gzip file") from None


def _bytes_of(path: Path) -> gzip.GzipFile | BufferedReader:
    return gzip.open(path) if is_gzip(path) else path.open("rb")


def _undecodable_line(path: Path) -> int:
    """Decoders work in blocks, so the line is looked for once more."""
    with _bytes_of(path) as raw:
        for number, line in enumerate(raw, 1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return number
    return 1


def csv_relation(path: Path, width: int, *, delimiter: str = ",", skip: int = 0) -> str:
    """A CSV file as relation of `width` text columns; empty cells are NULL."""
    names = ", ".join(f"'__{index}': 'VARCHAR'" for index in range(width))
    options = f"auto_detect = false, header = false, skip = {skip}, quote = '\"', escape = '\"'"
    return (
        f"read_csv({_escaped(path)}, {options}, delim = {literal(delimiter)}, columns = {{{names}}}, "
        f"compression = '{'gzip' if is_gzip(path) else 'none'}')"
    )


def header(cells: list[str]) -> tuple[str, ...]:
    """Names as they are matched: NFC, trimmed."""
    return tuple(unicodedata.normalize("NFC", cell).strip() for cell in cells)


def has_no_header(cells: list[str]) -> bool:
    """One column that starts with a number; a wider file that does so is refused."""
    numbers = [bool(_NUMBER.fullmatch(cell)) for cell in cells]
    if any(numbers) and len(cells) > 1:
        raise BadFile("the first line is data: a header line with the names of the columns is needed")
    return numbers == [True]


def _delimited(path: Path, label: str, form: str) -> Sheet:
    first = _first_line(path)
    delimiter = "\t" if form == "tsv" else max(DELIMITERS, key=lambda mark: len(_cells(first, mark)))
    cells = _cells(first, delimiter)
    bare = has_no_header(cells)
    columns = () if bare else header(cells)
    relation = csv_relation(path, len(cells), delimiter=delimiter, skip=0 if bare else 1)
    return Sheet(path, label, "csv", columns, relation, 1 if bare else 2, delimiter)


def _first_line(path: Path) -> str:
    """The header as text; a line break inside quotes belongs to it."""
    with text_of(path) as lines:
        line = lines.readline(_LONGEST_HEADER)
        while line.count('"') % 2 and len(line) < _LONGEST_HEADER and (more := lines.readline(_LONGEST_HEADER)):
            line += more
    if "\0" in line or len(line) >= _LONGEST_HEADER:
        raise BadFile("not UTF-8 text with a header line: save it as CSV UTF-8")
    if not line.strip():
        raise BadFile("the first line is empty: a header line with the names of the columns is needed")
    return line


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        raise BadFile("the header line is not one of CSV") from None


def _json_lines(connection: DuckDBPyConnection, path: Path, label: str) -> Sheet:
    """The keys of all lines are the header. Names that differ in case only are left to `rewrite`."""
    compression = f"compression = '{'gzip' if is_gzip(path) else 'none'}'"
    found = connection.execute(
        # every key of every line, once; a line that is not JSON fails
        f"SELECT DISTINCT unnest(json_keys(json)) FROM read_ndjson_objects({_escaped(path)}, {compression}) ORDER BY 1"
    ).fetchall()
    names = [name for (name,) in found]
    types = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    renamed = ", ".join(f"{quoted(name)} AS __{index}" for index, name in enumerate(names))
    reader = f"read_json({_escaped(path)}, format = 'newline_delimited', {compression}, columns = {{{types}}})"
    return Sheet(path, label, "jsonl", header(names), f"(SELECT {renamed or 'NULL AS __0'} FROM {reader})", 1)


def _parquet(connection: DuckDBPyConnection, path: Path, label: str, scratch: Scratch) -> Sheet:
    plain = _unzipped(path, scratch) if is_gzip(path) else path
    reader = f"read_parquet({_escaped(plain)}, hive_partitioning = false)"
    described = connection.execute(f"DESCRIBE SELECT * FROM {reader}").fetchall()
    names = [row[0] for row in described]
    texts = ", ".join(f"{quoted(name)}::VARCHAR AS __{index}" for index, name in enumerate(names))
    return Sheet(path, label, "parquet", header(names), f"(SELECT {texts} FROM {reader})", 1)


def _unzipped(path: Path, scratch: Scratch) -> Path:
    target = scratch.new(".parquet")
    try:
        with gzip.open(path) as packed, scratch.create(target) as plain:
            shutil.copyfileobj(packed, plain, 1 << 20)
    except (gzip.BadGzipFile, EOFError):
        raise BadFile("not a complete gzip file") from None
    return target


def _escaped(path: Path) -> str:
    """A path as an SQL string that duckdb takes as one file, whatever marks are in its name."""
    return literal(glob.escape(str(path)))
