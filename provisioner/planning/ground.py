"""What courses stand on: rows still to be called, gateways and zones, looked up instead of searched for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from provisioner.kinds import KINDS, Zones
from provisioner.model import Address, LiveObject, RowChange
from provisioner.planning.hours import Hours
from provisioner.planning.observed import Dialling
from provisioner.planning.opening import opening
from provisioner.planning.situation import Situation


@dataclass(frozen=True, slots=True)
class Ground:
    """`rows` are row changes by target, `gateways` live objects by (kind, id)."""

    situation: Situation
    zones: Zones
    rows: Mapping[Any, RowChange]
    gateways: Mapping[tuple[str, int], LiveObject]

    @classmethod
    def of(cls, situation: Situation) -> Ground:
        """Everything that is looked up more than once."""
        ids = situation.matches.targets.ids
        carriers = {_carrier(kind.name) for kind in KINDS.values() if kind.lifecycle}
        gateways = {(name, each.id): each for name in carriers for each in situation.live.owned(name)}
        rows = {ids.get(address, address): change for address, change in situation.rows.changes.items()}
        return cls(situation, Zones.of(situation.project.settings), rows, gateways)

    def hours(self, dialling: Dialling) -> Hours | None:
        """When it may dial from now on; None where the server does not show it, or where nothing is left."""
        return opening(dialling.lifecycle.schedule, dialling.fields, self.zones, self.situation.now)

    def waits_until(self, dialling: Dialling) -> datetime | None:
        """When its hours open for the first time, in the project's zone; None: it dials now, or nobody can tell."""
        hours = self.hours(dialling)
        first = next(hours.stretches(1), None) if hours else None
        return first[0].astimezone(self.zones.project) if first and first[0] > self.situation.now else None

    def contacts(self, dialling: Dialling) -> int:
        """How many it has still to call, at most.

        Before its first start all active rows. Afterwards what the server says is pending, and rows that come to it;
        where the server does not say, all active rows again (contract, 5.4 and 5.5).
        """
        pending = self.situation.observed.pending.get((dialling.kind, dialling.live_id or 0))
        if not dialling.started or pending is None:
            return sum(self.active(dialling, target) for target in set(dialling.dials))
        return pending + self.coming(dialling)

    def coming(self, dialling: Dialling) -> int:
        """Contacts that this plan adds to something started before: new rows, and rows of what is newly attached."""
        if not dialling.runs or not dialling.started:
            return 0
        attached = set(dialling.attached)
        rows = (self.rows.get(target) for target in set(dialling.dials) - attached)
        added = sum(self.active(dialling, target) for target in attached)
        return added + sum(change.calls for change in rows if change)

    def rings(self, dialling: Dialling, contacts: int) -> int:
        """How many of them are called because of this plan: all after a start or a wider window, else who comes."""
        change = dialling.decision.change if dialling.decision else None
        if not dialling.runs:
            return 0
        return contacts if change is not None and change.calls else min(contacts, self.coming(dialling))

    def active(self, dialling: Dialling, target: int | Address) -> int:
        """Active rows of a target after the plan; at most, where they are not managed here."""
        if target in self.situation.rows.active:
            return self.situation.rows.active[target]
        known = self.situation.observed.rows
        return known.get((dialling.dialled_kind, target), 0) if isinstance(target, int) else 0

    def pace(self, dialling: Dialling) -> int:
        """Calls a minute: the frequency, and not more than the gateway takes at a time."""
        frequency, limit = self.frequency(dialling), self.limit(dialling)
        return frequency if limit is None else min(frequency, limit)

    def frequency(self, dialling: Dialling) -> int:
        """Calls a minute, as declared or shown."""
        return int(dialling.fields.get(dialling.lifecycle.schedule.frequency) or 0)

    def limit(self, dialling: Dialling) -> int | None:
        """How many calls its gateway takes at a time, None when nobody says."""
        found = self.gateways.get((dialling.gateway_kind, dialling.gateway or 0))
        limit = found.fields.get(dialling.lifecycle.schedule.limit) if found else None
        return limit if isinstance(limit, int) and limit > 0 else None

    def gateway_name(self, kind: str, remote_id: int | None) -> str:
        """Its name, else its id."""
        found = self.gateways.get((kind, remote_id or 0))
        name = found.fields.get(KINDS[kind].natural_key[-1]) if found else None
        return str(name or f"id {remote_id}")


def _carrier(kind: str) -> str:
    """The kind of what carries the calls of a kind."""
    lifecycle = KINDS[kind].lifecycle
    return next(r.to for r in KINDS[kind].relations() if lifecycle and r.name == lifecycle.schedule.gateway)
