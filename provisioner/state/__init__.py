"""Recorded resources, the journal of writes in flight, and the lock: what a run must still know after it was killed.

The only importer of sqlalchemy, and only inside `open_store`, so that importing this package costs nothing. It must
not know YAML, HTTP, planning or exit codes, and it never sees rows, telephone numbers or passwords: callers hand in
JSON values and keyed digests. One database holds many scopes (project + environment) that cannot touch each other.

    sqlite.py, postgres.py   where a database is, how to connect, what its errors mean; lease and advisory lock
    database.py, schema.py   transactions; tables made, migrated, refused
    resources.py ...         the SQL of each table, as functions of a connection and a scope
    store.py                 the one class that others use
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from provisioner.state.values import (
    UNNAMED,
    AppliedRun,
    Entry,
    HeldBy,
    Holder,
    LockLost,
    RunOrigin,
    Scope,
    instant,
    normalised_endpoint,
)

if TYPE_CHECKING:
    from provisioner.state.store import Store

__all__ = [
    "UNNAMED",
    "AppliedRun",
    "Entry",
    "HeldBy",
    "Holder",
    "LockLost",
    "RunOrigin",
    "Scope",
    "Store",
    "instant",
    "normalised_endpoint",
    "open_store",
    "place_label",
]


def open_store(url: str, *, directory: Path, project: str | None, environment: str) -> Store:
    """The recorded state of one project and environment; nothing is created before the first write.

    `url` is `sqlite:///file` (relative to `directory`) or `postgresql+psycopg://...`. Raises StateError when the
    database cannot be reached, is not ours, is newer than this tool, or is shared while `project` is None.
    """
    from provisioner.state.backends import backend_of  # here and not above: this is what loads sqlalchemy
    from provisioner.state.store import Store

    return Store(backend_of(url, directory, project), project or "", environment)


def place_label(url: str, directory: Path, project: str | None) -> str:
    """The database that a URL names, for people: without users and passwords. Raises StateError as `open_store`."""
    from provisioner.state.backends import backend_of

    return backend_of(url, directory, project).label


def __getattr__(name: str) -> object:
    """`from provisioner.state import Store` works too, and pays for sqlalchemy only then."""
    if name != "Store":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from provisioner.state.store import Store

    return Store
