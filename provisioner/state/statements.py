"""The statements that every step of an apply needs, past SQLAlchemy, which costs ten times what they do.

All others go through SQLAlchemy. Both are part of the same transaction, and fail with the same errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Statement:
    """One text for SQLite and PostgreSQL, with `:name` where a value comes; no colon stands for anything else."""

    text: str

    @cached_property
    def of_psycopg(self) -> str:
        """As its driver names values."""
        return re.sub(r":(\w+)", r"%(\1)s", self.text)

    def for_each(self, connection: Connection, rows: Sequence[Values]) -> None:
        """Carried out for each of the rows, which may be none."""
        if rows:
            with _cursor(connection) as cursor:
                cursor.executemany(self._in(connection), rows)

    def inserted(self, connection: Connection, rows: Sequence[Values]) -> list[int]:
        """Carried out for each of the rows, and the ids that the database gave them, in their order.

        One round trip to a server for all of them; SQLite has none to save, and RETURNING would need its version 3.35.
        """
        if not rows:
            return []
        with _cursor(connection) as cursor:
            if _is_sqlite(connection):
                return [cursor.execute(self.text, row).lastrowid for row in rows]
            cursor.executemany(f"{self.of_psycopg} RETURNING id", rows, returning=True)
            return list(_returned(cursor))

    def finds(self, connection: Connection, row: Values) -> bool:
        """Whether anything is found."""
        with _cursor(connection) as cursor:
            return cursor.execute(self._in(connection), row).fetchone() is not None

    def _in(self, connection: Connection) -> str:
        return self.text if _is_sqlite(connection) else self.of_psycopg


def _returned(cursor: Any) -> Iterator[int]:
    """One result for each row, as psycopg keeps them."""
    yield int(cursor.fetchone()[0])
    while cursor.nextset():
        yield int(cursor.fetchone()[0])


def _is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"


@contextmanager
def _cursor(connection: Connection) -> Iterator[Any]:
    """The driver's own; what it raises comes as from SQLAlchemy, also in what becomes of a broken connection."""
    pooled, dialect = connection.connection, connection.dialect
    cursor: Any = pooled.cursor()
    try:
        yield cursor
    except dialect.loaded_dbapi.Error as error:
        if dialect.is_disconnect(error, pooled.dbapi_connection, cursor):
            connection.invalidate(error)
        raise DBAPIError(None, None, error, hide_parameters=True) from None
    finally:
        cursor.close()
