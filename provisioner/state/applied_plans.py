"""Plan files that were applied: a plan file counts once, also after an emergency stop.

Only the random id of a file is kept, with when and by whom it was applied. It is noted before the first write, so that
a run that dies half way has used its file up: the rest is another plan, and is reviewed as one.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select

from provisioner.state.lock import this_process
from provisioner.state.schema import APPLIED
from provisioner.state.values import Applied, instant

Transaction = AbstractContextManager[tuple[Connection, int]]


@dataclass(frozen=True, slots=True)
class AppliedPlans:
    """Those of one scope, by the transactions of its store: a connection, and the scope's id."""

    read: Callable[[Callable[[Connection, int], Applied | None], None], Applied | None]
    writing: Callable[[], Transaction]
    require_lock: Callable[[Connection, int], None]

    def find(self, plan: str) -> Applied | None:
        """When and by whom the plan file of this id was applied; None when it never was, here."""
        return self.read(lambda connection, scope: _find(connection, scope, plan), None)

    def note(self, plan: str) -> None:
        """Notes that the plan file of this id is being applied now; for good, whatever becomes of it."""
        process = this_process()
        by = f"{process.user} (pid {process.pid}) on {process.host}"
        with self.writing() as (connection, scope):
            self.require_lock(connection, scope)
            noted = {"scope": scope, "plan": plan, "at": instant(datetime.now(UTC)), "by": by}
            connection.execute(insert(APPLIED).values(noted))


def _find(connection: Connection, scope: int, plan: str) -> Applied | None:
    noted = select(APPLIED.c.at, APPLIED.c.by).where(APPLIED.c.scope == scope, APPLIED.c.plan == plan)
    row = connection.execute(noted).one_or_none()
    return None if row is None else Applied(datetime.fromisoformat(row.at), row.by)
