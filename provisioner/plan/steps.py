"""What apply does, step by step, and what each step waits for. Derived from decisions; apply decides nothing itself.

    stop          a pause, abort or end: at once, nothing before it
    write         POST or PUT of one resource
    rows          the rows of a phonebook or DNC list
    start         posting the running status
    delete        last, in reverse
    record        no request at all: adopt or forget in the state

What rings runs only when nothing silent is ready or under way, so that a failure is known before a telephone rings.
`links` are the same dependencies for people: resources, not steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from graphlib import TopologicalSorter
from typing import Any

from provisioner.model import Address, Reference, Resource, members
from provisioner.plan.decision import Decision
from provisioner.plan.graph import Families, completes, dependencies, families
from provisioner.plan.model import Action, Change, Deferred, Link, RowChange
from provisioner.plan.references import Targets
from provisioner.plan.situation import Situation
from provisioner.resources import KINDS


class Verb(StrEnum):
    """What a step does."""

    STOP = "stop"
    WRITE = "write"
    ROWS = "rows"
    START = "start"
    DELETE = "delete"
    RECORD = "record"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do on one address; `calls`: telephones ring because of it."""

    address: Address
    verb: Verb
    calls: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        return f"{self.verb} {self.address}"


Graph = Mapping[Step, frozenset[Step]]


def steps(
    decisions: Mapping[Address, Decision],
    removals: Mapping[Address, Change],
    rows: Mapping[Address, RowChange],
    targets: Targets,
) -> Graph:
    """Every step with the steps it waits for."""
    return _Builder(decisions, removals, rows, targets).graph()


def linear(graph: Graph) -> list[Step]:
    """The steps in the order of a run without failures: silent before ringing, declared order otherwise."""
    position = {step: index for index, step in enumerate(graph)}
    sorter: TopologicalSorter[Step] = TopologicalSorter(graph)
    sorter.prepare()
    ready, done = set(sorter.get_ready()), []
    while ready:
        batch = sorted({s for s in ready if not s.calls} or ready, key=position.__getitem__)
        done += batch
        sorter.done(*batch)
        ready = (ready - set(batch)) | set(sorter.get_ready())
    return done


