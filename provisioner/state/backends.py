"""From a state URL to the place it names; refuses what could lose state or mix projects.

A URL may hold a password: it is never repeated in a message, not even when it cannot be read.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from provisioner.error_ids import ErrorId
from provisioner.errors import StateError
from provisioner.state.database import StateBackend
from provisioner.state.postgres import PostgresServer
from provisioner.state.sqlite import SqliteFile

FORMS = "use sqlite:///path/of/file.db or postgresql+psycopg://user@host/database"
SQLITE = ("sqlite", "sqlite+pysqlite")
POSTGRES = ("postgresql+psycopg", "postgresql", "postgres")


def backend_of(url: str, directory: Path, project: str | None) -> StateBackend:
    """The database that `url` names, not yet connected to; relative files are below `directory`."""
    parts = _parsed(url)
    if parts.drivername in SQLITE:
        return SqliteFile(_file(parts, directory))
    if parts.drivername not in POSTGRES:
        raise StateError(
            f"the state URL names {parts.drivername!r}, which cannot hold state: {FORMS}", id=ErrorId.STATE_URL
        )
    if project is None:
        raise StateError(
            "a shared state database needs `project: NAME` in alice.yaml, "
            "or two projects would take each other's resources for their own",
            id=ErrorId.PROJECT_NAME,
        )
    return PostgresServer(parts.set(drivername="postgresql+psycopg"))


def _parsed(url: str) -> URL:
    """The URL in parts; what SQLAlchemy says about a broken one is dropped, it may quote the password."""
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        raise StateError(f"the state URL cannot be read: {FORMS}", id=ErrorId.STATE_URL) from None


def _file(parts: URL, directory: Path) -> Path:
    """The file of an sqlite URL; without one, or in memory, everything would be forgotten at the end of the run."""
    if not parts.database or parts.database.startswith((":memory:", "file:")) or parts.query or parts.host:
        raise StateError(
            f"the state must be a plain file, in-memory databases and options are refused: {FORMS}",
            id=ErrorId.STATE_URL,
        )
    return directory / parts.database
