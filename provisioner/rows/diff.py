"""The set difference of declared and live rows, in duckdb, under its memory limit (docs/guides/contacts.md).

First the pairs that differ at all, by a hash of the managed fields: only keys and hashes go through the big join, which
is five times faster than all columns and needs a third of the memory. Then the rows of those pairs alone, field by
field. What is to be sent is read from `difference_N`; its keyed `digest` goes into the plan's fingerprint.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from provisioner.rows import rewrites
from provisioner.rows.sql import listed, one_number, one_row
from provisioner.rows.tables import Owned, RowShape, created, live_columns, source_columns

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ADD, CHANGE, REMOVE = "add", "change", "remove"

LANES = 2
_HEX = 16  # hex digits of 64 bits


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows by what happens to them; `rings` are those that may be dialled because of it.

    `active` is how many rows are active afterwards; `kept` live rows are not declared and stay as they are;
    `surplus` live rows repeat a number that another row has. Nobody can read the number of `unread` active live rows,
    or whose the `unsure` ones are.
    """

    add: int
    change: int
    remove: int
    unchanged: int
    rings: int
    active: int
    kept: int
    surplus: int
    unread: int = 0
    unsure: int = 0


def compare(connection: DuckDBPyConnection, owned: Owned) -> Counts:
    """Make `difference_N` anew from the source and live tables."""
    if owned.live_report is None:  # the phonebook does not exist yet
        connection.execute(f"CREATE TABLE IF NOT EXISTS {owned.live} ({_columns(live_columns(owned.shape))})")
    rewrites.recognise(connection, owned)
    rewrites.stand_in(connection, owned)
    connection.execute(_surplus(owned))
    connection.execute(_pairs(owned))
    if owned.shape.rich:
        rewrites.settle(connection, owned, changed(owned.shape))
    connection.execute(created(owned.difference, difference_columns(owned.shape)))
    fresh, both, gone, surplus = one_row(connection, _kinds_of_pairs(owned))
    wanted = {ADD: fresh, CHANGE: both, REMOVE: gone + surplus}
    for action, statement in _differences(owned).items():
        if wanted[action]:  # to plan an INSERT of nothing costs as much as to look
            connection.execute(statement)
    connection.execute(f"DROP TABLE {owned.pairs}")
    return _counts(connection, owned, surplus=bool(surplus))


def leave(connection: DuckDBPyConnection, owned: Owned) -> Counts:
    """Nothing is declared, and live rows stay as they are: an empty `difference_N`, at next to no cost."""
    connection.execute(created(owned.source, source_columns(owned.shape)))
    connection.execute(created(owned.difference, difference_columns(owned.shape)))
    active = 0 if owned.empty else one_number(connection, f"SELECT count(*) FROM ({after(owned)})")
    return Counts(0, 0, 0, 0, rings=0, active=active, kept=active, surplus=0)


def difference_columns(shape: RowShape) -> dict[str, str]:
    """What a difference holds: the declared side under the fields' names, the live side under `live_...`."""
    source = {name: kind for name, kind in source_columns(shape).items() if name not in ("text", "reason")}
    live = {f"live_{name}": kind for name, kind in live_columns(shape).items() if name not in ("id", "number")}
    return {"action": "VARCHAR", **source, "id": "BIGINT", **live}


def _columns(columns: dict[str, str]) -> str:
    return ", ".join(f"{name} {kind}" for name, kind in columns.items())


def _surplus(owned: Owned) -> str:
    """Live rows of a number beyond the one with the lowest id, which is the row; one that is surely ours goes first."""
    key = owned.shape.key
    return f"""
        CREATE OR REPLACE TABLE {owned.surplus} AS
        SELECT live.id FROM {owned.live} AS live
        JOIN (SELECT {key}, coalesce(min(id) FILTER (WHERE NOT unsure), min(id)) AS lowest FROM {owned.live}
              WHERE {key} IS NOT NULL GROUP BY {key} HAVING count(*) > 1) AS again USING ({key})
        WHERE live.id <> again.lowest"""


