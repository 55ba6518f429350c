"""Runs that applied: who did what and when, kept beside the state that it changed.

A run is noted before its first write and once more at its end, so one that was killed is there without an end. Counts
and names of machines alone: no rows, and nothing of what was sent. Beside them the plan files that were applied.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from provisioner import __version__
from provisioner.state.lock import this_process
from provisioner.state.schema import APPLIED, RUNS
from provisioner.state.values import Applied, AppliedRun, RunOrigin, instant

LONGEST = 100
Found = tuple[AppliedRun, ...]
Transaction = AbstractContextManager[tuple[Connection, int]]


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of one scope, by the transactions of its store: a connection, and the scope's id."""

    read: Callable[[Callable[[Connection, int], Found], Found], Found]
    writing: Callable[[], Transaction]
    require_lock: Callable[[Connection, int], None]

    def begin(self, origin: RunOrigin, fingerprint: str, *, allow_calls: bool) -> None:
        """Notes that a run is about to write; it needs the lock, as what follows does."""
        with self.writing() as (connection, scope):
            self.require_lock(connection, scope)
            connection.execute(insert(RUNS).values(scope=scope, **_columns(origin, fingerprint, allow_calls)))

    def end(self, run: str, outcomes: Mapping[str, int]) -> None:
        """Notes what came of it, whoever has the lock by now."""
        self._note(run, ended=instant(datetime.now(UTC)), outcomes=json.dumps(dict(outcomes)))

    def note_exit(self, run: str, exit_code: int) -> None:
        """Notes how its command ended."""
        self._note(run, exit_code=exit_code)

    def _note(self, run: str, **values: object) -> None:
        with self.writing() as (connection, scope):
            connection.execute(update(RUNS).where(RUNS.c.scope == scope, RUNS.c.run == run).values(values))

    def latest(self, most: int) -> Found:
        """The last ones, the newest first."""
        return self.read(lambda connection, scope: _latest(connection, scope, most), ())


def _columns(origin: RunOrigin, fingerprint: str, allow_calls: bool) -> dict[str, Any]:
    process = this_process()
    return {
        "run": origin.run,
        "began": instant(datetime.now(UTC)),
        "username": _bounded(origin.user),
        "person": _bounded(process.user),
        "host": _bounded(process.host),
        "job": origin.job,
        "fingerprint": fingerprint,
        "allow_calls": allow_calls,
        "version": __version__,
    }


def _bounded(text: str | None) -> str | None:
    """A name that the environment or the system gives: it may be anything."""
    return None if text is None else "".join(filter(str.isprintable, text))[:LONGEST]


def _latest(connection: Connection, scope: int, most: int) -> Found:
    rows = connection.execute(select(RUNS).where(RUNS.c.scope == scope).order_by(RUNS.c.id.desc()).limit(most))
    return tuple(
        AppliedRun(
            run=row.run,
            began=datetime.fromisoformat(row.began),
            user=row.username,
            by=row.person,
            host=row.host,
            job=row.job,
            fingerprint=row.fingerprint,
            allow_calls=bool(row.allow_calls),
            version=row.version,
            ended=None if row.ended is None else datetime.fromisoformat(row.ended),
            outcomes=json.loads(row.outcomes) if row.outcomes else {},
            exit_code=row.exit_code,
        )
        for row in rows
    )


@dataclass(frozen=True, slots=True)
class AppliedPlans:
    """Plan files that were applied, of one scope: each counts once, also after an emergency stop.

    Only the random id of a file is kept. It is noted before the first write, so that a run that dies half way has used
    its file up: the rest is another plan, and is reviewed as one.
    """

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
