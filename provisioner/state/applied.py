"""The SQL of plan files that were applied: a plan file counts once, also after an emergency stop.

Only the random id of a file is kept, with when and by whom it was applied. It is noted before the first write, so that
a run that dies half way has used its file up: the rest is another plan, and is reviewed as one.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select

from provisioner.state.lock import this_process
from provisioner.state.schema import APPLIED
from provisioner.state.values import Applied, instant


def find(connection: Connection, scope: int, plan: str) -> Applied | None:
    """What was noted of a plan file, or None."""
    row = connection.execute(
        select(APPLIED.c.at, APPLIED.c.by).where(APPLIED.c.scope == scope, APPLIED.c.plan == plan)
    ).one_or_none()
    return None if row is None else Applied(datetime.fromisoformat(row.at), row.by)


def note(connection: Connection, scope: int, plan: str) -> None:
    """Note it as applied by this process, now."""
    process = this_process()
    connection.execute(
        insert(APPLIED).values(
            scope=scope,
            plan=plan,
            at=instant(datetime.now(UTC)),
            by=f"{process.user} (pid {process.pid}) on {process.host}",
        )
    )
