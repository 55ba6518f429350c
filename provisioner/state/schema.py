"""Schema versions: which one a database has, how it gets to the newest, and what is refused.

A fresh database is made whole from tables.py at the newest version; an older one goes through `MIGRATIONS`. Both happen
inside the caller's transaction, so that a kill leaves the old schema and a plan can look through one and roll back.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, inspect, select, text

from provisioner.errors import StateError
from provisioner.state.tables import METADATA, STOPS, VERSION

APPLICATION = "alice-apply"
ELSEWHERE = "set `state:` in alice.yaml or ALICE_STATE to a database of its own"


def _protected(connection: Connection) -> None:
    """Version 2 remembers `lifecycle.prevent_delete`, which has to outlive the declaration."""
    connection.execute(text("ALTER TABLE alice_resources ADD COLUMN protected BOOLEAN NOT NULL DEFAULT FALSE"))


def _stops(connection: Connection) -> None:
    """Version 3 keeps the marks of emergency stops."""
    STOPS.create(connection, checkfirst=True)


def _keyed(connection: Connection) -> None:
    """Version 4 keys its digests with its own random bytes alone, and remembers which plan files were applied."""
    connection.execute(text("ALTER TABLE alice_scopes RENAME COLUMN salt TO key"))
    METADATA.tables["alice_applied"].create(connection)


# MIGRATIONS[0] makes version 2 out of version 1, and so on; tables.py is always the result of all of them.
MIGRATIONS: tuple[Callable[[Connection], None], ...] = (_protected, _stops, _keyed)


def newest() -> int:
    """The schema version that this tool writes."""
    return 1 + len(MIGRATIONS)


def version_of(connection: Connection) -> int:
    """The version a database has, 0 for one without our tables. Raises StateError when it is newer or not ours."""
    names = set(inspect(connection).get_table_names())
    if VERSION.name not in names:
        _refuse_foreign(connection, names)
        return 0
    version = _stamped(connection)
    if version > newest():
        raise StateError(
            f"the state database has schema version {version}, this alice-apply knows {newest()}: "
            "upgrade alice-apply to the version your colleagues use; the state was not touched"
        )
    return version


def _stamped(connection: Connection) -> int:
    """What the version table says; all its columns are read, because a foreign one has others."""
    match connection.execute(select(text("*")).select_from(VERSION)).mappings().all():
        case [{"application": str(application), "version": int(version)}] if application == APPLICATION and version > 0:
            return version
    raise StateError(f"the state database carries a schema that alice-apply did not make: {ELSEWHERE}")


def _refuse_foreign(connection: Connection, names: set[str]) -> None:
    """A PostgreSQL schema may be shared as long as no table has our names; an SQLite file is ours alone."""
    foreign = names if connection.dialect.name == "sqlite" else names & set(METADATA.tables)
    if foreign:
        shown = ", ".join(sorted(foreign)[:3])
        raise StateError(f"the database holds tables of another application ({shown}): {ELSEWHERE}")


def bring_up(connection: Connection, version: int) -> None:
    """From `version` (0: nothing there) to the newest, within the transaction of `connection`."""
    if version == 0:
        METADATA.create_all(connection, checkfirst=False)
        connection.execute(VERSION.insert().values(application=APPLICATION, version=newest()))
        return
    for migrate in MIGRATIONS[version - 1 :]:
        migrate(connection)
    connection.execute(VERSION.update().values(version=newest()))
