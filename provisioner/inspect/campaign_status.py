"""`status`: each startable object's live status, how much is done, when it may run, and whether it keeps up.

Whether it keeps up is told by the live object run forward from when it began (`forecast.projection`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from provisioner.api import Client
from provisioner.api.counts import Counts, each_of, finished, tallied
from provisioner.api.periods import by_period
from provisioner.api.reader import Reader
from provisioner.bound import Bound
from provisioner.encoding import plain
from provisioner.errors import ApiError
from provisioner.forecast.projection import MOST_WINDOWS, Pace, Projection, curve, pace_of
from provisioner.forecast.schedule import opening
from provisioner.inspect.lookup import ProjectIds, ids_meant, name_of, renamed, startable_kind, status_of
from provisioner.inspect.reach import Reach, first_call, reach_of, status_shown
from provisioner.inspect.table import Table
from provisioner.language import gettext, number, term
from provisioner.model import Address, LiveObject
from provisioner.plan.model import CampaignForecast
from provisioner.plan.observed import ActiveCampaign
from provisioner.resources import KINDS, DailyTime, Instant, Kind, ProgressSource, Startable, Zones

Carriers = Mapping[int, LiveObject]

NOTHING_HIDDEN: Mapping[str, Address] = {}
MOST_DAYS = 14  # of daily counts: each is a request
NARROW = ("id", "name", "status", "done", "reach", "by expiry", "finishes")  # what has room in 80 columns


@dataclass(frozen=True, slots=True)
class CampaignProgress:
    """The pace of one object, and the forecast from its beginning to its expiry."""

    pace: Pace
    forecast: CampaignForecast


@dataclass(frozen=True, slots=True)
class CampaignStatus:
    """One object and its counts by plural of the kind counted; None where the server does not show them.

    `progress` is None before it took anybody in, `reach` where call records cannot be counted. `daily` are calls by
    date, the last days only; None when nobody asked or the server does not tell.
    """

    live: LiveObject
    counts: Mapping[str, Counts | None] = field(default_factory=dict)
    progress: CampaignProgress | None = None
    reach: Reach | None = None
    daily: tuple[tuple[date, int], ...] | None = None

    def percent_done(self, startable: Startable) -> int | None:
        """How much of what it took in is certainly finished, rounded down; None while there is nothing to finish."""
        for tally in startable.tallies:
            counts = self.counts.get(KINDS[tally.kind].plural)
            if tally.unfinished and counts:
                return 100 * certainly_done(tally, counts) // counts.total()
        return None


def live_objects(client: Client, kind: Kind, zones: Zones) -> list[LiveObject]:
    """Every object of the kind, in manifest shape, by id; ApiError when the server does not show them."""
    listing = Reader(client, zones).listing(kind)
    if listing.unreadable is not None:
        raise ApiError(f"{kind.plural} cannot be listed: {listing.unreadable}")
    return sorted(listing.objects, key=lambda found: found.id)


def statuses(
    client: Client,
    zones: Zones,
    name: str | None,
    known: ProjectIds,
    now: datetime,
    hidden: Mapping[str, Address] = NOTHING_HIDDEN,
) -> list[CampaignStatus]:
    """Of the objects that `name` means, or of all; UsageError when it means none. `hidden` names are not shown."""
    kind = startable_kind()
    objects = live_objects(client, kind, zones)
    chosen = objects
    if name is not None:
        ids = ids_meant(kind, name, objects, known, client.identity())
        chosen = [each for each in objects if each.id in ids]
    chosen = [renamed(kind, each, hidden) for each in chosen]
    counts = {KINDS[each.kind].plural: tallied(client, each, [o.id for o in chosen]) for each in _tallies(kind)}
    reader = Reader(client, zones)
    gateways, started = (carriers(reader, kind), starts(reader, kind)) if chosen else ({}, {})
    own = [{plural: None if each is None else each[o.id] for plural, each in counts.items()} for o in chosen]
    reached = {o.id: reach_of(kind, each) for o, each in zip(chosen, own, strict=True)}
    began = _beginnings(client, kind, chosen, reached, started, now)
    return [
        _status_of(found, each, reached[found.id], gateways, began.get(found.id), zones, now)
        for found, each in zip(chosen, own, strict=True)
    ]


def _beginnings(
    client: Client,
    kind: Kind,
    objects: Sequence[LiveObject],
    reached: Mapping[int, Reach | None],
    started: Mapping[int, datetime],
    now: datetime,
) -> dict[int, datetime]:
    """When each object made its first call, else when it was started: its pace is measured from then."""
    begins = {each.id: each.fields.get(kind.as_startable.schedule.begins) for each in objects}

    def first(id: int) -> datetime | None:
        reach, begun = reached[id], begins[id]
        if reach is None or not reach.by.total() or not isinstance(begun, datetime):
            return started.get(id)
        after = max(begun, started.get(id, begun))
        return first_call(client, kind, id, after, now) or started.get(id)

    found = each_of([*begins], first)
    return {id: moment for id, moment in found.items() if moment is not None}


def with_daily(client: Client, statuses: Sequence[CampaignStatus], zones: Zones, now: datetime) -> list[CampaignStatus]:
    """The same with the calls of the last days, which takes a request for each."""
    kind = startable_kind()
    [recorded] = [each for each in _tallies(kind) if not each.unfinished]
    return [replace(each, daily=_daily(client, recorded, each, zones, now)) for each in statuses]


def _status_of(
    live: LiveObject,
    counts: Mapping[str, Counts | None],
    reach: Reach | None,
    gateways: Carriers,
    started: datetime | None,
    zones: Zones,
    now: datetime,
) -> CampaignStatus:
    kind = startable_kind()
    [taken] = [each for each in _tallies(kind) if each.unfinished]
    found = counts[KINDS[taken.kind].plural]
    if not found:
        return CampaignStatus(live, counts, reach=reach)
    left = found.total() - certainly_done(taken, found)
    progress = progress_of(kind, live, found.total(), left, gateways, started, zones, now)
    if progress is not None:
        shown = status_shown(kind.as_startable, status_of(kind, live), reach)
        progress = replace(progress, forecast=replace(progress.forecast, status=shown))
    return CampaignStatus(live, counts, progress, reach)


def certainly_done(tally: ProgressSource, counts: Counts) -> int:
    """How many are finished: a status that nobody knows may mean a call to come."""
    return sum(counts[value] for value in finished(KINDS[tally.kind], tally))


def _daily(
    client: Client, tally: ProgressSource, status: CampaignStatus, zones: Zones, now: datetime
) -> tuple[tuple[date, int], ...] | None:
    counts = status.counts.get(KINDS[tally.kind].plural)
    if not counts or status.progress is None:
        return () if counts is not None else None
    began = status.live.fields[startable_kind().as_startable.schedule.begins]
    today = now.astimezone(zones.project).date()
    first = max(began.astimezone(zones.project).date(), today - timedelta(days=MOST_DAYS - 1))
    days = [first + timedelta(days=number) for number in range((today - first).days + 1)]
    midnights = [datetime.combine(each, time(), zones.project) for each in (*days, today + timedelta(days=1))]
    periods = [(each, following - timedelta.resolution) for each, following in pairwise(midnights)]
    found = by_period(client, tally, status.live.id, periods)
    return None if found is None else tuple(zip(days, found, strict=True))


def document(status: CampaignStatus, zones: Zones) -> dict[str, Any]:
    """One status as JSON: moments in the project's zone."""
    kind = startable_kind()
    return {
        "id": status.live.id,
        "name": name_of(kind, status.live),
        "status": status_of(kind, status.live),
        "percent_done": status.percent_done(kind.as_startable),
        "forecast": _forecast(status, zones),
        "reach": None if status.reach is None else status.reach.document(),
        **{plural: _counted(counts) for plural, counts in status.counts.items()},
        "daily": None if status.daily is None else [{"day": d.isoformat(), "calls": n} for d, n in status.daily],
        **{name: plain(_local(status.live.fields.get(name), zones)) for name in _windows(kind)},
    }


