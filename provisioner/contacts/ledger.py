"""What became of the rows sent in this upload, in the workspace: any number of them, in little memory.

A row is known by its target: an addition by its place in the source, any other by minus its remote id. Verdicts:

    sent      the server took the change; if the row still differs, it ignored a field
    accepted  the server took the addition
    unknown   the answer was lost
    rejected  the server does not want the row
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from provisioner.contacts.bodies import Row
from provisioner.contacts.difference import ADD
from provisioner.contacts.scratch import Scratch
from provisioner.contacts.spool import spooled

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SENT, ACCEPTED, UNKNOWN, REJECTED = "sent", "accepted", "unknown", "rejected"
TARGET = f"CASE WHEN action = '{ADD}' THEN row ELSE -id END"
BATCH = 10_000
SHOWN = 5


class Ledger:
    """Entries are written in batches; `flush` before the table is used."""

    def __init__(self, connection: DuckDBPyConnection, scratch: Scratch, table: str) -> None:
        self.table = table
        self._connection = connection
        self._scratch = scratch
        self._waiting: list[tuple[Any, str]] = []
        self.refused: Counter[str] = Counter()
        self.first_refused: dict[str, list[int]] = {}
        connection.execute(f"CREATE OR REPLACE TABLE {table} (target BIGINT, verdict VARCHAR)")

    def note(self, row: Row, verdict: str) -> None:
        """Write down what became of a row."""
        self._waiting.append((row["row"] if row["action"] == ADD else -row["id"], verdict))
        if len(self._waiting) >= BATCH:
            self.flush()

    def reject(self, row: Row, reason: str) -> None:
        """The server does not want this row; `reason` is one of few sentences."""
        self.note(row, REJECTED)
        self.refused[reason] += 1
        places = self.first_refused.setdefault(reason, [])
        if len(places) < SHOWN and row["row"] is not None:
            places.append(row["row"])

    def flush(self) -> None:
        """Everything noted so far is in the table."""
        entries = ((str(target), verdict) for target, verdict in self._waiting)
        spool = spooled(self._scratch, entries, 2)
        if spool is None:
            return
        noted = spool.relation(("target", "verdict"))
        self._connection.execute(f"INSERT INTO {self.table} SELECT target::BIGINT, verdict FROM {noted}")
        spool.path.unlink()
        self._waiting = []

    def targets(self, *verdicts: str) -> str:
        """A SELECT of the targets with any of these verdicts."""
        listed = ", ".join(f"'{verdict}'" for verdict in verdicts)
        return f"SELECT target FROM {self.table} WHERE verdict IN ({listed})"
