"""Live rows for a plan, a few owners at a time, and what it means when the server does not show them.

Where the server ignores the filter by owner one listing serves them all. What is only added to may be sent again
unseen, and what is not declared is not sent; the rest cannot be compared. Live rows that are repeated, unread, unowned,
or kept in another form are findings.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from provisioner.api.client import Client
from provisioner.error_ids import ErrorId
from provisioner.errors import Diagnostic, Forbidden, PlanError, RouteMissing
from provisioner.language import gettext, joined, term
from provisioner.messages import argument, count
from provisioner.model import Address, Finding, Source
from provisioner.plan.model import RowChange
from provisioner.progress import Advance, Progress
from provisioner.project import Project
from provisioner.resources import KINDS, Kind, RowOwner, remote_id, row_owner
from provisioner.rows import Workspace
from provisioner.rows.diff import Counts
from provisioner.rows.rewrites import Rewritten

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


def live_findings(counts: Counts, change: RowChange, source: Source, *, unlisted: bool) -> Iterator[Finding]:
    """Of one owner; `unlisted`: the server does not list its rows, so the recorded ones stand for them."""
    address = change.address
    if counts.surplus and not row_owner(address.kind).additive:
        message = gettext(
            "live rows that repeat the number of another, each a second call: {count}", count=counts.surplus
        )
        yield Finding("repeated-rows", "warning", message, address, source)
    if unlisted and change.unchanged:
        message = gettext(
            "not listed by the server, so taken to be as last sent: {count}; if the list is empty in Alice's "
            "web page, `{command}` has them sent once more",
            count=change.unchanged,
            command=forgetting(address),
        )
        yield Finding("not-compared", "info", message, address, source)
    if counts.unread:
        message = gettext(
            "live rows with an unreadable number, which may be called or bar one: {count}", count=counts.unread
        )
        yield Finding("unreadable-rows", "warning", message, address, source)
    if counts.unsure:
        message = gettext(
            "live rows that do not say whose they are, counted here and left alone: {count}",
            count=counts.unsure,
        )
        yield Finding("unreadable-rows", "warning", message, address, source)
    if counts.kept and row_owner(address.kind).additive and not unlisted:
        message = gettext("live numbers that are not declared, and stay on the list: {count}", count=counts.kept)
        yield Finding("undeclared-numbers", "info", message, address, source)


def rewritten_findings(found: Rewritten, address: Address, source: Source) -> Iterator[Finding]:
    """What the server makes of rows: it holds no plan up, and is told."""
    if found.texts:
        how = joined(gettext("{field} ({how})", field=name, how=words) for name, words in found.how.items())
        message = gettext(
            "this server keeps its own form of {fields}: {rows} taken as equal",
            fields=how,
            rows=count(found.texts, "row"),
        )
        yield Finding("rewritten-rows", "info", message, address, source)
    if found.kept:
        message = gettext(
            "this server keeps other values of {fields} than were sent, and ignores ours: {rows}; change them in "
            "Alice's web page, or in the source",
            fields=", ".join(found.fields),
            rows=count(found.kept, "row"),
        )
        yield Finding("not-settable", "warning", message, address, source)
