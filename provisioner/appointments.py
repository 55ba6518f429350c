"""The appointments of one run: lists read, live events and alarms fetched once, compared for a plan, and sent.

`rows.appointments` does the work, in the workspace of the other rows; what an apply sends is the difference that was
found here (`apply.appointments`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from zoneinfo import ZoneInfo

from provisioner.api.client import Client
from provisioner.api.reader import Reader
from provisioner.apply.appointments import AppointmentSender
from provisioner.apply.work import Tuning, Work
from provisioner.error_ids import ErrorId
from provisioner.errors import Diagnostic, ManifestError, PlanError
from provisioner.language import gettext
from provisioner.messages import argument, count
from provisioner.model import Address, Finding, Resource
from provisioner.plan.decision import Decision
from provisioner.plan.dialled import RowTarget
from provisioner.plan.live import Live
from provisioner.plan.model import RowChange
from provisioner.plan.notices import RingCause, Ringing
from provisioner.plan.secrets import Key
from provisioner.plan.situation import AppointmentFacts
from provisioner.plan.stages import Decided
from provisioner.plan.unsettled import UNSETTLED
from provisioner.progress import Progress
from provisioner.project import Project, Settings
from provisioner.refresh.appointments import AgendaReader
from provisioner.reminders import WORD
from provisioner.resources import KINDS, AppointmentOwner, Zones
from provisioner.rows import SourceReport, Workspace
from provisioner.rows.appointments.agenda import AgendaTables
from provisioner.rows.appointments.difference import CHANGE
from provisioner.rows.appointments.questions import AppointmentQuestions
from provisioner.rows.appointments.summary import AppointmentCounts
from provisioner.rows.appointments.tables import AgendaScope, secret_of
from provisioner.rows.files import are_large
from provisioner.rows.sql import micros
from provisioner.sources import streams_of
from provisioner.state import Store

DELETE = "delete"  # what `on_missing` says
NOTED = 10_000  # of what is remembered in one transaction: a calendar may have hundreds of thousands
LARGE = 1 << 20  # bytes of lists that are read while the server is being asked, half a second or so


@dataclass(slots=True)
class AppointmentSets:
    """`read_sources` first, `compare` for a plan, `send` per calendar; `close` before the workspace that `space` opens.

    `state_key` keys the marks of what was sent, which the state keeps.
    """

    project: Project
    client: Client
    store: Store
    tuning: Tuning
    progress: Progress
    space: Callable[[], Workspace]
    state_key: Key
    _tables: AgendaTables | None = None
    _reader: AgendaReader | None = None
    _scopes: dict[Address, AgendaScope] = field(default_factory=dict)
    _chosen: Collection[Address] = ()
    _sources: ThreadPoolExecutor | None = None
    _reading: Future[None] | None = None

    @property
    def declared(self) -> dict[Address, Resource]:
        """The calendars that declare appointments."""
        return {address: each for address, each in self.project.resources.items() if each.appointments}

    def read_sources(self) -> None:
        """Read every declared list; ManifestError with the problems of all of them.

        Large ones are only begun: `compare` waits for them after it has fetched what is live, and raises then.
        """
        if are_large((each.appointments for each in self.declared.values() if each.appointments), LARGE):
            self._tables = self.tables  # opened before there are two threads
            self._sources = ThreadPoolExecutor(1, thread_name_prefix="alice-appointments")
            self._reading = self._sources.submit(self._read_all)
        else:
            self._read_all()

    def _read_all(self) -> None:
        problems: list[Diagnostic] = []
        for resource in self.declared.values():
            try:
                self._read_source(resource)
            except ManifestError as error:
                problems += error.diagnostics
        if problems:
            raise ManifestError(problems)

    def close(self) -> None:
        """Wait for what was begun, so that the workspace may go."""
        if self._sources is not None:
            self._sources.shutdown()

    def _read_source(self, resource: Resource) -> None:
        assert resource.appointments is not None
        secret, streams = secret_of(self.state_key.value), streams_of(resource.appointments)
        self.tables.load_source(resource, self.project.settings, secret, streams)

    @property
    def tables(self) -> AgendaTables:
        """The tables of this run; made when somebody asks."""
        if self._tables is None:
            self._tables = AgendaTables(self.space(), _owner(self.declared), self.project.settings.region)
        return self._tables

    @property
    def questions(self) -> AppointmentQuestions:
        """After `compare`: what checks may ask."""
        return AppointmentQuestions(self.space, self._scopes, self._chosen)

    def compare(self, decided: Decided, key: Key) -> AppointmentFacts:
        """Fetch what is live and say what would be sent; PlanError for what this server gives no way to do."""
        there = [d for a in self.declared if (d := decided.decisions.get(a)) and d.live_after and not d.waits]
        if not self.declared:
            return AppointmentFacts()
        self._reader = AgendaReader(
            self.client,
            Reader(self.client, Zones.of(self.project.settings)),
            self.tables,
            self.tuning.parallelism,
            self.progress,
        )
        known: dict[Address, int] = {}
        self._reader.read(decided.live, lambda: known.update((each.address, self._know(each)) for each in there))
        if self._reading is not None:
            self._reading.result()
        for decision in there:
            self._scopes[decision.address] = self._scope(decision, decided, known[decision.address])
        changes: dict[Address, RowChange] = {}
        for decision in there:
            if decision.chosen:
                changes[decision.address] = self._change(decision.address, key, prune=decided.inputs.options.prune)
            else:  # what is there rings all the same
                self.tables.compare(self._scopes[decision.address], judged=False)
        self._chosen = frozenset(changes)
        self._require_ways(changes)
        return self._facts(changes, decided.live, micros(decided.inputs.now))

    def _scope(self, decision: Decision, decided: Decided, known: int) -> AgendaScope:
        recorded = decided.inputs.recorded
        owner, reader, address = self.tables.owner, self._reader, decision.address
        assert reader is not None
        calendar = _calendar(decision)
        apart = {d.match.live.id for a, d in decided.decisions.items() if a.kind == owner.kind and d.match.live}
        apart |= {record.remote_id for a, record in recorded.items() if a.kind == owner.kind}
        scope = AgendaScope(
            self.tables.owned(address),
            calendar,
            micros(decided.inputs.now),
            secret_of(self.state_key.value),
            apart,
            events=owner.kind not in reader.unread,
            alarms=owner.notice not in reader.unread,
        )
        word = self.store.word(calendar) if calendar is not None else ""
        hides = bool(known or word) and reader.complete(scope)
        record = recorded.get(address)
        adopted = calendar is not None and not (record and record.created)
        return replace(scope, hides=hides, adopted=adopted, word=word)

    def _know(self, decision: Decision) -> int:
        """What the state has of what was sent to a calendar; how many marks."""
        calendar, take = _calendar(decision), partial(self.tables.know, decision.address)
        found = take(())
        return found if calendar is None else self.store.sent_texts(calendar, take, found)

    def _change(self, address: Address, key: Key, *, prune: bool) -> RowChange:
        """With --prune what is not declared goes, where the server has a way to delete it."""
        scope, counts = self._scopes[address], self.tables.compare(self._scopes[address])
        if prune and self._deletes(address) and counts.missing + counts.undeclared.calls and self._may_delete(scope):
            scope = self._scopes[address] = replace(scope, prunes=True)
            self.tables.compare(scope)
        change = self.tables.change(scope)
        return replace(change, digest=self.tables.digest(scope, key.value)) if change.writes else change

    def _deletes(self, address: Address) -> bool:
        rows = self.declared[address].appointments
        return rows is not None and rows.on_missing == DELETE

    def _may_delete(self, scope: AgendaScope) -> bool:
        reader, owner = self._reader, self.tables.owner
        assert reader is not None
        events, alarms = self.tables.samples(scope)
        return reader.may("DELETE", owner.kind, events) and reader.may("DELETE", owner.notice, alarms or events)

    def _require_ways(self, changes: Mapping[Address, RowChange]) -> None:
        """What is there and has to say something else needs a PUT, or the old alarm would ring."""
        problems = [problem for address in changes for problem in self._without_way(address)]
        if problems:
            raise PlanError(problems)

    def _without_way(self, address: Address) -> Iterator[Diagnostic]:
        counts, owner, reader = self.tables.counts(address), self.tables.owner, self._reader
        assert reader is not None
        events, alarms = self.tables.samples(self._scopes[address])
        lacking = [
            KINDS[name].title
            for name, changed, sample in ((owner.kind, counts.events, events), (owner.notice, counts.alarms, alarms))
            if changed.get(CHANGE) and not reader.may("PUT", name, sample)
        ]
        if lacking:
            moved = f"{count(counts.change, 'appointment')} moved or changed ({counts.changed_where})"
            message = (
                f"{moved}, and this server has no way to change an existing {' or '.join(lacking)}, so the old one "
                "would ring: change it in Alice's web page as the list says, or leave the row as it was"
            )
            place = counts.changed_at[0].source if counts.changed_at else None
            yield Diagnostic(ErrorId.APPOINTMENT_MOVED, message, place, address)

    def _facts(self, changes: Mapping[Address, RowChange], live: Live, now: int) -> AppointmentFacts:
        owner, reader, scopes = self.tables.owner, self._reader, self._scopes
        assert reader is not None
        counts = {address: self.tables.counts(address) for address in changes}
        ringing: list[tuple[Address | None, RingCause, Ringing]] = []
        for address in scopes:
            each = self.tables.counts(address)
            new = each.new if address in changes else Ringing()
            causes = ((RingCause.NEW, new), (RingCause.UNCHANGED, each.left), (RingCause.UNDECLARED, each.undeclared))
            ringing += [(address, cause, found) for cause, found in causes if found.calls]
        apart = owner.notice not in live.listings
        others = self.tables.elsewhere(scopes.values(), now) if apart else Ringing()
        if others.calls:
            ringing.append((None, RingCause.UNDECLARED, others))
        claimed = frozenset[int]() if apart else self._claimed()
        return AppointmentFacts(
            changes=changes,
            live={address: each.standing for address, each in counts.items()},
            findings=tuple(finding for address, each in counts.items() for finding in self._findings(address, each)),
            ringing=tuple(ringing),
            unlisted=tuple(name for name in reader.unread if name == owner.notice and apart),
            claimed=claimed,
        )

    def _claimed(self) -> frozenset[int]:
        return frozenset().union(*(self.tables.claimed(scope) for scope in self._scopes.values()))

    def _findings(self, address: Address, counts: AppointmentCounts) -> Iterator[Finding]:
        resource, scope = self.declared[address], self._scopes[address]
        source = resource.rows_source
        if counts.held:
            message = gettext(
                "{appointments} not sent ({places}): whether they, or their alarms, are there is not known, and a "
                "second alarm would ring twice. Look in Alice's web page, then `alice-apply state adopt {address} "
                "--appointments there` or `... --appointments absent`",
                appointments=count(counts.held, "appointment"),
                places=counts.held_where,
                address=argument(address),
            )
            yield Finding(UNSETTLED, "warning", message, address, source)
        if counts.undeclared.calls:
            yield Finding("undeclared-alarms", "warning", self._still(address, counts), address, source)
        other = self.tables.otherwise(scope)
        if other:
            message = gettext(
                "this server keeps other dates or numbers than were sent: {rows}; change them there",
                rows=count(other, "row"),
            )
            yield Finding("not-settable", "warning", message, address, source)

    def _still(self, address: Address, counts: AppointmentCounts) -> str:
        """What rings although nobody declares it any more, when, and what can be done about it."""
        found, zone = counts.undeclared, ZoneInfo(self.project.settings.timezone)
        moments = [each.astimezone(zone) for each in (found.first, found.last) if each]
        first, last = (f"{each:%Y-%m-%d %H:%M}" for each in (moments[0], moments[-1])) if moments else ("", "")
        when = gettext(", from {first} to {last}", first=first, last=last) if len(moments) > 1 else ""
        if not self._may_delete(self._scopes[address]):
            way = gettext("this server gives no way to delete them: delete them in Alice's web page")
        elif self._deletes(address):
            way = gettext("--prune deletes them")
        else:
            way = gettext("`on_missing: delete` and --prune deletes them")
        return gettext(
            "{calls} of appointments that are not in the list will still ring{when}; {way}",
            calls=count(found.calls, "call"),
            when=when,
            way=way,
        )

    def remember(self) -> None:
        """After all steps: what is there for certain is known by its mark from now on, whoever made it.

        What passed long ago is known no more, so that the state does not grow for ever.
        """
        recorded = self.store.recorded() if self._scopes else {}
        for address, scope in self._scopes.items():
            if address in recorded:
                found = self.tables.unknown(scope)
                gone = [*self.tables.outlived(scope), *([(WORD, scope.word)] if scope.word else [])]
                for first in range(0, max(len(found), bool(gone)), NOTED):
                    some = found[first : first + NOTED]
                    self.store.note_sent(address, recorded[address].remote_id, some, () if first else gone)

    def send(self, work: Work, address: Address, target: RowTarget) -> str:
        """Bring the appointments of a calendar to the server; raises StepFailed or StepUnknown."""
        scope, reader = self._scopes[address], self._reader
        assert reader is not None

        def reread(scope: AgendaScope) -> None:
            reader.read()
            reader.complete(scope)

        fresh = not self.tables.counts(address).left.calls
        return AppointmentSender(self.tables, scope, reread, scope.hides, fresh).send(work, self.tuning, self.progress)


def load_appointments(space: Workspace, resource: Resource, settings: Settings) -> SourceReport:
    """The declared appointments of a calendar, for their counts; ManifestError with all that is wrong with them.

    Those that are in no file are left out, and nobody asks whether a reminder has passed.
    """
    return AgendaTables(space, _owner([resource.address]), settings.region).load_source(resource, settings)


def _owner(calendars: Iterable[Address]) -> AppointmentOwner:
    return next(owner for address in calendars if (owner := KINDS[address.kind].appointments))


def _calendar(decision: Decision) -> int | None:
    """The remote id; None while there is none."""
    return decision.match.live.id if decision.match.live else None
