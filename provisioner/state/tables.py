"""The tables, at the newest schema version (schema.py says how older databases get there).

One text for SQLite and PostgreSQL. Structured values are JSON text, which keeps the order of keys, and moments are
ISO-8601 text in UTC. Every table but the version hangs on a scope, and every statement on them names it: that is what
keeps projects apart. The names are prefixed because a PostgreSQL schema may be shared with other applications.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    ForeignKey,
    Insert,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

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


# What `stop` has stopped (see provisioner/marks.py); written without the lock.
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


def inserted_id(connection: Connection, statement: Insert) -> int:
    """Runs an INSERT and returns the id that the database gave; RETURNING by hand would need SQLite 3.35."""
    key = connection.execute(statement).inserted_primary_key
    assert key is not None
    return int(key[0])
