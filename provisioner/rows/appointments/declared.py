"""Loads declared appointments into their source table: cell by cell (`cells`), in a stream, judged like other rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from provisioner.error_ids import ErrorId
from provisioner.errors import ManifestError
from provisioner.model import Rows
from provisioner.plan.model import EMPTY, FILTERED
from provisioner.reminders import Agenda
from provisioner.rows.appointments.cells import CellReader, DeclaredAppointment
from provisioner.rows.appointments.layout import DESCRIPTION, FIELDS, KEY, PHONE, TRANSFER, column_options
from provisioner.rows.appointments.tables import SOURCE, mark
from provisioner.rows.columns import columns_of
from provisioner.rows.files import BadFile
from provisioner.rows.layout import Layout, cell, declared_cell
from provisioner.rows.number_sql import numbered
from provisioner.rows.scratch import spooled
from provisioner.rows.sheets import FORM, Sheet
from provisioner.rows.sources import Loading, filtered, filtering_of, insert_all, is_row
from provisioner.rows.sql import listed, one_number
from provisioner.rows.tables import FILE_SHIFT, SourceReport, created
from provisioner.rows.validation import judged

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BATCH = 10_000
SPOOLED = (*(name for name in SOURCE if name != "mark"), "identity")


@dataclass(frozen=True, slots=True)
class SheetCells:
    """SQL of the texts of a sheet: by field, and by column for texts that are made of columns."""

    fields: Mapping[str, str]
    columns: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """The fields that there is anything of."""
        return tuple(name for name in FIELDS if self.fields[name] != "NULL")


def load(loading: Loading, zone: ZoneInfo, secret: str) -> SourceReport:
    """Every declared appointment into the source table, without those that do not count; raises ManifestError."""
    owned = loading.owned
    owned.parts, owned.heads, owned.managed, owned.passed_over = [], set(), (), Counter()
    loading.connection.execute(created(owned.source, SOURCE))

    def insert(loading: Loading, index: int, sheet: Sheet) -> None:
        _insert(loading, index, sheet, zone, secret)

    problems = list(insert_all(replace(loading, insert=insert)))
    if problems:
        raise ManifestError(problems)
    owned.source_report = judged(loading.connection, owned)
    return owned.source_report


def _insert(loading: Loading, index: int, sheet: Sheet, zone: ZoneInfo, secret: str) -> None:
    owned, connection = loading.owned, loading.connection
    agenda = owned.rows.agenda or Agenda()
    cells, used = _cells(sheet, owned.rows, agenda)
    layout = Layout(dict(cells.fields), "NULL", used, ())
    filtering = filtering_of(loading, sheet)
    condition = is_row(sheet, layout)
    texts = [f"coalesce({sql}, '')" for sql in (*(cells.fields[name] for name in cells.names), *cells.columns.values())]
    named, number = [f"{sql} AS t{place}" for place, sql in enumerate(texts)], f"{_number(cells)} AS text"
    lines = f"""(
        SELECT {index << FILE_SHIFT} + __line AS row, {sheet.bad} AS bad, {listed([*named, number])}
        FROM {filtered(sheet.relation, filtering)} WHERE {condition})"""
    numbers = numbered(lines, owned.region, owned.number_format)  # most of them; the reader reads the others
    query = f"SELECT row, bad, number, sent, {listed([f't{place}' for place in range(len(texts))])} FROM ({numbers})"
    reader = CellReader(agenda, zone, owned.region, owned.number_format, KEY in cells.names)
    rows = inserted = _spool(loading, _read(connection, query, cells, reader), secret)
    if filtering is not None:
        rows = one_number(connection, f"SELECT count(*) FROM {sheet.relation} WHERE {condition}")
    owned.passed_over.update({FILTERED: rows - inserted, EMPTY: sheet.lines - rows})
    owned.passed_over.update(sheet.left)
    made = {name for name, _ in agenda.texts}
    managed = [name for name in (DESCRIPTION, TRANSFER) if name in cells.names or name in made]
    owned.managed = tuple(dict.fromkeys((*owned.managed, *managed)))


def _number(cells: SheetCells) -> str:
    return f"coalesce({cells.fields[PHONE]}, '')"


def _cells(sheet: Sheet, rows: Rows, agenda: Agenda) -> tuple[SheetCells, tuple[int, ...]]:
    """The texts, and which columns are read; raises BadFile for a column that is missing or that may be another."""
    if sheet.form == FORM:
        index = {name: place for place, name in enumerate(sheet.columns)}
        fields = {name: declared_cell(index.get(name), rows.defaults.get(name)) for name in FIELDS}
        return SheetCells(fields, {name: fields.get(name, "''") for name in agenda.columns}), tuple(index.values())
    found = columns_of(sheet.columns, column_options(rows.columns, agenda, rows.filter))
    if found.problems:
        raise BadFile("; ".join(map(str, found.problems)), id=ErrorId.ROWS_COLUMN)
    fields = {name: cell(sheet, found.fields.get(name), rows.defaults.get(name)) for name in FIELDS}
    columns = {name: cell(sheet, found.variables[name], None) for name in agenda.columns}
    return SheetCells(fields, columns), (*found.fields.values(), *found.variables.values())


def _read(
    connection: DuckDBPyConnection, query: str, cells: SheetCells, reader: CellReader
) -> Iterator[tuple[int, DeclaredAppointment]]:
    cursor, width = connection.cursor(), len(cells.names)
    try:
        found = cursor.execute(query)
        while batch := found.fetchmany(BATCH):
            for row, bad, number, sent, *texts in batch:
                fields = dict(zip(cells.names, texts[:width], strict=True))
                columns = dict(zip(cells.columns, texts[width:], strict=True))
                known = None if number is None else (number, sent)
                yield row, reader.read(fields, columns, bad, known)
    finally:
        cursor.close()


def _spool(loading: Loading, rows: Iterable[tuple[int, DeclaredAppointment]], secret: str) -> int:
    """Into the source table; how many they are."""
    spool = spooled(loading.scratch, map(_texts, rows), len(SPOOLED))
    if spool is None:
        return 0
    whole = ("row", "start", "finish", "number")
    values = {name: f"{name}::BIGINT" if name in whole else name for name in SOURCE if name != "mark"}
    values |= {name: f"coalesce({name}, '')" for name in ("title", "description", "transfer", "dues")}
    marked = f"CASE WHEN identity <> '' THEN {mark(secret, 'identity')} END"
    inserted = one_number(
        loading.connection,
        f"""INSERT INTO {loading.owned.source} ({listed([*values, "mark"])})
            SELECT {listed(list(values.values()))}, {marked} FROM {spool.relation(SPOOLED)}""",
    )
    spool.path.unlink()
    return inserted


def _texts(pair: tuple[int, DeclaredAppointment]) -> Sequence[str]:
    row, found = pair
    dues = ",".join(map(str, found.dues))
    identity = "\x1f".join(found.identity)
    values: tuple[Any, ...] = (row, found.title, found.description, found.start, found.finish, found.number, found.sent)
    return (*map(_text, values), found.transfer, dues, found.reason, identity)


def _text(value: Any) -> str:
    return "" if value is None else str(value)
