"""Rows in a plan and in an apply: sources read, live rows fetched once, compared, sent. `contacts` does the work.

The workspace, and with it duckdb, is opened only when somebody declares rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from provisioner.alice.client import Client
from provisioner.applying.flight import RowsInFlight
from provisioner.applying.work import StepFailed, StepUnknown, Tuning, Work
from provisioner.contacts import Workspace
from provisioner.contacts.upload import upload
from provisioner.errors import Diagnostic, Forbidden, ManifestError, PlanError, RouteMissing
from provisioner.kinds import KINDS, Kind, remote_id
from provisioner.kinds.declaration import RowOwner
from provisioner.liverows import LiveRows
from provisioner.model import Address, Finding, Project, Recorded, Resource, RowChange
from provisioner.planning.deciding import Decision
from provisioner.planning.live import Live
from provisioner.planning.ringing import dialled_now, newly_dialled
from provisioner.planning.scrubbing import lists_against
from provisioner.planning.situation import RowFacts
from provisioner.planning.targets import Targets
from provisioner.progress import Progress

ROWS = "rows"  # the digest of a row set in a record
LARGE = 8 << 20  # bytes of sources that are read while the server is being asked, a second or so


@dataclass(slots=True)
class RowSets:
    """The rows of one run. `read_sources` first, `compare` for a plan, then `send` per address; `close` forgets them.

    `state_key` keys the digests of rows that can be written but not read, kept in the state.
    """

    project: Project
    client: Client
    tuning: Tuning
    progress: Progress
    state_key: bytes
    _workspace: Workspace | None = None
    _rings: dict[Address, bool] = field(default_factory=dict)
    _unread: set[Address] = field(default_factory=set)
    _reader: ThreadPoolExecutor | None = None
    _reading: Future[None] | None = None

    def read_sources(self) -> None:
        """Read every declared source; ManifestError with the problems of all of them.

        Large ones are only begun: `compare` waits for them after it has fetched the live rows, and raises then.
        """
        owners = [resource for resource in self.project.resources.values() if resource.rows is not None]
        if sum(_size(path) for owner in owners if owner.rows for path in owner.rows.files) < LARGE:
            return self._read_all(owners)
        self._space()
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="alice-sources")
        self._reading = self._reader.submit(self._read_all, owners)
        return None

    def _read_all(self, owners: Sequence[Resource]) -> None:
        problems: list[Diagnostic] = []
        with self.progress.phase("reading row files", len(owners)) as advance:
            for resource in owners:
                problems += self._read_source(resource)
                advance(1)
        if problems:
            raise ManifestError(problems)

    def compare(
        self,
        decisions: Mapping[Address, Decision],
        live: Live,
        targets: Targets,
        recorded: Mapping[Address, Recorded],
        key: bytes,
    ) -> RowFacts:
        """Fetch the live rows of everything that declares some, and say what would be sent."""
        owners = [d for d in decisions.values() if d.resource.rows and d.chosen and d.live_after]
        before = self._fetch(owners)
        if self._reading is not None:
            self._reading.result()
        ringing = dialled_now(decisions, live)
        changes: dict[Address, RowChange] = {}
        for decision in sorted(owners, key=lambda each: not _owner(each.address).additive):  # DNC lists come first
            address = decision.address
            self._rings[address] = targets.ids.get(address, address) in ringing
            lists = lists_against(address, decisions, changes)
            if lists and decision.resource.rows and decision.resource.rows.dnc == "drop":
                self._space().drop_listed(address, lists)
            changes[address] = self._change(decision, recorded, key)
        active = {targets.ids.get(a, a): self._space().active_after(a) for a in changes}
        unknown = [t for t in newly_dialled(decisions) if t not in active and isinstance(t, int)]
        active.update(self._count_active(unknown, decisions))
        return RowFacts(changes, before, active, tuple(self._findings(changes)))

    def listed(self, address: Address, lists: Collection[Address]) -> int:
        """How many numbers active after apply are on any of the DNC lists (see `checks.context.Numbers`)."""
        return self._space().listed(address, lists)

    def missed(self, address: Address, lists: Collection[Address]) -> int:
        """How many of those are on them in another text only."""
        return self._space().missed(address, lists)

    def shared(self, one: Address, other: Address) -> int:
        """How many numbers are active in both after apply."""
        return self._space().shared(one, other)

    def columns(self, address: Address) -> frozenset[str]:
        """Fields and variables that the declared rows of an address carry."""
        return self._space().columns(address)

    def send(self, work: Work, address: Address) -> str:
        """Bring the rows of an address to the server; raises StepFailed or StepUnknown."""
        owner = _owner(address)
        counts = self._space().counts(address)
        flight = RowsInFlight(work, address, KINDS[owner.kind])
        with self.progress.phase(f"rows of {address}", counts.add + counts.change + counts.remove) as advance:
            outcome = upload(
                self._space(),
                address,
                flight,
                parent_id=work.ids[address],
                started=self._rings.get(address, False),
                parallelism=self.tuning.parallelism,
                patience=work.patience.read_timeout,
                progress=advance,
                should_stop=self.tuning.should_stop,
                readable=address not in self._unread,
                sleep=work.sleep,
            )
        if outcome.result == "unknown":
            raise StepUnknown(outcome.message)
        flight.settle()
        if outcome.result != "done":
            raise StepFailed(outcome.message)
        if owner.additive and address in self._unread:
            self._remember_digest(work, address)
        return outcome.message

    def close(self) -> None:
        """Forget all rows."""
        if self._reader is not None:
            self._reader.shutdown()
        if self._workspace is not None:
            self._workspace.close()

    def _space(self) -> Workspace:
        if self._workspace is None:
            self._workspace = Workspace(self.project.settings.directory)
        return self._workspace

    def _live_rows(self) -> LiveRows:
        return LiveRows(self.client, self._space(), self.project.settings.region, self.progress)

    def _read_source(self, resource: Resource) -> Iterable[Diagnostic]:
        assert resource.rows is not None
        settings = self.project.settings
        try:
            self._space().load_source(
                resource.address, resource.rows, region=settings.region, number_format=settings.number_format
            )
        except ManifestError as error:
            return error.diagnostics
        return ()

    def _fetch(self, owners: Iterable[Decision]) -> dict[Address, int]:
        """Read the live rows of all owners, one listing for all where the server ignores the filter; counts."""
        counts: dict[Address, int] = {}
        by_kind: dict[str, dict[Address, int]] = {}
        for decision in owners:
            if decision.match.live is None:
                self._check_new(decision.address)
            else:
                by_kind.setdefault(decision.address.kind, {})[decision.address] = decision.match.live.id
        for kind, parents in by_kind.items():
            counts.update(self._fetch_kind(kind, parents))
        return counts

    def _fetch_kind(self, owner_kind: str, parents: Mapping[Address, int]) -> dict[Address, int]:
        kind, owner = _rows_of(owner_kind)
        try:
            return self._live_rows().load(owner_kind, parents)
        except (Forbidden, RouteMissing) as refusal:
            return self._without_reading(parents, owner, kind, refusal)

    def _without_reading(
        self, parents: Mapping[Address, int], owner: RowOwner, kind: Kind, refusal: Exception
    ) -> dict[Address, int]:
        """Additive rows may be sent again; others cannot be compared with what nobody can see."""
        if owner.additive:
            self._unread |= set(parents)
            return {}
        resources = self.project.resources
        message = f"the server does not list {kind.title}s, so its rows cannot be compared: leave {owner.declared} out"
        raise PlanError([Diagnostic(message, resources[a].position(owner.declared), a) for a in parents]) from refusal

    def _check_new(self, address: Address) -> None:
        """A list that will be made can be verified only if its rows can be read."""
        kind, owner = _rows_of(address.kind)
        if owner.additive:
            try:
                self.client.first(kind.path)
            except (Forbidden, RouteMissing):
                self._unread.add(address)

    def _change(self, decision: Decision, recorded: Mapping[Address, Recorded], key: bytes) -> RowChange:
        address = decision.address
        change = self._space().difference(address, rings=self._rings[address], key=key)
        if address not in self._unread:
            return change
        record = decision.match.record or recorded.get(address)
        if record and record.digests.get(ROWS) == self._space().digest(address, self.state_key):
            return replace(change, add=0, unchanged=change.add + change.unchanged, digest="")
        return change

    def _remember_digest(self, work: Work, address: Address) -> None:
        """What cannot be read back is remembered as a keyed hash of the whole set."""
        digest = self._space().digest(address, self.state_key)
        with work.lock:
            record = work.recorded[address]
            record = replace(record, digests={**record.digests, ROWS: digest})
            work.recorded[address] = record
            work.store.put(record)

    def _count_active(self, targets: Iterable[int], decisions: Mapping[Address, Decision]) -> Iterator[tuple[int, int]]:
        """Active rows of what gets dialled without rows declared here, counted on the server."""
        for owner_kind in sorted(_dialled_kinds(decisions)):
            kind, owner = _rows_of(owner_kind)
            status = kind.field("status")
            for target in targets:
                pages = self.client.pages(kind.path, {owner.parent: target})
                mine = (row for page in pages for row in page if remote_id(row.get(owner.parent)) == target)
                yield target, sum(status.decode(row.get(status.key)) == "active" for row in mine)

    def _findings(self, changes: Iterable[Address]) -> Iterator[Finding]:
        for address in changes:
            counts, resource = self._space().counts(address), self.project.resources[address]
            source = resource.rows.source if resource.rows else resource.source
            if counts.surplus and not _owner(address).additive:
                message = f"live rows that repeat the number of another, each a second call: {counts.surplus}"
                yield Finding("repeated-rows", "warning", message, address, source)
            if counts.kept and _owner(address).additive and address not in self._unread:
                message = f"live numbers that are not declared, and stay on the list: {counts.kept}"
                yield Finding("undeclared-numbers", "info", message, address, source)


def _size(path: Path) -> int:
    """In bytes; a file that is gone is reported when it is read."""
    return path.stat().st_size if path.is_file() else 0


def _owner(address: Address) -> RowOwner:
    owner = KINDS[address.kind].rows
    assert owner is not None
    return owner


def _rows_of(owner_kind: str) -> tuple[Kind, RowOwner]:
    owner = KINDS[owner_kind].rows
    assert owner is not None
    return KINDS[owner.kind], owner


def _dialled_kinds(decisions: Mapping[Address, Decision]) -> set[str]:
    found = set()
    for kind in (KINDS[name] for name in {address.kind for address in decisions}):
        if kind.lifecycle:
            found |= {field.to for field in kind.relations() if field.name == kind.lifecycle.dials}
    return found
