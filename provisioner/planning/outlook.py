"""What will happen to people: when each campaign dials, how far it comes, whom this plan makes ring. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from provisioner.kinds import KINDS
from provisioner.model import Address, Course, Fields, Impact, Outlook
from provisioner.planning.courses import Run, course
from provisioner.planning.ground import Ground
from provisioner.planning.legal import legal_hours
from provisioner.planning.loads import loads
from provisioner.planning.observed import Dialling, diallings
from provisioner.planning.situation import Situation

Alarm = tuple[Address, datetime]
Foreseen = tuple[Run, Course]
Part = tuple[Run, Course, int]  # with how many of its contacts are meant


def outlook_of(situation: Situation) -> Outlook:
    """The outlook once the plan is applied."""
    ground = Ground.of(situation)
    foreseen = tuple(_foreseen(ground))
    alarms = tuple(_alarms(ground))
    ringing = [each for each in alarms if _rings(each[0], situation)]
    pending = [each for each in alarms if not _rings(each[0], situation)]
    return Outlook(
        courses=tuple(each for _, each in foreseen),
        loads=tuple(loads([run for run, _ in foreseen], ground)),
        alarms=alarms,
        legal=tuple(legal_hours(situation)),
        impact=_impact(ground, _ringing(foreseen), ringing),
        running=_impact(ground, _running(foreseen), pending),
    )


def _foreseen(ground: Ground) -> Iterator[Foreseen]:
    for dialling in diallings(ground.situation.decisions, ground.situation.live):
        hours = ground.hours(dialling)
        if hours is not None:
            run = Run.of(dialling, hours, ground)
            yield run, course(run, ground)


def _ringing(foreseen: Iterable[Foreseen]) -> list[Part]:
    return [(run, each, each.rings) for run, each in foreseen]


def _running(foreseen: Iterable[Foreseen]) -> list[Part]:
    return [(run, each, each.contacts - each.rings) for run, each in foreseen if each.starts]


def _impact(ground: Ground, parts: Iterable[Part], alarms: Collection[Alarm]) -> Impact:
    """What so many contacts of some courses and some alarms make together, at most."""
    calls = called = len(alarms)
    moments: list[Any] = [moment for _, moment in alarms]
    names, reached = _gateways_of([address for address, _ in alarms], ground), []
    for run, each, contacts in parts:
        most = min(contacts * _tries(run.dialling), run.capacity)
        if most:
            calls += most
            reached.append((run.dialling, min(contacts, most)))
            moments += [each.windows[0][0], run.closes]  # a dialler may be slower than its rule, but not later
            names.add(each.gateway)
    first, last = (ground.zones.local(each(moments, default=None)) for each in (min, max))
    return Impact(calls, called + _people(ground, reached), first, last, tuple(sorted(names)))


def _people(ground: Ground, reached: Collection[tuple[Dialling, int]]) -> int:
    """Whoever is in two phonebooks is one person. Of those still to be called nobody knows in which they are."""
    fresh = [(dialling, contacts) for dialling, contacts in reached if not dialling.started]
    books = {target: dialling for dialling, _ in fresh for target in dialling.dials}
    shared = ground.situation.rows.shared
    known = {target for targets in shared for target in targets}
    distinct = sum(count for targets, count in shared.items() if not targets.isdisjoint(books))
    distinct += sum(ground.active(dialling, target) for target, dialling in books.items() if target not in known)
    rest = sum(contacts for dialling, contacts in reached if dialling.started)
    return rest + min(distinct, sum(contacts for _, contacts in fresh))


def _tries(dialling: Dialling) -> int:
    """How often one contact is called at most, as far as the server shows."""
    shown = (str(dialling.fields.get(name)) for name in dialling.lifecycle.schedule.retries)
    return 1 + sum(int(each) for each in shown if each.isdecimal())


def _alarms(ground: Ground) -> Iterator[Alarm]:
    """When each declared alarm rings, in order of time; not what has passed."""
    found = []
    for address, decision in ground.situation.decisions.items():
        moment = decision.after.get(KINDS[address.kind].notice)
        if isinstance(moment, datetime) and not decision.late and decision.live_after:
            found.append((address, ground.zones.local(moment)))
    yield from sorted(found, key=lambda each: (each[1], each[0]))


def _rings(address: Address, situation: Situation) -> bool:
    change = situation.decisions[address].change
    return change is not None and change.calls


def _gateways_of(addresses: Collection[Address], ground: Ground) -> set[str]:
    """Names of the gateways that are nearest to each address, going from one relation to the next."""
    situation = ground.situation
    declared = {(address.kind, found): address for address, found in situation.matches.targets.ids.items()}

    def fields_of(kind: str, target: Any) -> Fields:
        address = target if isinstance(target, Address) else declared.get((kind, target))
        if address is not None and address in situation.decisions:
            return situation.decisions[address].after
        found = situation.live.find(kind, target) if isinstance(target, int) else None
        return found.fields if found else {}

    carriers, names = {kind for kind, _ in ground.gateways}, set()
    for address in addresses:
        nodes = [(address.kind, situation.decisions[address].after)]
        while nodes:
            steps = [step for kind, fields in nodes for step in _relations(kind, fields)]
            found = [ground.gateway_name(kind, target) for kind, target in steps if kind in carriers]
            names |= set(found)
            nodes = [] if found else [(kind, fields_of(kind, target)) for kind, target in steps]
    return names


def _relations(kind: str, fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for relation in KINDS[kind].relations() if kind in KINDS else ():
        value = fields.get(relation.name)
        for target in value if isinstance(value, tuple) else (value,):
            if target is not None:
                yield relation.to, target
