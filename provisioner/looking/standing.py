"""`status`: each startable object's live status, how much is done, and when it may run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any

from provisioner.alice import Client
from provisioner.alice.reader import Reader
from provisioner.alice.tallying import Counts, tallied
from provisioner.errors import ApiError
from provisioner.kinds import KINDS, DailyTime, Instant, Kind, Lifecycle, Tally, Zones
from provisioner.looking.naming import Resources, meant, name_of, startable
from provisioner.looking.table import Table
from provisioner.model import LiveObject
from provisioner.plain import plain


@dataclass(frozen=True, slots=True)
class Standing:
    """One object and its counts by plural of the kind counted; None where the server does not show them."""

    live: LiveObject
    counts: Mapping[str, Counts | None] = field(default_factory=dict)

    def percent_done(self, lifecycle: Lifecycle) -> int | None:
        """How much of what it took in is finished, rounded down; None while there is nothing to finish."""
        for tally in lifecycle.tallies:
            counts = self.counts.get(KINDS[tally.kind].plural)
            if tally.unfinished and counts:
                left = sum(counts[value] for value in tally.unfinished)
                return 100 * (counts.total() - left) // counts.total()
        return None


def live_objects(client: Client, kind: Kind, zones: Zones) -> list[LiveObject]:
    """Every object of the kind, in manifest shape, by id; ApiError when the server does not show them."""
    listing = Reader(client, zones).listing(kind)
    if listing.unreadable is not None:
        raise ApiError(f"{kind.plural} cannot be listed: {listing.unreadable}")
    return sorted(listing.objects, key=lambda found: found.id)


def standings(client: Client, zones: Zones, name: str | None, declared: Resources) -> list[Standing]:
    """Of the objects that `name` means, or of all."""
    kind = startable()
    objects = live_objects(client, kind, zones)
    chosen = objects if name is None else meant(kind, name, objects, declared)
    counts = {KINDS[each.kind].plural: tallied(client, each, [o.id for o in chosen]) for each in _tallies(kind)}
    return [
        Standing(found, {plural: None if each is None else each[found.id] for plural, each in counts.items()})
        for found in chosen
    ]


def document(standing: Standing, zones: Zones) -> dict[str, Any]:
    """One standing as JSON: moments in the project's zone."""
    kind = startable()
    return {
        "id": standing.live.id,
        "name": name_of(kind, standing.live),
        "status": _status(kind, standing),
        "percent_done": standing.percent_done(_lifecycle(kind)),
        **{plural: _counted(counts) for plural, counts in standing.counts.items()},
        **{name: plain(_local(standing.live.fields.get(name), zones)) for name in _windows(kind)},
    }


def as_table(standings: Sequence[Standing], zones: Zones) -> Table:
    """A row per object."""
    kind = startable()
    plurals = [KINDS[each.kind].plural for each in _tallies(kind)]
    columns = ("id", "name", "status", "done", *plurals, *_windows(kind))
    return Table(columns, tuple(_row(kind, each, plurals, zones) for each in standings))


def _row(kind: Kind, standing: Standing, plurals: Sequence[str], zones: Zones) -> tuple[str, ...]:
    percent = standing.percent_done(_lifecycle(kind))
    return (
        str(standing.live.id),
        name_of(kind, standing.live) or "",
        _status(kind, standing),
        "-" if percent is None else f"{percent}%",
        *(_summed(standing.counts[plural]) for plural in plurals),
        *(_shown(standing.live.fields.get(name), zones) for name in _windows(kind)),
    )


def _summed(counts: Counts | None) -> str:
    """`1,000: 550 pending, 450 completed`."""
    if counts is None:
        return "not readable"
    parts = ", ".join(f"{number:,} {value}" for value, number in counts.most_common())
    return f"{counts.total():,}: {parts}" if parts else "0"


def _counted(counts: Counts | None) -> dict[str, Any] | None:
    return None if counts is None else {"total": counts.total(), "by": dict(Counter(counts).most_common())}


def _shown(value: Any, zones: Zones) -> str:
    local = _local(value, zones)
    return local.strftime("%Y-%m-%d %H:%M") if isinstance(local, datetime) else "" if local is None else plain(local)


def _local(value: Any, zones: Zones) -> datetime | time | None:
    return value.astimezone(zones.project) if isinstance(value, datetime) else value


def _status(kind: Kind, standing: Standing) -> str:
    return str(standing.live.fields.get(_lifecycle(kind).field) or "unknown")


def _windows(kind: Kind) -> list[str]:
    return [each.name for each in kind.fields if isinstance(each, Instant | DailyTime)]


def _tallies(kind: Kind) -> Sequence[Tally]:
    return _lifecycle(kind).tallies


def _lifecycle(kind: Kind) -> Lifecycle:
    assert kind.lifecycle is not None
    return kind.lifecycle
