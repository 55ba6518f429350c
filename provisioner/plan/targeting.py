"""Which addresses take part in a plan: `--target` and `--exclude`, and what has to wait for something unsettled.

Both name addresses, or a label of what is declared. A target brings what it needs and its children; an exclusion takes
what needs it along. What can be started needs more than it refers to: a start copies and fixes, so all that has to be
complete before it belongs to it. What is missing of an ordered kind needs its missing elder siblings, because the first
one created stays the first. A decision that is left out, or waits, keeps its facts and loses its change; a stop never
waits.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import takewhile

from provisioner.errors import PlanError
from provisioner.language import gettext
from provisioner.model import Address, Finding
from provisioner.plan.decision import Decision, DecisionState
from provisioner.plan.graph import Families, completes, dependencies, families, parent_of
from provisioner.plan.match import Match, Matches
from provisioner.plan.model import Action
from provisioner.plan.options import PlanOptions, selected
from provisioner.plan.starts import NO_STATUS
from provisioner.resources import KINDS

Needs = Mapping[Address, set[Address]]


@dataclass(frozen=True, slots=True)
class Selection:
    """The addresses that take part, and those of them that wait, each with the unsettled one that it waits for."""

    chosen: frozenset[Address]
    waiting: Mapping[Address, Address]

    @property
    def ready(self) -> frozenset[Address]:
        """Those about which something can be decided."""
        return self.chosen - self.waiting.keys()


def select(matches: Matches, options: PlanOptions) -> Selection:
    """Who takes part; PlanError with the problems of matching that are about these."""
    found = matches.by_address
    inside = families(found)
    needs = {address: _needs(match, matches, inside) for address, match in found.items()}
    resources = {address: match.resource for address, match in found.items()}
    targets, excludes = (selected(asked, resources, needs) for asked in (options.targets, options.excludes))
    wanted = _targeted(needs, inside, targets) if options.targets else set(needs)
    chosen = frozenset((wanted & needs.keys()) - _excluded(needs, excludes))
    if problems := [each for each in matches.problems if each.address in chosen]:
        raise PlanError(problems)
    return Selection(chosen, _waiting({address: needs[address] for address in chosen}, found))


def narrow(decisions: Mapping[Address, Decision], selection: Selection) -> dict[Address, Decision]:
    """The decisions with what is left out, and what has to wait, taken out."""
    return {address: _narrowed(decision, selection) for address, decision in decisions.items()}


def _needs(match: Match, matches: Matches, inside: Families) -> set[Address]:
    resource, kind = match.resource, KINDS[match.resource.address.kind]
    needed = dependencies(resource, matches.targets)
    if kind.startable:
        needed |= completes(resource, inside)
    if kind.identity.ordered and match.live is None:
        parent = parent_of(resource.address)
        elder = takewhile(lambda other: other != resource.address, inside[parent] if parent else ())
        needed |= {other for other in elder if matches.by_address[other].live is None}
    return needed


def _targeted(needs: Needs, inside: Families, targets: Collection[Address]) -> set[Address]:
    chosen, open_ = set(), [*targets, *(child for each in targets for child in inside.get(each, ()))]
    while open_:
        address = open_.pop()
        if address not in chosen:
            chosen.add(address)
            open_ += needs.get(address, ())
    return chosen


def _excluded(needs: Needs, excludes: Collection[Address]) -> set[Address]:
    gone = set(excludes)
    while more := {address for address, needed in needs.items() if needed & gone} - gone:
        gone |= more
    return gone


def _waiting(needs: Needs, matches: Mapping[Address, Match]) -> dict[Address, Address]:
    """What is unsettled waits for itself, and whatever needs it waits for it."""
    waiting = {address: address for address in sorted(a for a in needs if matches[a].unsettled)}
    while more := [(a, need) for a, needed in needs.items() if a not in waiting for need in needed if need in waiting]:
        waiting |= {address: waiting[need] for address, need in sorted(more, reverse=True)}
    return waiting


def _narrowed(decision: Decision, selection: Selection) -> Decision:
    address = decision.address
    if address not in selection.chosen:
        return _without_change(decision, DecisionState.LEFT_OUT, decision.late)
    if decision.late or address not in selection.waiting:
        return decision
    unsettled = decision.match.unsettled
    if unsettled is not None:
        told = Finding("unsettled", "error", unsettled.told, address, decision.resource.source)
        return replace(_without_change(decision, DecisionState.HELD, unsettled.what), findings=(told,))
    waits = gettext("waits for {address}, which is not settled", address=selection.waiting[address])
    return _held(decision, waits)


def _without_change(decision: Decision, state: DecisionState, why: str) -> Decision:
    """Of what is not made there is nothing to say, unless it is over."""
    told = decision.findings if decision.late or decision.before is not None else ()
    left = replace(decision, change=None, status=NO_STATUS, changed=(), after=decision.before or decision.after)
    return replace(left, state=state, why=why, findings=told)


def _held(decision: Decision, reason: str) -> Decision:
    """What waits, unless it sends nothing anyway; a stop is brought about all the same."""
    change, startable = decision.change, KINDS[decision.address.kind].startable
    if change is None or not change.writes:
        return decision
    post = decision.status.post
    if startable is None or decision.before is None or post in (None, startable.running):
        return _without_change(decision, DecisionState.HELD, reason)
    action = Action.UPDATE if change.action is Action.REPLACE else change.action
    stop = replace(change, action=action, fields=change.fields[-1:], calls=False)
    after = {**decision.desired, **decision.before, startable.field: post}
    return replace(decision, change=stop, changed=(), after=after, state=DecisionState.PARTLY, why=reason)
