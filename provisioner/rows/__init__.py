"""Rows: declared ones from files, live ones from the server, their difference in sets, and its upload.

The only package that knows duckdb, which is loaded when a `Workspace` is opened, not before.
Must not know YAML, plans or HTTP: it gets `Rows`, pages of payloads and a `RowApi`, and gives a `RowChange`.
"""

from provisioner.rows.copy import RowCopy
from provisioner.rows.diff import Counts
from provisioner.rows.number_matches import DncOverlap
from provisioner.rows.streams import RowDownload, RowStream
from provisioner.rows.tables import LiveReport, SourceReport
from provisioner.rows.workspace import Workspace

__all__ = ["Counts", "DncOverlap", "LiveReport", "RowCopy", "RowDownload", "RowStream", "SourceReport", "Workspace"]
