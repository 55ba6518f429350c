"""The SQL of the marks that an emergency stop leaves: functions of a connection and a scope.

They are written without the lock, by whoever stops, while another process applies. What a mark means is decided by
planning and applying; here it is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.sql import ColumnElement

from provisioner.model import Address
from provisioner.state.schema import STOPS
from provisioner.state.values import instant
from provisioner.stop_marks import ADDRESS, Mark, Marks


def marks(connection: Connection, scope: int) -> Marks:
    """All of them, oldest first."""
    rows = connection.execute(select(STOPS).where(STOPS.c.scope == scope).order_by(STOPS.c.stopped_at, STOPS.c.subject))
    return Marks(
        tuple(
            Mark(row.kind, row.form, row.subject, datetime.fromisoformat(row.stopped_at), bool(row.asked))
            for row in rows
        )
    )


def mark(connection: Connection, scope: int, found: Iterable[Mark]) -> None:
    """Notes these, each in place of an earlier one about the same."""
    for each in found:
        connection.execute(delete(STOPS).where(*_same(scope, each)))
        values = {"kind": each.kind, "form": each.form, "subject": each.value, "asked": each.asked}
        connection.execute(insert(STOPS).values(scope=scope, stopped_at=instant(each.at), **values))


def lift(connection: Connection, scope: int, found: Iterable[Mark]) -> None:
    """Strikes these out; one that was made anew in the meantime stays."""
    for each in found:
        connection.execute(delete(STOPS).where(*_same(scope, each), STOPS.c.stopped_at == instant(each.at)))


def move(connection: Connection, scope: int, old: Address, new: Address) -> None:
    """An address has another name: so has what was stopped there."""
    connection.execute(delete(STOPS).where(*_at(scope, new)))
    connection.execute(update(STOPS).where(*_at(scope, old)).values(subject=str(new)))


def addresses(connection: Connection, scope: int) -> set[str]:
    """The addresses that are marked."""
    return set(connection.scalars(select(STOPS.c.subject).where(STOPS.c.scope == scope, STOPS.c.form == ADDRESS)))


def _at(scope: int, address: Address) -> tuple[ColumnElement[bool], ...]:
    return STOPS.c.scope == scope, STOPS.c.form == ADDRESS, STOPS.c.subject == str(address)


def _same(scope: int, found: Mark) -> tuple[ColumnElement[bool], ...]:
    return (
        STOPS.c.scope == scope,
        STOPS.c.kind == found.kind,
        STOPS.c.form == found.form,
        STOPS.c.subject == found.value,
    )
