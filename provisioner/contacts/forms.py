"""What the server is known to make of rows, so that a plan comes to rest: learnt once, told, remembered.

    text     a row that was sent so and is shown so: equal from then on
    kept     the server keeps another value than it was sent, or none: failed once, and not sent again
    number   a row that was sent with one number and is shown under another text: not sent again
    sent     a number that the server took for a list that it does not show: not sent again

Known are keyed hashes of pairs, 8 bytes each: a change in the source or on the server makes another pair. A number that
was sent and that no row can be told to be, or the other way round, has a pair with NOBODY. All in sets; for a million
rows that are all rewritten a few seconds. See docs/alice-api.md#values-that-come-back-changed.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING

from provisioner.contacts import likeness
from provisioner.contacts.sql import literal, one_number, one_row
from provisioner.contacts.tables import Owned

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TEXT, KEPT, NUMBER, SENT = 1, 2, 3, 4
NOBODY = 0

MANY = 1000  # values of one statement


def secret_of(key: bytes) -> str:
    """The secret that hashes of rows are made with."""
    return hashlib.blake2b(b"forms of rows", key=key[:64], digest_size=32).hexdigest()


def table(owned: Owned) -> str:
    """What is known: kind, one, other."""
    return f"forms_{owned.number}"


def settled(owned: Owned) -> str:
    """Rows that differ only in a known form, of the last comparison: row, pair, kind, and of each field how."""
    return f"settled_{owned.number}"


def begin(connection: DuckDBPyConnection, owned: Owned) -> None:
    """Nothing is known yet, unless it is."""
    owned.secret = owned.secret or secrets.token_hex(32)
    connection.execute(f"CREATE TABLE IF NOT EXISTS {table(owned)} (kind TINYINT, one UBIGINT, other UBIGINT)")


def texts(owned: Owned) -> tuple[str, ...]:
    """The fields of which the server may have a form of its own; a status is what it is."""
    return (*owned.shape.texts, "variables") if owned.shape.rich else ()


def pair(owned: Owned, source: str, live: str, *names: str) -> str:
    """The hash of what is declared and what is shown of one row, in those of the fields that differ."""
    cells = [
        f"CASE WHEN {source}{name} <> {live}{name} THEN json_array('{name}', {source}{name}, {live}{name}) END"
        for name in names or texts(owned)
    ]
    return _hash(owned, f"{source}number", *cells)


def settle(connection: DuckDBPyConnection, owned: Owned, changed: str) -> None:
    """From `pairs_N` the rows whose difference is known; `changed` is the condition that one differs."""
    begin(connection, owned)
    flags = "".join(f", {_how(name)} AS how_{name}" for name in texts(owned))
    connection.execute(f"""
        CREATE OR REPLACE TABLE {settled(owned)} AS
        SELECT source.row, known.one AS pair, known.kind{flags}
        FROM {owned.pairs} AS pair JOIN {owned.source} AS source ON source.row = pair.row
        JOIN {owned.live} AS live ON live.id = pair.id
        JOIN (SELECT DISTINCT one, kind FROM {table(owned)} WHERE kind IN ({TEXT}, {KEPT})) AS known
          ON known.one = {pair(owned, "source.", "live.")}
        WHERE ({changed}) AND coalesce(source.active = live.active, true)""")


def _how(name: str) -> str:
    """How a field that differs does; NULL when it does not."""
    sent, shown = f"source.{name}", f"live.{name}"
    how = "'another form'" if name == "variables" else likeness.described(sent, shown)
    return f"CASE WHEN {sent} <> {shown} THEN {how} END"


def counted(connection: DuckDBPyConnection, owned: Owned, kind: int) -> tuple[int, dict[str, str]]:
    """How many rows are settled so, and of each field that differs in one how it does."""
    names = texts(owned)
    if not names:
        return 0, {}
    hows = "".join(f", list_sort(list_distinct(list(how_{name})))" for name in names)
    rows, *found = one_row(connection, f"SELECT count(*){hows} FROM {settled(owned)} WHERE kind = {kind}")
    return rows, {name: " or ".join(how) for name, how in zip(names, found, strict=True) if how}


def recognise(connection: DuckDBPyConnection, owned: Owned) -> None:
    """Give live rows that are known to be declared ones, under another text, the declared number."""
    begin(connection, owned)
    owned.renumbered = bool(one_number(connection, f"SELECT count(*) FROM {table(owned)} WHERE kind = {NUMBER}"))
    if not owned.renumbered:
        return
    connection.execute(f"""
        UPDATE {owned.live} AS live SET number = known.number
        FROM (SELECT source.number, known.other FROM {owned.source} AS source
              JOIN {table(owned)} AS known ON known.kind = {NUMBER} AND known.one = {declared(owned, "source.")}
              WHERE source.reason IS NULL) AS known
        WHERE known.other = {shown(owned, "live.")} AND live.number IS DISTINCT FROM known.number""")


def there(owned: Owned) -> str:
    """The condition on a declared row that it was sent, and is on the server under another text as far as known."""
    if not owned.renumbered:
        return "false"
    texts = f"SELECT {shown(owned, '')} FROM {owned.live}"
    return f"""{declared(owned, "source.")} IN (
        SELECT one FROM {table(owned)} WHERE kind = {NUMBER} AND (other = {NOBODY} OR other IN ({texts})))"""


def sent_by_us(owned: Owned) -> str:
    """The condition on a live row that one of ours became it, nobody knows which."""
    if not owned.renumbered:
        return "false"
    known = f"SELECT other FROM {table(owned)} WHERE kind = {NUMBER} AND one = {NOBODY}"
    return f"{shown(owned, 'live.')} IN ({known})"


def note_sent(connection: DuckDBPyConnection, owned: Owned, places: str) -> None:
    """The server took these declared rows (a SELECT of their places), and does not show them."""
    begin(connection, owned)
    connection.execute(f"""
        INSERT INTO {table(owned)}
        SELECT {SENT}, {declared(owned, "")}, {NOBODY} FROM {owned.source} WHERE row IN ({places})
        EXCEPT FROM {table(owned)}""")


def stand_in(connection: DuckDBPyConnection, owned: Owned) -> None:
    """Of a list that the server does not show, what was sent stands for what is live, with ids that no server gives."""
    if not owned.unlisted:
        return
    connection.execute(f"DELETE FROM {owned.live} WHERE id < 0")
    connection.execute(f"""
        INSERT INTO {owned.live} BY NAME SELECT -1 - row AS id, number, sent, false AS unsure FROM {owned.source}
        WHERE reason IS NULL AND {declared(owned, "")} IN (SELECT one FROM {table(owned)} WHERE kind = {SENT})""")


def add(connection: DuckDBPyConnection, owned: Owned, kind: int, pairs: Iterable[tuple[int, int]]) -> None:
    """Take over what was known before."""
    begin(connection, owned)
    values = [f"({kind}, {one}, {other})" for one, other in pairs]
    for start in range(0, len(values), MANY):
        connection.execute(f"INSERT INTO {table(owned)} VALUES {', '.join(values[start : start + MANY])}")


def declared(owned: Owned, source: str) -> str:
    """The hash of a declared row's number, or text on a list."""
    return _hash(owned, "'declared'", f"{source}{owned.shape.key}")


def shown(owned: Owned, live: str) -> str:
    """The hash of the text under which a live row is shown."""
    return _hash(owned, "'shown'", f"{live}sent")


def _hash(owned: Owned, *values: str) -> str:
    text = f"{literal(owned.secret)} || json_array({', '.join(values)})::VARCHAR"
    return f"('0x' || substr(sha256({text}), 1, 16))::UBIGINT"
