"""What will happen to people: when each campaign dials, how far it comes, whom this plan makes ring. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from provisioner.bound import NONE, Bound
from provisioner.forecast.calling_hours import legal_hours
from provisioner.forecast.dialler import Dialler
from provisioner.forecast.gateway_load import loads
from provisioner.forecast.overlap import people
from provisioner.forecast.projection import Projection, campaign_forecast
from provisioner.language import gettext, term
from provisioner.messages import together
from provisioner.model import Address, Fields
from provisioner.plan import notices as notice_kinds
from provisioner.plan import observed
from provisioner.plan.model import AlarmHours, Impact, Outlook, Ownership
from provisioner.plan.notices import Notice, RingCause, Ringing
from provisioner.plan.observed import ActiveCampaign, active_campaigns
from provisioner.plan.situation import Situation
from provisioner.resources import KINDS, Zones


@dataclass(frozen=True, slots=True)
class CampaignVolume:
    """So many contacts of something that dials; without a run nobody knows when it does."""

    campaign: ActiveCampaign
    contacts: Bound
    run: Projection | None = None

    @property
    def calls(self) -> Bound:
        """Not more than fit in before it expires, and perhaps none where nobody knows whether it runs."""
        wanted = self.contacts.times(_tries(self.campaign))
        most = wanted.capped(self.run.capacity) if self.run else wanted
        return replace(most, least=0) if self.campaign.doubt else most

    @property
    def reached(self) -> Bound:
        """Contacts that these calls are to."""
        calls = self.calls
        return replace(self.contacts.capped(calls), least=min(self.contacts.least, calls.least))


@dataclass(frozen=True, slots=True)
class AlarmVolume:
    """What rings by itself, of some causes: `single` notices, and `many` of a calendar (None: of nobody's) together."""

    single: tuple[Notice, ...]
    many: tuple[tuple[Address | None, Ringing], ...]

    @classmethod
    def of(cls, situation: Situation, *causes: RingCause) -> AlarmVolume:
        """All of a situation that has one of these causes."""
        many = situation.appointments.ringing
        return cls(
            tuple(each for each in situation.notices if each.cause in causes),
            tuple((address, ringing) for address, cause, ringing in many if cause in causes),
        )

    @property
    def calls(self) -> int:
        """How many calls that are."""
        return len(self.single) + sum(ringing.calls for _, ringing in self.many)

    @property
    def people(self) -> int:
        """How many are called of the many, each once for a calendar."""
        return sum(ringing.people for _, ringing in self.many)

    @property
    def moments(self) -> list[Any]:
        """When the first and the last of them ring."""
        ends = [moment for _, ringing in self.many for moment in (ringing.first, ringing.last) if moment]
        return [notice.moment for notice in self.single if notice.moment] + ends

    def by_hour(self, zones: Zones) -> AlarmHours:
        """How many ring in each hour of the project's clock, in order; last those that ring nobody knows when."""
        found = Counter[datetime | None](_hour(notice.moment, zones) for notice in self.single)
        for _, ringing in self.many:
            for begins, calls in ringing.quarters:
                found[_hour(begins, zones)] += calls
            found[None] += ringing.calls - sum(calls for _, calls in ringing.quarters)
        some = [(hour, calls) for hour, calls in found.items() if calls]
        return tuple(sorted(some, key=lambda each: (each[0] is None, each[0] or datetime.max)))

    def carriers(self, dialler: Dialler) -> list[tuple[str, Fields]]:
        """What leads to the gateways over which they ring, by kind and fields."""
        decisions = dialler.situation.decisions
        owners = [(address.kind, decisions[address].after) for address, _ in self.many if address]
        return [*((each.address.kind, each.fields) for each in self.single), *owners]


def outlook_of(situation: Situation) -> Outlook:
    """The outlook once the plan is applied."""
    dialler, found = Dialler.of(situation), situation.notices
    runs = [
        (each, Projection.of(each, hours, dialler)) for each in _active(situation) if (hours := dialler.hours(each))
    ]
    hidden = [each for each in _active(situation) if each.runs and dialler.hidden(each)]
    parts = [CampaignVolume(each, run.contacts, run) for each, run in runs if each.runs and not dialler.hidden(each)]
    parts += [CampaignVolume(each, dialler.contacts(each)) for each in hidden]
    new, rest = [_new(part, dialler) for part in parts], [_rest(part, dialler) for part in parts]
    undeclared = [part for part in rest if part.campaign.ownership is not Ownership.DECLARED]
    unseen = _unseen(dialler)
    return Outlook(
        campaigns=tuple(campaign_forecast(run, dialler) for _, run in runs),
        loads=tuple(loads([run for _, run in runs], dialler)),
        alarms=tuple((each.address, dialler.zones.local(each.moment)) for each in found if each.moment),
        alarm_hours=AlarmVolume.of(situation, *RingCause).by_hour(dialler.zones),
        legal=tuple(legal_hours(situation)),
        impact=_impact(dialler, new, AlarmVolume.of(situation, RingCause.NEW), _unattributed(dialler, parts)),
        running=_impact(dialler, rest, AlarmVolume.of(situation, RingCause.UNCHANGED, RingCause.UNDECLARED), unseen),
        undeclared=_impact(dialler, undeclared, AlarmVolume.of(situation, RingCause.UNDECLARED), unseen),
        total=_impact(dialler, parts, AlarmVolume.of(situation, *RingCause), unseen),
    )


def _hour(moment: datetime | None, zones: Zones) -> datetime | None:
    local = zones.local(moment)
    return local.replace(minute=0, second=0, microsecond=0) if local else None


def _active(situation: Situation) -> tuple[ActiveCampaign, ...]:
    return active_campaigns(situation.decisions, situation.live)


def _new(part: CampaignVolume, dialler: Dialler) -> CampaignVolume:
    """What this plan makes ring of it."""
    return CampaignVolume(part.campaign, dialler.rings(part.campaign, part.contacts), part.run)


def _rest(part: CampaignVolume, dialler: Dialler) -> CampaignVolume:
    """What rings of it whether the plan is applied or not."""
    change = part.campaign.decision.change if part.campaign.decision else None
    all_new = change is not None and change.calls
    rest = NONE if all_new else part.contacts.less(dialler.rings(part.campaign, part.contacts))
    return CampaignVolume(part.campaign, rest, part.run)


def _unseen(dialler: Dialler) -> Bound:
    """What may ring and is not listed by the server."""
    live = dialler.situation.live
    apart = dialler.situation.appointments.unlisted
    names = dict.fromkeys((*observed.unlisted(live), *notice_kinds.unlisted(live), *apart))
    things = together([term(f"{KINDS[name].title}s") for name in names])
    return Bound.unknown(gettext("the server does not list {things}", things=things)) if names else NONE


def _unattributed(dialler: Dialler, parts: Iterable[CampaignVolume]) -> Bound:
    """New rows that ring although nobody is seen who dials them."""
    dialled = {target for part in parts for target in part.campaign.dials}
    calls = sum(change.calls for target, change in dialler.rows.items() if target not in dialled)
    unseen = _unseen(dialler)
    return Bound.unknown(unseen.reason or gettext("who calls the new rows is not shown")) if calls else NONE


def _impact(dialler: Dialler, parts: Collection[CampaignVolume], alarms: AlarmVolume, unseen: Bound) -> Impact:
    """What so many contacts of some campaigns and what rings by itself make together; `unseen` comes besides."""
    calling = [part for part in parts if part.calls]
    near = set[tuple[str, Any]]().union(*nearest_gateways(alarms.carriers(dialler), dialler))
    moments, names = alarms.moments, {dialler.gateway_name(*each) for each in near}
    for part in calling:
        if part.campaign.gateway is not None:
            names.add(dialler.gateway_name(part.campaign.gateway_kind, part.campaign.gateway))
        if part.run:  # a dialler may be slower than its rule, but not later
            moments += [next(part.run.hours.stretches(1))[0], part.run.closes]
    calls = sum((part.calls for part in calling), Bound.exact(alarms.calls)) + unseen
    called = [(part.campaign, part.reached) for part in calling]
    first, last = (dialler.zones.local(each(moments, default=None)) for each in (min, max))
    doubts = tuple(dict.fromkeys(_doubts(calling, calls)))
    persons = people(dialler, called, alarms.single) + Bound.at_most(alarms.people) + unseen
    return Impact(calls, persons, first, last, tuple(sorted(names)), doubts)


def _doubts(parts: Iterable[CampaignVolume], calls: Bound) -> Iterator[str]:
    for part in parts:
        if part.campaign.doubt:
            yield part.campaign.doubt
        if part.calls.most is None:
            yield part.calls.reason
        if part.run is None:
            yield gettext("the server does not show when {campaign} dials", campaign=part.campaign.titled)
    if calls.most is None:
        yield calls.reason


def _tries(campaign: ActiveCampaign) -> int:
    """How often one contact is called at most, as far as the server shows."""
    shown = (str(campaign.fields.get(name)) for name in campaign.startable.schedule.retries)
    return 1 + sum(int(each) for each in shown if each.isdecimal())


def nearest_gateways(found: Iterable[tuple[str, Fields]], dialler: Dialler) -> Iterator[set[tuple[str, Any]]]:
    """Of each of them kind and id of the gateways that are nearest to it, going from one relation to the next."""
    situation = dialler.situation
    declared = {(address.kind, found): address for address, found in situation.matches.targets.ids.items()}

    def fields_of(kind: str, target: Any) -> Fields:
        address = target if isinstance(target, Address) else declared.get((kind, target))
        if address is not None and address in situation.decisions:
            return situation.decisions[address].after
        found = situation.live.find(kind, target) if isinstance(target, int) else None
        return found.fields if found else {}

    carriers = {kind for kind, _ in dialler.gateways}
    for start in found:
        nodes, near = [start], set[tuple[str, Any]]()
        while nodes:
            steps = [step for kind, fields in nodes for step in _relations(kind, fields)]
            near = {(kind, target) for kind, target in steps if kind in carriers}
            nodes = [] if near else [(kind, fields_of(kind, target)) for kind, target in steps]
        yield near


def _relations(kind: str, fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for relation in KINDS[kind].relations() if kind in KINDS else ():
        value = fields.get(relation.name)
        for target in value if isinstance(value, tuple) else (value,):
            if isinstance(target, int | Address):
                yield relation.to, target
