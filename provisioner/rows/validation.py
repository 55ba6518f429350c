"""Decides which loaded rows count: invalid rows and duplicates stop the plan, or are left out and counted.

A row that is left out although its number could be read stays in the table with its reason, so that the row on the
server is left alone instead of being taken for one that is no longer declared. Must not know files or the server.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from provisioner.error_ids import ErrorId
from provisioner.errors import Diagnostic, ManifestError
from provisioner.rows import reasons
from provisioner.rows.sql import literal, one_number, one_row
from provisioner.rows.tables import Owned, SourceReport, declared_under

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SHOWN = 5


def judged(connection: DuckDBPyConnection, owned: Owned) -> SourceReport:
    """Raises ManifestError as `invalid` and `on_duplicate` say; then deletes what does not count."""
    rows, *apart = one_row(connection, _probe(owned))
    if apart == [rows, rows, 0]:  # as nearly always
        return SourceReport(rows, {}, 0, passed_over=dict(owned.passed_over))
    return _sifted(connection, owned)


def _probe(owned: Owned) -> str:
    """How many rows there are; how many of them are valid, of how many numbers; and how many numbers are too long."""
    return f"""
        SELECT count(*), count(*) FILTER (WHERE reason IS NULL),
               count(DISTINCT {owned.shape.key}) FILTER (WHERE reason IS NULL),
               count(*) FILTER (WHERE length(sent) > {owned.shape.longest}) FROM {owned.source}"""


def _sifted(connection: DuckDBPyConnection, owned: Owned) -> SourceReport:
    rows = owned.rows
    connection.execute(_overlong(owned))
    invalid = connection.execute(_invalid(owned)).fetchall()
    connection.execute(_repeated(owned))
    surplus, repeated = one_row(connection, f"SELECT coalesce(sum(surplus), 0), count(*) FROM {owned.repeated}")
    problems = list(problems_with(owned, invalid)) if rows.invalid == "error" else []
    if repeated and rows.on_duplicate == "error":
        problems.append(_duplicates(connection, owned, repeated))
    if problems:
        raise ManifestError(problems)
    _delete(connection, owned, bool(surplus), bool(invalid))
    count = one_number(connection, f"SELECT count(*) FROM {owned.source} WHERE reason IS NULL")
    reasons_of = {code: number for code, number, _ in invalid}
    return SourceReport(count, reasons_of, int(surplus), passed_over=dict(owned.passed_over))


def _overlong(owned: Owned) -> str:
    """Numbers sent as written may be longer than the server takes."""
    code = literal(reasons.too_long(owned.shape.identity))
    return f"UPDATE {owned.source} SET reason = {code} WHERE length(sent) > {owned.shape.longest} AND reason IS NULL"


def _invalid(owned: Owned) -> str:
    return f"""
        -- each reason, how often, and where first
        SELECT reason, count(*), min(row, {SHOWN}) FROM {owned.source}
        WHERE reason IS NOT NULL GROUP BY reason ORDER BY reason"""


def _repeated(owned: Owned) -> str:
    """Numbers of several valid rows."""
    last = owned.rows.on_duplicate == "last"
    return f"""
        CREATE OR REPLACE TABLE {owned.repeated} AS
        SELECT {owned.shape.key} AS key, count(*) - 1 AS surplus, min(row) AS first, max(row) AS final,
               {"max" if last else "min"}(row) AS kept
        FROM {owned.source} WHERE reason IS NULL GROUP BY key HAVING count(*) > 1"""


def problems_with(owned: Owned, invalid: list[tuple[str, int, list[int]]]) -> Iterator[Diagnostic]:
    """One for each reason, given how often it occurs and the first rows."""
    for code, count, rows in invalid:
        where = "" if count == 1 and owned.stands_at(rows[0]) else f" ({_places(owned, rows, count)})"
        yield _problem(owned, reasons.error_id(code), f"{_rows(count)}: {reasons.explained(code)}{where}", rows[0])


def _duplicates(connection: DuckDBPyConnection, owned: Owned, repeated: int) -> Diagnostic:
    pairs = connection.execute(f"SELECT first, final FROM {owned.repeated} ORDER BY first LIMIT {SHOWN}").fetchall()
    shown = "; ".join(f"{owned.told(first)} and {owned.told(final)}" for first, final in pairs)
    more = f"; and {repeated - len(pairs)} more" if repeated > len(pairs) else ""
    one, many = owned.shape.noun
    what = f"1 {one} is" if repeated == 1 else f"{repeated} {many} are"
    text = f"{what} declared more than once ({shown}{more}): on_duplicate: first or last would keep one"
    return _problem(owned, ErrorId.ROWS_DUPLICATE, text, pairs[0][0])


def _problem(owned: Owned, id: ErrorId, message: str, row: int) -> Diagnostic:
    return Diagnostic(id, message, owned.place(row), owned.address, declared_under(owned.address))


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _places(owned: Owned, rows: list[int], count: int) -> str:
    shown = ", ".join(map(owned.told, rows))
    return shown if count <= len(rows) else f"{shown} and {count - len(rows)} more"


def _delete(connection: DuckDBPyConnection, owned: Owned, surplus: bool, invalid: bool) -> None:
    source, key = owned.source, owned.shape.key
    if surplus:  # of each number the row that was kept
        connection.execute(
            f"""DELETE FROM {source} USING {owned.repeated} AS again
                WHERE {source}.{key} = again.key AND {source}.reason IS NULL AND {source}.row <> again.kept"""
        )
    if invalid:  # what has no number, or one that another row has
        connection.execute(
            f"""DELETE FROM {source} WHERE reason IS NOT NULL AND row NOT IN (
                    SELECT min(row) FROM {source} WHERE {key} IS NOT NULL
                    GROUP BY {key} HAVING count(*) FILTER (WHERE reason IS NULL) = 0)"""
        )
    connection.execute(f"DROP TABLE {owned.repeated}")
