"""Declared rows as a duckdb relation of text columns: CSV, TSV, JSON lines, Parquet, each also gzipped, or inline.

`rows.records` says what the rows are. Where a file is so plain that its lines are its rows, duckdb reads it by itself;
any other goes through a spool, which takes four times as long. A field that an inline row does not have stays NULL.
Must not know numbers or kinds.
"""

from __future__ import annotations

import glob
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from provisioner.error_ids import ErrorId
from provisioner.model import Rows
from provisioner.rows import live_rows
from provisioner.rows.columns import ColumnOptions, columns_of
from provisioner.rows.contents import PARQUET, SHEETS
from provisioner.rows.files import BadFile, RowFile, plainness
from provisioner.rows.headers import Header, read_header, sheet_header
from provisioner.rows.records import Record, alike_cells, batches, cells_of, delimited, objects
from provisioner.rows.scratch import Scratch, Spool, spooled
from provisioner.rows.spreadsheets import AsText, opened_sheet
from provisioner.rows.sql import literal, one_number, quoted
from provisioner.rows.streams import RowStream
from provisioner.rows.tables import RowShape

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FORM = "inline"  # of rows that are written in the manifest
STREAM = "stream"  # of rows that come from elsewhere than a file


@dataclass(frozen=True, slots=True)
class Sheet:
    """`label` is the file as people know it; `relation`, for a FROM clause, has columns `__line`, `__0`, `__1`, ...

    `columns` is empty when the file is one column without a header. `bad` is an SQL expression: the reason why a
    line is no row, or NULL. `source` is a file whose rows are texts, if the relation reads it as it is; `normal`
    when all of it is NFC already. `lines` counts those of the relation, `left` by reason what is not even in it.
    """

    file: RowFile
    label: str
    form: str
    columns: tuple[str, ...]
    relation: str
    bad: str = "NULL"
    source: Header | None = None
    normal: bool = False
    lines: int = 0
    left: Mapping[str, int] = field(default_factory=dict)


def open_sheet(
    connection: DuckDBPyConnection,
    file: RowFile,
    label: str,
    scratch: Scratch,
    wanted: ColumnOptions,
    restored: AsText = str,
) -> Sheet:
    """Raises BadFile, and duckdb.Error for what is no Parquet file. `restored`: see `Spreadsheet.rows`."""
    if file.form == SHEETS:
        return _spreadsheet(file, label, scratch, wanted, restored)
    header = read_header(file, wanted)
    if header is None:
        return _parquet(connection, file, label, scratch)
    if header.form == "jsonl":
        return _json_lines(file, label, scratch, header.names)
    sheet = Sheet(file, label, header.form, header.names, "", source=header)
    plain, first = plainness(file, header.delimiter), 0 if header.bare else 1
    if plain is None or header.lines != first:
        return read_apart(sheet, scratch)
    relation, lines = _as_it_is(file, header, plain.quoted), plain.lines - first
    if not _is_read_whole(connection, relation, lines):
        return read_apart(sheet, scratch)
    return replace(sheet, relation=relation, normal=plain.normal, lines=lines)


def read_apart(sheet: Sheet, scratch: Scratch) -> Sheet:
    """The rows of a text file one by one: slower, and exact about what is wrong where. Raises BadFile."""
    header = sheet.source
    assert header is not None
    records = delimited(sheet.file, header.delimiter, header.width, header.lines)
    return _of_records(replace(sheet, source=None), spooled(scratch, _spoolable(records), header.width + 2))


def _spreadsheet(file: RowFile, label: str, scratch: Scratch, wanted: ColumnOptions, restored: AsText) -> Sheet:
    with opened_sheet(file) as sheet:
        header = sheet_header(sheet, wanted)
        number = columns_of(header.names, wanted).fields.get(wanted.number)
        records = sheet.rows(header.lines, number, restored)
        spool = spooled(scratch, _spoolable(records), header.width + 2)
    return _of_records(Sheet(file, label, SHEETS, header.names, "", left=Counter(sheet.left)), spool)


def stream_sheet(stream: RowStream, scratch: Scratch, wanted: ColumnOptions) -> Sheet:
    """The rows of a stream, once it has the columns that are wanted. Raises BadFile."""
    with stream.opened() as streamed:
        if problems := columns_of(streamed.names, wanted).problems:
            raise BadFile("; ".join(map(str, problems)), id=ErrorId.ROWS_COLUMN)
        spool = spooled(scratch, _spoolable(streamed.records), len(streamed.names) + 2)
    return _of_records(Sheet(RowFile(Path()), stream.part.name, STREAM, streamed.names, ""), spool)


def _as_it_is(file: RowFile, header: Header, quoted: bool) -> str:
    quote = literal('"' if quoted else "")
    names = ", ".join(f"'__{index}': 'VARCHAR'" for index in range(header.width))
    return f"""(
        SELECT row_number() OVER () + {header.lines} AS __line, *
        FROM read_csv({_escaped(file.path)}, auto_detect = false, header = false, skip = {header.lines},
             quote = {quote}, escape = {quote}, delim = {literal(header.delimiter)}, columns = {{{names}}},
             compression = '{"gzip" if file.packed else "none"}'))"""


