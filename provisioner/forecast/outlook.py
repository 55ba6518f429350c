"""What will happen to people: when each campaign dials, how far it comes, whom this plan makes ring. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from provisioner.forecast.calling_hours import legal_hours
from provisioner.forecast.dialler import Ground
from provisioner.forecast.gateway_load import loads
from provisioner.forecast.overlap import people
from provisioner.forecast.projection import Projection, course
from provisioner.model import NONE, Address, Bound, Fields, Whose
from provisioner.plan import notices as notice_kinds
from provisioner.plan import observed as dialling_kinds
from provisioner.plan.model import Impact, Outlook
from provisioner.plan.notices import Notice, Ringing, Share
from provisioner.plan.observed import ActiveCampaign, diallings
from provisioner.plan.situation import Situation
from provisioner.resources import KINDS


@dataclass(frozen=True, slots=True)
class Workload:
    """So many contacts of something that dials; without a run nobody knows when it does."""

    dialling: ActiveCampaign
    contacts: Bound
    run: Projection | None = None

    @property
    def calls(self) -> Bound:
        """Not more than fit in before it expires, and perhaps none where nobody knows whether it runs."""
        wanted = self.contacts.times(_tries(self.dialling))
        most = wanted.capped(self.run.capacity) if self.run else wanted
        return replace(most, least=0) if self.dialling.doubt else most

    @property
    def reached(self) -> Bound:
        """Contacts that these calls are to."""
        calls = self.calls
        return replace(self.contacts.capped(calls), least=min(self.contacts.least, calls.least))


@dataclass(frozen=True, slots=True)
class Bells:
    """What rings by itself, of some shares: `single` notices, and `many` of a calendar (None: of nobody's) together."""

    single: tuple[Notice, ...]
    many: tuple[tuple[Address | None, Ringing], ...]

    @classmethod
    def of(cls, situation: Situation, *shares: Share) -> Bells:
        """All of a situation that has one of these shares."""
        many = situation.appointments.ringing
        return cls(
            tuple(each for each in situation.notices if each.share in shares),
            tuple((address, ringing) for address, share, ringing in many if share in shares),
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

    def carriers(self, ground: Ground) -> list[tuple[str, Fields]]:
        """What leads to the gateways over which they ring, by kind and fields."""
        decisions = ground.situation.decisions
        owners = [(address.kind, decisions[address].after) for address, _ in self.many if address]
        return [*((each.address.kind, each.fields) for each in self.single), *owners]


def outlook_of(situation: Situation) -> Outlook:
    """The outlook once the plan is applied."""
    ground, found = Ground.of(situation), situation.notices
    runs = [
        (each, Projection.of(each, hours, ground)) for each in _dialling(situation) if (hours := ground.hours(each))
    ]
    hidden = [each for each in _dialling(situation) if each.runs and ground.hidden(each)]
    parts = [Workload(each, run.contacts, run) for each, run in runs if each.runs and not ground.hidden(each)]
    parts += [Workload(each, ground.contacts(each)) for each in hidden]
    new, rest = [_new(part, ground) for part in parts], [_rest(part, ground) for part in parts]
    undeclared = [part for part in rest if part.dialling.whose is not Whose.DECLARED]
    unseen = _unseen(ground)
    return Outlook(
        courses=tuple(course(run, ground) for _, run in runs),
        loads=tuple(loads([run for _, run in runs], ground)),
        alarms=tuple((each.address, ground.zones.local(each.moment)) for each in found if each.moment),
        legal=tuple(legal_hours(situation)),
        impact=_impact(ground, new, Bells.of(situation, Share.NEW), _unattributed(ground, parts)),
        running=_impact(ground, rest, Bells.of(situation, Share.STANDING, Share.UNDECLARED), unseen),
        undeclared=_impact(ground, undeclared, Bells.of(situation, Share.UNDECLARED), unseen),
        total=_impact(ground, parts, Bells.of(situation, *Share), unseen),
    )


def _dialling(situation: Situation) -> tuple[ActiveCampaign, ...]:
    return diallings(situation.decisions, situation.live)


def _new(part: Workload, ground: Ground) -> Workload:
    """What this plan makes ring of it."""
    return Workload(part.dialling, ground.rings(part.dialling, part.contacts), part.run)


def _rest(part: Workload, ground: Ground) -> Workload:
    """What rings of it whether the plan is applied or not."""
    change = part.dialling.decision.change if part.dialling.decision else None
    all_new = change is not None and change.calls
    rest = NONE if all_new else part.contacts.less(ground.rings(part.dialling, part.contacts))
    return Workload(part.dialling, rest, part.run)


def _unseen(ground: Ground) -> Bound:
    """What may ring and is not listed by the server."""
    live = ground.situation.live
    apart = ground.situation.appointments.unlisted
    names = dict.fromkeys((*dialling_kinds.unlisted(live), *notice_kinds.unlisted(live), *apart))
    titles = " and ".join(f"{KINDS[name].title}s" for name in names)
    return Bound.unknown(f"the server does not list {titles}") if names else NONE


def _unattributed(ground: Ground, parts: Iterable[Workload]) -> Bound:
    """New rows that ring although nobody is seen who dials them."""
    dialled = {target for part in parts for target in part.dialling.dials}
    calls = sum(change.calls for target, change in ground.rows.items() if target not in dialled)
    unseen = _unseen(ground)
    return Bound.unknown(unseen.reason or "who calls the new rows is not shown") if calls else NONE


def _impact(ground: Ground, parts: Collection[Workload], bells: Bells, unseen: Bound) -> Impact:
    """What so many contacts of some campaigns and what rings by itself make together; `unseen` comes besides."""
    calling = [part for part in parts if part.calls]
    near = set[tuple[str, Any]]().union(*nearest_gateways(bells.carriers(ground), ground))
    moments, names = bells.moments, {ground.gateway_name(*each) for each in near}
    for part in calling:
        if part.dialling.gateway is not None:
            names.add(ground.gateway_name(part.dialling.gateway_kind, part.dialling.gateway))
        if part.run:  # a dialler may be slower than its rule, but not later
            moments += [next(part.run.hours.stretches(1))[0], part.run.closes]
    calls = sum((part.calls for part in calling), Bound.exact(bells.calls)) + unseen
    called = [(part.dialling, part.reached) for part in calling]
    first, last = (ground.zones.local(each(moments, default=None)) for each in (min, max))
    doubts = tuple(dict.fromkeys(_doubts(calling, calls)))
    persons = people(ground, called, bells.single) + Bound.at_most(bells.people) + unseen
    return Impact(calls, persons, first, last, tuple(sorted(names)), doubts)


def _doubts(parts: Iterable[Workload], calls: Bound) -> Iterator[str]:
    for part in parts:
        if part.dialling.doubt:
            yield part.dialling.doubt
        if part.calls.most is None:
            yield part.calls.reason
        if part.run is None:
            yield f"the server does not show when {part.dialling.kind} {part.dialling.label} dials"
    if calls.most is None:
        yield calls.reason


def _tries(dialling: ActiveCampaign) -> int:
    """How often one contact is called at most, as far as the server shows."""
    shown = (str(dialling.fields.get(name)) for name in dialling.lifecycle.schedule.retries)
    return 1 + sum(int(each) for each in shown if each.isdecimal())


def nearest_gateways(found: Iterable[tuple[str, Fields]], ground: Ground) -> Iterator[set[tuple[str, Any]]]:
    """Of each of them kind and id of the gateways that are nearest to it, going from one relation to the next."""
    situation = ground.situation
    declared = {(address.kind, found): address for address, found in situation.matches.targets.ids.items()}

    def fields_of(kind: str, target: Any) -> Fields:
        address = target if isinstance(target, Address) else declared.get((kind, target))
        if address is not None and address in situation.decisions:
            return situation.decisions[address].after
        found = situation.live.find(kind, target) if isinstance(target, int) else None
        return found.fields if found else {}

    carriers = {kind for kind, _ in ground.gateways}
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
