"""The SQL of writes in flight: functions of a connection and a scope.

What an entry means for the next run is decided by applying; here it is noted before the request and struck out after.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select

from provisioner.model import Address
from provisioner.state.schema import JOURNAL
from provisioner.state.statements import Statement
from provisioner.state.values import LEFT, Entry, instant

_NAMES = [column.name for column in JOURNAL.columns if column.name != "id"]
BEGIN = Statement(
    f"INSERT INTO alice_journal ({', '.join(_NAMES)}) VALUES ({', '.join(f':{name}' for name in _NAMES)})"
)
SETTLE = Statement("DELETE FROM alice_journal WHERE id = :id AND scope = :scope")
TAKE_OVER = Statement(f"DELETE FROM alice_journal WHERE scope = :scope AND address = :address AND step = '{LEFT}'")


def begin(connection: Connection, scope: int, entries: Sequence[Entry]) -> list[int]:
    """Notes entries and gives each an id. Raises ValueError when a `sent_at` has no time zone."""
    return BEGIN.inserted(connection, [{"scope": scope, **_columns(entry)} for entry in entries])


def _columns(entry: Entry) -> dict[str, Any]:
    return {
        "address": str(entry.address),
        "kind": entry.kind,
        "verb": entry.verb,
        "path": entry.path,
        "sent_at": instant(entry.sent_at),
        "timeout": entry.timeout,
        "known_ids": json.dumps(entry.known_ids),
        "digest": entry.digest,
        "step": entry.step,
    }


def settle(connection: Connection, scope: int, entry_ids: Iterable[int]) -> None:
    """Strikes entries out; harmless when they were settled before."""
    SETTLE.for_each(connection, [{"scope": scope, "id": entry_id} for entry_id in entry_ids])


def leave(connection: Connection, scope: int, address: Address) -> None:
    """Notes that an object of this address was left where it is: a creation that ended in nobody's record."""
    note = Entry(address, address.kind, "POST", "", datetime.now(UTC), 0.0, step=LEFT)
    take_over(connection, scope, [address])
    begin(connection, scope, [note])


def take_over(connection: Connection, scope: int, addresses: Iterable[Address]) -> None:
    """What was left is recorded again, or known to be gone."""
    TAKE_OVER.for_each(connection, [{"scope": scope, "address": str(address)} for address in addresses])


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
