"""The tables, one text for SQLite and PostgreSQL, and the schema versions: how a database gets to the newest.

Every table but the version hangs on a scope, and every statement names it: that keeps projects apart. Structured values
are JSON text, which keeps the order of keys; moments are ISO-8601 text in UTC. A fresh database is made whole, an older
one goes through `MIGRATIONS`; one from elsewhere, of a newer version or of one from before `OLDEST` is refused. All of
it inside the caller's transaction, so that a kill leaves the old schema and a plan can look through one and roll back.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    inspect,
    select,
    text,
)

from provisioner.error_ids import ErrorId
from provisioner.errors import StateError

METADATA = MetaData()


def _scope(*, key: bool = True) -> Column[int]:
    """The column that every table shares, first in its primary key or else indexed."""
    return Column("scope", Integer, ForeignKey("alice_scopes.id"), primary_key=key, index=not key, nullable=False)


VERSION = Table(
    "alice_version",
    METADATA,
    Column("application", Text, primary_key=True),
    Column("version", Integer, nullable=False),
)

SCOPES = Table(
    "alice_scopes",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("project", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("endpoint", Text),
    Column("username", Text),
    Column("serial", BigInteger, nullable=False),
    Column("key", Text, nullable=False),
    UniqueConstraint("project", "environment"),
)

RESOURCES = Table(
    "alice_resources",
    METADATA,
    _scope(),
    Column("address", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("remote_id", BigInteger, nullable=False),
    Column("fields", Text, nullable=False),
    Column("digests", Text, nullable=False),
    Column("depends_on", Text, nullable=False),
    Column("ignored", Text, nullable=False),
    Column("forms", Text, nullable=False),
    Column("created", Boolean, nullable=False),
    Column("username", Text),
    Column("protected", Boolean, nullable=False),
)

# Plan files that were applied, by their random id: each counts once.
APPLIED = Table(
    "alice_applied",
    METADATA,
    _scope(),
    Column("plan", Text, primary_key=True),
    Column("at", Text, nullable=False),
    Column("by", Text, nullable=False),
)

ABSENCES = Table(
    "alice_absences",
    METADATA,
    _scope(),
    Column("address", Text, primary_key=True),
)

JOURNAL = Table(
    "alice_journal",
    METADATA,
    Column("id", Integer, primary_key=True),
    _scope(key=False),
    Column("address", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("verb", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("sent_at", Text, nullable=False),
    Column("timeout", Float, nullable=False),
    Column("known_ids", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("step", Text, nullable=False),
    sqlite_autoincrement=True,  # an id is never given twice, so settling late settles nobody else's entry
)

# On SQLite the row is the lock; on PostgreSQL it tells who has the advisory lock, of which server process (`backend`).
# In both the token tells a run whether the lock is still its own.
LOCKS = Table(
    "alice_locks",
    METADATA,
    _scope(),
    Column("token", Text, nullable=False),
    Column("username", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("machine", Text, nullable=False),
    Column("started", Text, nullable=False),
    Column("since", Text, nullable=False),
    Column("beat", Float, nullable=False),
    Column("backend", Integer),
)


# What `stop` has stopped (see provisioner/stop_marks.py); written without the lock.
STOPS = Table(
    "alice_stops",
    METADATA,
    _scope(),
    Column("kind", Text, primary_key=True),
    Column("form", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("stopped_at", Text, nullable=False),
    Column("asked", Boolean, nullable=False),
)

# What was sent of appointments, by keyed marks: so none is sent twice where the server does not list them.
APPOINTMENTS = Table(
    "alice_appointments",
    METADATA,
    _scope(),
    Column("address", Text, primary_key=True),
    Column("sort", Text, primary_key=True),
    Column("mark", Text, primary_key=True),
    Column("owner_id", BigInteger, nullable=False),
    Column("remote_id", BigInteger),
    Column("parent_id", BigInteger),
    Column("moment", BigInteger),
    Column("flying", Boolean, nullable=False),
    Column("form", Text, nullable=False),
    Index("alice_appointments_objects", "scope", "owner_id", "sort", "remote_id"),  # of one calendar, or a few of it
)

# Who applied what and when. Without an end: it was killed, or its end could not be noted.
RUNS = Table(
    "alice_runs",
    METADATA,
    Column("id", Integer, primary_key=True),
    _scope(key=False),
    Column("run", Text, nullable=False),
    Column("began", Text, nullable=False),
    Column("ended", Text),
    Column("username", Text),
    Column("person", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("job", Text),
    Column("fingerprint", Text, nullable=False),
    Column("allow_calls", Boolean, nullable=False),
    Column("version", Text, nullable=False),
    Column("outcomes", Text),
    Column("exit_code", Integer),
)


# What somebody was notified of already (see provisioner/state/notices.py).
NOTICES = Table(
    "alice_notices",
    METADATA,
    _scope(),
    Column("occasion", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
)


APPLICATION = "alice-apply"
ELSEWHERE = "set `state:` in alice.yaml or ALICE_STATE to a database of its own"


OLDEST = 4  # those before were never released, and keyed their digests with secrets that people chose
# MIGRATIONS[0] makes the version after the oldest out of it, and so on; the tables above are the result of all of them.
# Version 5 keeps what was sent of appointments, 6 knows who applied, 7 keeps what somebody was notified of.
MIGRATIONS: tuple[Callable[[Connection], None], ...] = tuple(
    partial(table.create, checkfirst=True) for table in (APPOINTMENTS, RUNS, NOTICES)
)


def newest() -> int:
    """The schema version that this tool writes."""
    return OLDEST + len(MIGRATIONS)


def version_of(connection: Connection) -> int:
    """The version a database has, 0 for one without our tables. Raises StateError for what we do not read."""
    names = set(inspect(connection).get_table_names())
    if VERSION.name not in names:
        _refuse_foreign(connection, names)
        return 0
    version = _stamped(connection)
    if version > newest():
        raise StateError(
            f"the state database has schema version {version}, this alice-apply knows {newest()}: "
            "upgrade alice-apply to the version your colleagues use; the state was not touched",
            id=ErrorId.STATE_VERSION,
        )
    if version < OLDEST:
        raise StateError(
            f"the state database has schema version {version}, this alice-apply reads {OLDEST} to {newest()}: move it "
            "away and plan with a new one, which finds what exists by `id:` and by name; check before you apply that "
            "nothing is sent twice. The state was not touched",
            id=ErrorId.STATE_VERSION,
        )
    return version


def _stamped(connection: Connection) -> int:
    """What the version table says; all its columns are read, because a foreign one has others."""
    match connection.execute(select(text("*")).select_from(VERSION)).mappings().all():
        case [{"application": str(application), "version": int(version)}] if application == APPLICATION and version > 0:
            return version
    raise StateError(
        f"the state database carries a schema that alice-apply did not make: {ELSEWHERE}", id=ErrorId.STATE_FOREIGN
    )


def _refuse_foreign(connection: Connection, names: set[str]) -> None:
    """A PostgreSQL schema may be shared as long as no table has our names; an SQLite file is ours alone."""
    foreign = names if connection.dialect.name == "sqlite" else names & set(METADATA.tables)
    if foreign:
        shown = ", ".join(sorted(foreign)[:3])
        raise StateError(
            f"the database holds tables of another application ({shown}): {ELSEWHERE}", id=ErrorId.STATE_FOREIGN
        )


def bring_up(connection: Connection, version: int) -> None:
    """From `version` (0: nothing there) to the newest, within the transaction of `connection`."""
    if version == 0:
        METADATA.create_all(connection, checkfirst=False)
        connection.execute(VERSION.insert().values(application=APPLICATION, version=newest()))
        return
    for migrate in MIGRATIONS[version - OLDEST :]:
        migrate(connection)
    connection.execute(VERSION.update().values(version=newest()))
