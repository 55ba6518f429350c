"""The SQLite file: its tables, the lock that makes writers take turns, and the way back to the seed.

SQLite lets one connection write at a time and answers the others "database is locked" after a while. The lock makes
them wait in Python instead, so that a busy client never sees a 500 that a real server would not have sent.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections, transaction

from provisioner.simulator import seed

_write_lock = threading.RLock()
_idle: list[Any] = []
"""Open connections of threads that have ended, for those that come: opening one takes as long as an answer."""
_LAYOUT = 1
"""Raise when the tables change: a file of another layout is refused."""
_FOREIGN = "{} is not a database of this version of the simulator"


@contextmanager
def writing() -> Iterator[None]:
    """One writer at a time, in one transaction; may be nested."""
    with _write_lock, transaction.atomic():
        yield


def borrow_connection() -> None:
    """Give this thread, which has none yet, a connection that another one has left, if there is one."""
    if _idle:
        connections[DEFAULT_DB_ALIAS] = _idle.pop()


def leave_connection() -> None:
    """Take this thread's connection away from it; one in the middle of something is closed."""
    left = connections[DEFAULT_DB_ALIAS]
    del connections[DEFAULT_DB_ALIAS]
    if left.connection is None or left.in_atomic_block or left.errors_occurred:
        left.close()
        return
    if not left.allow_thread_sharing:
        left.inc_thread_sharing()
    _idle.append(left)


def close_connections() -> None:
    """Those that nobody uses any more, and this thread's."""
    while _idle:
        _idle.pop().close()
    connections.close_all()


def prepare() -> None:
    """Create the tables and the seed in an empty file; leave a file of an earlier run as it is."""
    if _layout() == _LAYOUT:
        return
    if connection.introspection.table_names():
        raise ValueError(_FOREIGN.format(connection.settings_dict["NAME"]))
    _create_tables()
    reset()
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA user_version = {_LAYOUT}")


def reset() -> None:
    """Empty every table and put the seed back, with the ids counting from where they first did."""
    with _write_lock:
        connection.disable_constraint_checking()
        try:
            with transaction.atomic():
                _empty_tables()
                seed.plant()
        finally:
            connection.enable_constraint_checking()


def _create_tables() -> None:
    with connection.schema_editor() as editor:
        for model in apps.get_app_config("simulator").get_models():
            editor.create_model(model)


def _empty_tables() -> None:
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")
        cursor.execute("DELETE FROM sqlite_sequence")
        for model, first in seed.FIRST_IDS.items():
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [model._meta.db_table, first - 1])


def _layout() -> int:
    try:
        with connection.cursor() as cursor:
            return int(cursor.execute("PRAGMA user_version").fetchone()[0])
    except DatabaseError as error:
        raise ValueError(_FOREIGN.format(connection.settings_dict["NAME"])) from error
