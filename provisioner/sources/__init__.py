"""Rows from elsewhere than the project's files, as streams for `rows`.

Must not know plans or Alice. Libraries of databases are loaded when a database is asked, not before.
"""

from __future__ import annotations

from collections.abc import Iterator

from provisioner.model import Rows
from provisioner.rows.streams import RowStream


def streams_of(rows: Rows) -> Iterator[RowStream]:
    """What a declaration names besides files and rows of its own."""
    if rows.query is not None:
        from provisioner.sources.queries import QueryStream

        yield QueryStream(rows.query)
