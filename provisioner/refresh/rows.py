"""Live rows for a plan, a few owners at a time, and what it means when the server does not show them.

Where the server ignores the filter by owner one listing serves them all. What is only added to may be sent again
unseen, and what is not declared is not sent; the rest cannot be compared.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from provisioner.api.client import Client
from provisioner.error_ids import ErrorId
from provisioner.errors import Diagnostic, Forbidden, PlanError, RouteMissing
from provisioner.language import gettext, term
from provisioner.messages import argument
from provisioner.model import Address
from provisioner.progress import Advance, Progress
from provisioner.project import Project
from provisioner.resources import KINDS, Kind, RowOwner, remote_id, row_owner
from provisioner.rows import Workspace

Page = list[dict[str, Any]]

READERS = 4  # owners whose live rows are read at once; each holds a page or two, and a batch on disk


@dataclass(frozen=True, slots=True)
class LiveRows:
    """`region` is that of numbers without +."""

    client: Client
    space: Workspace
    region: str | None
    progress: Progress

    def load(self, owner_kind: str, parents: Mapping[Address, int]) -> dict[Address, int]:
        """Read the rows of owners of one kind, by their remote id; how many each has. Raises ApiError."""
        owner = row_owner(owner_kind)
        kind = KINDS[owner.kind]
        groups = [parents] if self._ignores_filter(kind, owner, parents) else [{a: i} for a, i in parents.items()]
        with self.progress.phase(gettext("reading {kind} rows", kind=term(kind.title)), None) as advance:
            return self._load(kind, owner, groups, advance)

    def _load(
        self, kind: Kind, owner: RowOwner, groups: Iterable[Mapping[Address, int]], advance: Advance
    ) -> dict[Address, int]:
        """Each group from one listing, a few of them at once."""

        def load(group: Mapping[Address, int]) -> dict[Address, int]:
            query = {owner.parent: next(iter(group.values()))} if len(group) == 1 else None
            pages = _counted(self.client.pages(kind.path, query), advance)
            reports = self.space.load_live(group, pages, region=self.region)
            return {address: report.rows for address, report in reports.items()}

        with ThreadPoolExecutor(READERS, thread_name_prefix="alice-owners") as pool:
            try:
                return {address: rows for counts in pool.map(load, groups) for address, rows in counts.items()}
            finally:  # after a failure the others are not begun
                pool.shutdown(cancel_futures=True)

    def _ignores_filter(self, kind: Kind, owner: RowOwner, parents: Mapping[Address, int]) -> bool:
        """With several parents it pays to find out: page 1 of a filtered list shows it (docs/alice-api.md#filters).

        A filter that is not documented is not relied on: one listing instead of one for each of a thousand owners.
        """
        if len(parents) < 2:
            return False
        if owner.parent not in {each.name for each in kind.display.filters}:
            return True
        wanted = next(iter(parents.values()))
        rows = self.client.first(kind.path, {owner.parent: wanted})
        return any(remote_id(row.get(owner.parent)) != wanted for row in rows)


def _counted(pages: Iterable[Page], advance: Advance) -> Iterator[Page]:
    for page in pages:
        advance(len(page))
        yield page


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
                self.client.first(KINDS[row_owner(owners[0].kind).kind].path)
            except (Forbidden, RouteMissing) as refusal:
                self._without_reading(owners, refusal)

    def hidden(self, addresses: Iterable[Address]) -> None:
        """The lists of these show nothing, neither now nor of what was sent: as little as if they were refused."""
        for address in addresses:
            self._without_reading([address], None)

    def _without_reading(self, owners: Collection[Address], refusal: Exception | None) -> None:
        self.unread |= set(owners)
        resources, owner = self.project.resources, row_owner(next(iter(owners)).kind)
        declared = [] if owner.additive else [a for a in owners if a in resources and resources[a].rows]
        if declared:
            said = _refused if refusal else _hidden
            problems = [
                Diagnostic(ErrorId.ROWS_UNLISTED, said(a, owner), resources[a].position(owner.declared), a)
                for a in declared
            ]
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
    return f"alice-apply state rm {argument(address)}"
