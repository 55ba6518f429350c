"""State in a PostgreSQL database that a team shares: connecting, and what its errors mean.

Dead peers are noticed within seconds rather than the hours of TCP's defaults, so that neither a lost server hangs a
run nor a lost holder keeps the lock. Whatever the URL says of these settings wins.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from provisioner.error_ids import ErrorId
from provisioner.errors import StateError
from provisioner.state.database import Database
from provisioner.state.lock_postgres import SessionLock, key_of

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