def _pairs(owned: Owned) -> str:
    """Every declared row without a live one, the other way round, and those that are not the same in all fields."""
    key, hashed = owned.shape.key, _hashed(owned)
    return f"""
        CREATE OR REPLACE TABLE {owned.pairs} AS
        SELECT source.row, live.id
        FROM (SELECT row, {key} AS key, reason IS NOT NULL AS idle, {hashed} AS fields FROM {owned.source}) AS source
        FULL JOIN (SELECT id, {key} AS key, {hashed} AS fields FROM {owned.live}
                   WHERE id NOT IN (FROM {owned.surplus})) AS live ON source.key = live.key
        WHERE NOT coalesce(source.idle, false) AND source.fields IS DISTINCT FROM live.fields"""


def _kinds_of_pairs(owned: Owned) -> str:
    """How many have no live row, both, no declared one; and how many live rows repeat a number."""
    return f"""
        SELECT count(*) FILTER (WHERE id IS NULL), count(*) FILTER (WHERE row IS NOT NULL AND id IS NOT NULL),
               count(*) FILTER (WHERE row IS NULL), (SELECT count(*) FROM {owned.surplus}) FROM {owned.pairs}"""


def _hashed(owned: Owned) -> str:
    """Of the managed fields: a row that declares none of them has nothing that could differ."""
    return f"hash({listed(owned.managed)})" if owned.managed else "0"


def _differences(owned: Owned) -> dict[str, str]:
    """The INSERT of each action. Rows on the server that are inactive and not declared are settled."""
    shape, target = owned.shape, f"INSERT INTO {owned.difference}"
    source = [name for name in source_columns(shape) if name not in ("text", "reason")]
    live = [name for name in live_columns(shape) if name not in ("id", "number")]
    declared, shown = listed(source, "source."), ", ".join(f"live.{name} AS live_{name}" for name in live)
    statements = {
        ADD: f"""{target} BY NAME SELECT '{ADD}' AS action, {declared}
            FROM {owned.pairs} AS pair JOIN {owned.source} AS source ON source.row = pair.row
            WHERE pair.id IS NULL AND NOT {rewrites.there(owned)}""",
        CHANGE: f"""{target} BY NAME SELECT '{CHANGE}' AS action, {declared}, live.id, {shown}
            FROM {owned.pairs} AS pair JOIN {owned.source} AS source ON source.row = pair.row
            JOIN {owned.live} AS live ON live.id = pair.id
            WHERE ({changed(shape)}) AND NOT live.unsure{_unsettled(owned)}""",
    }
    removed = f"""{target} BY NAME SELECT '{REMOVE}' AS action, live.number, live.id, {shown}
        FROM {owned.live} AS live WHERE live.active AND NOT live.unsure AND NOT {rewrites.sent_by_us(owned)}
        AND live.id IN (SELECT id FROM {owned.pairs} WHERE row IS NULL UNION ALL FROM {owned.surplus})"""
    if not owned.keeps:
        return {**statements, REMOVE: removed}
    barred = f" AND live.number IN (FROM {owned.barred})"
    return {**statements, REMOVE: removed + barred} if owned.bars and shape.rich else statements


def _unsettled(owned: Owned) -> str:
    """The condition that a difference is more than a form of the server's."""
    return f" AND pair.row NOT IN (SELECT row FROM {rewrites.settled(owned)})" if owned.shape.rich else ""


def changed(shape: RowShape) -> str:
    """The condition that a declared row differs from its live row; a field that is NULL is not declared."""
    return " OR ".join(f"source.{name} <> live.{name}" for name in shape.fields) or "false"


def _counts(connection: DuckDBPyConnection, owned: Owned, *, surplus: bool) -> Counts:
    rings = becomes_active(owned)
    actions: dict[str, tuple[int, int]] = {}
    for action, count, ringing in connection.execute(
        f"SELECT action, count(*), count(*) FILTER (WHERE {rings}) FROM {owned.difference} GROUP BY action"
    ).fetchall():
        actions[action] = (count, ringing)
    add, change, remove = (actions.get(action, (0, 0))[0] for action in (ADD, CHANGE, REMOVE))
    unchanged = owned.source_report.rows - add - change
    repeated, kept = _repeated(connection, owned) if surplus else 0, _kept(connection, owned)
    active = one_number(connection, f"SELECT count(*) FROM ({after(owned)})")
    ringing = sum(ringing for _, ringing in actions.values())
    return Counts(add, change, remove, unchanged, ringing, active, kept, repeated, *_unclear(connection, owned))