def _forecast(status: CampaignStatus, zones: Zones) -> dict[str, Any] | None:
    """What should be done by now, and what becomes of it at the pace so far."""
    if status.progress is None:
        return None
    pace = status.progress.pace
    return {
        "total": pace.total,
        "done": pace.done,
        "expected": pace.expected,
        "by_expiry": pace.by_expiry,
        "percent_by_expiry": None if pace.by_expiry is None else 100 * pace.by_expiry // pace.total,
        "finishes": plain(_local(pace.finishes, zones)),
    }


def as_table(statuses: Sequence[CampaignStatus], zones: Zones) -> Table:
    """A row per object."""
    kind = startable_kind()
    plurals = [KINDS[each.kind].plural for each in _tallies(kind)]
    columns = ("id", "name", "status", "done", *plurals, "reach", *_windows(kind), "expected", "by expiry", "finishes")
    return Table(columns, tuple(_row(kind, each, plurals, zones) for each in statuses))


def _row(kind: Kind, status: CampaignStatus, plurals: Sequence[str], zones: Zones) -> tuple[str, ...]:
    percent = status.percent_done(kind.as_startable)
    return (
        str(status.live.id),
        name_of(kind, status.live) or "",
        status_shown(kind.as_startable, status_of(kind, status.live), status.reach),
        "-" if percent is None else f"{percent}%",
        *(_summed(status.counts[plural]) for plural in plurals),
        gettext("not known") if status.reach is None else status.reach.cell,
        *(_shown(status.live.fields.get(name), zones) for name in _windows(kind)),
        *_foreseen(status, zones),
    )


