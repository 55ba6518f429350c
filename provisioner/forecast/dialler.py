"""What the dialler goes by: rows still to be called, gateways and zones, looked up instead of searched for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from provisioner.bound import NONE, Bound
from provisioner.forecast.schedule import Hours, opening, shows_hours
from provisioner.language import gettext, term
from provisioner.model import NOT_SHOWN, Address, LiveObject, Unknown
from provisioner.plan.live import Live
from provisioner.plan.model import RowChange
from provisioner.plan.observed import ActiveCampaign, CallProgress
from provisioner.plan.situation import Situation
from provisioner.resources import KINDS, Zones

Gateways = Mapping[tuple[str, int], LiveObject]  # by kind and id


def gateways_of(live: Live) -> Gateways:
    """Everything that carries calls."""
    kinds = [(kind, kind.startable.schedule.gateway) for kind in KINDS.values() if kind.startable]
    carriers = {kind.points_at(gateway) for kind, gateway in kinds}
    return {(name, each.id): each for name in carriers for each in live.objects(name)}


def call_limit(campaign: ActiveCampaign, gateways: Gateways) -> int | None:
    """How many calls its gateway takes at a time, None when nobody says."""
    return limit_of(gateways.get((campaign.gateway_kind, campaign.gateway or 0)))


def limit_of(gateway: LiveObject | None) -> int | None:
    """How many calls a gateway takes at a time, None when nobody says."""
    names = [kind.startable.schedule.limit for kind in KINDS.values() if kind.startable]
    limits = [gateway.fields.get(name) for name in names] if gateway else []
    return next((limit for limit in limits if isinstance(limit, int) and limit > 0), None)


@dataclass(frozen=True, slots=True)
class Dialler:
    """`rows` are row changes by target, `gateways` live objects by (kind, id).

    `sharing` are the counts of `RowFacts.shared` with their places, by each target that they are about.
    """

    situation: Situation
    zones: Zones
    rows: Mapping[Any, RowChange]
    gateways: Gateways
    sharing: Mapping[Any, list[tuple[int, frozenset[Any], int]]]

    @classmethod
    def of(cls, situation: Situation) -> Dialler:
        """Everything that is looked up more than once."""
        ids = situation.matches.targets.ids
        rows = {ids.get(address, address): change for address, change in situation.rows.changes.items()}
        sharing: dict[Any, list[tuple[int, frozenset[Any], int]]] = {}
        for place, (targets, count) in enumerate(situation.rows.shared.items()):
            for target in targets:
                sharing.setdefault(target, []).append((place, targets, count))
        gateways = gateways_of(situation.live)
        return cls(situation, Zones.of(situation.project.settings), rows, gateways, sharing)

    def shared(self, wanted: Iterable[Any]) -> list[tuple[frozenset[Any], int]]:
        """How many numbers are in exactly these targets, for all that hold one of the wanted."""
        found = {each for target in wanted for each in self.sharing.get(target, ())}
        return [(targets, count) for _, targets, count in sorted(found, key=lambda each: each[0])]

    def hours(self, campaign: ActiveCampaign) -> Hours | None:
        """When it may dial from now on; None where the server does not show it, or where nothing is left."""
        return opening(campaign.startable.schedule, campaign.fields, self.zones, self.situation.now)

    def waits_until(self, campaign: ActiveCampaign) -> datetime | None:
        """When its hours open for the first time, in the project's zone; None: it dials now, or nobody can tell."""
        hours = self.hours(campaign)
        first = next(hours.stretches(1), None) if hours else None
        return first[0].astimezone(self.zones.project) if first and first[0] > self.situation.now else None

    def hidden(self, campaign: ActiveCampaign) -> bool:
        """Whether it may dial at any time, because the server does not show when it does or that it is over."""
        schedule = campaign.startable.schedule
        if campaign.unclear(schedule.begins, schedule.expires, schedule.opens, schedule.closes):
            return True
        expires = campaign.fields.get(schedule.expires)
        over = isinstance(expires, datetime) and expires <= self.situation.now
        return not over and not shows_hours(schedule, campaign.fields)

    def contacts(self, campaign: ActiveCampaign) -> Bound:
        """How many it has still to call.

        Before its first start all active rows. Afterwards what the server says is to come, and rows that come to it;
        before the phonebooks are taken in all active rows besides (docs/alice-api.md#contacts-added-while-paused).
        """
        taken = self._taken(campaign)
        if taken is None:
            return self._all(campaign)
        return taken.left + (self._all(campaign) if self._takes_in(campaign, taken) else self.coming(campaign))

    def coming(self, campaign: ActiveCampaign) -> Bound:
        """Contacts that this plan adds to something started before: new rows, and rows of what is newly attached."""
        if not campaign.runs or not campaign.started:
            return NONE
        attached = set(campaign.attached)
        rows = (self.rows.get(target) for target in set(campaign.dials) - attached)
        return sum((self.active(campaign, t) for t in attached), Bound.exact(sum(c.calls for c in rows if c)))

    def rings(self, campaign: ActiveCampaign, contacts: Bound) -> Bound:
        """How many of them are called because of this plan: all after a start or a wider window, else who comes."""
        change = campaign.decision.change if campaign.decision else None
        if not campaign.runs:
            return NONE
        return contacts if change is not None and change.calls else self.coming(campaign).capped(contacts)

    def total(self, campaign: ActiveCampaign) -> int | None:
        """How many it has taken in so far, None where nobody knows; nobody before its first start."""
        taken = self._taken(campaign)
        return 0 if taken is None else taken.total

    def active(self, campaign: ActiveCampaign, target: int | Address) -> Bound:
        """Active rows of a target after the plan."""
        if target in self.situation.rows.active:
            return Bound.exact(self.situation.rows.active[target])
        if isinstance(target, Address):
            return NONE  # it is made by this plan, without rows
        title = term(KINDS[campaign.dialled_kind].title)
        doubt = gettext("the contacts of {kind} id {id} were not counted", kind=title, id=str(target))
        unknown = Bound.unknown(doubt)
        return self.situation.observed.rows.get((campaign.dialled_kind, target), unknown)

    def _taken(self, campaign: ActiveCampaign) -> CallProgress | None:
        """How far it is, None before its first start."""
        if not campaign.started:
            return None
        doubt = gettext("how far {campaign} is was not asked", campaign=campaign.titled)
        unknown = CallProgress(Bound.unknown(doubt))
        return self.situation.observed.taken.get((campaign.kind, campaign.live_id or 0), unknown)

    def _all(self, campaign: ActiveCampaign) -> Bound:
        """All active rows of its targets."""
        if not campaign.shows_targets:
            return Bound.unknown(gettext("the server does not show whom {campaign} calls", campaign=campaign.titled))
        return sum((self.active(campaign, target) for target in set(campaign.dials)), NONE)

    def _takes_in(self, campaign: ActiveCampaign, taken: CallProgress) -> bool:
        """Whether it has still to take its contacts in: a first start does so in its window, days later perhaps.

        The copy of its survey is made in the same moment. A server that shows none may have taken in everybody.
        """
        if taken.total is None or self._sealed(campaign):
            return taken.total == 0
        active = self._all(campaign).most
        return active is None or taken.total < active

    def _sealed(self, campaign: ActiveCampaign) -> bool:
        startable = campaign.startable
        return bool(self.situation.live.having(startable.sealed, startable.made_by, campaign.live_id))

    def pace(self, campaign: ActiveCampaign) -> int:
        """Calls a minute: the frequency, and not more than the gateway takes at a time; 0 where it is not shown."""
        frequency, limit = self.frequency(campaign), self.limit(campaign)
        return frequency if limit is None else min(frequency, limit)

    def knows_pace(self, campaign: ActiveCampaign) -> bool:
        """Whether the frequency and what the gateway takes are known, so that it is no slower than its pace."""
        schedule, found = campaign.startable.schedule, self.gateways.get((campaign.gateway_kind, campaign.gateway or 0))
        limit = found.fields.get(schedule.limit, NOT_SHOWN) if found else NOT_SHOWN  # None: it has no limit
        return not isinstance(limit, Unknown) and not campaign.unclear(schedule.frequency, schedule.gateway)

    def frequency(self, campaign: ActiveCampaign) -> int:
        """Calls a minute, as declared or shown; 0 where it is not shown."""
        found = campaign.fields.get(campaign.startable.schedule.frequency)
        return found if isinstance(found, int) else 0

    def limit(self, campaign: ActiveCampaign) -> int | None:
        """How many calls its gateway takes at a time, None when nobody says."""
        return call_limit(campaign, self.gateways)

    def gateway_name(self, kind: str, remote_id: int | None) -> str:
        """Its name, else its id."""
        found = self.gateways.get((kind, remote_id or 0))
        name = found.fields.get(KINDS[kind].natural_key[-1]) if found else None
        return str(name or f"id {remote_id}")
