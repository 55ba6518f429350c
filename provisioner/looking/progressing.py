"""How each startable object keeps up with its forecast: the live object run forward from when it began."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from provisioner.alice.reader import Reader
from provisioner.kinds import KINDS, Instant, Kind, Zones
from provisioner.model import Bound, Course, LiveObject
from provisioner.planning.courses import MOST_WINDOWS, Projection, curve
from provisioner.planning.observed import ActiveCampaign
from provisioner.planning.opening import opening
from provisioner.planning.pacing import Pace, pace_of

Carriers = Mapping[int, LiveObject]


@dataclass(frozen=True, slots=True)
class CampaignProgress:
    """The pace of one object, and the course it should take from its beginning to its expiry."""

    pace: Pace
    course: Course


def carriers(reader: Reader, kind: Kind) -> Carriers:
    """What carries the calls of objects of the kind, by id; nothing where the server does not show it."""
    return {found.id: found for found in reader.listing(KINDS[_carrier(kind)]).objects}


def starts(reader: Reader, kind: Kind) -> dict[int, datetime]:
    """When each object was first started, by its id: the copy that a start makes says so, where the server shows it."""
    assert kind.lifecycle is not None
    sealed = KINDS[kind.lifecycle.sealed]
    of = next(relation for name, relation in kind.lifecycle.evidence if name == sealed.name)
    made = next(fact.name for fact in sealed.facts if isinstance(fact, Instant))
    found: dict[int, datetime] = {}
    for fields in (each.fields for each in reader.listing(sealed).objects):
        owner, moment = fields.get(of), fields.get(made)
        if isinstance(owner, int) and isinstance(moment, datetime):
            found[owner] = min(moment, found.get(owner, moment))
    return found


def progress_of(
    kind: Kind,
    live: LiveObject,
    total: int,
    left: int,
    gateways: Carriers,
    started: datetime | None,
    zones: Zones,
    now: datetime,
) -> CampaignProgress | None:
    """The progress of an object that took in so many, of whom so many are left; None when it cannot be told.

    It is measured from its beginning, or from when it was started, if that was later.
    """
    assert kind.lifecycle is not None
    schedule = kind.lifecycle.schedule
    since = started if started is not None and started <= now else None
    hours, frequency = opening(schedule, live.fields, zones, since), live.fields.get(schedule.frequency)
    if hours is None or not isinstance(frequency, int) or not total:
        return None
    label = str(live.fields.get(kind.natural_key[-1]) or live.id)
    dialling = ActiveCampaign(kind.lifecycle, kind.name, label, live.fields, None, live.id, started=True)
    carrier = gateways.get(dialling.gateway or 0)
    limit: Any = carrier.fields.get(schedule.limit) if carrier else None
    pace = min(frequency, limit) if isinstance(limit, int) and limit > 0 else frequency
    run = Projection.forward(dialling, hours, pace, Bound.exact(total))
    return CampaignProgress(pace_of(run, total - left, now, dialling.runs), _course(run, frequency, carrier, zones))


def _course(run: Projection, frequency: int, carrier: LiveObject | None, zones: Zones) -> Course:
    windows, local = tuple(run.hours.stretches(MOST_WINDOWS)), zones.local
    name = carrier.fields.get(KINDS[carrier.kind].natural_key[-1]) if carrier else None
    return Course(
        label=run.dialling.label,
        gateway=str(name or f"id {run.dialling.gateway}"),
        frequency=frequency,
        contacts=run.contacts,
        expires=local(run.dialling.fields[run.dialling.lifecycle.schedule.expires]),
        starts=run.dialling.runs,
        windows=tuple((local(first), local(last)) for first, last in windows),
        curve=tuple((local(moment), calls) for moment, calls in curve(run, windows)),
        reached=run.reached,
        finishes=local(run.finishes),
    )


def _carrier(kind: Kind) -> str:
    """The kind of what carries the calls."""
    assert kind.lifecycle is not None
    return next(each.to for each in kind.relations() if each.name == kind.lifecycle.schedule.gateway)
