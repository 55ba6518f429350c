"""The SQL of recorded resources and of known absences: functions of a connection and a scope.

Transactions, serials and locks are the caller's. JSON keeps the order of keys; a nested mapping may be of any type
when it comes in and is a dict when it goes out.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from types import MappingProxyType
from typing import Any

import orjson
from sqlalchemy import Connection, Table, and_, delete, insert, select, update
from sqlalchemy.sql import ColumnElement

from provisioner.error_ids import ErrorId
from provisioner.errors import StateError
from provisioner.model import Address, Recorded
from provisioner.moves import family_moves, renamed
from provisioner.state import appointments, stops
from provisioner.state.schema import ABSENCES, JOURNAL, RESOURCES
from provisioner.state.statements import Statement
from provisioner.state.values import LEFT

BATCH = 1000  # rows that are in memory at once as the database gives them

# What is read of a resource, in the order in which `_recorded` takes it.
READ = (
    RESOURCES.c.address,
    RESOURCES.c.remote_id,
    RESOURCES.c.fields,
    RESOURCES.c.digests,
    RESOURCES.c.depends_on,
    RESOURCES.c.ignored,
    RESOURCES.c.forms,
    RESOURCES.c.created,
    RESOURCES.c.username,
    RESOURCES.c.protected,
)

_NAMES = [column.name for column in RESOURCES.columns]
PUT = Statement(
    f"INSERT INTO alice_resources ({', '.join(_NAMES)}) VALUES ({', '.join(f':{name}' for name in _NAMES)})"
    f" ON CONFLICT (scope, address) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _NAMES[2:])}"
)
FORGET = Statement("DELETE FROM alice_resources WHERE scope = :scope AND address = :address")
PRESENT = Statement("DELETE FROM alice_absences WHERE scope = :scope AND address = :address")


def recorded(connection: Connection, scope: int) -> dict[Address, Recorded]:
    """Everything recorded, in the order of the address texts."""
    query = select(*READ).where(RESOURCES.c.scope == scope).execution_options(yield_per=BATCH)
    found = [(row[0], _recorded(row)) for some in connection.execute(query).partitions() for row in some]
    # Sorted here and not by the database, whose order depends on its locale.
    found.sort(key=itemgetter(0))
    return {record.address: record for _, record in found}


def put(connection: Connection, scope: int, records: Sequence[Recorded]) -> None:
    """Inserts or replaces; what is recorded is no longer absent."""
    PUT.for_each(connection, [{"scope": scope, **_columns(record)} for record in records])
    PRESENT.for_each(connection, [_place(scope, record.address) for record in records])


def forget(connection: Connection, scope: int, addresses: Iterable[Address]) -> None:
    """Nothing is known of the addresses afterwards."""
    places = [_place(scope, address) for address in addresses]
    for statement in (FORGET, PRESENT):
        statement.for_each(connection, places)


def _place(scope: int, address: Address) -> dict[str, Any]:
    return {"scope": scope, "address": str(address)}


def move(connection: Connection, scope: int, old: Address, new: Address) -> dict[Address, Address]:
    """Takes along all that hangs on the address: children, absences, journal, mentions. Raises StateError.

    Returns what moved, old address to new.
    """
    known = known_addresses(connection, scope)
    if old not in known:
        raise StateError(f"{old} is not recorded", id=ErrorId.STATE_ADDRESS)
    moves = family_moves(known, old, new)
    for target in moves.values():
        _require_free(connection, scope, target)
    for source, target in moves.items():
        for table in (ABSENCES, JOURNAL):
            connection.execute(delete(table).where(_is(table, scope, target)))
            connection.execute(update(table).where(_is(table, scope, source)).values(address=str(target)))
        stops.move(connection, scope, source, target)
        appointments.move(connection, scope, source, target)
    _rename(connection, scope, moves)
    return moves


def _require_free(connection: Connection, scope: int, address: Address) -> None:
    """A note about what was left in place, or about an absence, is no obstacle. Raises StateError."""
    if _knows(connection, scope, address):
        raise StateError(f"{address} is recorded already: forget or move it first", id=ErrorId.STATE_ADDRESS)
    in_flight = select(JOURNAL.c.id).where(_is(JOURNAL, scope, address), JOURNAL.c.step != LEFT)
    if connection.scalar(in_flight.limit(1)) is not None:
        raise StateError(
            f"a write to {address} has had no answer yet: settle that first, with apply or `state adopt`",
            id=ErrorId.STATE_ADDRESS,
        )


def known_addresses(connection: Connection, scope: int) -> set[Address]:
    """Everything of which anything is known: recorded, absent, written to without an answer, or stopped."""
    texts = stops.addresses(connection, scope)
    for table in (RESOURCES, ABSENCES, JOURNAL):
        texts.update(connection.scalars(select(table.c.address).where(table.c.scope == scope)))
    return set(map(Address.parse, texts))


def mark_absent(connection: Connection, scope: int, address: Address) -> None:
    """Notes that nothing of this address exists. Raises StateError when it is recorded."""
    if _knows(connection, scope, address):
        raise StateError(f"{address} is recorded: forget it first if it does not exist", id=ErrorId.STATE_ADDRESS)
    forget(connection, scope, [address])
    connection.execute(insert(ABSENCES).values(scope=scope, address=str(address)))


def absences(connection: Connection, scope: int) -> frozenset[Address]:
    """What is known not to exist."""
    found = connection.scalars(select(ABSENCES.c.address).where(ABSENCES.c.scope == scope))
    return frozenset(map(Address.parse, found))


def _is(table: Table, scope: int, address: Address) -> ColumnElement[bool]:
    return and_(table.c.scope == scope, table.c.address == str(address))


def _knows(connection: Connection, scope: int, address: Address) -> bool:
    return connection.scalar(select(RESOURCES.c.remote_id).where(_is(RESOURCES, scope, address))) is not None


def _rename(connection: Connection, scope: int, moves: Mapping[Address, Address]) -> None:
    """The records that moved, and those that mention one of them."""
    for address, record in recorded(connection, scope).items():
        after = renamed(record, moves)
        if after != record:
            connection.execute(delete(RESOURCES).where(_is(RESOURCES, scope, address)))
            connection.execute(insert(RESOURCES).values(scope=scope, **_columns(after)))


def _columns(record: Recorded) -> dict[str, Any]:
    return {
        "address": str(record.address),
        "kind": record.address.kind,
        "remote_id": record.remote_id,
        "fields": _text(record.fields),
        "digests": _text(record.digests),
        "depends_on": _text([str(address) for address in record.depends_on]),
        "ignored": _text(record.ignored),
        "forms": _text(record.forms),
        "created": record.created,
        "username": record.user,
        "protected": record.protected,
    }


def _recorded(row: Sequence[Any]) -> Recorded:
    # By position: names cost a tenth of a second in ten thousand resources.
    address, remote_id, fields, digests, depends_on, ignored, forms, created, user, protected = row
    return Recorded(
        Address.parse(address),
        int(remote_id),
        _mapping(fields),
        _mapping(digests),
        _addresses(depends_on),
        _mapping(ignored),
        _mapping(forms),
        created,
        user and sys.intern(user),  # the same of most
        protected,
    )


@lru_cache(maxsize=1024)
def _addresses(text: str) -> tuple[Address, ...]:
    """Siblings depend on the same things, so most texts come many times."""
    return tuple(map(Address.parse, orjson.loads(text)))


_EMPTY: Mapping[str, Any] = MappingProxyType({})


def _text(value: object) -> str:
    return orjson.dumps(value, default=_plain).decode()


def _plain(value: object) -> dict[str, Any]:
    """Read-only mappings are JSON objects too; anything else is the caller's mistake."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a {type(value).__name__} is not a JSON value")


def _mapping(text: str) -> Mapping[str, Any]:
    # Most are empty, and ten thousand resources have three of these each.
    return _EMPTY if text == "{}" else dict(orjson.loads(text))
