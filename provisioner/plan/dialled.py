"""Whose rows are dialled, and how many telephones a plan makes ring (docs/alice-api.md#what-rings).

Whatever is not certain to be at rest dials: what runs, what has a status that nobody understands, what cannot be read.
Who owns it does not matter.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from provisioner.language import gettext, term
from provisioner.model import NOT_SHOWN, Address, Finding, LiveObject, Unknown
from provisioner.plan.decision import Decision
from provisioner.plan.live import Live
from provisioner.plan.model import Calls, RowChange
from provisioner.plan.references import Targets
from provisioner.plan.starts import UNKNOWN_STATUS
from provisioner.resources import KINDS, Kind

Decisions = Mapping[Address, Decision]
NOBODY = frozenset[Any]()


@dataclass(frozen=True, slots=True)
class Dialled:
    """The targets whose new rows ring. With a `doubt`, any target that exists may be one of them."""

    targets: frozenset[Any]
    doubts: tuple[Unknown, ...] = ()

    def __contains__(self, target: object) -> bool:
        return target in self.targets or (bool(self.doubts) and isinstance(target, int))


@dataclass(frozen=True, slots=True)
class RowTarget:
    """Where rows are sent to: `dialled` by what runs, or may run; `readable` where the server shows the rows it has."""

    dialled: bool
    readable: bool


def row_targets(
    rows: Mapping[Address, RowChange], ringing: Dialled, unread: Collection[Address], targets: Targets
) -> dict[Address, RowTarget]:
    """One for every address with rows to send: whoever sends others has no leave to."""
    return {
        address: RowTarget(targets.ids.get(address, address) in ringing, address not in unread)
        for address, change in rows.items()
        if change.writes
    }


def dialled_now(decisions: Decisions, live: Live) -> Dialled:
    """What is attached to something that runs, or may run, after this plan, other than by a first start."""
    targets: set[Any] = set()
    doubts: list[Unknown] = []
    by_id = {(d.match.live.kind, d.match.live.id): d for d in decisions.values() if d.match.live}
    for kind in (k for k in KINDS.values() if k.startable):
        doubts += filter(None, [live.unread(kind.name)])
        for found in live.objects(kind.name):
            attached = _dialled_by(kind, found, by_id.get((kind.name, found.id)))
            targets |= NOBODY if isinstance(attached, Unknown) else attached
            doubts += [attached] if isinstance(attached, Unknown) else []
    return Dialled(frozenset(targets), tuple(doubts))


def _dialled_by(kind: Kind, found: LiveObject, decision: Decision | None) -> frozenset[Any] | Unknown:
    """The targets of one live object that are dialled when rows come to them."""
    startable = kind.as_startable
    resting = startable.at_rest(found.fields.get(startable.field))
    if decision is None:
        return NOBODY if resting else attached(kind, found.fields, found.id)
    if decision.late or decision.at_rest:
        return NOBODY
    now = attached(kind, found.fields, found.id)
    if isinstance(now, Unknown) and (not resting or startable.dials not in decision.changed):
        return now  # it may dial others besides those that are declared
    if resting and not decision.status.resumes:
        return NOBODY
    later = attached(kind, decision.after, found.id) if decision.status.resumes else NOBODY
    if isinstance(now, Unknown):
        return now
    return later if isinstance(later, Unknown) else now | later


def attached(kind: Kind, fields: Mapping[str, Any], remote_id: int | None = None) -> frozenset[Any] | Unknown:
    """The targets that something dials, by its fields."""
    targets = fields.get(kind.as_startable.dials, NOT_SHOWN)
    if isinstance(targets, Unknown):
        doubt = gettext(
            "which {things} {campaign} dials ({reason})",
            things=term(kind.as_startable.dials),
            campaign=named(kind, fields, remote_id),
            reason=targets.reason,
        )
        return Unknown(doubt)
    return frozenset(targets or ())


def attached_before(decision: Decision) -> frozenset[Any]:
    """What is no news to something that runs; where that cannot be read, what this plan leaves as it was applied."""
    kind = KINDS[decision.address.kind]
    found = attached(kind, decision.before or {})
    if isinstance(found, Unknown) and kind.startable and kind.startable.dials not in decision.changed:
        found = attached(kind, decision.after)
    return NOBODY if isinstance(found, Unknown) else found


def newly_dialled(decisions: Decisions) -> set[Any]:
    """Targets all of whose active rows get dialled: of what starts for the first time, or newly attached."""
    found: set[Any] = set()
    for decision in decisions.values():
        kind = KINDS[decision.address.kind]
        if kind.startable is None or decision.change is None or decision.late or decision.at_rest:
            continue
        targets = attached(kind, decision.after)
        if isinstance(targets, Unknown):
            continue
        if decision.starts and not decision.status.resumes:
            found |= targets
        elif decision.before is not None:
            found |= targets - attached_before(decision)
    return found


def calls(
    decisions: Decisions,
    rows: Mapping[Address, RowChange],
    active: Mapping[Any, int],
    targets: Targets,
    appointed: int = 0,
) -> Calls:
    """Campaigns started, active contacts newly dialled, alarms. `active` counts rows by target, after the plan.

    `appointed` are the alarms of appointments.
    """
    ringing = [d for d in decisions.values() if d.change is not None and d.change.calls]
    started = [d for d in ringing if d.starts]
    alarms = [d for d in ringing if KINDS[d.address.kind].startable is None]
    return Calls(len(started), sum(_contacts(decisions, rows, active, targets)), len(alarms) + appointed)


def _contacts(
    decisions: Decisions, rows: Mapping[Address, RowChange], active: Mapping[Any, int], targets: Targets
) -> Iterator[int]:
    fresh = newly_dialled(decisions)
    yield from (active.get(target, 0) for target in fresh)
    yield from (change.calls for address, change in rows.items() if targets.ids.get(address, address) not in fresh)


def unclear(decisions: Decisions, live: Live) -> Iterator[Finding]:
    """What nobody can say of what runs, once for each list and object: why things count as ringing that may not."""
    addresses = {(d.match.live.kind, d.match.live.id): d for d in decisions.values() if d.match.live}
    for kind in (k for k in KINDS.values() if k.startable):
        if kind.name in live.listings and (doubt := live.unread(kind.name)):
            message = gettext(
                "the server does not list {things}, so which of them run is not known, and whatever they may dial "
                "counts as ringing: {reason}",
                things=term(f"{kind.title}s"),
                reason=doubt.reason,
            )
            yield Finding("not-known", "warning", message)
        for found in live.objects(kind.name):
            decision = addresses.get((kind.name, found.id))
            if not (decision and decision.late):
                yield from _unclear(kind, found, decision)


def _unclear(kind: Kind, found: LiveObject, decision: Decision | None) -> Iterator[Finding]:
    """About one object: whether it runs, and if it may, whom it dials."""
    status = found.fields.get(kind.as_startable.field, NOT_SHOWN)
    targets = attached(kind, found.fields, found.id)
    address, name = (decision.address, gettext("it")) if decision else (None, named(kind, found.fields, found.id))
    told = any(each.id == UNKNOWN_STATUS for each in decision.findings) if decision else False
    if isinstance(status, Unknown) and not told:
        message = gettext(
            "{campaign} has a {field} that this version does not know ({reason}): it counts as running, so rows added "
            "to what it dials count as ringing",
            campaign=name,
            field=kind.as_startable.field,
            reason=status.reason,
        )
        place = decision.resource.position(kind.as_startable.field) if decision else None
        yield Finding("unknown-status", "warning", message, address, place)
    starts = decision is not None and decision.starts and kind.as_startable.dials not in decision.changed
    if isinstance(targets, Unknown) and (starts or not kind.as_startable.at_rest(status)):
        message = gettext("not known: {reason}. Rows added to any of them count as ringing", reason=targets.reason)
        place = decision.resource.position(kind.as_startable.dials) if decision else None
        yield Finding("not-known", "warning", message, address, place)


def named(kind: Kind, fields: Mapping[str, Any], remote_id: int | None) -> str:
    """An object of the account for people: by its name and id."""
    name = fields.get(kind.label)
    if name:
        return gettext("the {kind} {name} (id {id})", kind=term(kind.title), name=repr(name), id=str(remote_id))
    return gettext("the {kind} with id {id}", kind=term(kind.title), id=str(remote_id))
