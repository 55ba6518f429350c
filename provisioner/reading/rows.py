"""Live rows for a plan, and what it means when the server does not show them.

What is only added to may be sent again unseen, and what is not declared is not sent; the rest cannot be compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from provisioner.alice.client import Client
from provisioner.contacts import Workspace
from provisioner.errors import Diagnostic, Forbidden, PlanError, RouteMissing
from provisioner.kinds import KINDS
from provisioner.kinds.declaration import RowOwner
from provisioner.model import Address, Project
from provisioner.progress import Progress
from provisioner.reading.live_rows import LiveRows


@dataclass(slots=True)
class RowReader:
    """`unread` are the owners whose rows the server does not show, once it was asked."""

    project: Project
    client: Client
    progress: Progress
    unread: set[Address] = field(default_factory=set)

    def fetch(self, space: Workspace, parents: Mapping[Address, int]) -> dict[Address, int]:
        """Read the rows of all owners, given by remote id; how many each has. PlanError for what must be seen."""
        counts: dict[Address, int] = {}
        by_kind: dict[str, dict[Address, int]] = {}
        for address, identity in parents.items():
            by_kind.setdefault(address.kind, {})[address] = identity
        rows = LiveRows(self.client, space, self.project.settings.region, self.progress)
        for kind, owners in by_kind.items():
            try:
                counts |= rows.load(kind, owners)
            except (Forbidden, RouteMissing) as refusal:
                self._without_reading(owners, refusal)
        return counts

    def check_new(self, address: Address) -> None:
        """A list that will be made can be verified only if its rows can be read."""
        owner = _owner(address)
        if owner.additive:
            try:
                self.client.first(KINDS[owner.kind].path)
            except (Forbidden, RouteMissing):
                self.unread.add(address)

    def _without_reading(self, parents: Mapping[Address, int], refusal: Exception) -> None:
        self.unread |= set(parents)
        resources, owner = self.project.resources, _owner(next(iter(parents)))
        declared = [] if owner.additive else [a for a in parents if a in resources and resources[a].rows]
        if declared:
            title = KINDS[owner.kind].title
            message = f"the server does not list {title}s, so its rows cannot be compared: leave {owner.declared} out"
            problems = [Diagnostic(message, resources[a].position(owner.declared), a) for a in declared]
            raise PlanError(problems) from refusal


def _owner(address: Address) -> RowOwner:
    owner = KINDS[address.kind].rows
    assert owner is not None
    return owner
