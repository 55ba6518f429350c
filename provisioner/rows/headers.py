"""The beginning of a row file: which columns it has, which delimiter, and after which line its rows begin.

The header is the first line that is not blank; `sep=;`, which Excel writes and reads, stands before it. The delimiter
is the one under which the wanted columns are there. Reads no further than it has to, and quotes nothing.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from provisioner.error_ids import ErrorId
from provisioner.messages import seen
from provisioner.rows.columns import ColumnOptions, alike
from provisioner.rows.contents import PARQUET, SHEETS
from provisioner.rows.files import EMPTY, NOT_TEXT, BadFile, RowFile
from provisioner.rows.records import NOT_AN_OBJECT, batches, objects
from provisioner.rows.spreadsheets import Spreadsheet, opened_sheet

DELIMITERS = (",", ";", "\t")
MAX_HEADER = 1 << 20
MAX_KEYS = 1 << 16  # characters of JSON lines that are looked at for their keys

_NUMBER = re.compile(r"[\s'\"=+(]*\d(?:[\s'\"+().\-/]*\d){6,}[\s'\"]*")
_SEPARATOR = re.compile(r"sep=([^\r\n\"])\s*", re.IGNORECASE)
_BLANK = '",;\t \r\n'


@dataclass(frozen=True, slots=True)
class Header:
    """`names` as they are written, none for one column of numbers without a header; `lines` come before the rows.

    Not `whole`: more names may come. `broken` is the first line seen that holds no row, and why. Of the lines `titles`
    stand above the header of a `sheet`.
    """

    form: str
    names: tuple[str, ...]
    delimiter: str = ","
    lines: int = 0
    whole: bool = True
    broken: tuple[int, str] | None = None
    titles: int = 0
    sheet: str = ""

    @property
    def bare(self) -> bool:
        """One column of numbers, whose first line is data."""
        return not self.names

    @property
    def width(self) -> int:
        """How many columns there are."""
        return max(len(self.names), 1)


def read_header(file: RowFile, wanted: ColumnOptions) -> Header | None:
    """The header of a file; None where it takes duckdb to read it. Raises BadFile."""
    form = file.form
    if form == PARQUET:
        with file.opened():  # a pointer of Git LFS, or nothing that can be read
            return None
    if form == SHEETS:
        with opened_sheet(file) as sheet:
            return sheet_header(sheet, wanted)
    return _keys(file) if form == "jsonl" else _delimited(file, form, wanted)


def sheet_header(sheet: Spreadsheet, wanted: ColumnOptions) -> Header:
    """The header of a sheet of a spreadsheet."""
    found = sheet.header(wanted)
    if _is_bare(found.names, wanted):
        return Header(SHEETS, (), lines=found.line - 1, titles=found.titles, sheet=sheet.name)
    return Header(SHEETS, found.names, lines=found.line, titles=found.titles, sheet=sheet.name)


def _delimited(file: RowFile, form: str, wanted: ColumnOptions) -> Header:
    with file.text() as text:
        beginning = Beginning(text)
        skipped, mark = _before(beginning)
        marks = (mark,) if mark else ("\t",) if form == "tsv" else DELIMITERS
        found = [one for mark in marks if (one := _parsed(beginning, skipped, mark)) is not None]
    if not found:
        message = "has a header line that is not CSV: a quoted cell is not closed, or is followed by text"
        raise BadFile(message, id=ErrorId.ROWS_HEADER)
    header = max(found, key=lambda one: (wanted.found(one.names), one.width))
    return Header("csv", (), header.delimiter, skipped) if _is_bare(header.names, wanted) else header


def _is_bare(names: tuple[str, ...], wanted: ColumnOptions) -> bool:
    """Whether the first line of one column is a number already."""
    only = names[0] if len(names) == 1 else ""
    number = wanted.columns.get(wanted.number, wanted.number)
    return _NUMBER.fullmatch(seen(only)) is not None and not alike(names, number)


def _before(beginning: Beginning) -> tuple[int, str]:
    """How many lines come before the header, and the delimiter that one of them names."""
    mark = ""
    for index, line in enumerate(beginning):
        said = _SEPARATOR.fullmatch(seen(line))
        if said and not mark:
            mark = said.group(1)
        elif "\0" in line:
            raise BadFile(NOT_TEXT, id=ErrorId.ROWS_ENCODING)
        elif seen(line).strip(_BLANK + mark):
            return index, mark
    raise BadFile(EMPTY, id=ErrorId.ROWS_HEADER)


def _parsed(beginning: Beginning, skipped: int, mark: str) -> Header | None:
    """The header under one delimiter, None where it makes no sense; a line break inside quotes belongs to it."""
    lines = iter(beginning)
    for _ in range(skipped):
        next(lines)
    reader = csv.reader(lines, delimiter=mark, strict=True)
    try:
        cells = next(reader)
    except csv.Error:
        return None
    return Header("csv", tuple(cells), mark, skipped + reader.line_num)


class Beginning:
    """The first lines of a text, to be gone through again; raises BadFile when they grow beyond any header."""

    def __init__(self, text: TextIO) -> None:
        self._text, self._lines, self._size = text, list[str](), 0

    def __iter__(self) -> Iterator[str]:
        place = 0
        while place < len(self._lines) or self._more():
            yield self._lines[place]
            place += 1

    def _more(self) -> bool:
        line = self._text.readline(MAX_HEADER)
        self._size += len(line)
        if self._size >= MAX_HEADER:
            message = "has no header line: its first line does not end, or a quote in it"
            raise BadFile(message, id=ErrorId.ROWS_HEADER)
        self._lines += [line] if line else []
        return bool(line)


def _keys(file: RowFile) -> Header:
    """The keys of the first JSON lines: one object need not have them all."""
    names: dict[str, None] = {}
    broken: tuple[int, str] | None = None
    last = size = 0
    for first, lines in batches(file):
        for last, value, reason in objects(lines, first):
            broken = broken or ((last, reason) if reason else None)
            names.update(dict.fromkeys(value or ()))
        size += sum(map(len, lines))
        if size > MAX_KEYS:
            break
    if not last:
        raise BadFile("is empty; each line is one JSON object", id=ErrorId.ROWS_HEADER)
    whole = size <= MAX_KEYS
    return Header("jsonl", tuple(names) or ("",), whole=whole, broken=broken)


def said(reason: str, line: int) -> str:
    """What is wrong with a line of JSON, after the file's name."""
    if reason == NOT_AN_OBJECT:
        return f"has no JSON object in line {line}; each line is one object"
    return f"has the same key twice in line {line}; leave one of them out"
