"""What somebody was notified of, so that a nightly job says the same thing once: `occasion` about `subject`.

What is no longer so is struck out, and is told again when it comes back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from provisioner.state.schema import NOTICES

Told = frozenset[tuple[str, str]]  # (occasion, the remote id that it is about)
Transaction = AbstractContextManager[tuple[Connection, int]]


@dataclass(frozen=True, slots=True)
class Notices:
    """The notices of one scope, by the transactions of its store: a connection, and the scope's id."""

    read: Callable[[Callable[[Connection, int], Told], Told], Told]
    writing: Callable[[], Transaction]

    def told(self) -> Told:
        """All of it."""
        return self.read(_told, frozenset())

    def keep(self, found: Iterable[tuple[str, str]]) -> None:
        """Keeps these in place of what was told before. Needs no lock."""
        with self.writing() as (connection, scope):
            connection.execute(delete(NOTICES).where(NOTICES.c.scope == scope))
            rows = [{"scope": scope, "occasion": occasion, "subject": subject} for occasion, subject in sorted(found)]
            if rows:
                connection.execute(insert(NOTICES), rows)


def _told(connection: Connection, scope: int) -> Told:
    rows = connection.execute(select(NOTICES.c.occasion, NOTICES.c.subject).where(NOTICES.c.scope == scope))
    return frozenset((row.occasion, row.subject) for row in rows)
