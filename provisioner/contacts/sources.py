"""Loads declared rows into a source table: each file in one stream, the fast way first, with care where that fails.

Everything that is wrong is collected and raised at once, as counts and places; never a cell, and never a message of
duckdb, which quotes lines. Must not know the server's rows.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from provisioner.contacts import reasons
from provisioner.contacts.filters import BadFilter, columns_read
from provisioner.contacts.inline import FORM, inline_sheet
from provisioner.contacts.layout import filter_columns, inline_layout, layout_of, wanted_of
from provisioner.contacts.numbers import ParsedNumber, read
from provisioner.contacts.readings import resolve
from provisioner.contacts.scratch import Scratch
from provisioner.contacts.shape import declared_under
from provisioner.contacts.sheets import Sheet, open_sheet, read_apart
from provisioner.contacts.sql import one_number
from provisioner.contacts.staging import Filtering, insertion, is_row
from provisioner.contacts.tables import Owned, SourceReport, created, source_columns
from provisioner.contacts.verdict import judged
from provisioner.errors import Diagnostic, ManifestError
from provisioner.model import SENSITIVE, Source
from provisioner.rowfiles.names import folded
from provisioner.rowfiles.opening import BadFile, is_file

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_UNSHOWN = "the rows do not fit the options, which hold a --var that is not shown: write these out to see what is wrong"


@dataclass(frozen=True, slots=True)
class Loading:
    """One load of `owned.rows`; `root` is the project, no file outside it is read."""

    connection: DuckDBPyConnection
    scratch: Scratch
    root: Path
    owned: Owned


def load(loading: Loading) -> SourceReport:
    """Fill the source table and leave out what does not count; raises ManifestError with everything that is wrong."""
    fill(loading)
    return judged(loading.connection, loading.owned)


def fill(loading: Loading) -> None:
    """Every declared row into the source table, each with a number or with the reason why it has none."""
    owned = loading.owned
    owned.labels, owned.heads, owned.managed, owned.filtered = [], set(), (), 0
    loading.connection.execute(created(owned.source, source_columns(owned.shape)))
    problems = list(_insert_all(loading))
    if problems:
        raise ManifestError(problems)
    _read_numbers(loading)


def _insert_all(loading: Loading) -> Iterator[Diagnostic]:
    """Every file, and the rows in the manifest; a problem with one does not hide the next."""
    owned = loading.owned
    try:
        for index, path in enumerate(owned.rows.files):
            yield from _insert_file(loading, index, path)
        if owned.rows.inline:
            _insert(loading, len(owned.rows.files), inline_sheet(owned.rows, owned.shape, loading.scratch))
    except BadFilter as problem:
        yield _problem(owned, problem, owned.rows.source)


def _insert_file(loading: Loading, index: int, path: Path) -> Iterator[Diagnostic]:
    owned = loading.owned
    found, label = _located(loading.root, path)
    owned.labels.append(SENSITIVE if owned.rows.unshown else label)
    try:
        if found is None:
            raise BadFile("is not a file inside the project")
        _insert_fast(loading, index, found, label)
    except BadFile as problem:
        yield _problem(owned, problem, Source(owned.labels[index], problem.line, 1))


def _problem(owned: Owned, problem: BadFile | BadFilter, place: Source) -> Diagnostic:
    """What is wrong with a file or the filter, without names that a variable gave which is not shown."""
    message = _UNSHOWN if owned.rows.unshown else str(problem)
    return Diagnostic(message, place, owned.address, declared_under(owned.address))


def _located(root: Path, path: Path) -> tuple[Path | None, str]:
    """Where a file really is, if that is inside the project, and what people call it."""
    found = Path(os.path.realpath(path))
    inside = found.is_relative_to(root)
    label = found.relative_to(root).as_posix() if inside else path.name
    return (found if inside and is_file(found) else None), label


def _insert_fast(loading: Loading, index: int, path: Path, label: str) -> None:
    """What duckdb stumbles over is read once more, row by row."""
    import duckdb

    wanted, sheet = wanted_of(loading.owned.rows, loading.owned.shape), None
    try:
        sheet = open_sheet(loading.connection, path, label, loading.scratch, wanted)
        _insert(loading, index, sheet)
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        if sheet is None:
            raise BadFile("is not a readable Parquet file") from None
        _insert_carefully(loading, index, read_apart(sheet, loading.scratch) if sheet.source else sheet)


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
    owned, connection = loading.owned, loading.connection
    lay = inline_layout if sheet.form == FORM else layout_of
    layout = lay(sheet, owned.rows, owned.shape)
    filtering = _filtering(loading, sheet)
    inserted = one_number(connection, insertion(owned, index, sheet, layout, filtering))
    if filtering is not None:
        all_rows = f"SELECT count(*) FROM {sheet.relation} WHERE {is_row(sheet, layout)}"
        owned.filtered += one_number(connection, all_rows) - inserted
    owned.heads |= {folded(name) for name in (*sheet.columns, owned.shape.identity)}
    owned.managed = tuple(dict.fromkeys((*owned.managed, *layout.managed)))


def _filtering(loading: Loading, sheet: Sheet) -> Filtering:
    condition = loading.owned.rows.filter
    if condition is None:
        return None
    return condition, filter_columns(sheet, columns_read(loading.connection, condition))


def _read_numbers(loading: Loading) -> None:
    region, number_format, heads = loading.owned.region, loading.owned.number_format, loading.owned.heads

    def reading(text: str) -> ParsedNumber:
        found = read(text, region)
        return ParsedNumber(reason=reasons.HEADER) if found.number is None and folded(text) in heads else found

    def sent(found: ParsedNumber, text: str) -> str:
        return found.sent(text, number_format)

    resolve(loading.connection, loading.scratch, loading.owned.source, "text", reading, sent, reasoned=True)
