"""Loads declared rows into a source table, and decides which of them count: invalid rows, duplicates.

Everything wrong is collected and raised at once, as counts and places; never a cell. Must not know the server's rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from provisioner.contacts.verdict import judged

from provisioner.contacts import variables
from provisioner.contacts.filters import BadFilter, columns_read
from provisioner.contacts.layout import Layout, filter_columns, inline_layout, layout_of
from provisioner.contacts.numbers import Reading, read
from provisioner.contacts.readings import resolve
from provisioner.contacts.rewrite import rewritten
from provisioner.contacts.scratch import Scratch
from provisioner.contacts.sheets import BadFile, Sheet, open_sheet
from provisioner.contacts.sql import literal
from provisioner.contacts.staging import Filtering, insertion
from provisioner.contacts.tables import Owned, SourceReport, created, source_columns
from provisioner.errors import Diagnostic, ManifestError
from provisioner.model import Rows, Source

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class Loader:
    """Loads the rows of one owner; `root` is the project, no file outside it is read."""

    def __init__(
        self, connection: DuckDBPyConnection, scratch: Scratch, root: Path, owned: Owned, number_format: str
    ) -> None:
        self._connection = connection
        self._scratch = scratch
        self._root = root
        self._owned = owned
        self._format = number_format

    def load(self, rows: Rows) -> SourceReport:
        """Raises ManifestError with everything that is wrong; the report counts what was left out."""
        self._connection.execute(created(self._owned.source, source_columns(self._owned.shape)))
        problems = list(self._insert_all(rows))
        if problems:
            raise ManifestError(problems)
        self._read_numbers()
        return judged(self._connection, self._owned)

    def _insert_all(self, rows: Rows) -> Iterator[Diagnostic]:
        """Every file, and the rows in the manifest; a problem with one does not hide the next."""
        for index, path in enumerate(rows.files):
            label = _label(path, self._root)
            try:
                self._insert_file(index, self._inside(path), label)
            except BadFile as problem:
                yield self._problem(str(problem), Source(label, problem.row, 1))
            except BadFilter as problem:
                yield self._problem(str(problem), rows.source)
                return
        if rows.inline:
            self._insert(len(rows.files), self._inline_sheet(rows))

    def _problem(self, message: str, source: Source) -> Diagnostic:
        return Diagnostic(message, source, self._owned.address, self._owned.declared_under)

    def _inside(self, path: Path) -> Path:
        found = path.resolve()
        if not found.is_relative_to(self._root) or not found.is_file():
            raise BadFile("not a file inside the project")
        return found

    def _insert_file(self, index: int, path: Path, label: str) -> None:
        """duckdb's reader first; what it refuses is read again with care, and its own message is never shown."""
        import duckdb

        sheet = None
        try:
            sheet = open_sheet(self._connection, path, label, self._scratch)
            self._insert(index, sheet)
        except duckdb.OutOfMemoryException:
            raise
        except duckdb.Error:
            self._insert_carefully(index, rewritten(sheet, path, label, self._scratch))

    def _insert_carefully(self, index: int, sheet: Sheet) -> None:
        import duckdb

        try:
            self._insert(index, sheet)
        except duckdb.Error:
            if self._rows.filter is None:
                raise
            text = "the filter does not fit: every column is text, so write try_cast(amount AS INTEGER) > 100"
            raise BadFilter(text) from None

    @property
    def _rows(self) -> Rows:
        assert self._owned.declared is not None
        return self._owned.declared

    def _insert(self, index: int, sheet: Sheet) -> None:
        layout = self._layout(sheet)
        statement = insertion(self._owned, index, sheet, layout, self._format, self._filtering(sheet))
        self._connection.execute(statement)
        if sheet.form != "inline":
            self._owned.places.append((sheet.label, sheet.first_row))
        self._owned.managed = tuple(dict.fromkeys((*self._owned.managed, *layout.managed)))

    def _layout(self, sheet: Sheet) -> Layout:
        lay = inline_layout if sheet.form == "inline" else layout_of
        return lay(sheet, self._rows, self._owned.shape)

    def _filtering(self, sheet: Sheet) -> Filtering:
        condition = self._rows.filter
        if condition is None:
            return None
        return condition, filter_columns(sheet, columns_read(self._connection, condition))

    def _inline_sheet(self, rows: Rows) -> Sheet:
        """The rows of the manifest as JSON lines: a field that is absent stays NULL, which no CSV can say."""
        shape = self._owned.shape
        path = self._scratch.new(".jsonl")
        columns = [name for name in (*shape.names, "variables") if any(name in row for row in rows.inline)]
        with self._scratch.create(path) as lines:
            lines.writelines(orjson.dumps(_inline_cells(row)) + b"\n" for row in rows.inline)
        types = ", ".join(f"'{name}': 'VARCHAR'" for name in columns)
        names = ", ".join(f"{name} AS __{index}" for index, name in enumerate(columns))
        reader = f"read_json({literal(path)}, format = 'newline_delimited', columns = {{{types}}})"
        return Sheet(path, "", "inline", tuple(columns), f"(SELECT {names} FROM {reader})", 1)

    def _read_numbers(self) -> None:
        region, number_format = self._owned.region, self._format

        def reading(text: str) -> Reading:
            return read(text, region)

        def sent(found: Reading, text: str) -> str:
            return found.sent(text, number_format)

        resolve(self._connection, self._scratch, self._owned.source, "text", reading, sent, reasoned=True)


def _label(path: Path, root: Path) -> str:
    """The file as people know it: relative to the project."""
    found = path.resolve()
    return found.relative_to(root).as_posix() if found.is_relative_to(root) else path.name


def _inline_cells(row: object) -> dict[str, str]:
    assert isinstance(row, dict) or hasattr(row, "items")
    return {name: variables.canonical(value) if name == "variables" else _text(value) for name, value in row.items()}


def _text(value: object) -> str:
    return "" if value is None else str(value)
