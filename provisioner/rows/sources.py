"""Loads declared rows into a source table: each file in one stream, the fast way first, with care where that fails.

One INSERT per sheet filters, cleans, checks the fields and reads the plain numbers. Everything that is wrong is
collected and raised at once, as counts and places; never a cell, and never a message of duckdb, which quotes lines.
Must not know the server's rows.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from provisioner.error_ids import ErrorId
from provisioner.errors import Diagnostic, ManifestError
from provisioner.messages import folded
from provisioner.model import SENSITIVE, Source
from provisioner.phone import NO_NUMBER, NumberFormat, ParsedNumber, read
from provisioner.plan.model import EMPTY, FILTERED
from provisioner.rows import reasons, records
from provisioner.rows.contents import PARQUET
from provisioner.rows.files import BadFile, RowFile, is_file
from provisioner.rows.layout import (
    BadFilter,
    Layout,
    columns_read,
    filter_columns,
    inline_layout,
    layout_of,
    statement,
    wanted_of,
)
from provisioner.rows.number_sql import numbered, resolve
from provisioner.rows.scratch import Scratch
from provisioner.rows.sheets import FORM, Sheet, inline_sheet, open_sheet, read_apart, stream_sheet
from provisioner.rows.sql import cleaned, listed, literal, one_number, quoted
from provisioner.rows.streams import BadStream, RowDownload, RowStream
from provisioner.rows.tables import (
    FILE_SHIFT,
    Owned,
    RowShape,
    SourcePart,
    SourceReport,
    created,
    declared_under,
    source_columns,
)
from provisioner.rows.validation import judged

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Coarser than the server's check on purpose: a pattern with Unicode classes and counts takes RE2 20 us a row
_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
EMAIL = rf"{_LOCAL}(?:\.{_LOCAL})*@[^\s@.,;]+(?:\.[^\s@.,;]+)+"

UNSEEN = r"[\p{Cf}\p{Z}\s]"  # marks that are drawn as nothing, and blanks

Filtering = tuple[str, dict[str, int]] | None
"""A checked condition and the columns it reads, by the name it uses for them."""

_UNSHOWN = "the rows do not fit the options, which hold a --var that is not shown: write these out to see what is wrong"


@dataclass(frozen=True, slots=True)
class Loading:
    """One load of `owned.rows`; `root` is the project, no file outside it is read.

    `streams` are rows from elsewhere than files. `insert` takes the rows of the index-th sheet; without one they are
    telephone numbers with what belongs to them.
    """

    connection: DuckDBPyConnection
    scratch: Scratch
    root: Path
    owned: Owned
    streams: tuple[RowStream | RowDownload, ...] = ()
    insert: Callable[[Loading, int, Sheet], None] | None = None


def load(loading: Loading) -> SourceReport:
    """Fill the source table and leave out what does not count; raises ManifestError with everything that is wrong."""
    fill(loading)
    return judged(loading.connection, loading.owned)


def load_relation(loading: Loading, part: SourcePart, cells: str) -> SourceReport:
    """The same of rows that are in the database already: a relation of `row`, `text`, the fields and `bad`."""
    owned = loading.owned
    _begin(loading)
    owned.parts.append(part)
    owned.managed = (*owned.shape.texts, "active", "variables")
    loading.connection.execute(_inserted(owned, cells))
    _read_numbers(loading)
    return judged(loading.connection, owned)


def _begin(loading: Loading) -> None:
    owned = loading.owned
    owned.parts, owned.heads, owned.managed, owned.passed_over = [], set(), (), Counter()
    loading.connection.execute(created(owned.source, source_columns(owned.shape)))


def fill(loading: Loading) -> None:
    """Every declared row into the source table, each with a number or with the reason why it has none."""
    _begin(loading)
    problems = list(insert_all(loading))
    if problems:
        raise ManifestError(problems)
    _read_numbers(loading)


def insert_all(loading: Loading) -> Iterator[Diagnostic]:
    """Every file, and the rows in the manifest; a problem with one does not hide the next."""
    owned = loading.owned
    try:
        for index, path in enumerate(owned.rows.files):
            yield from _insert_file(loading, index, path)
        for stream in loading.streams:
            if isinstance(stream, RowDownload):
                yield from _insert_download(loading, stream)
            else:
                yield from _insert_stream(loading, stream)
        if owned.rows.inline:
            _taken(loading, len(owned.parts), inline_sheet(owned.rows, owned.shape, loading.scratch))
    except BadFilter as problem:
        yield _problem(owned, problem, owned.rows.source)


def _insert_file(loading: Loading, index: int, path: Path) -> Iterator[Diagnostic]:
    owned = loading.owned
    found, label = _located(loading.root, path)
    owned.parts.append(SourcePart(SENSITIVE if owned.rows.unshown else label))
    try:
        if found is None:
            raise BadFile("is not a file inside the project")
        _insert_fast(loading, index, found, label)
    except BadFile as problem:
        yield _problem(owned, problem, Source(owned.parts[index].name, problem.line, problem.column))


def _insert_download(loading: Loading, download: RowDownload) -> Iterator[Diagnostic]:
    owned, index = loading.owned, len(loading.owned.parts)
    owned.parts.append(SourcePart(SENSITIVE) if owned.rows.unshown else download.part)
    try:
        _insert_fast(loading, index, download.fetched(loading.scratch), owned.parts[index].name)
    except BadStream as problem:
        message = _UNSHOWN if owned.rows.unshown else str(problem)
        yield Diagnostic(problem.id, message, problem.place, owned.address, declared_under(owned.address))
    except BadFile as problem:
        yield _problem(owned, problem, Source(owned.parts[index].name, problem.line, problem.column))


def _insert_stream(loading: Loading, stream: RowStream) -> Iterator[Diagnostic]:
    owned, part = loading.owned, stream.part
    owned.parts.append(part)
    try:
        wanted = wanted_of(owned.rows, owned.shape)
        _insert_carefully(loading, len(owned.parts) - 1, stream_sheet(stream, loading.scratch, wanted))
    except BadStream as problem:
        yield Diagnostic(problem.id, str(problem), problem.place, owned.address, declared_under(owned.address))
    except BadFile as problem:
        yield _problem(owned, problem, part.at(1).source)


def _problem(owned: Owned, problem: BadFile | BadFilter, place: Source) -> Diagnostic:
    """What is wrong with a file or the filter, without names that a variable gave which is not shown."""
    message = _UNSHOWN if owned.rows.unshown else str(problem)
    return Diagnostic(problem.id, message, place, owned.address, declared_under(owned.address))


def _located(root: Path, path: Path) -> tuple[Path | None, str]:
    """Where a file really is, if that is inside the project, and what people call it."""
    found = Path(os.path.realpath(path))
    inside = found.is_relative_to(root)
    label = found.relative_to(root).as_posix() if inside else path.name
    return (found if inside and is_file(found) else None), label


def _insert_fast(loading: Loading, index: int, path: Path, label: str) -> None:
    """What duckdb stumbles over is read once more, row by row."""
    import duckdb

    owned, sheet = loading.owned, None
    file = RowFile(path, owned.rows.encoding, owned.rows.sheet)
    wanted, restored = wanted_of(owned.rows, owned.shape), NumberFormat(owned.region).restored
    try:
        sheet = open_sheet(loading.connection, file, label, loading.scratch, wanted, restored)
        _taken(loading, index, sheet)
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        if sheet is None:
            raise BadFile("is not a readable Parquet file", id=ErrorId.ROWS_FORMAT) from None
        _insert_carefully(loading, index, read_apart(sheet, loading.scratch) if sheet.source else sheet)


def _insert_carefully(loading: Loading, index: int, sheet: Sheet) -> None:
    """What still fails on a file that was written by us is the filter."""
    import duckdb

    try:
        _taken(loading, index, sheet)
    except (duckdb.ProgrammingError, duckdb.DataError):
        if loading.owned.rows.filter is None:
            raise BadFile("cannot be read as rows of text", id=ErrorId.ROWS_CELL) from None
        text = "the filter does not fit: every column is text, so write try_cast(amount AS INTEGER) > 100"
        raise BadFilter(text) from None


def _taken(loading: Loading, index: int, sheet: Sheet) -> None:
    (loading.insert or _insert)(loading, index, sheet)


def _insert(loading: Loading, index: int, sheet: Sheet) -> None:
    owned, connection = loading.owned, loading.connection
    lay = inline_layout if sheet.form == FORM else layout_of
    layout = lay(sheet, owned.rows, owned.shape)
    filtering = filtering_of(loading, sheet)
    rows = inserted = one_number(connection, insertion(owned, index, sheet, layout, filtering))
    if filtering is not None:
        rows = one_number(connection, f"SELECT count(*) FROM {sheet.relation} WHERE {is_row(owned, sheet, layout)}")
    owned.passed_over.update({FILTERED: rows - inserted, EMPTY: sheet.lines - rows})
    owned.passed_over.update(sheet.left)
    owned.heads |= {folded(name) for name in (*sheet.columns, owned.shape.identity)}
    owned.managed = tuple(dict.fromkeys((*owned.managed, *layout.managed)))


def filtering_of(loading: Loading, sheet: Sheet) -> Filtering:
    """The filter of a load, checked against the columns of a sheet; raises BadFilter or BadFile."""
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


def insertion(owned: Owned, index: int, sheet: Sheet, layout: Layout, filtering: Filtering) -> str:
    """The INSERT for the index-th sheet. A row of nothing but empty cells is no row."""
    bad = _nul(layout) if sheet.form == PARQUET else sheet.bad
    cells = f"""(
        SELECT {index << FILE_SHIFT} + __line AS row, {_columns(owned.shape, layout)}, {bad} AS bad
        FROM {filtered(sheet.relation, filtering)}
        WHERE {is_row(owned, sheet, layout)})"""
    return _inserted(owned, cells)


def _inserted(owned: Owned, cells: str) -> str:
    names = [name for name in source_columns(owned.shape) if name != "reason"]
    return f"""
        INSERT INTO {owned.source} ({listed(names)}, reason)
        SELECT {listed(names)}, {_reason(owned.shape)}
        FROM ({numbered(cells, owned.region, owned.number_format)})"""


def filtered(relation: str, filtering: Filtering) -> str:
    """An empty cell is '' in a filter, so that `city <> 'Hue'` is no trap."""
    if filtering is None:
        return relation
    condition, columns = filtering
    named = "".join(f", coalesce(__{index}, '') AS {quoted(name)}" for name, index in columns.items())
    return f"({statement(f'(SELECT *{named} FROM {relation})', condition)})"


def is_row(owned: Owned, sheet: Sheet, layout: Layout) -> str:
    """The condition that anything is in a line: one of nothing but blanks is no row, one that is wrong is.

    On a DNC list every cell counts: who asked not to be called, and left no number, is not passed over.
    """
    cells = dict.fromkeys(layout.used) if owned.shape.rich or owned.shape.by else range(len(sheet.columns))
    filled = [_filled(f"__{index}") for index in cells or layout.used] or ["true"]
    return " OR ".join([*filled, f"{sheet.bad} IS NOT NULL"])


def _filled(text: str) -> str:
    """Trimming is dear, and nearly every cell begins with a letter or a digit."""
    return f"({text} >= '!' AND {text} < chr(127)) OR ({text} > '' AND {cleaned(text)} <> '')"


def _nul(layout: Layout) -> str:
    """A binary file may hold what no text file does."""
    tests = " OR ".join(f"contains(coalesce(__{index}, ''), chr(0))" for index in dict.fromkeys(layout.used))
    return f"CASE WHEN {tests or 'false'} THEN {literal(records.NUL)} END"


def _columns(shape: RowShape, layout: Layout) -> str:
    """The fields under their own names; an absent number is an empty one."""
    columns = [f"coalesce({layout.fields[shape.identity]}, '') AS text"]
    if shape.rich:
        columns += [f"{_field(name, layout.fields[name])}::VARCHAR AS {name}" for name in shape.texts]
        columns += [f"{_status(layout.fields['status'])} AS active", f"{layout.variables}::VARCHAR AS variables"]
    return ", ".join(columns)


def _field(name: str, text: str) -> str:
    return f"upper({text})" if name == "country" else text


def _status(text: str) -> str:
    """True or false; NULL for a word that is no status. No status is an active one."""
    seen = f"lower(regexp_replace({text}, {literal(UNSEEN)}, '', 'g'))"
    return f"""CASE WHEN coalesce({text}, '') = '' OR lower({text}) IN ('active', '1') THEN true
                    WHEN {seen} IN ('active', '1') THEN true
                    WHEN {seen} IN ('inactive', '0') THEN false END"""


def _reason(shape: RowShape) -> str:
    """The first thing that is wrong with a row; one whose number is not known yet is wrong until it is."""
    tests = [("bad IS NOT NULL", "bad"), ("text = ''", literal(NO_NUMBER)), *_limits(shape)]
    if shape.rich:
        tests.append(("active IS NULL", literal(reasons.STATUS)))
    if "email" in shape.texts:
        wrong = f"email <> '' AND NOT regexp_full_match(email, {literal(EMAIL)})"
        tests.append((wrong, literal(reasons.EMAIL)))
    if "country" in shape.texts:
        tests.append(("country <> '' AND NOT regexp_full_match(country, '[A-Z]{2}')", literal(reasons.COUNTRY)))
    tests.append(("number IS NULL", literal(reasons.UNREAD)))
    return f"CASE {' '.join(f'WHEN {test} THEN {code}' for test, code in tests)} END"


def _limits(shape: RowShape) -> list[tuple[str, str]]:
    """The server's limits, as the kinds declare them (docs/alice-api.md#phonebooks-and-contacts)."""
    limits = [(name, limit) for name, limit in shape.texts.items() if limit and name != "country"]
    return [(f"length({name}) > {limit}", literal(reasons.too_long(name))) for name, limit in limits]
