"""State in an SQLite file: created private, opened so that neither a kill nor a power cut loses a commit.

WAL lets plans read while an apply writes, and `synchronous=FULL` costs a quarter of a millisecond a commit. A missing
file stays missing until the first write; a file that we may not write can still be read.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, Row, StaticPool, create_engine, event, update
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from provisioner.state import lock
from provisioner.state.database import WRITES, Database
from provisioner.state.lock import ScopeLock, certainly_dead, this_process
from provisioner.state.schema import LOCKS
from provisioner.state.values import Holder

# Seconds to wait for other writers of the same file: other environments, heartbeats.
BUSY_SECONDS = 10.0

# Execution option of the one connection that changes the journal mode, which SQLite refuses inside a transaction.
NO_TRANSACTION = "alice_no_transaction"

ADVICE = {
    "SQLITE_READONLY": "the file or its folder is not writable; get write access, or set `state:` elsewhere",
    "SQLITE_CANTOPEN": "cannot be opened; look at the rights of the file and its folder, or set `state:` elsewhere",
    "SQLITE_FULL": "the disk is full; free some space and run again",
    "SQLITE_IOERR": "the disk cannot be read or written, is it full? Fix that and run again",
    "SQLITE_BUSY": f"another process kept the file busy for {BUSY_SECONDS:g} s; run again",
    "SQLITE_NOTADB": "the file is not an SQLite database; set `state:` to another file",
    "SQLITE_CORRUPT": "the file is damaged; restore a backup, or move it away: what Alice shows is adopted again",
}


@dataclass(frozen=True)
class SqliteFile:
    """The file that holds the state."""

    path: Path

    @property
    def label(self) -> str:
        """What messages call it."""
        return f"state {self.path}"

    def exists(self) -> bool:
        """Whether there is a file to read. Raises OSError where that cannot be told: then there may be a state."""
        try:
            self.path.stat()
        except FileNotFoundError:
            parent = self.path.parent
            if self.path.is_symlink() or (parent.is_symlink() and not parent.exists()):
                raise  # it points to a place that is not there now, such as a disk that is not mounted
            return False
        return True

    def engine(self) -> Engine:
        """Connections that may move between threads, in transactions that we begin ourselves."""
        engine = create_engine("sqlite://", creator=self._connect, poolclass=QueuePool, hide_parameters=True)
        event.listen(engine, "connect", _configure)
        event.listen(engine, "begin", _begin)
        return engine

    def _connect(self) -> sqlite3.Connection:
        """Never creates the file: that is `create`, with the right permissions."""
        return sqlite3.connect(
            f"{self.path.absolute().as_uri()}?{self._mode()}",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )

    def _mode(self) -> str:
        """Reading a WAL database needs files beside it; where we cannot make them nobody is writing: say immutable."""
        logged = Path(f"{self.path}-wal").exists()
        writable = os.access(self.path.parent, os.W_OK, effective_ids=True)
        return "mode=rw" if writable or logged else "mode=ro&immutable=1"

    def create(self, engine: Engine) -> None:
        """An empty file for our eyes only, in a folder for our eyes only, in WAL mode; harmless when it is there."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(self.path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        with engine.connect().execution_options(**{NO_TRANSACTION: True}) as connection:
            _switch_to_wal(connection)

    @contextmanager
    def aside(self, connection: Connection) -> Iterator[Connection]:
        """A copy in memory: the file itself may not be ours to write."""
        memory = sqlite3.connect(":memory:", isolation_level=None)
        source = connection.connection.driver_connection
        assert isinstance(source, sqlite3.Connection)
        source.backup(memory)
        with create_engine("sqlite://", creator=lambda: memory, poolclass=StaticPool).connect() as copy:
            yield copy
        memory.close()

    def alone(self, connection: Connection) -> None:
        """Nothing to do: BEGIN IMMEDIATE has made everybody else wait."""

    def explain(self, error: DBAPIError) -> str:
        """Advice by SQLite's error name, else its own words, which never quote values."""
        name = getattr(error.orig, "sqlite_errorname", "")
        return next((advice for prefix, advice in ADVICE.items() if name.startswith(prefix)), str(error.orig))

    def keeper(self, database: Database, scope: int, name: str) -> Lease:
        """A lease, which knows its scope by the row."""
        return Lease(database, scope)


def _configure(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """What SQLite forgets with every connection."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _begin(connection: Connection) -> None:
    """A writer takes the write lock at once: taking it later fails without waiting if somebody wrote in between."""
    options = connection.get_execution_options()
    if not options.get(NO_TRANSACTION):
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(WRITES) else "BEGIN")


def _switch_to_wal(connection: Connection) -> None:
    """SQLite does not wait here as it does for writes, so two first runs at once need a little patience."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            return
        except DBAPIError as error:
            busy = str(getattr(error.orig, "sqlite_errorname", "")).startswith("SQLITE_BUSY")
            if not busy or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


class Lease(ScopeLock):
    """The row of a scope with its holder's name and latest sign of life.

    It is free when its holder is certainly dead (same machine), or has given no sign for LEASE_SECONDS. Wall clocks are
    compared, because the row outlives processes and reboots; a sign from the future is as dead as one from the past.
    """

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

    def _end(self, connection: Connection) -> None:
        """Nothing: the row is the lock."""

    def beat(self) -> bool:
        """Renews the lease; one that ran out while nobody wanted it is ours still."""
        mine = (LOCKS.c.scope == self._scope, LOCKS.c.token == self.token)
        with self._database.writing() as connection:
            return connection.execute(update(LOCKS).where(*mine).values(beat=time.time())).rowcount == 1

    def release(self) -> None:
        """Free at once for the next one."""
        with self._database.writing() as connection:
            lock.erase_row(connection, self._scope, self.token)


def _expired(row: Row[Any]) -> bool:
    silent = abs(time.time() - row.beat) > lock.LEASE_SECONDS
    return silent or certainly_dead(row.machine, row.pid, row.started)
