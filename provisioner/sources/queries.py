"""The rows of a query, through SQLAlchemy: any dialect that is installed, in batches, in a transaction that only reads.

What a database, its driver or SQLAlchemy says may hold the URL, the statement, values and rows, so none of it leaves
here: an error is a class, a code and our own words, at the place in the manifest. With `state` the only importer of
SQLAlchemy.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
from sqlalchemy import URL, Connection, CursorResult, Engine, NullPool, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from provisioner.error_ids import ErrorId
from provisioner.model import Query
from provisioner.rows.records import LONGEST, Record, usable
from provisioner.rows.statements import NoSelect, select_of
from provisioner.rows.streams import BadStream, Streamed
from provisioner.rows.tables import SourcePart
from provisioner.sensitive import content
from provisioner.sources.drivers import driver_missing, told

BATCH = 5_000  # rows that are in memory together
READ_ONLY = {
    "postgresql": "SET TRANSACTION READ ONLY",
    "mysql": "START TRANSACTION READ ONLY",
    "mariadb": "START TRANSACTION READ ONLY",
    "oracle": "SET TRANSACTION READ ONLY",
    "sqlite": "PRAGMA query_only = 1",
}

_NO_URL = "is no URL of a database such as postgresql+psycopg://reader:password@host/crm; see what the variable holds"
_DOWN = "the database cannot be reached, or it refuses the user: is it up, and is the URL right?"


@dataclass(frozen=True)
class QueryStream:
    """The rows of one query."""

    query: Query

    @property
    def part(self) -> SourcePart:
        """What people call it."""
        return SourcePart("the query", self.query.source)

    @contextmanager
    def opened(self) -> Iterator[Streamed]:
        """The rows as they come; raises BadStream."""
        engine = self._engine()
        try:
            with self._connected(engine) as connection, closing(self._asked(connection)) as result:
                yield Streamed(tuple(map(str, result.keys())), self._records(result))
        finally:
            engine.dispose()

    def _engine(self) -> Engine:
        place = self.query.database_source
        try:
            url = make_url(content(self.query.database))
        except (ArgumentError, ValueError):
            raise BadStream(_NO_URL, place) from None
        try:
            engine = create_engine(self._opened_to_read(url), poolclass=NullPool, hide_parameters=True)
        except (NoSuchModuleError, ImportError) as error:
            raise BadStream(driver_missing(url.drivername, error), place, id=ErrorId.NOT_INSTALLED) from None
        except (SQLAlchemyError, TypeError, ValueError) as error:
            raise BadStream(f"{_NO_URL} ({type(error).__name__})", place) from None
        if engine.dialect.is_async:
            raise BadStream("the driver that the URL names works with asyncio alone; name another one", place)
        return engine

    def _opened_to_read(self, url: URL) -> URL:
        """A database file is opened as it is, and never made."""
        if url.get_backend_name() != "sqlite":
            return url
        name = (url.database or "").removeprefix("file:").partition("?")[0]
        if not name or not Path(name).is_file():
            message = "there is no such SQLite file; its path is seen from where the tool is run"
            raise BadStream(message, self.query.database_source)
        file = f"file:{quote(str(Path(name).resolve()))}"
        return url.set(database=file, query={**url.query, "mode": "ro", "uri": "true"})

    @contextmanager
    def _connected(self, engine: Engine) -> Iterator[Connection]:
        """A connection whose transaction, where the database has one that cannot write, is such a one."""
        try:
            connection = engine.connect()
        except DBAPIError as error:
            raise BadStream(f"{_DOWN} ({told(error)})", self.query.database_source) from None
        except Exception as error:  # drivers raise what they like, and say the URL in it
            raise BadStream(f"{_DOWN} ({type(error).__name__})", self.query.database_source) from None
        with connection:
            yield connection

    def _asked(self, connection: Connection) -> CursorResult[Any]:
        dialect = connection.dialect.name
        try:
            select = select_of(content(self.query.text), dialect)
        except NoSelect as error:
            raise BadStream(str(error), self.query.source, id=error.id) from None
        with self._told():
            if first := READ_ONLY.get(dialect):
                connection.exec_driver_sql(first)
            streaming = connection.execution_options(stream_results=True, max_row_buffer=BATCH, no_parameters=True)
            return streaming.exec_driver_sql(select.text)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What goes wrong with the query, in our own words."""
        try:
            yield
        except DBAPIError as error:
            message = f"the database refuses the query: {told(error)}"
            raise BadStream(message, self.query.source, id=ErrorId.ROWS_QUERY) from None
        except Exception as error:  # drivers raise what they like, and say the query in it
            message = f"the query gives no rows ({type(error).__name__})"
            raise BadStream(message, self.query.source, id=ErrorId.ROWS_QUERY) from None

    def _records(self, result: CursorResult[Any]) -> Iterator[Record]:
        for line, row in enumerate(self._rows(result), 1):
            try:
                cells = [cell if cell.__class__ is str else cell_text(cell) for cell in row]
            except NotText as error:
                message = f"{error}: cast it to text in the query"
                raise BadStream(message, self.query.source, id=ErrorId.ROWS_QUERY) from None
            yield _record(line, cells)

    def _rows(self, result: CursorResult[Any]) -> Iterator[Sequence[Any]]:
        with self._told():
            for batch in result.partitions(BATCH):
                yield from batch


def _record(line: int, cells: list[str]) -> Record:
    joined = "".join(cells)
    if len(joined) > LONGEST or "\0" in joined:
        return line, *usable(cells, "")
    return line, cells, ""


class NotText(ValueError):
    """A value that no cell can hold; the message says what it is and quotes nothing."""


def cell_text(value: Any) -> str:
    """The text of a value, as somebody would write it into a CSV file; raises NotText.

    NULL is empty, numbers have neither exponent nor separators, moments are ISO 8601, truth is `true` or `false` and so
    told apart from 1 and 0.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else ""
    if isinstance(value, float):
        return _number(value)
    return _other(value)


def _number(value: float) -> str:
    if not math.isfinite(value):
        return ""
    return str(int(value)) if value == int(value) else format(Decimal(repr(value)), "f")


def _other(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _hours(value)
    if isinstance(value, bytes | bytearray | memoryview):
        raise NotText("a column holds bytes")
    if isinstance(value, dict | list | tuple):
        try:
            return orjson.dumps(value, option=orjson.OPT_SORT_KEYS, default=str).decode()
        except orjson.JSONEncodeError:
            raise NotText("a column holds values that are no JSON") from None
    return str(value)


def _hours(value: timedelta) -> str:
    """A time of day, as MySQL gives it."""
    seconds = int(value.total_seconds())
    sign = "-" if seconds < 0 else ""
    hours, rest = divmod(abs(seconds), 3600)
    return f"{sign}{hours:02}:{rest // 60:02}:{rest % 60:02}"
