"""Whom started objects took in and what calls they made, page by page into tables of the workspace.

Both lists are read side by side. Every row is held against the object that was asked for, because a server may ignore
the filter; one that hides whose it is, or whom it is about, may be anybody's: then nothing is told at all. What a code
means is told by the kinds, a code that nobody knows is `unknown (code)`. Must not know how pages are fetched.
See docs/alice-api.md#subscribers-and-call-records and #filters.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from provisioner.errors import ApiError, Forbidden, Incomplete, RouteMissing
from provisioner.phone import E164, ParsedNumber, read_live
from provisioner.resources import KINDS, UNKNOWN, Kind, ResultSources, remote_id
from provisioner.rows.live_rows import Page, batches, remote_sql
from provisioner.rows.number_sql import numbered, resolve
from provisioner.rows.sql import listed, literal, one_number, quoted, seen, visible
from provisioner.rows.tables import created
from provisioner.rows.workspace import Workspace

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SUBSCRIBERS, CALLS = "history_subscribers", "history_calls"  # the tables

_ORIGIN = {"id": "BIGINT", "owner": "BIGINT", "text": "VARCHAR", "number": "BIGINT", "row": "BIGINT", "bare": "BOOLEAN"}
_CODE = "-?[0-9]{1,4}|[A-Za-z_]{1,24}"  # only a code is repeated, whatever else may be somebody's number or name


class ListApi(Protocol):
    """All that reading needs of HTTP. Safe to call from several threads; both may raise ApiError."""

    def first(self, path: str, params: Mapping[str, str | int] | None = None) -> Sequence[Mapping[str, Any]]:
        """The first page."""
        ...

    def pages(self, path: str, params: Mapping[str, str | int] | None = None) -> Iterator[Page]:
        """All objects of a list in batches, proven complete or Inconsistent."""
        ...


def listings(
    api: ListApi, kind: Kind, relation: str, owners: Sequence[int]
) -> Iterator[tuple[list[int], Iterator[Page]]]:
    """The lists that show what these own, each with whom it is asked for: one for all where the filter is ignored.

    A filter that is not documented is not relied on. A refused list is an error that says so.
    """
    try:
        if len(owners) > 1 and _ignored(api, kind, relation, owners[0]):
            yield [*owners], api.pages(kind.path)
            return
        for owner in owners:
            yield [owner], api.pages(kind.path, {relation: owner})
    except (Forbidden, RouteMissing) as refusal:
        raise unread(kind, f"the server does not list {kind.title}s ({refusal.status})") from refusal


def _ignored(api: ListApi, kind: Kind, relation: str, owner: int) -> bool:
    if relation not in {each.name for each in kind.display.filters}:
        return True
    return any(remote_id(row.get(relation)) != owner for row in api.first(kind.path, {relation: owner}))


def unread(kind: Kind, why: str) -> ApiError:
    """The error about a list that cannot be read, or not as a whole."""
    return Incomplete(f"{why}, so what became of each contact is not known", method="GET", path=kind.path)


@dataclass(frozen=True, slots=True)
class _Table:
    """`columns` are those beside `_ORIGIN`: the wire name, the type, and the SQL that reads it."""

    name: str
    kind: Kind
    relation: str
    number: str
    columns: Mapping[str, tuple[str, str, str]]

    @property
    def types(self) -> dict[str, str]:
        """Of all columns."""
        return _ORIGIN | {name: sort for name, (_, sort, _) in self.columns.items()}

    def relation_of(self, path: Path) -> str:
        """The rows of a JSON file; what they do not show is NULL."""
        texts = dict.fromkeys(["id", "url", self.relation, *(key for key, _, _ in self.columns.values())], "VARCHAR")
        types = ", ".join(f"{literal(key)}: '{sort}'" for key, sort in (texts | {self.number: "JSON"}).items())
        return f"read_json({literal(path)}, format = 'array', columns = {{{types}}})"


def _subscribers(sources: ResultSources) -> _Table:
    taken = sources.subscribers
    kind = KINDS[taken.kind]
    choice = kind.choice(taken.status)
    names = {str(code): name for name, code in choice.codes.items()} if choice else {}
    columns = {
        "status": (taken.status, "VARCHAR", _named(taken.status, names)),
        "attempts": (taken.attempts, "BIGINT", _whole(taken.attempts)),
        "seconds": (taken.seconds, "BIGINT", _whole(taken.seconds)),
    }
    return _Table(SUBSCRIBERS, kind, taken.relation, taken.number, columns)


def _calls(sources: ResultSources) -> _Table:
    calls = sources.calls
    names = {name: name for name in calls.outcomes}
    columns = {
        "disposition": (calls.disposition, "VARCHAR", _named(calls.disposition, names)),
        "cause": (calls.cause, "VARCHAR", f"trim(coalesce({quoted(calls.cause)}, ''))"),
        "seconds": (calls.seconds, "BIGINT", _whole(calls.seconds)),
        "moment": (calls.moment, "BIGINT", _instant(calls.moment)),
    }
    return _Table(CALLS, KINDS[calls.kind], calls.relation, calls.number, columns)


@dataclass(frozen=True, slots=True)
class CallHistory:
    """`region` is that of numbers without +."""

    space: Workspace
    sources: ResultSources
    region: str | None

    def load(self, api: ListApi, owners: Collection[int]) -> None:
        """Fill both tables with what is of these objects. Raises ApiError for what cannot be read, or told apart."""
        tables = (_subscribers(self.sources), _calls(self.sources))
        with ThreadPoolExecutor(len(tables), thread_name_prefix="alice-results") as pool:
            for done in [pool.submit(self._load, api, table, sorted(owners)) for table in tables]:
                done.result()
        self._require_numbers(tables[1])

    def _load(self, api: ListApi, table: _Table, owners: Sequence[int]) -> None:
        with self.space.cursor() as connection:
            connection.begin()  # else every batch goes through the write-ahead log
            connection.execute(created(table.name, table.types))
            for asked, pages in listings(api, table.kind, table.relation, owners):
                for path, _, keys in batches(self.space.scratch, pages, rich=False):
                    if missing := [name for name in (table.relation, table.number) if name not in keys]:
                        raise unread(table.kind, f"{table.kind.title}s show no {' and no '.join(missing)}")
                    self._insert(connection, table, table.relation_of(path), asked)
                    path.unlink()
            self._finish(connection, table)
            connection.commit()

    def _insert(self, connection: DuckDBPyConnection, table: _Table, rows: str, asked: Sequence[int]) -> None:
        relation, number = quoted(table.relation), quoted(table.number)
        owner = remote_sql(relation)
        mute = one_number(connection, f"SELECT count(*) FROM {rows} WHERE {relation} IS NOT NULL AND {owner} IS NULL")
        if mute:
            raise unread(table.kind, f"{mute} {table.kind.title}s do not say in a form that can be read whose they are")
        fields = "".join(f", {text} AS {name}" for name, (_, _, text) in table.columns.items())
        read = f"""(
            SELECT coalesce({remote_sql("id")}, {remote_sql("url")}) AS id, {owner} AS owner, {_about(number)}{fields}
            FROM (SELECT *, {number}->>'$' AS __number FROM {rows})
            WHERE ({owner}) IN ({listed([str(each) for each in asked])}))"""
        names = listed([*table.types])
        connection.execute(
            f"INSERT INTO {table.name} ({names}) SELECT {names} FROM ({numbered(read, self.region, E164)})"
        )

    def _finish(self, connection: DuckDBPyConnection, table: _Table) -> None:
        """Numbers that SQL left open, and each id once: lists of several owners may show a row again."""

        def reading(text: str) -> ParsedNumber:
            return read_live(seen(text), self.region)

        resolve(connection, self.space.scratch, table.name, "text", reading, lambda found, text: text, reasoned=False)
        connection.execute(f"""
            DELETE FROM {table.name} WHERE id IS NOT NULL
            AND rowid NOT IN (SELECT max(rowid) FROM {table.name} WHERE id IS NOT NULL GROUP BY id)""")

    def _require_numbers(self, table: _Table) -> None:
        """A call to nobody knows whom may have been anybody's."""
        with self.space.cursor() as connection:
            nameless = one_number(connection, f"SELECT count(*) FROM {table.name} WHERE text = ''")
        if nameless:
            raise unread(table.kind, f"{nameless} {table.kind.title}s do not say who was called")


