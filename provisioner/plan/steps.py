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

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from graphlib import TopologicalSorter
from itertools import takewhile

from provisioner.model import Address, Reference, Resource, RowChange, members
from provisioner.plan.decision import Decision
from provisioner.plan.graph import Families, completes, dependencies, families, parent_of
from provisioner.plan.model import Action, Change, Deferred, Link
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

    def __post_init__(self) -> None:
        self.families = families(self.decisions)

    def graph(self) -> Graph:
        for step in self._all():
            self.known[step.address, step.verb] = step
        return {step: frozenset(self._before(step)) - {step} for step in self.known.values()}

    def _all(self) -> Iterator[Step]:
        for address, decision in self.decisions.items():
            yield from self._of_decision(decision)
            if address in self.rows and self.rows[address].writes:
                yield Step(address, Verb.ROWS, bool(self.rows[address].calls))
        for address, change in reversed(list(self.removals.items())):
            yield Step(address, Verb.DELETE if change.action is Action.DELETE else Verb.RECORD)

    def _of_decision(self, decision: Decision) -> Iterator[Step]:
        change, lifecycle = decision.change, KINDS[decision.address.kind].lifecycle
        if change is None:
            return
        posted = decision.status.post
        starts = bool(lifecycle and posted == lifecycle.running)
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
                yield from self._before_delete(step.address)

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
        if KINDS[address.kind].ordered:
            yield from self._elder_siblings(address)
        yield from self._rows_to_attach(decision)

    def _made_by_start(self, decision: Decision, needed: Address) -> bool:
        return any(target == needed for target in decision.desired.values() if isinstance(target, Address)) and bool(
            KINDS[needed.kind].lifecycle
        )

    def _elder_siblings(self, address: Address) -> Iterator[Step]:
        """Sections are created one after another: the first one is the entry point."""
        for other in takewhile(lambda other: other != address, self._siblings(address)):
            yield from self._known(other, Verb.WRITE)

    def _siblings(self, address: Address) -> Sequence[Address]:
        parent = parent_of(address)
        family = self.families.get(parent, ()) if parent else ()
        return [other for other in family if other.kind == address.kind]

    def _rows_to_attach(self, decision: Decision) -> Iterator[Step]:
        """What gets attached to something that runs has its rows first."""
        lifecycle = KINDS[decision.address.kind].lifecycle
        if lifecycle is None or decision.match.live is None or lifecycle.dials not in decision.changed:
            return
        attached = set(members(decision.after.get(lifecycle.dials))) - set(
            members((decision.before or {}).get(lifecycle.dials))
        )
        for address, other in self.decisions.items():
            if other.resource.rows and (self.targets.ids.get(address, address) in attached):
                yield from self._known(address, Verb.ROWS)

    def _before_rows(self, address: Address) -> Iterator[Step]:
        for verb in (Verb.WRITE, Verb.RECORD):
            yield from self._known(address, verb)
        owner = KINDS[address.kind].rows
        if owner is not None and not owner.additive:
            yield from (s for (a, v), s in self.known.items() if v is Verb.ROWS and self._additive(a))
        for other, decision in self.decisions.items():
            if not self._dials(decision, address):
                continue
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

    def _before_delete(self, address: Address) -> Iterator[Step]:
        seen_self = False
        for (other, verb), step in self.known.items():
            if verb is not Verb.DELETE:
                yield step
            seen_self = seen_self or other == address
            if verb is Verb.DELETE and not seen_self:
                yield step

    def _dials(self, decision: Decision, address: Address) -> bool:
        lifecycle = KINDS[decision.address.kind].lifecycle
        if lifecycle is None:
            return False
        target = self.targets.ids.get(address, address)
        dialled = set(members(decision.after.get(lifecycle.dials))) | set(
            members((decision.before or {}).get(lifecycle.dials))
        )
        return target in dialled and any(
            f.to == address.kind for f in KINDS[decision.address.kind].relations() if f.name == lifecycle.dials
        )

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
    lifecycle = KINDS[resource.address.kind].lifecycle
    for name in lifecycle.after if lifecycle else ():
        for part in resource.settings.get(name) or ():
            if isinstance(part, Reference) and part.by == "key":
                yield Address(part.kind, str(part.value))
