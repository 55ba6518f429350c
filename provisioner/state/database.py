"""Transactions on one database, whichever it is: reading leaves no trace, writing makes the tables first.

A `StateBackend` knows where the database is, how to connect and what its errors mean; this module knows when a
transaction begins and ends. It must not know what is in the tables. Every database error leaves here as a StateError
without statements or values: those would put recorded values into logs.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from provisioner.errors import StateError
from provisioner.state import schema
from provisioner.state.lock import ScopeLock

# Execution option of connections that are going to write; SQLite takes its write lock at once for them.
WRITES = "alice_writes"


class StateBackend(Protocol):
    """Where a state database is. `label` is for messages and holds no password."""

    @property
    def label(self) -> str: ...

    def engine(self) -> Engine:
        """Connections to it; raises StateError when the driver is missing."""

    def exists(self) -> bool:
        """False when there is nothing to read yet and reading must not create it; OSError when that is not known."""

    def create(self, engine: Engine) -> None:
        """Makes the (empty) database where that is ours to do."""

    def aside(self, connection: Connection) -> AbstractContextManager[Connection]:
        """Where the tables that `connection` reads may be migrated without leaving a trace."""

    def alone(self, connection: Connection) -> None:
        """Makes other processes wait while the transaction of `connection` makes or migrates the tables."""

    def explain(self, error: DBAPIError) -> str:
        """What went wrong and what to do, without statements, values or passwords."""

    def keeper(self, database: Database, scope: int, name: str) -> ScopeLock:
        """The lock of a scope: its id, and a name that is the same in every run."""


class Database:
    """One open database; safe to use from several threads, which write one after another."""

    def __init__(self, place: StateBackend) -> None:
        self.place = place
        self.engine = place.engine()
        self._writer = self.engine.execution_options(**{WRITES: True})
        self._mutex = threading.Lock()
        self._current = False

    @contextmanager
    def reading(self) -> Iterator[Connection | None]:
        """A transaction that changes nothing, or None when there is no state yet. Raises StateError.

        An older schema is migrated for this transaction's eyes only, also where the state may not be written.
        """
        with self.clear_words():
            there = self.place.exists()
        if not there:
            yield None
            return
        with self.clear_words(), self.engine.connect() as connection:
            version = schema.newest() if self._current else schema.version_of(connection)
            self._current = version == schema.newest()
            if 0 < version < schema.newest():
                with self.place.aside(connection) as copy:
                    schema.bring_up(copy, version)
                    yield copy
            else:
                yield connection if version else None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is committed at the end, or not at all. Raises StateError."""
        with self._mutex, self.clear_words():
            self._prepare()
            with self._writer.begin() as connection:
                yield connection

    def _prepare(self) -> None:
        """Before the first write: the database and its tables, at the newest version."""
        if self._current:
            return
        self.place.create(self.engine)
        with self._writer.begin() as connection:
            self.place.alone(connection)
            version = schema.version_of(connection)
            if version < schema.newest():
                schema.bring_up(connection, version)
        self._current = True

    @contextmanager
    def clear_words(self) -> Iterator[None]:
        """Turns what the database, its driver or the file system say into a StateError."""
        try:
            yield
        except DBAPIError as error:
            raise StateError(f"{self.place.label}: {self.place.explain(error)}") from None
        except PoolTimeout:
            raise StateError(f"{self.place.label}: no free connection; run again") from None
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise StateError(f"{self.place.label}: {reason}; set `state:` to a place that you can write") from None

    def close(self) -> None:
        """Ends every connection."""
        self.engine.dispose()
