"""The rows of one run: sources read, live rows fetched once, compared for a plan. `rows` does the work.

What an apply sends is the difference that was found here (`apply.rows`), and checks ask about it. The workspace, and
with it duckdb, is opened only when somebody declares rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from provisioner.api.client import Client
from provisioner.apply.rows import FORMS, UNSHOWN, RowUpload
from provisioner.apply.work import Tuning, Work
from provisioner.errors import Diagnostic, ManifestError
from provisioner.language import gettext
from provisioner.model import Address, Finding, Recorded, Resource
from provisioner.phone import read_live
from provisioner.plan.decision import Decision
from provisioner.plan.dialled import RowTarget, dialled_now
from provisioner.plan.dnc import Scrubbing, dialled_anew, is_list
from provisioner.plan.model import RowChange
from provisioner.plan.notices import Notice, RingCause
from provisioner.plan.observed import active_campaigns
from provisioner.plan.references import Targets
from provisioner.plan.secrets import Key
from provisioner.plan.situation import DialledRows, RowFacts
from provisioner.plan.stages import Decided
from provisioner.progress import Progress
from provisioner.project import Project, Settings
from provisioner.refresh.rows import LiveRowReader, live_findings, rewritten_findings
from provisioner.rows import DncOverlap, RowDownload, RowStream, SourceReport, Workspace
from provisioner.rows.files import are_large
from provisioner.sources import streams_of

ROWS = "rows"  # in a record: a digest of all rows of a list that is not shown, as older states had it
LARGE = 8 << 20  # bytes of sources that are read while the server is being asked, a second or so


@dataclass(slots=True)
class RowSets:
    """The rows of one run. `read_sources` first, `compare` for a plan, then `send` per address; `close` forgets them.

    `state_key` keys the hashes of rows that can be written but not read, kept in the state.
    """

    project: Project
    client: Client
    tuning: Tuning
    progress: Progress
    state_key: Key
    _workspace: Workspace | None = None
    _compared: set[Address] = field(default_factory=set)
    _shown: set[Address] = field(default_factory=set)
    _sources: ThreadPoolExecutor | None = None
    _reading: Future[None] | None = None
    _reader: LiveRowReader = field(init=False)

    def __post_init__(self) -> None:
        self._reader = LiveRowReader(self.project, self.client, self.progress)

    def read_sources(self) -> None:
        """Read every declared source; ManifestError with the problems of all of them.

        Large ones are only begun: `compare` waits for them after it has fetched the live rows, and raises then.
        """
        declared = [resource for resource in self.project.resources.values() if resource.rows is not None]
        owners = [each for each in declared if each.rows and each.rows.second_round is None]  # see `second_rounds`
        if not are_large((owner.rows for owner in owners if owner.rows), LARGE):
            return self._read_all(owners)
        self.space()
        self._sources = ThreadPoolExecutor(1, thread_name_prefix="alice-sources")
        self._reading = self._sources.submit(self._read_all, owners)
        return None

    def _read_all(self, owners: Sequence[Resource]) -> None:
        problems: list[Diagnostic] = []
        with self.progress.phase(gettext("reading row files"), len(owners)) as advance:
            for resource in owners:
                problems += self._read_source(resource)
                advance(1)
        if problems:
            raise ManifestError(problems)

    def compare(self, decided: Decided, key: Key, notices: Collection[Notice] = ()) -> RowFacts:
        """Fetch the live rows of everything that declares some, and say what would be sent.

        `notices` call people too, who may be in these rows.
        """
        decisions, live, recorded = decided.decisions, decided.live, decided.inputs.recorded
        targets = decided.matches.targets
        owners = [d for d in decisions.values() if d.resource.rows and d.chosen and d.live_after]
        scrubbing, ringing = Scrubbing.of(decisions, targets), dialled_now(decisions, live)
        others, apart = scrubbing.to_read(), scrubbing.apart()
        before = self._fetch(owners, others | {d.address: d.match.live.id for d in apart if d.match.live})
        self._shown = {address for address, rows in before.items() if rows}
        self._reader.hidden(d.address for d in owners if not before.get(d.address) and _unshown(d, recorded))
        if self._reading is not None:
            self._reading.result()
        known = {address for address in others if address in before}
        if known:
            self.space().leave(known)
        for decision in (*owners, *apart):
            self._know(decision, recorded)
        for decision in apart:  # with what nobody sends now: who is declared there must not be called either
            self.space().difference(decision.address)
            known.add(decision.address)
        changes: dict[Address, RowChange] = {}
        for decision in sorted(owners, key=lambda each: not is_list(each.address)):  # DNC lists come first
            address = decision.address
            rings = targets.ids.get(address, address) in ringing
            self._drop_listed(decision, [one for one in scrubbing.lists_against(address) if one in known])
            changes[address] = self._change(decision, recorded, key, rings=rings)
            known.add(address)
        active = {_target(a, others, targets): self.space().active_after(a) for a in known if not is_list(a)}
        unread = frozenset(self._reader.unread)
        standing = {a: self._standing(a) for a in changes if a in before}
        dialled = {t for each in active_campaigns(decisions, live) if each.runs for t in each.dials}
        books = {a: t for a in known if not is_list(a) and (t := _target(a, others, targets)) in dialled}
        held = {t: before.get(a, 0) + (changes[a].add if a in changes else 0) for a, t in books.items()}
        findings, shared = tuple(self._findings(changes)), self._shared(books, self._called(notices))
        fresh = [a for d in decisions.values() if d.chosen and not d.late for a in dialled_anew(d, targets)]
        dialled_rows = {address: self._dialled(address, address in known, key) for address in fresh}
        masked = {a: count for a in known if is_list(a) and (count := self.space().unreadable(a))}
        return RowFacts(
            changes, standing, active, findings, frozenset(known), unread, shared, dialled_rows, held, masked
        )

    def _dialled(self, address: Address, known: bool, key: Key) -> DialledRows:
        space = self.space() if known else None
        return (
            DialledRows(space.active_after(address), space.digest_after(address, key.value)) if space else DialledRows()
        )

    def _shared(
        self, books: Mapping[Address, int | Address], called: Mapping[RingCause, Collection[int]]
    ) -> dict[frozenset[Any], int]:
        """How many numbers are active in exactly these targets, of those that get dialled, and called by notices."""
        if not books:
            return dict(Counter(frozenset(s for s in called if n in called[s]) for n in set().union(*called.values())))
        if len(books) < 2 and not called:
            return {frozenset({target}): self.space().active_after(each) for each, target in books.items()}
        found = self.space().shared_numbers(sorted(books), called)
        return {frozenset(books.get(each, each) for each in which): count for which, count in found.items()}

    def _called(self, notices: Iterable[Notice]) -> dict[RingCause, set[int]]:
        """The numbers that notices call; a text that is none stands for somebody else."""
        found: dict[RingCause, set[int]] = {}
        texts: dict[str, int] = {}
        for notice in notices:
            if notice.number is not None:
                number = read_live(notice.number, self.project.settings.region).number
                number = texts.setdefault(notice.number, -1 - len(texts)) if number is None else number
                found.setdefault(notice.cause, set()).add(number)
        return found

    def _standing(self, address: Address) -> int:
        """Live rows without the settled ones: a phonebook that is mostly switched off is soon emptied."""
        counts = self.space().counts(address)
        return counts.unchanged + counts.change + counts.remove + counts.kept

    def _drop_listed(self, decision: Decision, lists: Collection[Address]) -> None:
        """With `dnc: drop`, leave out who is on one of the lists, all of which have been compared."""
        if decision.resource.rows and decision.resource.rows.dnc == "drop" and not is_list(decision.address):
            self.space().drop_listed(decision.address, lists)

    def listed(self, address: Address, lists: Collection[Address]) -> DncOverlap:
        """How many numbers active after apply are on any of the DNC lists (see `checks.context.Numbers`)."""
        return self.space().listed(address, lists)

    def barred(self, address: Address) -> int:
        """How many contacts of an address are active on the server and are deactivated by `dnc: drop`."""
        return self.space().barred(address)

    def renumbered(self, address: Address) -> tuple[int, int]:
        """How many rows the server shows under another number or text, and of how many nobody knows which they are."""
        found = self.space().rewritten(address)
        return found.numbers, found.lost

    def says(self, address: Address, names: Collection[str]) -> frozenset[str]:
        """Which of these fields and variables the rows of an address have."""
        return self.space().says(address, names)

    def within(self, address: Address, region: str) -> int:
        """How many numbers active after apply are ones of a country (ISO 3166)."""
        return self.space().within(address, region)

    def send(self, work: Work, address: Address, target: RowTarget) -> str:
        """Bring the rows of an address to the server; raises StepFailed or StepUnknown."""
        upload = RowUpload(self.space(), address, self.state_key, target)
        return upload.send(work, self.tuning, self.progress)

    def close(self) -> None:
        """Forget all rows."""
        if self._sources is not None:
            self._sources.shutdown()
        if self._workspace is not None:
            self._workspace.close()

    def space(self) -> Workspace:
        """The workspace of all rows of this run, opened when somebody asks for it."""
        if self._workspace is None:
            self._workspace = Workspace(self.project.settings.directory)
        return self._workspace

    def _read_source(self, resource: Resource) -> Iterable[Diagnostic]:
        try:
            streams = streams_of(resource.rows) if resource.rows else ()
            load_rows(self.space(), resource, self.project.settings, streams)
        except ManifestError as error:
            return error.diagnostics
        return ()

    def _fetch(self, owners: Iterable[Decision], others: Mapping[Address, int]) -> dict[Address, int]:
        """Read live rows, of owners that declare some and of `others`; how many there are before."""
        self._reader.check_new(decision.address for decision in owners if decision.match.live is None)
        live = {decision.address: decision.match.live.id for decision in owners if decision.match.live}
        if not live and not others:
            return {}
        return self._reader.fetch(self.space(), {**live, **others})

    def _change(self, decision: Decision, recorded: Mapping[Address, Recorded], key: Key, *, rings: bool) -> RowChange:
        address = decision.address
        self._compared.add(address)
        change = self.space().difference(address, rings=rings)
        if address in self._reader.unread and self._all_sent(address, _record(decision, recorded)):
            self.space().all_sent(address)
            change = self.space().difference(address, rings=rings)
        return replace(change, digest=self.space().digest(address, key.value)) if change.writes else change

    def _all_sent(self, address: Address, record: Recorded | None) -> bool:
        """Whether an older state says that these very rows were sent."""
        stored = record.digests.get(ROWS) if record else None
        if stored is None:
            return False
        return stored.rpartition(":")[2] == self.space().digest(address, self.state_key.value)

    def kept_anew(self, record: Recorded) -> Recorded:
        """After `compare`: with what is on a DNC list, in place of the digest of all rows that older states have.

        What is shown by now is no longer unshown.
        """
        address, digests = record.address, dict(record.digests)
        if address in self._shown:
            digests.pop(UNSHOWN, None)
        if address in self._compared:
            digests.pop(ROWS, None)
            digests |= self._on_it(address) if is_list(address) else {}
        return replace(record, digests=digests)

    def _on_it(self, address: Address) -> dict[str, str]:
        """What is on a list that was compared, for the record: the server may not show it the next time."""
        self.space().know(address, self.state_key.value, None)
        known = self.space().known(address)
        return {FORMS: known} if known else {}

    def _know(self, decision: Decision, recorded: Mapping[Address, Recorded]) -> None:
        """What the server is known to make of these rows, and which it took."""
        address, record = decision.address, _record(decision, recorded)
        stored = record.digests.get(FORMS) if record else None
        unread = address in self._reader.unread
        if stored or unread:
            self.space().know(address, self.state_key.value, stored, listed=not unread)
        if is_list(address) and unread:
            self.space().unlisted(address)

    def _findings(self, changes: Mapping[Address, RowChange]) -> Iterator[Finding]:
        for address, change in changes.items():
            space, source = self.space(), self.project.resources[address].rows_source
            unlisted = address in self._reader.unread
            yield from live_findings(space.counts(address), change, source, unlisted=unlisted)
            yield from rewritten_findings(space.rewritten(address), address, source)


def load_rows(
    space: Workspace, resource: Resource, settings: Settings, streams: Iterable[RowStream | RowDownload] = ()
) -> SourceReport:
    """The declared rows of a resource into a workspace; ManifestError with all that is wrong with them.

    `streams` are those that are no files; without them they are left out.
    """
    assert resource.rows is not None
    return space.load_source(
        resource.address,
        resource.rows,
        region=settings.region,
        number_format=settings.number_format,
        streams=streams,
    )


def _record(decision: Decision, recorded: Mapping[Address, Recorded]) -> Recorded | None:
    """What is recorded of the very object that is there; of one that is gone no row is."""
    record = decision.match.record or recorded.get(decision.address)
    return record if record and decision.match.live and record.remote_id == decision.match.live.id else None


def _unshown(decision: Decision, recorded: Mapping[Address, Recorded]) -> bool:
    """Whether rows were sent that the list has not shown since."""
    record = _record(decision, recorded)
    return record is not None and UNSHOWN in record.digests


def _target(address: Address, others: Mapping[Address, int], targets: Targets) -> int | Address:
    """What those who dial an address hold: its remote id, or itself while it has none."""
    return others[address] if address in others else targets.ids.get(address, address)
