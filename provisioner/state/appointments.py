"""The SQL of what was sent of appointments: functions of a connection and a scope, in sets.

Marks belong to the calendar they were sent to (`owner_id`): of one that is gone and made anew nothing was sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Text, case, cast, delete, func, insert, select, update
from sqlalchemy.sql import ColumnElement

from provisioner.model import Address, Recorded
from provisioner.reminders import WORD, SentAppointment
from provisioner.state.schema import APPOINTMENTS

BATCH = 500  # marks of one statement: SQLite takes 999 values
VALUES = ("sort", "mark", "remote_id", "parent_id", "moment", "flying", "form")


def sent(connection: Connection, scope: int, owner_id: int) -> tuple[SentAppointment, ...]:
    """All that was sent to one calendar."""
    columns = [APPOINTMENTS.c[name] for name in VALUES]
    query = select(*columns).where(*_to(scope, owner_id))
    return tuple(SentAppointment(*row) for row in connection.execute(query))


def texts(connection: Connection, scope: int, owner_id: int) -> Iterator[Sequence[str]]:
    """The `texts` of all that was sent to one calendar, which may be hundreds of thousands; no words."""
    cells: dict[str, Any] = {name: APPOINTMENTS.c[name] for name in VALUES}
    cells |= {name: func.coalesce(cast(cells[name], Text), "") for name in ("remote_id", "parent_id", "moment")}
    cells["flying"] = case((cells["flying"], "true"), else_="false")
    query = select(*cells.values()).where(*_to(scope, owner_id), APPOINTMENTS.c.sort != WORD)
    for some in connection.execute(query.execution_options(yield_per=BATCH)).partitions():
        yield from some


def word(connection: Connection, scope: int, owner_id: int) -> str:
    """What somebody has looked up of all that nobody can see; "" when nobody has."""
    query = select(APPOINTMENTS.c.mark).where(*_to(scope, owner_id), APPOINTMENTS.c.sort == WORD)
    return next(iter(connection.scalars(query)), "")


def note(connection: Connection, scope: int, address: Address, owner_id: int, marks: Iterable[SentAppointment]) -> None:
    """Each in place of what was known under its mark, and of its object under another one."""
    fresh = {(each.sort, each.mark): each for each in marks}
    strike(connection, scope, address, fresh)
    _strike_objects(connection, scope, owner_id, fresh.values())
    rows = [{name: getattr(each, name) for name in VALUES} for each in fresh.values()]
    if rows:
        shared: dict[str, Any] = {"scope": scope, "address": str(address), "owner_id": owner_id}
        connection.execute(insert(APPOINTMENTS), [{**shared, **row} for row in rows])


def _strike_objects(connection: Connection, scope: int, owner_id: int, marks: Iterable[SentAppointment]) -> None:
    """What was moved is not what it was any more."""
    here = _to(scope, owner_id)
    ids: dict[str, list[int]] = {}
    for each in marks:
        if each.remote_id is not None:
            ids.setdefault(each.sort, []).append(each.remote_id)
    for sort, found in ids.items():
        for first in range(0, len(found), BATCH):
            some = APPOINTMENTS.c.remote_id.in_(found[first : first + BATCH])
            connection.execute(delete(APPOINTMENTS).where(*here, APPOINTMENTS.c.sort == sort, some))


def strike(connection: Connection, scope: int, address: Address, gone: Iterable[tuple[str, str]]) -> None:
    """Nothing is known of these any more, by sort and mark."""
    sorts: dict[str, list[str]] = {}
    for sort, mark in gone:
        sorts.setdefault(sort, []).append(mark)
    for sort, marks in sorts.items():
        for first in range(0, len(marks), BATCH):
            some = APPOINTMENTS.c.mark.in_(marks[first : first + BATCH])
            connection.execute(delete(APPOINTMENTS).where(*_of(scope, address), APPOINTMENTS.c.sort == sort, some))


def settle(connection: Connection, scope: int, address: Address, owner_id: int, *, there: bool) -> int:
    """What somebody has looked up of those whose answer nobody saw, and of all others; how many they were."""
    strike(connection, scope, address, [(WORD, each) for each in ("there", "absent")])
    note(connection, scope, address, owner_id, [SentAppointment(WORD, "there" if there else "absent")])
    flying = (*_of(scope, address), APPOINTMENTS.c.flying)
    seen, gone = update(APPOINTMENTS).where(*flying).values(flying=False), delete(APPOINTMENTS).where(*flying)
    return int(connection.execute(seen if there else gone).rowcount)


def follow(connection: Connection, scope: int, gone: Iterable[Address], records: Iterable[Recorded]) -> None:
    """Addresses are forgotten; a calendar that has another one from now on takes along what was sent to it."""
    fresh = list(records)
    for old in gone:
        for record in fresh:
            if record.address.kind == old.kind:
                same = (*_of(scope, old), APPOINTMENTS.c.owner_id == record.remote_id)
                connection.execute(update(APPOINTMENTS).where(*same).values(address=str(record.address)))
        forget(connection, scope, old)


def forget(connection: Connection, scope: int, address: Address) -> None:
    """Nothing was sent."""
    connection.execute(delete(APPOINTMENTS).where(*_of(scope, address)))


def move(connection: Connection, scope: int, old: Address, new: Address) -> None:
    """Another address has it now."""
    forget(connection, scope, new)
    connection.execute(update(APPOINTMENTS).where(*_of(scope, old)).values(address=str(new)))


def _to(scope: int, owner_id: int) -> tuple[ColumnElement[bool], ...]:
    return APPOINTMENTS.c.scope == scope, APPOINTMENTS.c.owner_id == owner_id


def _of(scope: int, address: Address) -> tuple[ColumnElement[bool], ...]:
    return APPOINTMENTS.c.scope == scope, APPOINTMENTS.c.address == str(address)
