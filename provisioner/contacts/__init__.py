"""Rows: declared ones from files, live ones from the server, their difference in sets, and its upload.

The only package that knows duckdb, and telephone numbers. duckdb is loaded when a `Workspace` is opened, not before.
Must not know YAML, plans or HTTP: it gets `Rows`, pages of payloads and a `RowApi`, and gives a `RowChange`.
"""

from provisioner.contacts.copying import Copied
from provisioner.contacts.difference import Counts
from provisioner.contacts.overlaps import DncOverlap
from provisioner.contacts.tables import LiveReport, SourceReport
from provisioner.contacts.workspace import Workspace

__all__ = ["Copied", "Counts", "DncOverlap", "LiveReport", "SourceReport", "Workspace"]
