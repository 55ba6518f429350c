"""Whose rows are dialled, and how many telephones a plan makes ring (contract 5.3, design section 5, Calls)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from provisioner.kinds import KINDS
from provisioner.kinds.lifecycle import Lifecycle
from provisioner.model import Address, Calls, RowChange
from provisioner.planning.deciding import Decision
from provisioner.planning.live import Live
from provisioner.planning.targets import Targets

Decisions = Mapping[Address, Decision]


def dialled_now(decisions: Decisions, live: Live) -> set[Any]:
    """Targets whose new rows ring: attached to something that runs after this plan, other than a first start."""
    found: set[Any] = set()
    by_id = {(d.match.live.kind, d.match.live.id): d for d in decisions.values() if d.match.live}
    for kind in (k for k in KINDS.values() if k.lifecycle):
        lifecycle = kind.lifecycle
        assert lifecycle is not None
        for each in live.owned(kind.name):
            found |= _dialled_by(by_id.get((kind.name, each.id)), each.fields, lifecycle)
    return found


def _dialled_by(decision: Decision | None, fields: Mapping[str, Any], lifecycle: Lifecycle) -> set[Any]:
    attached = set(fields.get(lifecycle.dials) or ())
    if decision is None or decision.late:
        return attached if decision is None and fields.get(lifecycle.field) == lifecycle.running else set()
    if decision.after.get(lifecycle.field) != lifecycle.running:
        return set()
    if decision.status.resumes:
        return attached | set(decision.after.get(lifecycle.dials) or ())
    return attached if fields.get(lifecycle.field) == lifecycle.running else set()


def newly_dialled(decisions: Decisions) -> set[Any]:
    """Targets all of whose active rows get dialled: of what starts for the first time, or newly attached."""
    found: set[Any] = set()
    for decision in decisions.values():
        lifecycle = KINDS[decision.address.kind].lifecycle
        if lifecycle is None or decision.change is None or decision.late:
            continue
        attached = set(decision.after.get(lifecycle.dials) or ())
        if decision.status.post == lifecycle.running and not decision.status.resumes:
            found |= attached
        elif decision.after.get(lifecycle.field) == lifecycle.running and decision.before is not None:
            found |= attached - set(decision.before.get(lifecycle.dials) or ())
    return found


def calls(
    decisions: Decisions, rows: Mapping[Address, RowChange], active: Mapping[Any, int], targets: Targets
) -> Calls:
    """Campaigns started, active contacts newly dialled, alarms. `active` counts rows by target, after the plan."""
    ringing = [d for d in decisions.values() if d.change is not None and d.change.calls]
    started = [d for d in ringing if d.status.post and d.status.post == _running(d)]
    alarms = [d for d in ringing if KINDS[d.address.kind].lifecycle is None]
    return Calls(len(started), sum(_contacts(decisions, rows, active, targets)), len(alarms))


def _contacts(
    decisions: Decisions, rows: Mapping[Address, RowChange], active: Mapping[Any, int], targets: Targets
) -> Iterator[int]:
    fresh = newly_dialled(decisions)
    yield from (active.get(target, 0) for target in fresh)
    yield from (change.calls for address, change in rows.items() if targets.ids.get(address, address) not in fresh)


def _running(decision: Decision) -> str | None:
    lifecycle = KINDS[decision.address.kind].lifecycle
    return lifecycle.running if lifecycle else None