@dataclass(slots=True)
class _Builder:
    decisions: Mapping[Address, Decision]
    removals: Mapping[Address, Change]
    rows: Mapping[Address, RowChange]
    targets: Targets
    families: Families = field(init=False)
    known: dict[tuple[Address, Verb], Step] = field(default_factory=dict)
    barring: list[Step] = field(default_factory=list)  # rows of do-not-call lists
    dialling: dict[tuple[str, Any], list[Address]] = field(default_factory=dict)  # who dials it, by kind and target
    elder: dict[Address, Address] = field(default_factory=dict)  # the one of the same parent that is written before
    deleting: dict[Step, list[Step]] = field(default_factory=dict)  # what each deletion waits for

    def __post_init__(self) -> None:
        self.families = families(self.decisions)

    def graph(self) -> Graph:
        """Every step once. Of what goes one after another each waits for the one right before: edges are few."""
        for step in self._all():
            self.known[step.address, step.verb] = step
        self.barring = [s for (a, verb), s in self.known.items() if verb is Verb.ROWS and self._additive(a)]
        for address, decision in self.decisions.items():
            for target in self._dialled(decision):
                self.dialling.setdefault(target, []).append(address)
        for children in self.families.values():
            self._in_turn(children)
        deletes = [step for step in self.known.values() if step.verb is Verb.DELETE]
        rest = [step for step in self.known.values() if step.verb is not Verb.DELETE]
        self.deleting = dict(zip(deletes, [rest, *([step] for step in deletes)], strict=False))
        return {step: frozenset(self._before(step)) - {step} for step in self.known.values()}

    def _all(self) -> Iterator[Step]:
        for address, decision in self.decisions.items():
            yield from self._of_decision(decision)
            if address in self.rows and self.rows[address].writes:
                yield Step(address, Verb.ROWS, bool(self.rows[address].calls))
        for address, change in reversed(list(self.removals.items())):
            yield Step(address, Verb.DELETE if change.action is Action.DELETE else Verb.RECORD)

    def _of_decision(self, decision: Decision) -> Iterator[Step]:
        change, startable = decision.change, KINDS[decision.address.kind].startable
        if change is None:
            return
        posted = decision.status.post
        starts = bool(startable and posted == startable.running)
        if change.action is Action.CREATE or decision.changed:
            yield Step(decision.address, Verb.WRITE, change.calls and not starts)
        if posted is not None:
            yield Step(decision.address, Verb.START if starts else Verb.STOP, starts)
        if not change.writes:
            yield Step(decision.address, Verb.RECORD)

    def _before(self, step: Step) -> Iterator[Step]:
        match step.verb:
            case Verb.STOP:
                yield from self._if_new(step.address)
            case Verb.WRITE:
                yield from self._before_write(step.address)
            case Verb.ROWS:
                yield from self._before_rows(step.address)
            case Verb.START:
                yield from self._before_start(step.address)
            case Verb.DELETE:
                yield from self.deleting[step]

    def _if_new(self, address: Address) -> Iterator[Step]:
        if self.decisions[address].match.live is None:
            yield from self._known(address, Verb.WRITE)

    def _before_write(self, address: Address) -> Iterator[Step]:
        decision = self.decisions[address]
        if decision.match.live is not None:
            yield from self._known(address, Verb.STOP)
        for needed in dependencies(decision.resource, self.targets):
            yield from self._known(needed, Verb.WRITE)
            if self._made_by_start(decision, needed):
                yield from self._known(needed, Verb.START)
        if address in self.elder:
            yield from self._known(self.elder[address], Verb.WRITE)
        yield from self._rows_to_attach(decision)

    def _made_by_start(self, decision: Decision, needed: Address) -> bool:
        return any(target == needed for target in decision.desired.values() if isinstance(target, Address)) and bool(
            KINDS[needed.kind].startable
        )

    def _in_turn(self, children: Iterable[Address]) -> None:
        """Sections are created one after another: the first one is the entry point."""
        last: dict[str, Address] = {}
        for address in children:
            if KINDS[address.kind].identity.ordered and (address, Verb.WRITE) in self.known:
                if address.kind in last:
                    self.elder[address] = last[address.kind]
                last[address.kind] = address

    def _rows_to_attach(self, decision: Decision) -> Iterator[Step]:
        """What gets attached to something that runs has its rows first."""
        startable = KINDS[decision.address.kind].startable
        if startable is None or decision.match.live is None or startable.dials not in decision.changed:
            return
        attached = set(members(decision.after.get(startable.dials))) - set(
            members((decision.before or {}).get(startable.dials))
        )
        for target in attached:
            address = self.targets.address(KINDS[decision.address.kind].points_at(startable.dials), target)
            yield from self._known(address, Verb.ROWS)

    def _before_rows(self, address: Address) -> Iterator[Step]:
        for verb in (Verb.WRITE, Verb.RECORD):
            yield from self._known(address, verb)
        owner = KINDS[address.kind].rows
        if owner is not None and not owner.additive:
            yield from self.barring
        for other in self.dialling.get((address.kind, self.targets.ids.get(address, address)), ()):
            decision = self.decisions[other]
            if decision.status.resumes:
                yield from self._known(other, Verb.START)
            elif decision.match.live is not None:
                yield from self._known(other, Verb.STOP)

    def _before_start(self, address: Address) -> Iterator[Step]:
        decision = self.decisions[address]
        yield from self._known(address, Verb.WRITE)
        for needed in completes(decision.resource, self.families):
            yield from self._known(needed, Verb.WRITE)
            if not (decision.status.resumes and self._dials(decision, needed)):
                yield from self._known(needed, Verb.ROWS)

    def _dials(self, decision: Decision, address: Address) -> bool:
        return (address.kind, self.targets.ids.get(address, address)) in self._dialled(decision)

    def _dialled(self, decision: Decision) -> set[tuple[str, Any]]:
        """What it dials before or after the plan, by kind and target."""
        kind = KINDS[decision.address.kind]
        if kind.startable is None:
            return set()
        dialled = (members((fields or {}).get(kind.startable.dials)) for fields in (decision.before, decision.after))
        return {(kind.points_at(kind.startable.dials), target) for targets in dialled for target in targets}

    def _additive(self, address: Address) -> bool:
        owner = KINDS[address.kind].rows
        return bool(owner and owner.additive)

    def _known(self, address: Address, verb: Verb) -> Iterator[Step]:
        if (address, verb) in self.known:
            yield self.known[address, verb]


def links(situation: Situation, touched: Iterable[Address], deferred: Iterable[Deferred]) -> tuple[Link, ...]:
    """Every link with an end that is changed, has rows to send or waits; sorted."""
    shown = {*touched, *(each.address for each in deferred)}
    found = (link for link in _all(situation) if shown) if shown else ()
    return tuple(sorted({link for link in found if shown & {link.address, link.needs}}))


def _all(situation: Situation) -> Iterator[Link]:
    """Links of what is declared, and of what goes away as it was recorded."""
    targets = situation.matches.targets
    for address, resource in situation.project.resources.items():
        needed = dependencies(resource, targets) | set(_waited_for(resource))
        yield from (Link(address, each) for each in needed if each in targets.resources)
    for address in situation.removed.changes:
        record = situation.recorded.get(address)
        yield from (Link(address, each) for each in (record.depends_on if record else ()))


def _waited_for(resource: Resource) -> Iterator[Address]:
    """What a start waits for although no field names it."""
    startable = KINDS[resource.address.kind].startable
    for name in startable.after if startable else ():
        for part in resource.settings.get(name) or ():
            if isinstance(part, Reference) and part.by == "key":
                yield Address(part.kind, str(part.value))
