"""One writer per scope: waiting for the lock, keeping it while work goes on, noticing when it was taken away.

How a database locks is in sqlite.py and postgres.py, both `ScopeLock`s. This module owns time: it polls, and a daemon
thread beats once a second, so that the lock of a killed or frozen process runs out by itself. A process is known by its
machine (this boot, this pid namespace), pid and start time, because a pid alone may be somebody else's by now; only on
our own machine is one called dead.
"""

from __future__ import annotations

import getpass
import os
import secrets
import socket
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, delete, insert, select

from provisioner.errors import StateError
from provisioner.state.schema import LOCKS
from provisioner.state.statements import Statement
from provisioner.state.values import HeldBy, Holder, instant

if TYPE_CHECKING:
    from provisioner.state.database import Database

PROC = Path("/proc")

BEAT_SECONDS = 1.0
# Without a beat for so long a lock is dead. Long enough for a machine that swaps or a disk that stalls; the holder's
# own machine does not wait for it, because there a dead process is seen to be dead.
LEASE_SECONDS = 10.0
OURS = Statement("SELECT 1 FROM alice_locks WHERE scope = :scope AND token = :token")
OURS_UNTIL_THE_END = Statement(f"{OURS.text} FOR UPDATE")
FIRST_POLL_SECONDS, LONGEST_POLL_SECONDS = 0.1, 1.0


@dataclass(frozen=True, slots=True)
class Process:
    """What tells one process from all others; `user` and `host` are for people."""

    user: str
    host: str
    pid: int
    machine: str
    started: str


def this_process() -> Process:
    """The one that asks."""
    pid = os.getpid()
    return Process(_user(), socket.gethostname(), pid, _machine(), _started(pid) or "")


def certainly_dead(machine: str, pid: int, started: str) -> bool:
    """True when that process ran on this machine and is gone; False when it lives or we cannot know."""
    if machine != _machine() or os.name != "posix":
        return False
    seen = _started(pid)
    return not _exists(pid) if seen is None or not started else seen != started


def _user() -> str:
    """The login name; a container may run a bare number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _machine() -> str:
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {(PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return socket.gethostname()


def _started(pid: int) -> str | None:
    """Start time in clock ticks since boot, `zombie`, or None where /proc does not show the process."""
    try:
        # The command's name, in parentheses, may hold blanks and parentheses itself.
        state, *rest = (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except (OSError, ValueError):
        return None
    return "zombie" if state in "ZX" else rest[18]


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class ScopeLock(ABC):
    """The lock of one scope in one database."""

    def __init__(self, database: Database, scope: int) -> None:
        self.token = secrets.token_hex(8)
        self._database, self._scope = database, scope

    @abstractmethod
    def take(self) -> Holder | None:
        """None when the lock is ours now, else who has it. Raises StateError."""

    @abstractmethod
    def beat(self) -> bool:
        """Says that we live; False when the lock is ours no more. Raises StateError when that cannot be known."""

    @abstractmethod
    def release(self) -> None:
        """Gives back what was taken, if it is still ours. Raises StateError."""

    def holder(self) -> Holder | None:
        """Who has the lock, changing nothing. Raises StateError."""
        with self._database.reading() as connection:
            return self._holder(connection) if connection else None

    def take_away(self) -> Holder | None:
        """Ends the lock of whoever has it, who notices before the next write; whom that was. Raises StateError."""
        with self._database.writing() as connection:
            holder, row = self._holder(connection), row_of(connection, self._scope)
            self._end(connection)
            if row:  # and not that of somebody who got the lock in this very moment
                erase_row(connection, self._scope, row.token)
        return holder

    @abstractmethod
    def _holder(self, connection: Connection) -> Holder | None:
        """Who has the lock as far as a connection shows; None when it is free."""

    @abstractmethod
    def _end(self, connection: Connection) -> None:
        """Ends what holds the lock beside its row."""


class Guard:
    """Keeps a taken lock alive from a thread of its own; `lost` once somebody else may have it."""

    def __init__(self, keeper: ScopeLock) -> None:
        self.token = keeper.token
        self.lost = False
        self._keeper = keeper
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="alice-apply lock", daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        latest = time.monotonic()
        while not self.lost and not self._done.wait(BEAT_SECONDS):
            try:
                self.lost = not self._keeper.beat()
                latest = time.monotonic()
            except StateError:  # a busy or full disk: nobody takes the lease before it has run out
                self.lost = time.monotonic() - latest > LEASE_SECONDS

    def stop(self) -> None:
        """Ends the thread."""
        self._done.set()
        self._thread.join()


@contextmanager
def held(keeper: ScopeLock, what: str, timeout: float, give_up: Callable[[], bool]) -> Iterator[Guard]:
    """The lock for the length of a block, after up to `timeout` seconds of waiting. Raises HeldBy, StateError."""
    try:
        _wait(keeper, what, timeout, give_up)
        guard = Guard(keeper)
        try:
            yield guard
        finally:
            guard.stop()
    finally:
        # A lock that cannot be given back frees itself; what the block raised matters more.
        with suppress(StateError):
            keeper.release()


def _wait(keeper: ScopeLock, what: str, timeout: float, give_up: Callable[[], bool]) -> None:
    """Polls, ever more gently, until nobody wants the lock any more."""
    deadline, pause = time.monotonic() + timeout, FIRST_POLL_SECONDS
    while holder := keeper.take():
        left = deadline - time.monotonic()
        if left <= 0 or give_up():
            raise HeldBy(holder, what, timeout)
        time.sleep(min(pause, left))
        pause = min(2 * pause, LONGEST_POLL_SECONDS)


def row_of(connection: Connection, scope: int) -> Row[Any] | None:
    """What is written about the scope's lock, whether or not it still holds."""
    return connection.execute(select(LOCKS).where(LOCKS.c.scope == scope)).one_or_none()


def is_ours(connection: Connection, scope: int, token: str) -> bool:
    """Whether nobody has taken the lock since; on PostgreSQL also keeps it so until the transaction ends."""
    ours = OURS if connection.dialect.name == "sqlite" else OURS_UNTIL_THE_END
    return ours.finds(connection, {"scope": scope, "token": token})


def write_row(connection: Connection, scope: int, token: str, process: Process, backend: int | None = None) -> None:
    """Puts our name on the lock in place of anybody else's."""
    connection.execute(delete(LOCKS).where(LOCKS.c.scope == scope))
    values = {
        "token": token,
        "username": process.user,
        "host": process.host,
        "pid": process.pid,
        "machine": process.machine,
        "started": process.started,
        "since": instant(datetime.now(UTC)),
        "beat": time.time(),
        "backend": backend,
    }
    connection.execute(insert(LOCKS).values(scope=scope, **values))


def erase_row(connection: Connection, scope: int, token: str) -> None:
    """Takes our name off the lock; somebody else's stays."""
    connection.execute(delete(LOCKS).where(LOCKS.c.scope == scope, LOCKS.c.token == token))


def holder_in(row: Row[Any]) -> Holder:
    """Whom the row names."""
    return Holder(row.username, row.host, row.pid, datetime.fromisoformat(row.since))