def _is_read_whole(connection: DuckDBPyConnection, relation: str, lines: int) -> bool:
    """Whether duckdb sees as many rows as there are lines."""
    import duckdb

    try:
        return one_number(connection, f"SELECT count(*) FROM {relation}") == lines
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        return False


def _spoolable(records: Iterable[Record]) -> Iterator[list[str]]:
    return ([str(line), *cells, reason] for line, cells, reason in records)


def _of_records(sheet: Sheet, spool: Spool | None) -> Sheet:
    """The sheet over records: line, cells, reason."""
    width = max(len(sheet.columns), 1)
    cells = [f"__{index}" for index in range(width)]
    if spool is None:
        nothing = ", ".join(f"NULL::VARCHAR AS {name}" for name in (*cells, "__bad"))
        return replace(sheet, relation=f"(SELECT 0 AS __line, {nothing} WHERE false)", bad="__bad")
    relation = spool.relation(("__line", *cells, "__bad"))
    relation = f"(SELECT * REPLACE (__line::BIGINT AS __line) FROM {relation})"
    return replace(sheet, relation=relation, bad="__bad", normal=spool.normal, lines=spool.rows)


def _json_lines(file: RowFile, label: str, scratch: Scratch, names: tuple[str, ...]) -> Sheet:
    """The keys of all lines are the header. Mostly the first ones have them all; else the file is read once more."""
    while True:
        known = dict.fromkeys(names)
        spool = spooled(scratch, _json_rows(file, tuple(known), known), len(known) + 2)
        if spool is None or spool.width == len(known) + 2:
            return _of_records(Sheet(file, label, "jsonl", tuple(known), ""), spool)
        spool.path.unlink()
        names = tuple(known)


def _json_rows(file: RowFile, names: tuple[str, ...], known: dict[str, None]) -> Iterator[Sequence[str]]:
    """Line, cells under these names, reason; keys that are none of them become known."""
    for first, lines in batches(file):
        cells = alike_cells(lines, names)
        if cells is None:
            yield from _json_rows_singly(first, lines, names, known)
        else:
            yield from ((str(line), *row, "") for line, row in enumerate(cells, first))


def _json_rows_singly(
    first: int, lines: list[str], names: tuple[str, ...], known: dict[str, None]
) -> Iterator[Sequence[str]]:
    for line, value, reason in objects(lines, first):
        if value and not value.keys() <= known.keys():
            known.update(dict.fromkeys(value))
        cells, reason = cells_of(value, names, reason)
        yield [str(line), *cells, reason]


def _parquet(connection: DuckDBPyConnection, file: RowFile, label: str, scratch: Scratch) -> Sheet:
    unpacked = _unzipped(file, scratch) if file.packed else file.path
    reader = f"read_parquet({_escaped(unpacked)}, hive_partitioning = false)"
    described = connection.execute(f"DESCRIBE SELECT * FROM {reader}").fetchall()
    names = [row[0] for row in described]
    texts = ", ".join(f"{quoted(name)}::VARCHAR AS __{index}" for index, name in enumerate(names))
    relation = f"(SELECT row_number() OVER () AS __line, {texts} FROM {reader})"
    lines = one_number(connection, f"SELECT count(*) FROM {reader}")
    return Sheet(file, label, PARQUET, tuple(names), relation, lines=lines)


def _unzipped(file: RowFile, scratch: Scratch) -> Path:
    target = scratch.new(".parquet")
    with file.opened() as packed, scratch.create(target) as unpacked:
        shutil.copyfileobj(packed, unpacked, 1 << 20)
    return target


def _escaped(path: Path) -> str:
    """A path as an SQL string that duckdb takes as one file, whatever marks are in its name."""
    return literal(glob.escape(str(path)))


def inline_sheet(rows: Rows, shape: RowShape, scratch: Scratch) -> Sheet:
    """Mappings of text by field; `variables` is a mapping too. JSON lines, because no CSV can say NULL and ''."""
    path = scratch.new(".jsonl")
    columns = [name for name in (*shape.names, "variables") if any(name in row for row in rows.inline)]
    with scratch.create(path) as lines:
        lines.writelines(orjson.dumps(_cells(row)) + b"\n" for row in rows.inline)
    types = ", ".join(f"'{name}': 'VARCHAR'" for name in columns)
    names = ", ".join(f"{name} AS __{index}" for index, name in enumerate(columns))
    reader = f"read_json({literal(path)}, format = 'newline_delimited', columns = {{{types}}})"
    relation = f"(SELECT row_number() OVER () AS __line, {names} FROM {reader})"
    return Sheet(RowFile(path), "", FORM, tuple(columns), relation, lines=len(rows.inline))


def _cells(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: live_rows.canonical(value) if name == "variables" else _text(value) for name, value in row.items()}


def _text(value: Any) -> str:
    return "" if value is None else str(value)
