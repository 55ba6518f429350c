"""A row file as a small table of texts, read whole: what a `for_each` makes a resource of, row by row.

The same file reader as that of contacts, so that encodings, delimiters, titles and sheets are understood alike. Every
cell is text. Bounded, because it is held in memory; no message quotes a cell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from provisioner.messages import named, plain
from provisioner.rows.columns import ColumnOptions, meant
from provisioner.rows.contents import PARQUET, SHEETS
from provisioner.rows.files import BadFile, RowFile
from provisioner.rows.headers import Header, read_header, sheet_header
from provisioner.rows.records import Record, batches, delimited, objects, text_in
from provisioner.rows.spreadsheets import opened_sheet

MOST_CELLS, MOST_TEXT = 1_000_000, 16_000_000  # characters


@dataclass(frozen=True, slots=True)
class SmallTable:
    """`names` of the columns, the place of the key's, and every row with the line it is in."""

    names: tuple[str, ...]
    key: int
    rows: tuple[tuple[int, list[str]], ...]


def read_table(file: RowFile, key: str) -> SmallTable:
    """All rows that are not blank; raises BadFile, also for a row that is none."""
    wanted = ColumnOptions(key, (key,))
    if file.form == PARQUET:
        raise BadFile("is a Parquet file; for_each reads CSV, TSV, JSON lines and spreadsheets")
    header, records = _opened(file, wanted)
    names = tuple(map(plain, header.names))
    places = meant(names, key)
    if len(places) != 1:
        known = ", ".join(map(named, names)) or "no header line"
        raise BadFile(f"has {'two columns' if places else 'no column'} {named(key)}; there is {known}")
    if twice := [name for name in names if name and names.count(name) > 1]:
        raise BadFile(f"has the column {named(twice[0])} twice; rename one of them")
    return SmallTable(names, places[0], tuple(_bounded(records)))


def _opened(file: RowFile, wanted: ColumnOptions) -> tuple[Header, Iterator[Record]]:
    if file.form == SHEETS:
        with opened_sheet(file) as sheet:
            header = sheet_header(sheet, wanted)
            return header, iter(list(_capped(sheet.rows(header.lines, None, lambda text: text))))
    found = read_header(file, wanted)
    assert found is not None, "only Parquet has no header line"
    if found.form == "jsonl":
        return found, _objects(file, found.names)
    return found, delimited(file, found.delimiter, found.width, found.lines)


def _objects(file: RowFile, names: tuple[str, ...]) -> Iterator[Record]:
    lines = chain.from_iterable(objects(lines, first) for first, lines in batches(file))
    for line, value, reason in lines:
        yield line, [text_in((value or {}).get(name)) for name in names], reason


def _bounded(records: Iterator[Record]) -> Iterator[tuple[int, list[str]]]:
    for line, cells, reason in _capped(records):
        if not any(map(str.strip, cells)):
            continue
        if reason:
            raise BadFile("has a row that does not fit its header line", line)
        yield line, [cell.strip() for cell in cells]


def _capped(records: Iterator[Record]) -> Iterator[Record]:
    """No more than is held in memory; raises BadFile."""
    count = size = 0
    for record in records:
        count += len(record[1])
        size += sum(map(len, record[1]))
        if count > MOST_CELLS or size > MOST_TEXT:
            raise BadFile(
                f"has more than {MOST_CELLS:,} cells or {MOST_TEXT:,} characters; make a smaller one", record[0]
            )
        yield record
