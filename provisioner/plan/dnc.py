"""Which DNC lists a campaign goes by, and whose rows have to be known besides those that are declared.

A campaign that names no list goes by every list of the project: those it declares, and those its campaigns name. What
is not declared has a stand-in for an address (see `Targets.address`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from provisioner.model import Address, Reference, Unknown
from provisioner.plan.decision import Decision
from provisioner.plan.dialled import attached, attached_before
from provisioner.plan.references import Targets
from provisioner.resources import KINDS

Decisions = Mapping[Address, Decision]


def is_list(address: Address) -> bool:
    """Whether the rows of this address are numbers that must not be called."""
    owner = KINDS[address.kind].rows
    return owner is not None and owner.additive


def dialled(decision: Decision, targets: Targets) -> list[Address]:
    """What something that can be started dials once the plan is applied."""
    return [address for address, _ in _dialled(decision, targets)]


def dialled_anew(decision: Decision, targets: Targets) -> list[Address]:
    """Those of them that this plan gets dialled: all after a start or a resumption, else what is newly attached."""
    if KINDS[decision.address.kind].startable is None or decision.change is None or decision.at_rest:
        return []
    known = frozenset() if decision.at_rest_before or decision.starts else attached_before(decision)
    return [address for address, target in _dialled(decision, targets) if target not in known]


def taken_in(decision: Decision, targets: Targets) -> list[Address]:
    """Those whose contacts it has taken in, and goes on to call (docs/alice-api.md#what-does-not-stop-calls)."""
    if KINDS[decision.address.kind].startable is None or decision.at_rest:
        return []
    if decision.at_rest_before and not decision.status.resumes:
        return []
    known = attached_before(decision)
    return [address for address, target in _dialled(decision, targets) if target in known]


@dataclass(frozen=True)
class Scrubbing:
    """`every` are the lists of the project, `named` those that a campaign names, `dialling` who dials an address."""

    decisions: Decisions
    targets: Targets
    every: tuple[Address, ...]
    named: Mapping[Address, tuple[Address, ...]]
    dialling: Mapping[Address, Sequence[Decision]]

    @classmethod
    def of(cls, decisions: Decisions, targets: Targets) -> Scrubbing:
        """Looked up once for all questions."""
        campaigns = [d for d in decisions.values() if KINDS[d.address.kind].startable]
        named = {d.address: tuple(_named(d, targets)) for d in campaigns}
        declared = (address for address in decisions if is_list(address))
        every = dict.fromkeys((*declared, *(one for lists in named.values() for one in lists)))
        dialling: dict[Address, list[Decision]] = {}
        for decision in campaigns:
            for address in dialled(decision, targets):
                dialling.setdefault(address, []).append(decision)
        return cls(decisions, targets, tuple(every), named, dialling)

    def lists_of(self, decision: Decision) -> tuple[Address, ...]:
        """The DNC lists that something goes by: those it names, else every one."""
        return self.named.get(decision.address) or self.every

    def lists_against(self, address: Address) -> list[Address]:
        """The lists that `dnc: drop` goes by: those of whatever dials the address, over or not, else every one."""
        dialling = self.dialling.get(address)
        wanted = {one for d in dialling for one in self.lists_of(d)} if dialling else {*self.every}
        return [one for one in self.every if one in wanted]

    def exists(self, address: Address) -> bool:
        """Whether it is on the server now, so that it may have rows."""
        return address not in self.decisions or address in self.targets.ids

    def to_read(self) -> dict[Address, int]:
        """Rows that nobody declares and that are needed, by remote id: of DNC lists, and of what this plan dials."""
        looking = [] if self.idle else self._looking()
        needed = dict.fromkeys(self.every if self.reminds else self.used(looking))
        needed |= dict.fromkeys(address for each in looking for address in dialled_anew(each, self.targets))
        return {address: identity for each in needed for address, identity in self._unmanaged(each).items()}

    def apart(self) -> list[Decision]:
        """DNC lists whose declared numbers take no part in this plan: nobody is called because they were left out."""
        lists = [d for d in self.decisions.values() if is_list(d.address) and d.resource.rows and not d.chosen]
        return [] if self.idle else lists

    @cached_property
    def idle(self) -> bool:
        """Nobody is declared and nothing is dialled anew: there is nobody to be held against a list."""
        declared = self.reminds or any(d.resource.rows and not is_list(d.address) for d in self.decisions.values())
        return not declared and not any(dialled_anew(each, self.targets) for each in self._looking())

    @cached_property
    def reminds(self) -> bool:
        """Whether a list of appointments is compared, all of which are held against every list."""
        return any(d.resource.appointments and d.chosen for d in self.decisions.values())

    def _looking(self) -> list[Decision]:
        return [d for d in self.decisions.values() if d.address in self.named and d.chosen and not d.late]

    def used(self, campaigns: Iterable[Decision]) -> list[Address]:
        """The DNC lists that any of these goes by, in the order of the project; looked at once, however many share."""
        names = [self.named.get(each.address, ()) for each in campaigns]
        wanted = {address for each in names for address in each} if all(names) else {*self.every}
        return [one for one in self.every if one in wanted]

    def _unmanaged(self, address: Address) -> dict[Address, int]:
        """The address with its id, when it exists and no rows are declared for it."""
        decision = self.decisions.get(address)
        if decision is None:
            return {address: int(address.key.removeprefix("#"))}
        identity = self.targets.ids.get(address)
        return {} if decision.resource.rows or identity is None else {address: identity}


def _dialled(decision: Decision, targets: Targets) -> Iterator[tuple[Address, Any]]:
    """Addresses with the targets they are of."""
    kind = KINDS[decision.address.kind]
    if kind.startable is not None:
        to, found = kind.points_at(kind.startable.dials), attached(kind, decision.after)
        for target in () if isinstance(found, Unknown) else sorted(found, key=str):
            yield targets.address(to, target), target


def _named(decision: Decision, targets: Targets) -> Iterator[Address]:
    """The DNC lists in its settings; matching has told of those that mean nothing."""
    startable = KINDS[decision.address.kind].startable
    for name in startable.after if startable else ():
        for reference in decision.resource.settings.get(name) or ():
            found = targets.target(reference, lambda *_: None) if isinstance(reference, Reference) else None
            if found is not None and is_list(Address(reference.kind, "")):
                yield targets.address(reference.kind, found)
