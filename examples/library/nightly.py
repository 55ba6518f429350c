"""A task of an orchestrator: what the manifests in git say is made so, every night, or not at all.

Airflow, Prefect, Dagster or cron calls `sync`. It raises for whatever did not go well, so that the task fails and is
tried again: an apply that is run again finishes the job. Credentials are in the environment (ALICE_USERNAME ...).
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import provisioner


class Unfinished(Exception):
    """Something failed, or its outcome is not known; the next run settles it."""


def sync(folder: Path, *, environment: str | None = None, allow_calls: bool = False) -> dict[str, int]:
    """Plan and apply; how many changes ended how, such as `{"done": 3}`, with nothing to do an empty mapping.

    Raises ManifestError, Refused (a gate says no: calls without `allow_calls`, an error of a check, a threshold) and
    every other ProvisionerError before anything is written; Unfinished afterwards.
    """
    project = provisioner.load_project(folder, environment=environment)
    with provisioner.open_session(project) as session, session.lock(timeout=600):
        executable = session.plan(provisioner.PlanOptions(allow_calls=allow_calls))
        outcomes = session.apply(executable)
    (folder / "last-run.md").write_text(provisioner.render(executable.plan, "markdown", outcomes), encoding="utf-8")
    results = Counter(str(outcome.result) for outcome in outcomes)
    if results.keys() & {"failed", "unknown", "skipped"}:
        raise Unfinished(", ".join(f"{count} {result}" for result, count in sorted(results.items())))
    return dict(results)
