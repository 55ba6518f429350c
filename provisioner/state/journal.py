"""The SQL of writes in flight: functions of a connection and a scope.

What an entry means for the next run is decided by applying; here it is noted before the request and struck out after.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.sql import ColumnElement

from provisioner.model import Address
from provisioner.state.schema import JOURNAL, inserted_id
from provisioner.state.values import LEFT, Entry, instant


def begin(connection: Connection, scope: int, entry: Entry) -> int:
    """Notes the entry and gives it an id. Raises ValueError when its `sent_at` has no time zone."""
    statement = insert(JOURNAL).values(
        scope=scope,
        address=str(entry.address),
        kind=entry.kind,
        verb=entry.verb,
        path=entry.path,
        sent_at=instant(entry.sent_at),
        timeout=entry.timeout,
        known_ids=json.dumps(entry.known_ids),
        digest=entry.digest,
        step=entry.step,
    )
    return inserted_id(connection, statement)


def settle(connection: Connection, scope: int, entry_id: int) -> None:
    """Strikes the entry out; harmless when it was settled before."""
    connection.execute(delete(JOURNAL).where(JOURNAL.c.id == entry_id, JOURNAL.c.scope == scope))


def leave(connection: Connection, scope: int, address: Address) -> None:
    """Notes that an object of this address was left where it is: a creation that ended in nobody's record."""
    note = Entry(address, address.kind, "POST", "", datetime.now(UTC), 0.0, step=LEFT)
    connection.execute(delete(JOURNAL).where(*_left(scope, address)))
    begin(connection, scope, note)


def take_over(connection: Connection, scope: int, address: Address) -> None:
    """What was left is recorded again, or known to be gone."""
    connection.execute(delete(JOURNAL).where(*_left(scope, address)))


def _left(scope: int, address: Address) -> tuple[ColumnElement[bool], ...]:
    return (JOURNAL.c.scope == scope, JOURNAL.c.address == str(address), JOURNAL.c.step == LEFT)


def pending(connection: Connection, scope: int) -> tuple[Entry, ...]:
    """What was begun and never settled, oldest first."""
    rows = connection.execute(select(JOURNAL).where(JOURNAL.c.scope == scope).order_by(JOURNAL.c.id))
    return tuple(
        Entry(
            address=Address.parse(row.address),
            kind=row.kind,
            verb=row.verb,
            path=row.path,
            sent_at=datetime.fromisoformat(row.sent_at),
            timeout=row.timeout,
            known_ids=tuple(json.loads(row.known_ids)),
            digest=row.digest,
            step=row.step,
            id=row.id,
        )
        for row in rows
    )