def _about(number: str) -> str:
    """Who is meant: a number as `text`, or the id of a `row`; `bare` where a JSON number could be either."""
    shown = visible(f"(CASE WHEN json_type({number}) IN ('VARCHAR', 'UBIGINT') THEN __number ELSE '' END)")
    return f"""coalesce({shown}, '') AS text, {remote_sql("__number")} AS row,
               coalesce(json_type({number}) <> 'VARCHAR', false) AS bare"""


def _named(key: str, names: Mapping[str, str]) -> str:
    """A code by its name, or as unknown."""
    text = f"trim(coalesce({quoted(key)}, ''))"
    cases = " ".join(f"WHEN {literal(code)} THEN {literal(name)}" for code, name in names.items())
    code = f"CASE WHEN regexp_full_match({text}, {literal(_CODE)}) THEN ' (' || {text} || ')' ELSE '' END"
    return f"CASE upper({text}) {cases} ELSE '{UNKNOWN}' || {code} END"


def _whole(key: str) -> str:
    return f"greatest(coalesce(try_cast({quoted(key)} AS BIGINT), 0), 0)"


def _instant(key: str) -> str:
    """Microseconds since 1970, of a moment that is in UTC where it names no offset; NULL where it cannot be read."""
    text = quoted(key)
    offset = f"regexp_matches({text}, '(Z|[+-][0-9]{{2}}:?[0-9]{{2}})$')"
    return f"epoch_us(try_cast(CASE WHEN {offset} THEN {text} ELSE {text} || 'Z' END AS TIMESTAMPTZ))"
