"""Live rows for a plan, and what it means when the server does not show them.

What is only added to may be sent again unseen, and what is not declared is not sent; the rest cannot be compared.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
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
class LiveRowReader:
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

    def check_new(self, addresses: Iterable[Address]) -> None:
        """What will be made can be verified only if its rows can be read. PlanError for what must be seen."""
        by_kind: dict[str, list[Address]] = {}
        for address in addresses:
            by_kind.setdefault(address.kind, []).append(address)
        for owners in by_kind.values():
            try:
                self.client.first(KINDS[_owner(owners[0]).kind].path)
            except (Forbidden, RouteMissing) as refusal:
                self._without_reading(owners, refusal)

    def hidden(self, addresses: Iterable[Address]) -> None:
        """The lists of these show nothing, neither now nor of what was sent: as little as if they were refused."""
        for address in addresses:
            self._without_reading([address], None)

    def _without_reading(self, owners: Collection[Address], refusal: Exception | None) -> None:
        self.unread |= set(owners)
        resources, owner = self.project.resources, _owner(next(iter(owners)))
        declared = [] if owner.additive else [a for a in owners if a in resources and resources[a].rows]
        if declared:
            said = _refused if refusal else _hidden
            problems = [Diagnostic(said(a, owner), resources[a].position(owner.declared), a) for a in declared]
            raise PlanError(problems) from refusal


def _refused(address: Address, owner: RowOwner) -> str:
    title = KINDS[owner.kind].title
    return f"the server does not list {title}s, so its rows cannot be compared: leave {owner.declared} out"


def _hidden(address: Address, owner: RowOwner) -> str:
    """With the way out: only who looks can tell whether they are there."""
    title, parent = KINDS[owner.kind].title, KINDS[address.kind].title
    return (
        f"the server took {title}s and lists none of them, so its rows cannot be compared; look at the {parent} in "
        f"Alice's web page: if they are there, leave {owner.declared} out; if it is empty, `{forgetting(address)}` "
        "forgets that they were sent, and the next apply sends them once more"
    )


def forgetting(address: Address) -> str:
    """The command after which nothing is known to have been sent."""
    return f"alice-apply state rm {address}"


def _owner(address: Address) -> RowOwner:
    owner = KINDS[address.kind].rows
    assert owner is not None
    return owner