def _unclear(connection: DuckDBPyConnection, owned: Owned) -> tuple[int, int]:
    """Active rows on the server whose number, and those whose owner, nobody can read."""
    active = "active" if owned.shape.rich else "true"
    readable = "true" if owned.region else "starts_with(sent, '+')"  # else its country is missing, not the number wrong
    unread, unsure = one_row(
        connection,
        f"""SELECT count(*) FILTER (WHERE number IS NULL AND {readable}), count(*) FILTER (WHERE unsure)
            FROM {owned.live} WHERE {active}""",
    )
    return unread, unsure


def becomes_active(owned: Owned) -> str:
    """The condition on a row of the difference that a number is active afterwards and was not before."""
    return "active AND NOT coalesce(live_active, false)" if owned.shape.rich else "false"


def _repeated(connection: DuckDBPyConnection, owned: Owned) -> int:
    """Active rows on the server that repeat a number."""
    return one_number(connection, f"SELECT count(*) {_active(owned)} AND live.id IN (FROM {owned.surplus})")


def _kept(connection: DuckDBPyConnection, owned: Owned) -> int:
    """Active rows on the server that are not declared and yet stay."""
    key = owned.shape.key
    declared = f"EXISTS (FROM {owned.source} AS source WHERE source.{key} = live.{key})"
    return one_number(connection, f"SELECT count(*) {_active(owned)} AND NOT {declared}") if owned.keeps else 0


def _active(owned: Owned) -> str:
    return f"FROM {owned.live} AS live WHERE {'live.active' if owned.shape.rich else 'true'}"


def after(owned: Owned) -> str:
    """SELECT of `number` and `sent` of every row that is active once the difference has been applied."""
    touched = f"SELECT id FROM {owned.difference} WHERE id IS NOT NULL"
    stays = f"active AND id NOT IN ({touched})" if owned.shape.rich else "true"
    becomes = f"action <> '{REMOVE}'" + (" AND active" if owned.shape.rich else "")
    return f"""
        SELECT number, sent FROM {owned.live} WHERE {stays}
        UNION ALL SELECT number, coalesce(live_sent, sent) FROM {owned.difference} WHERE {becomes}"""


def digest(connection: DuckDBPyConnection, owned: Owned, key: bytes) -> str:
    """64 hex digits for `difference_N`; 16 bytes of key are the least that makes sense.

    What is written of a row counts: an addition's text as sent, of a change only what is declared.

    Every row is hashed together with the key (SHA-256, in duckdb) and the hashes are added up, as two numbers of 64
    bits: so neither order nor remote ids matter, and no memory is needed. The sums are hashed with the key once more.

    Why this is safe in a plan file: telephone numbers are few enough to try them all, so a plain hash would give them
    away. Here nothing can be tried without the key, which is not in the file; whoever knows the digest alone learns not
    even how many rows there are. Nor can anybody make another difference of the same sum without the key, because no
    row's hash is ever shown.
    """
    names = [name for name in source_columns(owned.shape) if name not in ("row", "sent", "text", "reason")]
    sent = f"CASE WHEN action <> '{CHANGE}' THEN coalesce(sent, live_sent) END"
    return digest_of(connection, ", ".join(["action", sent, *names]), owned.difference, key)


def digest_after(connection: DuckDBPyConnection, owned: Owned, key: bytes) -> str:
    """64 hex digits for whose telephones ring once the difference has been applied and the owner is dialled."""
    return digest_of(connection, "coalesce(number::VARCHAR, sent)", f"({after(owned)})", key)


def digest_of(connection: DuckDBPyConnection, values: str, rows: str, key: bytes) -> str:
    """The same of any relation, by an expression over its columns."""
    secret = hashlib.blake2b(b"row", key=key[:64], digest_size=32).hexdigest()
    text = ",".join(map(str, one_row(connection, _sums(values, rows), [secret])))
    return hashlib.blake2b(text.encode(), key=key[:64], digest_size=32).hexdigest()


def _sums(values: str, rows: str) -> str:
    lanes = ", ".join(
        f"coalesce(sum(('0x' || substr(hashed, {1 + lane * _HEX}, {_HEX}))::UBIGINT), 0)" for lane in range(LANES)
    )
    return f"""
        -- JSON keeps the values apart; the sums of 64 bit numbers are exact in 128 bits
        SELECT count(*), {lanes}
        FROM (SELECT sha256($1 || json_array({values})::VARCHAR) AS hashed FROM {rows})"""
