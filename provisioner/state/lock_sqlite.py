"""The lock of a scope in SQLite: a lease, that is a row with its holder's name and latest sign of life.

It is free when its holder is certainly dead (same machine), or has given no sign for LEASE_SECONDS. Wall clocks are
compared, because the row outlives processes and reboots; a sign from the future is as dead as one from the past.
"""

from __future__ import annotations

import secrets
import time
from typing import Any

from sqlalchemy import Connection, Row, update

from provisioner.state import lock
from provisioner.state.database import Database
from provisioner.state.lock import certainly_dead, this_process
from provisioner.state.schema import LOCKS
from provisioner.state.values import Holder


class Lease:
    """A `ScopeLock` over the row of one scope."""

    def __init__(self, database: Database, scope: int) -> None:
        self.token = secrets.token_hex(8)
        self._database, self._scope = database, scope

    def take(self) -> Holder | None:
        """Looks and takes in one transaction, so that two who find the lock free do not both get it."""
        with self._database.writing() as connection:
            if holder := self._holder(connection):
                return holder
            lock.write_row(connection, self._scope, self.token, this_process())
        return None

    def _holder(self, connection: Connection) -> Holder | None:
        row = lock.row_of(connection, self._scope)
        return lock.holder_in(row) if row and not _expired(row) else None

    def beat(self) -> bool:
        """Renews the lease; one that ran out while nobody wanted it is ours still."""
        mine = (LOCKS.c.scope == self._scope, LOCKS.c.token == self.token)
        with self._database.writing() as connection:
            return connection.execute(update(LOCKS).where(*mine).values(beat=time.time())).rowcount == 1

    def release(self) -> None:
        """Free at once for the next one."""
        with self._database.writing() as connection:
            lock.erase_row(connection, self._scope, self.token)

    def holder(self) -> Holder | None:
        """Looks only."""
        with self._database.reading() as connection:
            return self._holder(connection) if connection else None

    def take_away(self) -> Holder | None:
        """Erases the row; its holder notices before its next write."""
        with self._database.writing() as connection:
            holder = self._holder(connection)
            row = lock.row_of(connection, self._scope)
            if row:
                lock.erase_row(connection, self._scope, row.token)
        return holder


def _expired(row: Row[Any]) -> bool:
    silent = abs(time.time() - row.beat) > lock.LEASE_SECONDS
    return silent or certainly_dead(row.machine, row.pid, row.started)
