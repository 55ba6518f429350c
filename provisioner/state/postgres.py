"""State in a PostgreSQL database that a team shares: connecting, and what its errors mean.

Dead peers are noticed within seconds rather than the hours of TCP's defaults, so that neither a lost server hangs a
run nor a lost holder keeps the lock. Whatever the URL says of these settings wins.
"""

from __future__ import annotations

import hashlib
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from provisioner.error_ids import ErrorId
from provisioner.errors import StateError
from provisioner.state import lock
from provisioner.state.database import Database
from provisioner.state.lock import ScopeLock, this_process
from provisioner.state.values import Holder

CONNECTING: dict[str, Any] = {
    "application_name": "alice-apply",
    "connect_timeout": 10,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}

# Held for the moment in which one process makes or migrates the tables; any number will do, so it spells "alice".
MAKING_TABLES = int.from_bytes(b"alice")

# By the beginning of the SQLSTATE; the first that fits.
ADVICE = {
    "28": "check user and password",
    "3D": "create the database first",
    "3F": "the role needs a schema in which it may create tables",
    "42501": "grant the role what it lacks; it has to create tables in its schema and use them",
    "25006": "the server takes no writes, it may be a standby: name the primary",
    "53100": "the server's disk is full",
    "53300": "the server has no connection left; run again later",
    "08": "the connection was lost; run again when the server is back",
    "57P": "the connection was lost; run again when the server is back",
}
UNREACHABLE = "is the server up, and is the address right? Nothing was recorded by this step; run again when it is back"

# The server's side of noticing a dead peer; sockets without TCP ignore it.
KEEPALIVES = ("tcp_keepalives_idle = 5", "tcp_keepalives_interval = 2", "tcp_keepalives_count = 3")

ENDING_SECONDS = 5.0

HOLDERS = text(
    "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND ((classid::bigint << 32) | objid::bigint) = :key"
)
SESSION = text("SELECT usename, client_addr, backend_start FROM pg_stat_activity WHERE pid = :pid")


@dataclass(frozen=True)
class PostgresServer:
    """The database that holds the state; the password is in no representation of it."""

    url: URL = field(repr=False)

    @property
    def label(self) -> str:
        """What messages call it: database and host."""
        host = self.url.host or self.url.query.get("host") or "localhost"
        return f"state database {self.url.database or self.url.username or ''!r} on {host}"

    def exists(self) -> bool:
        """A server has to be asked; missing tables are found out by reading."""
        return True

    def engine(self) -> Engine:
        """Connections that are tested before use, because a server may have been restarted between two writes."""
        arguments = {name: value for name, value in CONNECTING.items() if name not in self.url.query}
        try:
            return create_engine(self.url, pool_pre_ping=True, hide_parameters=True, connect_args=arguments)
        except ImportError:
            message = "state in PostgreSQL needs the psycopg driver: pip install 'psycopg[binary]'"
            raise StateError(message, id=ErrorId.NOT_INSTALLED) from None

    def create(self, engine: Engine) -> None:
        """Nothing to do: the database is made by whoever runs the server."""

    def aside(self, connection: Connection) -> AbstractContextManager[Connection]:
        """The transaction itself, which is rolled back."""
        return nullcontext(connection)

    def alone(self, connection: Connection) -> None:
        """Until the end of the transaction, however it ends."""
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MAKING_TABLES})

    def explain(self, error: DBAPIError) -> str:
        """The server's main sentence (its details quote values) with advice; a failed connection in full."""
        code = getattr(error.orig, "sqlstate", None)
        if code is None:
            return f"{self._without_password(error.orig)}; {UNREACHABLE}"
        advice = next((f"; {advice}" for prefix, advice in ADVICE.items() if code.startswith(prefix)), "")
        said = getattr(getattr(error.orig, "diag", None), "message_primary", None) or type(error.orig).__name__
        return f"{self._without_password(said)}{advice}"

    def keeper(self, database: Database, scope: int, name: str) -> SessionLock:
        """An advisory lock, which is a number made of the name."""
        return SessionLock(database, scope, key_of(name))

    def _without_password(self, said: object) -> str:
        words = " ".join(str(said).split())
        return words.replace(str(self.url.password), "***") if self.url.password else words


def key_of(name: str) -> int:
    """A 64-bit number that any version of this tool, anywhere, computes for the scope of this name."""
    digest = hashlib.sha256(f"alice-apply {name}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)


class SessionLock(ScopeLock):
    """A session's advisory lock, which the server frees when the session ends.

    The session is a connection of its own. A killed process closes it at once, a lost host within seconds (TCP
    keepalives on both sides). The row beside the lock is for people, and for a holder to see that the lock went to
    another. It does not work through a pooler that hands one session to several clients (PgBouncer in transaction
    mode).
    """

    def __init__(self, database: Database, scope: int, key: int) -> None:
        super().__init__(database, scope)
        self._key = {"key": key}
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

    def _end(self, connection: Connection) -> None:
        """Ends the holder's session: that takes its own role or pg_signal_backend. Raises StateError.

        It takes a moment, and whoever called wants the lock next.
        """
        backend, deadline = connection.scalar(HOLDERS, self._key), time.monotonic() + ENDING_SECONDS
        connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": backend})
        while backend is not None and connection.scalar(HOLDERS, self._key) == backend:
            if time.monotonic() > deadline:
                raise StateError("the session that has the lock does not end; ask whoever runs the server to end it")
            time.sleep(0.02)
