"""`--target` and `--exclude`: which decisions take part. The others keep their facts and lose their change.

A target brings what it needs and its children; an exclusion takes what needs it along. What can be started needs more
than it refers to: a start copies and fixes, so all that has to be complete before it belongs to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from provisioner.kinds import KINDS
from provisioner.model import Address
from provisioner.planning.deciding import NO_STATUS, Decision
from provisioner.planning.options import Options
from provisioner.planning.order import Families, completes, dependencies, families
from provisioner.planning.targets import Targets

Needs = Mapping[Address, set[Address]]


def select(decisions: Mapping[Address, Decision], targets: Targets, options: Options) -> dict[Address, Decision]:
    """The decisions with what was not asked for taken out."""
    inside = families(decisions)
    needs = {address: _needs(d, inside, targets) for address, d in decisions.items()}
    chosen = _targeted(needs, inside, options) - _excluded(needs, options)
    return {a: d if a in chosen else _left_out(d) for a, d in decisions.items()}


def _needs(decision: Decision, inside: Families, targets: Targets) -> set[Address]:
    direct = dependencies(decision.resource, targets)
    return direct | (completes(decision.resource, inside) if KINDS[decision.address.kind].lifecycle else set())


def _left_out(decision: Decision) -> Decision:
    after = decision.before or decision.after
    return replace(decision, change=None, status=NO_STATUS, changed=(), after=after, waits="", partly="", chosen=False)


def _targeted(needs: Needs, inside: Families, options: Options) -> set[Address]:
    if not options.targets:
        return set(needs)
    chosen, open_ = set(), [*options.targets, *(child for each in options.targets for child in inside.get(each, ()))]
    while open_:
        address = open_.pop()
        if address not in chosen:
            chosen.add(address)
            open_ += needs.get(address, ())
    return chosen


def _excluded(needs: Needs, options: Options) -> set[Address]:
    gone = set(options.excludes)
    while more := {address for address, needed in needs.items() if needed & gone} - gone:
        gone |= more
    return gone
