"""Rows of a second round as they are declared: those that something has dialled, by what became of each.

    contacts: {campaign: tet-2027, outcome: [noanswer, busy, failed], most_attempts: 3, reached_by: [mid-autumn]}

Who they are is on the server, so that planning alone knows. Every field and variable comes along, which leaves nothing
to say about columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from provisioner.error_ids import ErrorId
from provisioner.manifests.drafts import Diagnostics, Draft
from provisioner.manifests.nodes import Path
from provisioner.manifests.values import reference
from provisioner.model import Reference, SecondRound
from provisioner.resources import KINDS, Kind

KEY = "campaign"
OPTIONS = ("outcome", "most_attempts", "reached_by", "allow_running")
BESIDE = frozenset((KEY, *OPTIONS, "on_missing", "invalid"))  # what may stand beside it
DEFAULTS: Mapping[str, Any] = {"on_duplicate": "first", "invalid": "skip"}


def read_second_round(draft: Draft, path: Path, given: Mapping[str, Any], report: Diagnostics) -> SecondRound | None:
    """What the options of rows say of a second round, if they do; what is wrong with it is reported."""
    if KEY not in given:
        _blame(draft, report, path, [name for name in OPTIONS if name in given], "needs `campaign:` beside it")
        return None
    others = [name for name in given if name not in {*BESIDE, *DEFAULTS}]
    _blame(draft, report, path, others, "goes with no campaign: its contacts come with all their fields")
    outcomes, to = given.get("outcome"), _dialling(draft.kind)
    if to is None:
        return None  # nothing dials such rows: told by the schema
    if not isinstance(outcomes, list):
        _blame(draft, report, path, [KEY], "needs `outcome:` beside it, such as [noanswer, busy, failed]")
        return None
    of, reached = reference(to, given[KEY]), given.get("reached_by")
    by = [reference(to, each) for each in reached] if isinstance(reached, list) else []
    if not isinstance(of, Reference) or not all(isinstance(each, Reference) for each in by):
        return None  # told by the schema
    most = given.get("most_attempts")
    return SecondRound(
        of=of,
        outcomes=tuple(map(str, outcomes)),
        source=draft.place((*path, KEY)),
        most_attempts=most if isinstance(most, int) else None,
        reached_by=tuple(by),
        allow_running=given.get("allow_running") is True,
    )


def _dialling(kind: Kind) -> str | None:
    """The kind of what dials rows of this kind, if any does."""
    startables = (each for each in KINDS.values() if each.startable)
    return next((k.name for k in startables if k.startable and k.points_at(k.startable.dials) == kind.name), None)


def _blame(draft: Draft, report: Diagnostics, path: Path, names: Iterable[str], message: str) -> None:
    for name in names:
        if (*path, name) not in draft.told:
            draft.blame(report, ErrorId.ROWS_SECOND_ROUND, message, (*path, name))
