"""The SQL of what somebody was notified of, so that a nightly job says the same thing once: `occasion` about `subject`.

What is no longer so is struck out, and is told again when it comes back.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, delete, insert, select

from provisioner.state.schema import NOTICES

Told = frozenset[tuple[str, str]]  # (occasion, the remote id that it is about)


def told(connection: Connection, scope: int) -> Told:
    """All of it."""
    rows = connection.execute(select(NOTICES.c.occasion, NOTICES.c.subject).where(NOTICES.c.scope == scope))
    return frozenset((row.occasion, row.subject) for row in rows)


def keep(connection: Connection, scope: int, found: Iterable[tuple[str, str]]) -> None:
    """These, in place of what was kept."""
    connection.execute(delete(NOTICES).where(NOTICES.c.scope == scope))
    rows = [{"scope": scope, "occasion": occasion, "subject": subject} for occasion, subject in sorted(found)]
    if rows:
        connection.execute(insert(NOTICES), rows)
