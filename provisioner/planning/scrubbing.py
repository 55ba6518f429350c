"""Which DNC lists the rows of a phonebook are held against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from provisioner.kinds import KINDS
from provisioner.model import Address
from provisioner.planning.deciding import Decision


def lists_against(
    address: Address, decisions: Mapping[Address, Decision], compared: Iterable[Address]
) -> list[Address]:
    """The DNC lists named by whatever dials the phonebook, else all of `compared`; none for a DNC list itself."""
    if is_list(address):
        return []
    lists = [each for each in compared if is_list(each)]
    named: set[Address] = set()
    for decision in decisions.values():
        lifecycle = KINDS[decision.address.kind].lifecycle
        dialled = decision.resource.fields.get(lifecycle.dials) if lifecycle else None
        if lifecycle and any(r.by == "key" and Address(r.kind, str(r.value)) == address for r in dialled or ()):
            references = (r for name in lifecycle.after for r in decision.resource.settings.get(name) or ())
            named |= {Address(r.kind, str(r.value)) for r in references if r.by == "key"}
    return [each for each in lists if each in named] or lists


def is_list(address: Address) -> bool:
    """Whether the rows of this address are numbers that must not be called."""
    owner = KINDS[address.kind].rows
    return owner is not None and owner.additive
