"""One run from manifests to outcomes: read, match, decide, compare rows, build the plan; then apply it.

    project + recorded + live -> matched -> decided -> row facts -> situation -> findings, outlook
                              -> executable plan -> outcomes

This is the orchestrator: it asks what the stages of a plan (`plan.stages`) need, in order, and knows nothing that the
layers know.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from provisioner.api.client import Client
from provisioner.api.reader import Reader
from provisioner.apply.executor import apply
from provisioner.apply.lost_writes import creation
from provisioner.apply.work import Tuning, Work
from provisioner.appointments import AppointmentSets
from provisioner.checks import Context, ids_of_enabled, run_checks
from provisioner.errors import Refused, StateError, UsageError
from provisioner.forecast.outlook import outlook_of
from provisioner.inspect.lookup import require_known
from provisioner.language import gettext
from provisioner.model import Address, Recorded
from provisioner.plan import stages
from provisioner.plan.build import ExecutablePlan, build
from provisioner.plan.dialled import RowTarget
from provisioner.plan.drift import drifts
from provisioner.plan.live import Live, covered, owners, require_owner
from provisioner.plan.match import Lost
from provisioner.plan.model import Outcome, Plan
from provisioner.plan.options import PlanOptions
from provisioner.plan.secrets import Digester, Key
from provisioner.plan.stages import Decided, PlanInputs
from provisioner.plan.unsettled import Creation
from provisioner.progress import Advance, NoProgress, Progress
from provisioner.project import Project
from provisioner.refresh.account import Records, read_account, with_details
from provisioner.refresh.appointments import read_apart
from provisioner.refresh.observe import observe
from provisioner.resources import Zones
from provisioner.rowsets import RowSets
from provisioner.second_rounds import SecondRounds
from provisioner.state import RunOrigin, Store

USUAL = Tuning()
NO_ORIGIN = RunOrigin("")
PLANS = "plans"  # what a key of the state's is used for
LOOK_AGAIN = 0.5  # seconds


@dataclass(slots=True)
class Session(AbstractContextManager["Session"]):
    """A project, an account and a state, for the time of one command. Close it: rows live in a temporary file.

    `now` is the clock of planning.
    """

    project: Project
    client: Client
    store: Store
    now: datetime
    tuning: Tuning = USUAL
    progress: Progress = field(default_factory=NoProgress)
    origin: RunOrigin = NO_ORIGIN
    digester: Digester = field(init=False)
    rows: RowSets = field(init=False)
    appointments: AppointmentSets = field(init=False)
    second_rounds: SecondRounds = field(init=False)
    _noted: bool = False  # that this run applies
    _recorded: Mapping[Address, Recorded] = field(default_factory=dict)
    _owners: frozenset[str] = frozenset()
    _current: tuple[ExecutablePlan, str] | None = None  # what may be applied, and the lock that it was planned under

    def __post_init__(self) -> None:
        self._take_key()
        self.rows = RowSets(self.project, self.client, self.tuning, self.progress, self.digester.key)
        self.second_rounds = SecondRounds(self.project, self.client, self.rows.space)
        self.appointments = AppointmentSets(
            self.project, self.client, self.store, self.tuning, self.progress, self.rows.space, self.digester.key
        )

    def __exit__(self, *_: object) -> None:
        self.appointments.close()
        self.rows.close()

    def plan(self, options: PlanOptions, key: Key | None = None) -> ExecutablePlan:
        """Read everything and say what would be done. Writes nothing, neither to Alice nor to the state.

        `key` keys the digests of a plan that is saved or was.
        """
        self._settle_key()
        key = key or self.digester.key.for_use(PLANS)
        recorded, marks = self.store.recorded(), self.store.stops()
        self._recorded = recorded
        require_known(options, self.project.resources, recorded)
        self.rows.read_sources()
        self.appointments.read_sources()
        self._wait_for_late_writes()
        with self.progress.phase(gettext("reading"), None) as advance:
            reader = self._reader()
            live = self._read_account(reader, recorded, advance, removes=options.prune, lists_apart=True)
            self._require_owner(live)
            known = (self.project, options, self.now, recorded, self.digester, marks)
            matched = stages.matched(PlanInputs(*known, absent=self.store.absences(), lost=self._lost()), live)
            live = with_details(live, reader, matched.objects, matched.removable, self.tuning.parallelism)
        decided = stages.decided(matched, live)
        executable = self._built(decided, key)
        token = self.store.lock_token
        self._current = (executable, token) if token else None
        return executable

    def _built(self, decided: Decided, key: Key) -> ExecutablePlan:
        """The plan of what was decided: with its rows, with what will happen, and what checks say of it."""
        appointments = self.appointments.compare(decided, key)
        ringing = decided.notices(appointments.claimed)
        rounds = self.second_rounds.load(decided, self.now)
        facts = self.rows.compare(decided, key, ringing)
        records = Records(self.client)
        with self.progress.phase(gettext("asking how far campaigns are"), None):
            observed = observe(self.client, records.sample, decided, facts)
        situation = stages.situation(decided, facts, observed, ringing, appointments)
        outlook = outlook_of(situation)
        context = Context(situation, outlook, self.rows, records, self.appointments.questions)
        noticed = (*self.project.findings, *rounds, *run_checks(context))
        drifted = drifts(situation.recorded, situation.live, self.project.resources, self.now, self.digester).drift
        return build(situation, noticed, drifted, outlook, key, ids_of_enabled(self.project.settings))

    @contextmanager
    def lock(self, timeout: float = 0.0) -> Iterator[None]:
        """Keeps every other run of the project and environment out for a block; waits up to `timeout` seconds.

        Plan and apply in it. Raises StateLocked, which names the holder.
        """
        with self.store.lock(timeout=timeout, give_up=self.tuning.should_stop):
            yield

    def drift(self) -> Plan:
        """What is live otherwise than recorded, as a plan that changes nothing. Needs no rows; writes nothing."""
        recorded, resources = self.store.recorded(), self.project.resources
        with self.progress.phase(gettext("reading"), None) as advance:
            live = self._read_account(self._reader(), recorded, advance)
        found = drifts(recorded, live, resources, self.now, self.digester)
        return Plan.without_changes(self.project.settings, self.now, found.not_compared, found.drift)

    def apply(self, executable: ExecutablePlan) -> tuple[Outcome, ...]:
        """Carry an executable plan out; every step is recorded as it is done. One outcome for each address, in order.

        Raises Refused for a plan that a gate refuses (`plan.refusals`), and UsageError for any but the last one that
        was made under the lock that is held, or for the same one again: what was planned earlier may be untrue by now.
        """
        if executable.plan.refusals:
            raise Refused(executable.plan.refusals)
        current, self._current = self._current, None
        if current is None or current[0] is not executable or current[1] != self.store.lock_token:
            raise UsageError("plan first, then apply that plan once, both within `with session.lock():`")
        zones = Zones.of(self.project.settings)
        self._keep_known_rows()
        with self._in_history(executable.plan) as outcomes:
            outcomes += apply(
                *(executable, self.client, self.store, self._send, zones, self.digester, self.tuning, self.progress),
                self._owners,
            )
        if not self.store.lock_lost:
            self.appointments.remember()
        return tuple(outcomes)

    @contextmanager
    def _in_history(self, plan: Plan) -> Iterator[list[Outcome]]:
        """Who applies is noted before the first write, and what came of it, as far as it comes to an end."""
        outcomes: list[Outcome] = []
        if plan.empty and not plan.changes:
            yield outcomes
            return
        self.store.runs.begin(self.origin, plan.fingerprint, allow_calls=bool(plan.options.get("allow_calls")))
        self._noted = True
        try:
            yield outcomes
        finally:
            with suppress(StateError):  # what happens to the state is told by what needs it
                self.store.runs.end(self.origin.run, Counter(each.result.value for each in outcomes))

    def note_exit(self, code: int) -> None:
        """How the command ended, beside what it has applied."""
        if self._noted:
            with suppress(StateError):
                self.store.runs.note_exit(self.origin.run, code)

    def _send(self, work: Work, address: Address, target: RowTarget) -> str:
        """Bring rows of whatever sort to the server."""
        sets = self.appointments if self.project.resources[address].appointments else self.rows
        return sets.send(work, address, target)

    def _reader(self) -> Reader:
        return Reader(self.client, Zones.of(self.project.settings))

    def _read_account(
        self,
        reader: Reader,
        recorded: Mapping[Address, Recorded],
        advance: Advance,
        *,
        removes: bool = False,
        lists_apart: bool = False,
    ) -> Live:
        """Everything that the lists show, our secrets in it covered; `lists_apart`: appointments read their own."""
        resources, workers = self.project.resources, self.tuning.parallelism
        apart = read_apart(resources, recorded, removes=removes) if lists_apart else frozenset[str]()
        live = read_account(reader, resources, recorded, self._users(), workers, advance, removes=removes, apart=apart)
        return covered(live, resources.values(), recorded)

    def _settle_key(self) -> None:
        """The first change of a state settles its key: another run's, perhaps, while this one waited for the lock."""
        self._take_key()
        self.rows.state_key = self.appointments.state_key = self.digester.key

    def _take_key(self) -> None:
        self.digester = Digester(Key(self.store.scope.key))

    def _keep_known_rows(self) -> None:
        """What is known of rows by now, in place of what the records say of them."""
        stored = self.store.recorded()
        for address, record in self._recorded.items():
            anew = self.rows.kept_anew(record)
            if address in stored and anew.digests != stored[address].digests:
                self.store.put(replace(stored[address], digests=anew.digests))

    def _require_owner(self, live: Live) -> None:
        """A token may be another user's. What it makes is looked at as well, while it is made."""
        self._owners = frozenset()
        if not self.client.logged_in:
            self._owners = owners(self.store.scope.user, self._recorded, self.project.resources)
            require_owner(self._owners, self.client.claims, self._recorded, live)

    def _lost(self) -> Lost:
        """Creations whose outcome nobody saw."""
        found: dict[Address, Creation] = {}
        for entry in self.store.pending():
            if entry.verb == "POST":
                found[entry.address] = creation(entry).after(found.get(entry.address))
        return found

    def _wait_for_late_writes(self) -> None:
        """What an earlier run sent may be committed late: read when that is over (docs/alice-api.md#lost-answers).

        Over as well when the run that sent it turns out to live and strikes it out.
        """
        ends = {entry.id: entry.sent_at + timedelta(seconds=2 * entry.timeout) for entry in self.store.pending()}
        if not ends or max(ends.values()) <= datetime.now(UTC):
            return
        with self.progress.phase(gettext("waiting for a write that an earlier run sent"), None):
            while ends and not self.tuning.should_stop() and datetime.now(UTC) < max(ends.values()):
                time.sleep(LOOK_AGAIN)
                ends = {entry.id: ends[entry.id] for entry in self.store.pending() if entry.id in ends}

    def _users(self) -> frozenset[str]:
        return frozenset(self.client.identity()) | self.store.scope.users
