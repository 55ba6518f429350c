"""The environments of a project: where each is, who logs in, and who applied last. Nobody logs in for it.

What cannot be told of one (a variable that is not set, a state that cannot be reached) is said in its own row and keeps
no other from being told. A database that does not answer is asked once, however many environments are kept in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from provisioner.api import shown_user
from provisioner.errors import StateError
from provisioner.inspect.table import Table
from provisioner.model import SENSITIVE
from provisioner.project import Settings
from provisioner.resources import Zones
from provisioner.state import AppliedRun, instant, open_store, place_label

COLUMNS = ("environment", "endpoint", "user", "state", "applied", "by", "host", "run", "job", "note")


@dataclass(frozen=True, slots=True)
class EnvironmentInfo:
    """One environment; `notes` are what is wrong, or could not be told."""

    settings: Settings
    user: str | None
    state: str | None
    last: AppliedRun | None
    notes: tuple[str, ...] = ()


def looked_up(
    found: Iterable[tuple[Settings, tuple[str, ...]]],
    environ: Mapping[str, str],
    permitted: Mapping[str, str],
) -> Iterator[EnvironmentInfo]:
    """Each with what its state says; `permitted` tells of environments why theirs may not be opened."""
    failed: dict[str, str] = {}
    for settings, notes in found:
        info = EnvironmentInfo(settings, shown_user(environ, settings.credentials), None, None, notes)
        refused = permitted.get(settings.environment) or failed.get(settings.state)
        if refused or not settings.state:
            yield replace(info, notes=(*notes, *([f"state: {refused}"] if refused else [])))
            continue
        try:
            yield _with_state(info)
        except StateError as error:
            failed[settings.state] = "cannot be reached or read" if settings.state_hidden else str(error)
            yield replace(info, state=_label(settings), notes=(*notes, f"state: {failed[settings.state]}"))


def _with_state(info: EnvironmentInfo) -> EnvironmentInfo:
    settings = info.settings
    directory, project, name = settings.directory, settings.project, settings.environment
    with open_store(settings.state, directory=directory, project=project, environment=name) as store:
        last = next(iter(store.runs.latest(1)), None)
    return replace(info, state=_label(settings), last=last)


def _label(settings: Settings) -> str | None:
    """Which database it is, without its password."""
    if settings.state_hidden:
        return SENSITIVE
    try:
        label = place_label(settings.state, settings.directory, settings.project)
    except StateError:
        return None
    return label.removeprefix("state ")  # the column says it


def document(info: EnvironmentInfo) -> dict[str, Any]:
    """One of them for programs."""
    last = info.last
    return {
        "name": info.settings.environment,
        "endpoint": info.settings.endpoint_shown or None,
        "user": info.user,
        "state": info.state,
        "last_applied": None if last is None else run_document(last),
        "notes": list(info.notes),
    }


def as_table(infos: Iterable[EnvironmentInfo]) -> Table:
    """A line for each."""
    return Table(COLUMNS, tuple(_row(info) for info in infos)).without_empty_columns()


def _row(info: EnvironmentInfo) -> tuple[str, ...]:
    place = (info.settings.environment, info.settings.endpoint_shown, info.user or "", info.state or "")
    if info.last is None:
        return (*place, "", "", "", "", "", "; ".join(info.notes))
    last, zone = info.last, Zones.of(info.settings).project
    unended = () if last.ended else ("the last run did not end",)
    who = (f"{last.began.astimezone(zone):%Y-%m-%d %H:%M}", last.by, last.host, last.run, last.job or "")
    return (*place, *who, "; ".join((*unended, *info.notes)))


def run_document(run: AppliedRun) -> dict[str, Any]:
    """A run that applied, for programs."""
    return {
        "run": run.run,
        "began": instant(run.began),
        "ended": None if run.ended is None else instant(run.ended),
        "by": run.by,
        "host": run.host,
        "user": run.user,
        "job": run.job,
        "fingerprint": run.fingerprint,
        "allow_calls": run.allow_calls,
        "outcomes": dict(run.outcomes),
        "exit_code": run.exit_code,
        "tool_version": run.version,
    }