def _foreseen(status: CampaignStatus, zones: Zones) -> tuple[str, str, str]:
    """Shares of what it took in: what should be done by now, what will be by expiry; and when all are done."""
    if status.progress is None:
        return "-", "-", ""
    pace = status.progress.pace
    expected, by_expiry = (
        "-" if each is None else f"{100 * each // pace.total}%" for each in (pace.expected, pace.by_expiry)
    )
    return expected, by_expiry, _shown(pace.finishes, zones)


def _summed(counts: Counts | None) -> str:
    """`1,000: 550 pending, 450 completed`."""
    if counts is None:
        return gettext("not readable")
    parts = ", ".join(f"{number(each)} {term(value)}" for value, each in counts.most_common())
    return f"{number(counts.total())}: {parts}" if parts else "0"


def _counted(counts: Counts | None) -> dict[str, Any] | None:
    return None if counts is None else {"total": counts.total(), "by": dict(Counter(counts).most_common())}


def _shown(value: Any, zones: Zones) -> str:
    local = _local(value, zones)
    return local.strftime("%Y-%m-%d %H:%M") if isinstance(local, datetime) else "" if local is None else plain(local)


def _local(value: Any, zones: Zones) -> datetime | time | None:
    return value.astimezone(zones.project) if isinstance(value, datetime) else value


def _windows(kind: Kind) -> list[str]:
    return [each.name for each in kind.fields if isinstance(each, Instant | DailyTime)]


def _tallies(kind: Kind) -> Sequence[ProgressSource]:
    return kind.as_startable.tallies


def carriers(reader: Reader, kind: Kind) -> Carriers:
    """What carries the calls of objects of the kind, by id; nothing where the server does not show it."""
    return {found.id: found for found in reader.listing(KINDS[_carrier(kind)]).objects}


def starts(reader: Reader, kind: Kind) -> dict[int, datetime]:
    """When each object was first started, by its id: the copy that a start makes says so, where the server shows it."""
    sealed = KINDS[kind.as_startable.sealed]
    made = next(fact.name for fact in sealed.facts if isinstance(fact, Instant))
    found: dict[int, datetime] = {}
    for fields in (each.fields for each in reader.listing(sealed).objects):
        owner, moment = fields.get(kind.as_startable.made_by), fields.get(made)
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

    It is measured from its beginning, or from when it was `started`, or made its first call, if that was later.
    """
    schedule = kind.as_startable.schedule
    since = started if started is not None and started <= now else None
    hours, frequency = opening(schedule, live.fields, zones, since), live.fields.get(schedule.frequency)
    if hours is None or not isinstance(frequency, int) or not total:
        return None
    label = str(live.fields.get(kind.natural_key[-1]) or live.id)
    campaign = ActiveCampaign(kind.as_startable, kind.name, label, live.fields, None, live.id, started=True)
    carrier = gateways.get(campaign.gateway or 0)
    limit: Any = carrier.fields.get(schedule.limit) if carrier else None
    pace = min(frequency, limit) if isinstance(limit, int) and limit > 0 else frequency
    run = Projection.forward(campaign, hours, pace, Bound.exact(total))
    return CampaignProgress(
        pace_of(run, total - left, now, campaign.runs), _campaign_forecast(run, frequency, carrier, zones)
    )


def _campaign_forecast(run: Projection, frequency: int, carrier: LiveObject | None, zones: Zones) -> CampaignForecast:
    windows, local = tuple(run.hours.stretches(MOST_WINDOWS)), zones.local
    name = carrier.fields.get(KINDS[carrier.kind].natural_key[-1]) if carrier else None
    return CampaignForecast(
        label=run.campaign.label,
        gateway=str(name or f"id {run.campaign.gateway}"),
        frequency=frequency,
        contacts=run.contacts,
        expires=local(run.campaign.fields[run.campaign.startable.schedule.expires]),
        starts=run.campaign.runs,
        windows=tuple((local(first), local(last)) for first, last in windows),
        curve=tuple((local(moment), calls) for moment, calls in curve(run, windows)),
        reached=run.reached,
        finishes=local(run.finishes),
    )


def _carrier(kind: Kind) -> str:
    """The kind of what carries the calls."""
    return kind.points_at(kind.as_startable.schedule.gateway)
