"""The rows of a difference that a pass has to send, and what became of each: any number of rows, little memory.

    place      of the row in `difference_N`
    rings      the row may be dialled because of it
    alone      its number is known to be in another phonebook, where bulk would stop, or bulk did stop there
    more       it has fields that bulk is not documented to keep
    again      the list has its number already, in another text

The difference is read in windows, as far as that table says. `Ledger` keeps the verdicts: sent, accepted, unknown or
rejected.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

from provisioner.rows.diff import ADD
from provisioner.rows.payloads import Row
from provisioner.rows.sql import listed, one_number
from provisioner.rows.tables import IN_BULK, NOTHING, Owned

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SENT, ACCEPTED, UNKNOWN, REJECTED = "sent", "accepted", "unknown", "rejected"
TARGET = f"CASE WHEN action = '{ADD}' THEN row ELSE -id END"
BATCH = 10_000
SHOWN = 5
WINDOW = 20_000  # rows that are read at once

QUIET = f"action <> '{ADD}' AND NOT rings"
LOUD = f"action <> '{ADD}' AND rings"
ADDED = f"action = '{ADD}'"

RowT = TypeVar("RowT")
BulkRow = tuple[int, str]
"""A row of a bulk request: its place in the source, and its JSON text."""


class Ledger:
    """What became of the rows sent in this upload. Entries are written in batches; `flush` before the table is used.

    A row is known by its target: an addition by its place in the source, any other by minus its remote id. Verdicts:

        sent      the server took the change; if the row still differs, it ignored a field
        accepted  the server took the addition
        unknown   the answer was lost
        rejected  the server does not want the row
    """

    def __init__(self, connection: DuckDBPyConnection, table: str) -> None:
        self.table = table
        self._connection = connection
        self._waiting: list[tuple[str, str]] = []
        self._count = 0
        self.refused: Counter[str] = Counter()
        self.first_refused: dict[str, list[int]] = {}
        connection.execute(f"CREATE OR REPLACE TABLE {table} (target BIGINT, verdict VARCHAR)")

    def note(self, row: Row, verdict: str) -> None:
        """Write down what became of a row."""
        self.note_all([row["row"] if row["action"] == ADD else -row["id"]], verdict)

    def note_all(self, targets: Sequence[int], verdict: str) -> None:
        """Write down the same of many rows, by their targets."""
        self._waiting.append((",".join(map(str, targets)), verdict))
        self._count += len(targets)
        if self._count >= BATCH:
            self.flush()

    def reject(self, row: Row, reason: str) -> None:
        """The server does not want this row; `reason` is one of few sentences."""
        self.note(row, REJECTED)
        self.refused[reason] += 1
        places = self.first_refused.setdefault(reason, [])
        if len(places) < SHOWN and row["row"] is not None:
            places.append(row["row"])

    def flush(self) -> None:
        """Everything noted so far is in the table. Two texts are cheaper to hand over than lists of values."""
        if self._waiting:
            self._connection.execute(
                f"""INSERT INTO {self.table} SELECT unnest(string_split(targets, ',')::BIGINT[]), verdict
                    FROM (SELECT unnest(string_split($1, ';')) AS targets, unnest(string_split($2, ';')) AS verdict)""",
                [";".join(texts) for texts in zip(*self._waiting, strict=True)],
            )
            self._waiting, self._count = [], 0

    def targets(self, *verdicts: str) -> str:
        """A SELECT of the targets with any of these verdicts."""
        listed = ", ".join(f"'{verdict}'" for verdict in verdicts)
        return f"SELECT target FROM {self.table} WHERE verdict IN ({listed})"


def table_of(owned: Owned) -> str:
    """The name of the table."""
    return f"todo_{owned.number}"


def make(
    connection: DuckDBPyConnection,
    owned: Owned,
    others: Iterable[Owned],
    suspects: Iterable[int],
    settled: str,
    *,
    started: bool,
) -> int:
    """Everything that differs but for targets in `settled` (a SELECT); how much that is. `suspects` go alone."""
    rich = owned.shape.rich
    fields = [f"coalesce({name}, '') <> ''" for name in owned.shape.texts if name not in (*IN_BULK, "country")]
    fields += ["coalesce(variables, '{}') <> '{}'"]
    rings = "coalesce(active AND NOT coalesce(live_active, false), false)" if rich and started else "false"
    alone = f"number IN ({_elsewhere(others)}) OR row IN ({', '.join(map(str, suspects)) or -1})"
    connection.execute(f"""
        CREATE OR REPLACE TABLE {table_of(owned)} AS
        SELECT rowid AS place, action, row, {rings} AS rings, coalesce({alone if rich else "false"}, false) AS alone,
               {" OR ".join(fields) if rich else "false"} AS more, {"false" if rich else _again(owned)} AS again
        FROM {owned.difference} WHERE {TARGET} NOT IN ({settled})""")
    return count(connection, owned, "true")


def _again(owned: Owned) -> str:
    return f"action = '{ADD}' AND coalesce(number IN (SELECT number FROM {owned.live} WHERE number IS NOT NULL), false)"


def count(connection: DuckDBPyConnection, owned: Owned, condition: str) -> int:
    """How many rows fulfil a condition."""
    return one_number(connection, f"SELECT count(*) FROM {table_of(owned)} WHERE {condition}")


def stopped_at(connection: DuckDBPyConnection, owned: Owned, chunks: Iterable[list[int]]) -> set[int]:
    """Where the server stopped in chunks it did not take whole: the first row of each that is not there."""
    found = set()
    for chunk in chunks:
        missing = connection.execute(
            f"SELECT row FROM {owned.difference} WHERE {ADDED} AND row IN ({', '.join(map(str, chunk))})"
        ).fetchall()
        found.update(sorted((row for (row,) in missing), key=chunk.index)[:1])
    return found


def forget(connection: DuckDBPyConnection, owned: Owned, row: Row) -> None:
    """An addition that has been dealt with."""
    connection.execute(f"DELETE FROM {table_of(owned)} WHERE {ADDED} AND row = $1", [row["row"]])


def _elsewhere(others: Iterable[Owned]) -> str:
    """Numbers that are, or in this run will be, in other phonebooks."""
    tables = [one.live for one in others if one.live_report is not None]
    tables += [one.source for one in others if one.rows is not NOTHING]
    parts = [f"SELECT number FROM {table} WHERE number IS NOT NULL" for table in tables]
    return " UNION ALL ".join(parts) or "SELECT NULL::BIGINT WHERE false"


def additions(connection: DuckDBPyConnection, owned: Owned, condition: str) -> Windows[Row]:
    """Those of the additions that fulfil a condition. They have no live side, which is most of the columns."""
    return Windows(connection, owned, f"{ADDED} AND ({condition})", _columns(owned), _by_name)


def in_bulk(connection: DuckDBPyConnection, owned: Owned, condition: str, body: str) -> Windows[BulkRow]:
    """The same for bulk requests; `body` is the SQL of what is sent of a row."""
    return Windows(connection, owned, f"{ADDED} AND ({condition})", f"row, {body} AS body", _as_they_are)


def whole(connection: DuckDBPyConnection, owned: Owned, rows: Sequence[BulkRow]) -> list[Row]:
    """Rows of `in_bulk` as `additions` would have given them, in any order."""
    places = ", ".join(str(row) for row, _ in rows)
    return _by_name(
        connection.execute(f"SELECT {_columns(owned)} FROM {owned.difference} WHERE {ADDED} AND row IN ({places})")
    )


def _columns(owned: Owned) -> str:
    return listed(["action", "row", "id", "sent", *owned.shape.fields])


def _by_name(found: DuckDBPyConnection) -> list[Row]:
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, values, strict=True)) for values in found.fetchall()]


def _as_they_are(found: DuckDBPyConnection) -> list[BulkRow]:
    return found.fetchall()


def changes(connection: DuckDBPyConnection, owned: Owned, condition: str) -> Windows[Row]:
    """What is to be changed or deactivated, and fulfils a condition: both sides of it."""
    return Windows(connection, owned, condition, "*", _by_name)


class Windows(Generic[RowT]):
    """The rows that fulfil a condition, in windows; `take` gives the next ones until there are none."""

    def __init__(
        self,
        connection: DuckDBPyConnection,
        owned: Owned,
        condition: str,
        columns: str,
        fetched: Callable[[DuckDBPyConnection], list[RowT]],
    ) -> None:
        self._connection = connection
        self._fetched = fetched
        todo = f"{table_of(owned)} WHERE place >= $1 AND place < $2 AND ({condition})"
        self._query = f"""
            SELECT {columns} FROM {owned.difference}
            WHERE rowid >= $1 AND rowid < $2 AND rowid IN (SELECT place FROM {todo}) ORDER BY rowid"""
        end = one_number(connection, f"SELECT coalesce(max(place) + 1, 0) FROM {table_of(owned)} WHERE {condition}")
        self._left = list(range(0, end, WINDOW))[::-1]
        self._read: deque[RowT] = deque()

    def take(self, most: int) -> list[RowT]:
        """At most so many rows; fewer only when no more are left."""
        while len(self._read) < most and self._left:
            self._read.extend(self._window(self._left.pop()))
        return [self._read.popleft() for _ in range(min(most, len(self._read)))]

    def _window(self, start: int) -> list[RowT]:
        return self._fetched(self._connection.execute(self._query, [start, start + WINDOW]))
