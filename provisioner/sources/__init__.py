"""Rows from elsewhere than the project's files, as streams for `rows`.

Must not know plans or Alice. Libraries are loaded when something is asked for, not before.
"""

from __future__ import annotations

from collections.abc import Iterator

from provisioner.model import Rows
from provisioner.rows.streams import RowDownload, RowStream


def streams_of(rows: Rows) -> Iterator[RowStream | RowDownload]:
    """What a declaration names besides files and rows of its own."""
    if rows.remote:
        from provisioner.sources.downloads import Download

        yield from map(Download, rows.remote)
    if rows.query is not None:
        from provisioner.sources.queries import QueryStream

        yield QueryStream(rows.query)
