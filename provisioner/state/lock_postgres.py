"""The lock of a scope in PostgreSQL: a session's advisory lock, which the server frees when the session ends.

The session is a connection of its own. A killed process closes it at once, a lost host within seconds (TCP keepalives
on both sides). The row beside the lock is for people, and for a holder to see that the lock went to another. It does
not work through a pooler that hands one session to several clients (PgBouncer in transaction mode).
"""

from __future__ import annotations

import hashlib
import secrets
import time
from datetime import UTC, datetime

from sqlalchemy import Connection, text

from provisioner.errors import StateError
from provisioner.state import lock
from provisioner.state.database import Database
from provisioner.state.lock import this_process
from provisioner.state.values import Holder

# The server's side of noticing a dead peer; sockets without TCP ignore it.
KEEPALIVES = ("tcp_keepalives_idle = 5", "tcp_keepalives_interval = 2", "tcp_keepalives_count = 3")

ENDING_SECONDS = 5.0

HOLDERS = text(
    "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND ((classid::bigint << 32) | objid::bigint) = :key"
)
SESSION = text("SELECT usename, client_addr, backend_start FROM pg_stat_activity WHERE pid = :pid")


def key_of(name: str) -> int:
    """A 64-bit number that any version of this tool, anywhere, computes for the scope of this name."""
    digest = hashlib.sha256(f"alice-apply {name}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)


class SessionLock:
    """A `ScopeLock` over one advisory lock."""

    def __init__(self, database: Database, scope: int, key: int) -> None:
        self.token = secrets.token_hex(8)
        self._database, self._scope, self._key = database, scope, {"key": key}
        self._session: Connection | None = None

    def take(self) -> Holder | None:
        """Tries on a session that stays open while we poll."""
        with self._database.clear_words():
            session = self._session = self._session or self._connect()
            while not session.scalar(text("SELECT pg_try_advisory_lock(:key)"), self._key):
                if holder := self._holder(session):
                    return holder  # without one it was freed between the two questions: ask again
            backend = session.scalar(text("SELECT pg_backend_pid()"))
        with self._database.writing() as connection:
            lock.write_row(connection, self._scope, self.token, this_process(), backend)
        return None

    def _connect(self) -> Connection:
        """Outside transactions: an idle one would stop the server from cleaning up."""
        session = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        for setting in KEEPALIVES:
            session.exec_driver_sql(f"SET {setting}")
        session.detach()  # closing it closes it, and no pool gets a session that may hold a lock
        return session

    def _holder(self, connection: Connection) -> Holder | None:
        """Whoever has the lock, from its row, or from the server while that is not written; None when it is free."""
        backend = connection.scalar(HOLDERS, self._key)
        if backend is None:
            return None
        row = lock.row_of(connection, self._scope)
        if row and row.backend == backend:
            return lock.holder_in(row)
        session = connection.execute(SESSION, {"pid": backend}).one_or_none()
        if session is None:
            return None
        since = session.backend_start or datetime.now(UTC)
        return Holder(session.usename or "somebody", str(session.client_addr or "the server"), backend, since)

    def beat(self) -> bool:
        """The lock lives exactly as long as the session does; an invalidated one would connect anew, without it."""
        session = self._session
        try:
            with self._database.clear_words():
                return session is not None and not session.invalidated and session.scalar(text("SELECT 1")) == 1
        except StateError:
            return False

    def release(self) -> None:
        """Unlocks before it hangs up, which the server would notice a little later."""
        session, self._session = self._session, None
        if session is None:
            return
        try:
            with self._database.writing() as connection:
                lock.erase_row(connection, self._scope, self.token)
            if not session.invalidated:
                with self._database.clear_words():
                    session.execute(text("SELECT pg_advisory_unlock(:key)"), self._key)
        finally:
            session.close()

    def holder(self) -> Holder | None:
        """Looks only."""
        with self._database.reading() as connection:
            return self._holder(connection) if connection else None

    def take_away(self) -> Holder | None:
        """Ends the holder's session; that takes its own role or pg_signal_backend."""
        with self._database.writing() as connection:
            holder, row = self._holder(connection), lock.row_of(connection, self._scope)
            self._end(connection)
            if row:  # and not that of somebody who got the lock in this very moment
                lock.erase_row(connection, self._scope, row.token)
        return holder

    def _end(self, connection: Connection) -> None:
        """A session takes a moment to end, and whoever called wants the lock next. Raises StateError."""
        backend, deadline = connection.scalar(HOLDERS, self._key), time.monotonic() + ENDING_SECONDS
        connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": backend})
        while backend is not None and connection.scalar(HOLDERS, self._key) == backend:
            if time.monotonic() > deadline:
                raise StateError("the session that has the lock does not end; ask whoever runs the server to end it")
            time.sleep(0.02)
