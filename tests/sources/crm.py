"""A CRM of our own: one table, in SQLite or on the PostgreSQL server of the tests, and a query's way to its rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from provisioner.model import Query, Source
from provisioner.rows.streams import BadStream
from provisioner.sources.queries import QueryStream
from tests.state.postgres_server import Server, schema_of

AT, DATABASE_AT = Source("leads.yaml", 4, 12), Source("leads.yaml", 5, 17)
LEADS = "CREATE TABLE leads (phone text, first_name text, city text, amount numeric(12, 2), called boolean)"


@dataclass(frozen=True)
class Crm:
    """A database at a URL; `execute` is for its owner."""

    url: str
    server: Server | None = None

    def execute(self, *statements: str) -> None:
        if self.server is not None:
            with self.server.connect(options=f"-csearch_path={schema_of(self.url)}") as connection:
                for statement in statements:
                    connection.execute(statement)
            return
        with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"))) as connection, connection:
            for statement in statements:
                connection.execute(statement)

    def fill(self, rows: Iterable[tuple[str | None, ...]]) -> None:
        """The table of leads, with texts and NULLs in its first columns."""
        self.execute("DROP TABLE IF EXISTS leads", LEADS)
        for row in rows:
            values = ", ".join("NULL" if cell is None else "'" + cell.replace("'", "''") + "'" for cell in row)
            names = ["phone", "first_name", "city", "amount", "called"][: len(row)]
            self.execute(f"INSERT INTO leads ({', '.join(names)}) VALUES ({values})")


def in_sqlite(folder: Path) -> Crm:
    return Crm(f"sqlite:///{folder / 'crm.db'}")


def rows_of(url: str, text: str) -> list[list[str]]:
    """The cells that a query gives."""
    with QueryStream(Query(text, url, AT, DATABASE_AT)).opened() as streamed:
        return [cells for _, cells, _ in streamed.records]


def refusal(url: str, text: str = "select 1") -> tuple[str, Source]:
    """What is said about a query, and where."""
    try:
        found = rows_of(url, text)
    except BadStream as error:
        return str(error), error.place
    raise AssertionError(f"it gave {found}")
