"""Live rows as a CSV file that, declared, changes nothing: what is not the same when read again is left out.

The file is written, read as any source is, and compared; rows that differ, are invalid or are not found again go, and
it is written once more. So it is this package's own reading that says what a file can hold. A row stands in it once for
its number; what repeats it on the server, and what is left out, is counted. Its columns have names that reading tells
apart, whatever variables are called. Must not know where the file will be, or what declares it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from provisioner.errors import ManifestError
from provisioner.messages import folded, looks_personal, plain
from provisioner.model import Rows, Source
from provisioner.rows import live_rows
from provisioner.rows.diff import ADD, CHANGE, compare
from provisioner.rows.formulas import marked, row_writer
from provisioner.rows.headers import DELIMITERS
from provisioner.rows.sources import Loading, load
from provisioner.rows.sql import listed, one_number, one_row
from provisioner.rows.tables import Owned, RowShape

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LONGEST = 200  # characters of a variable's name
MOST = 1000  # variables that get a column
BATCH = 10_000  # rows that are read at once


@dataclass(frozen=True, slots=True)
class Headings:
    """`fields` in the order of their columns, the number first; then one column for each of `variables`.

    `columns` says which column holds which field, where the names differ.
    """

    fields: tuple[str, ...]
    variables: tuple[str, ...]
    columns: Mapping[str, str]

    @property
    def cells(self) -> list[str]:
        """The header line."""
        return [*(self.columns.get(name, name) for name in self.fields), *self.variables]


def headings(shape: RowShape, fields: Iterable[str], variables: Sequence[str]) -> Headings:
    """Columns of these fields, and the number's. Names of fields that are taken by variables get a mark behind."""
    named = tuple(variables[:MOST])
    alike = set(map(folded, named))
    clash = {name for name in shape.names if folded(name) in alike}
    wanted = [shape.identity, *fields]
    if "status" in clash and "status" not in wanted:  # a column of that name would be taken for it
        wanted.append("status")
    ordered = tuple(name for name in shape.names if name in wanted)
    columns = {name: _free(name, {*named, *shape.names}) if name in clash else name for name in ordered}
    return Headings(ordered, named, columns if clash else {})


def nameable(name: str) -> bool:
    """Whether a column can be called like that: what reads back as it is, and looks like no telephone number."""
    same = plain(name) == name and name.isprintable() and 0 < len(name) <= LONGEST
    return same and not any(mark in name for mark in DELIMITERS[1:]) and not looks_personal(name)


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name


@dataclass(frozen=True, slots=True)
class RowCopy:
    """What a file holds, and how it has to be declared. `rows` 0: there is no file.

    `columns` and `variables` as in `Rows`. Not in it are live rows that are `repeated`, because another row has their
    number, and those `left_out`, because no file can say them; of `nowhere` among these nobody knows the country.
    `complete`: none of these is active, so that none would be taken for one that is not declared any more.
    """

    rows: int
    columns: Mapping[str, str]
    variables: tuple[str, ...]
    left_out: int
    repeated: int
    complete: bool
    nowhere: int = 0


def copy_live(loading: Loading, path: Path) -> RowCopy:
    """Write the loaded live rows of an owner into a new file that only we can read."""
    connection, owned = loading.connection, loading.owned
    _choose(connection, owned)
    while True:
        heads = _headings(connection, owned)
        count = _write(connection, owned, heads, path)
        if not count or not _take_out(loading, heads, path):
            break
    if not count:
        path.unlink()
    repeated, left_out, nowhere, active = one_row(connection, _outside(owned))
    connection.execute(f"DROP TABLE {_table(owned)}")
    return RowCopy(count, heads.columns, heads.variables, left_out, repeated, not active, nowhere)


def _outside(owned: Owned) -> str:
    """Of the live rows not in the file: how many repeat a number that is, others, those of no country, any active."""
    copy, active = _table(owned), "active" if owned.shape.rich else "false"
    again = f"coalesce({owned.shape.key} IN (SELECT key FROM {copy}), false)"
    return f"""
        SELECT count(*) FILTER (WHERE {again}), count(*) FILTER (WHERE NOT {again}),
               count(*) FILTER (WHERE NOT {again} AND {_nowhere(owned)}), coalesce(bool_or({active}), false)
        FROM {owned.live} WHERE id NOT IN (SELECT id FROM {copy})"""


def _nowhere(owned: Owned) -> str:
    """The condition that a number needs a region to be read, and there is none."""
    unread = "number IS NULL" if owned.shape.rich else "true"  # where texts are compared, nothing is put before them
    return "false" if owned.region else f"sent <> '' AND NOT starts_with(sent, '+') AND {unread}"


