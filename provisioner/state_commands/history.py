"""Who applied what and when, for people and for programs. Knows no database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from provisioner.inspect.table import Table
from provisioner.resources import Zones
from provisioner.state import AppliedRun

COLUMNS = ("began", "run", "by", "host", "account", "calls", "outcomes", "exit", "plan", "job")
UNENDED = "did not end"
SHORT = 12  # characters of a fingerprint


def as_table(runs: Iterable[AppliedRun], zones: Zones) -> Table:
    """A line for each run."""
    return Table(COLUMNS, tuple(_row(run, zones) for run in runs)).without_empty_columns()


def _row(run: AppliedRun, zones: Zones) -> tuple[str, ...]:
    return (
        f"{run.began.astimezone(zones.project):%Y-%m-%d %H:%M}",
        run.run,
        run.by,
        run.host,
        run.user or "",
        "allowed" if run.allow_calls else "",
        UNENDED if run.ended is None else counted(run.outcomes),
        "" if run.exit_code is None else str(run.exit_code),
        run.fingerprint.rpartition(":")[2][:SHORT],
        run.job or "",
    )


def counted(outcomes: Mapping[str, int]) -> str:
    """`3 done, 1 failed`."""
    return ", ".join(f"{number} {name}" for name, number in outcomes.items() if number) or "nothing done"
