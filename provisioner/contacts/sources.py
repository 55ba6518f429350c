"""Loads declared rows into a source table: each file in one stream, the fast way first, with care where that fails.

Everything that is wrong is collected and raised at once, as counts and places; never a cell, and never a message of
duckdb, which quotes lines. Must not know the server's rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from provisioner.contacts.filters import BadFilter, columns_read
from provisioner.contacts.inline import FORM, inline_sheet
from provisioner.contacts.layout import filter_columns, inline_layout, layout_of
from provisioner.contacts.numbers import Reading, read
from provisioner.contacts.readings import resolve
from provisioner.contacts.rewrite import rewritten
from provisioner.contacts.scratch import Scratch
from provisioner.contacts.shape import declared_under
from provisioner.contacts.sheets import BadFile, Sheet, open_sheet
from provisioner.contacts.staging import Filtering, insertion
from provisioner.contacts.tables import Owned, SourceReport, created, source_columns
from provisioner.contacts.verdict import judged
from provisioner.errors import Diagnostic, ManifestError
from provisioner.model import Source

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Loading:
    """One load of `owned.rows`; `root` is the project, no file outside it is read."""

    connection: DuckDBPyConnection
    scratch: Scratch
    root: Path
    owned: Owned


def load(loading: Loading) -> SourceReport:
    """Fill the source table; raises ManifestError with everything that is wrong."""
    owned = loading.owned
    owned.places, owned.managed = [], ()
    loading.connection.execute(created(owned.source, source_columns(owned.shape)))
    problems = list(_insert_all(loading))
    if problems:
        raise ManifestError(problems)
    _read_numbers(loading)
    return judged(loading.connection, owned)


def _insert_all(loading: Loading) -> Iterator[Diagnostic]:
    """Every file, and the rows in the manifest; a problem with one does not hide the next."""
    owned = loading.owned
    try:
        for index, path in enumerate(owned.rows.files):
            yield from _insert_file(loading, index, path)
        if owned.rows.inline:
            _insert(loading, len(owned.rows.files), inline_sheet(owned.rows, owned.shape, loading.scratch))
    except BadFilter as problem:
        yield Diagnostic(str(problem), owned.rows.source, owned.address, declared_under(owned.address))


def _insert_file(loading: Loading, index: int, path: Path) -> Iterator[Diagnostic]:
    found, owned = path.resolve(), loading.owned
    inside = found.is_relative_to(loading.root)
    label = found.relative_to(loading.root).as_posix() if inside else path.name
    try:
        if not inside or not found.is_file():
            raise BadFile("not a file inside the project")
        _insert_fast(loading, index, found, label)
    except (BadFile, OSError) as problem:
        place = Source(label, problem.row if isinstance(problem, BadFile) else 1, 1)
        message = str(problem) if isinstance(problem, BadFile) else "cannot be opened"
        yield Diagnostic(message, place, owned.address, declared_under(owned.address))


def _insert_fast(loading: Loading, index: int, path: Path, label: str) -> None:
    import duckdb

    sheet = None
    try:
        sheet = open_sheet(loading.connection, path, label, loading.scratch)
        _insert(loading, index, sheet)
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        careful = rewritten(sheet, path, label, loading.scratch)
        _insert_carefully(loading, index, careful)


def _insert_carefully(loading: Loading, index: int, sheet: Sheet) -> None:
    """What still fails on a file that was written by us is the filter."""
    import duckdb

    try:
        _insert(loading, index, sheet)
    except (duckdb.ProgrammingError, duckdb.DataError):
        if loading.owned.rows.filter is None:
            raise BadFile("cannot be read as rows of text") from None
        text = "the filter does not fit: every column is text, so write try_cast(amount AS INTEGER) > 100"
        raise BadFilter(text) from None


def _insert(loading: Loading, index: int, sheet: Sheet) -> None:
    owned = loading.owned
    lay = inline_layout if sheet.form == FORM else layout_of
    layout = lay(sheet, owned.rows, owned.shape)
    statement = insertion(owned, index, sheet, layout, _filtering(loading, sheet))
    loading.connection.execute(statement)
    if sheet.form != FORM:
        owned.places.append((sheet.label, sheet.first_row))
    owned.managed = tuple(dict.fromkeys((*owned.managed, *layout.managed)))


def _filtering(loading: Loading, sheet: Sheet) -> Filtering:
    condition = loading.owned.rows.filter
    if condition is None:
        return None
    return condition, filter_columns(sheet, columns_read(loading.connection, condition))


def _read_numbers(loading: Loading) -> None:
    region, number_format = loading.owned.region, loading.owned.number_format

    def reading(text: str) -> Reading:
        return read(text, region)

    def sent(found: Reading, text: str) -> str:
        return found.sent(text, number_format)

    resolve(loading.connection, loading.scratch, loading.owned.source, "text", reading, sent, reasoned=True)