def _table(owned: Owned) -> str:
    """Ids of the live rows that the file holds."""
    return f"copy_{owned.number}"


def _choose(connection: DuckDBPyConnection, owned: Owned) -> None:
    """Of every number, or text, the row with the lowest id: the one that a comparison takes for it."""
    key = owned.shape.key
    connection.execute(f"""
        CREATE OR REPLACE TABLE {_table(owned)} AS
        SELECT min(id) AS id, {key} AS key FROM {owned.live}
        WHERE {key} IS NOT NULL AND {key}::VARCHAR <> '' AND NOT unsure
        GROUP BY {key}""")


def _headings(connection: DuckDBPyConnection, owned: Owned) -> Headings:
    """The columns that any row fills."""
    shape = owned.shape
    if not shape.rich:
        return headings(shape, (), ())
    filled = ", ".join(f"bool_or({name} <> '')" for name in shape.texts)
    answers = one_row(connection, f"SELECT {filled}, bool_or(NOT active) {_chosen(owned)}")
    names = [name for name, used in zip((*shape.texts, "status"), answers, strict=True) if used]
    found: set[str] = set()
    for (text,) in _batched(connection, f"SELECT variables {_chosen(owned)} AND variables <> '{live_rows.NONE}'"):
        found.update(orjson.loads(text))
    return headings(shape, names, sorted(filter(nameable, found)))


def _chosen(owned: Owned) -> str:
    return f"FROM {owned.live} WHERE id IN (SELECT id FROM {_table(owned)})"


def _write(connection: DuckDBPyConnection, owned: Owned, heads: Headings, path: Path) -> int:
    """How many rows were written."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", newline="", encoding="utf-8") as text:
        write = row_writer(text)
        write(heads.cells)
        count = 0
        for row in _batched(connection, _rows(owned, heads)):
            count += 1
            write(_cells(row, heads))
    return count


def _rows(owned: Owned, heads: Headings) -> str:
    """Numbers as the server has them, but for digits that begin with a country code: those need their plus."""
    shape = owned.shape
    if not shape.rich:
        return f"SELECT sent {_chosen(owned)} ORDER BY id"
    number = "CASE WHEN sent = number::VARCHAR THEN '+' || sent ELSE sent END"
    texts = {name: name for name in shape.texts} | {"status": "CASE WHEN active THEN 'active' ELSE 'inactive' END"}
    fields = [texts[name] for name in heads.fields if name != shape.identity]
    more = ["variables"] if heads.variables else []
    return f"SELECT {listed([number, *fields, *more])} {_chosen(owned)} ORDER BY id"


def _cells(row: Sequence[Any], heads: Headings) -> list[str | None]:
    if not heads.variables:
        return [*map(_marked, row)]
    held = orjson.loads(row[-1] or live_rows.NONE)
    return [*map(_marked, row[:-1]), *(_marked(held.get(name)) for name in heads.variables)]


def _marked(cell: Any) -> str | None:
    return cell and marked(str(cell))


def _batched(connection: DuckDBPyConnection, query: str) -> Iterator[tuple[Any, ...]]:
    cursor = connection.cursor()
    try:
        found = cursor.execute(query)
        while batch := found.fetchmany(BATCH):
            yield from batch
    finally:
        cursor.close()


def _take_out(loading: Loading, heads: Headings, path: Path) -> int:
    """Read the file and take out of the choice what it does not say as it is; how many rows that is."""
    connection, owned = loading.connection, loading.owned
    owned.rows = Rows(
        Source(path.name, 1, 1),
        files=(path,),
        columns=heads.columns,
        variables=heads.variables,
        on_duplicate="first",
        invalid="skip",
    )
    try:
        owned.source_report = load(loading)
    except ManifestError:  # no part of it can be read: a header that is no header
        return one_number(connection, f"DELETE FROM {_table(owned)}")
    compare(connection, owned)
    return one_number(connection, f"DELETE FROM {_table(owned)} WHERE {_otherwise(owned)}")


def _otherwise(owned: Owned) -> str:
    """The condition that a chosen row is not in the source as it is on the server."""
    if owned.shape.rich:
        changed = f"SELECT id FROM {owned.difference} WHERE action = '{CHANGE}'"
        return f"id IN ({changed}) OR key NOT IN (SELECT number FROM {owned.source} WHERE reason IS NULL)"
    added = f"SELECT row FROM {owned.difference} WHERE action = '{ADD}'"
    return f"key NOT IN (SELECT text FROM {owned.source} WHERE reason IS NULL AND row NOT IN ({added}))"
