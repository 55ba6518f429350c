"""One apply: the steps of a plan, independent ones in parallel, silent before ringing; and per address how it went.

Nothing is done after a failure that it depends on. Once anything has failed nothing that rings is sent any more,
whatever `--on-error` says.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from dataclasses import replace as with_fields
from functools import partial
from graphlib import TopologicalSorter
from heapq import heappop, heappush

from provisioner.api.client import Client
from provisioner.api.reader import Reader
from provisioner.apply import record, stops
from provisioner.apply.replace import delete, replace
from provisioner.apply.status import post_status
from provisioner.apply.work import RunFailed, StepDeferred, StepFailed, StepUnknown, Tuning, Work
from provisioner.apply.write import verify, write
from provisioner.error_ids import ErrorId, marked
from provisioner.errors import ProvisionerError
from provisioner.language import Message, gettext, joined
from provisioner.model import Address
from provisioner.plan.build import ExecutablePlan
from provisioner.plan.dialled import RowTarget
from provisioner.plan.model import Action, Change, Outcome, Result
from provisioner.plan.secrets import Digester
from provisioner.plan.steps import Graph, Step, Verb
from provisioner.progress import Advance, EndedStep, Progress
from provisioner.resources import KINDS, Zones
from provisioner.stack_frames import internal
from provisioner.state import Entry, Store

RunStep = Callable[[Step], str]

WORST = (Result.UNKNOWN, Result.FAILED, Result.DEFERRED, Result.SKIPPED, Result.DONE)


@dataclass(frozen=True, slots=True)
class StepResult:
    """How one step ended, what to say about it, and how many seconds it took."""

    result: Result
    message: str = ""
    seconds: float = field(default=0.0, compare=False)


@dataclass(slots=True)
class Executor:
    """`run` does one step and returns what to say; `should_stop` is asked before anything new is begun."""

    graph: Graph
    run: RunStep
    parallelism: int = 8
    stop_on_error: bool = True
    should_stop: Callable[[], bool] = lambda: False
    ended: Callable[[Step, StepResult], None] = lambda step, result: None
    results: dict[Step, StepResult] = field(default_factory=dict)
    broken: bool = False  # something has failed, or its outcome is unknown

    def execute(self) -> Mapping[Step, StepResult]:
        """Every step with its result; never raises for a step's failure."""
        sorter: TopologicalSorter[Step] = TopologicalSorter(self.graph)
        sorter.prepare()
        queue = _Queue(self.graph)
        running: dict[Future[StepResult], Step] = {}
        with ThreadPoolExecutor(self.parallelism, thread_name_prefix="apply") as pool:
            while sorter.is_active():
                queue.put(sorter.get_ready())
                step = queue.take(running.values()) if len(running) < self.parallelism else None
                if step is None:
                    self._collect(running, sorter)
                elif reason := self._reason_to_skip(step):
                    self._settle(step, reason)
                    self._leave(step, sorter)
                else:
                    running[pool.submit(self._attempt, step)] = step
        return self.results

    def _collect(self, running: dict[Future[StepResult], Step], sorter: TopologicalSorter[Step]) -> None:
        finished, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in finished:
            step = running.pop(future)
            future.result()
            self._leave(step, sorter)

    def _leave(self, step: Step, sorter: TopologicalSorter[Step]) -> None:
        self.ended(step, self.results[step])
        sorter.done(step)

    def _settle(self, step: Step, result: StepResult) -> None:
        self.results[step] = result
        self.broken = self.broken or result.result in (Result.FAILED, Result.UNKNOWN)

    def _attempt(self, step: Step) -> StepResult:
        """One step, or the reason to leave it; known at once to the steps that are waiting for a thread."""
        began = time.monotonic()
        result = self._reason_to_skip(step) or self._outcome(step)
        result = with_fields(result, seconds=time.monotonic() - began)
        self._settle(step, result)
        return result

    def _outcome(self, step: Step) -> StepResult:
        try:
            return StepResult(Result.DONE, self.run(step))
        except StepDeferred as late:
            return StepResult(Result.DEFERRED, _told(late))
        except StepUnknown as unknown:
            return StepResult(Result.UNKNOWN, _told(unknown))
        except RunFailed as error:
            self.stop_on_error = True
            return StepResult(Result.FAILED, _told(error))
        except ProvisionerError as error:
            return StepResult(Result.FAILED, _told(error))
        except OSError as error:
            said = f"a file cannot be read or written: {error.strerror or error}"
            return StepResult(Result.UNKNOWN, marked(said, ErrorId.FILE_UNREADABLE))
        except Exception as error:  # a bug: other steps may be in flight, and all that was done is to be told
            return StepResult(Result.UNKNOWN, internal(error))

    def _reason_to_skip(self, step: Step) -> StepResult | None:
        for needed in self.graph[step]:
            before = self.results.get(needed)
            if before is not None and before.result is not Result.DONE:
                result = Result.DEFERRED if before.result is Result.DEFERRED else Result.SKIPPED
                waits = gettext("waits for {address}", address=needed.address)
                return StepResult(result, waits if needed.address != step.address else "")
        if self.should_stop():
            return StepResult(Result.SKIPPED, gettext("interrupted"))
        if self.broken and (step.calls or self.stop_on_error):
            return StepResult(Result.SKIPPED, gettext("not tried after a failure"))
        return None


class _Queue:
    """Steps that are ready, in the order of the graph: silent ones as they come, ringing ones once nothing silent is
    ready or under way."""

    def __init__(self, graph: Graph) -> None:
        self._order = list(graph)
        self._position = {step: index for index, step in enumerate(self._order)}
        self._silent: list[int] = []
        self._ringing: list[int] = []

    def put(self, steps: Iterable[Step]) -> None:
        for step in steps:
            heappush(self._ringing if step.calls else self._silent, self._position[step])

    def take(self, running: Iterable[Step]) -> Step | None:
        """The next step that may begin beside those that are under way."""
        if not self._silent and any(not step.calls for step in running):
            return None
        heap = self._silent or self._ringing
        return self._order[heappop(heap)] if heap else None


RowSender = Callable[[Work, Address, RowTarget], str]
"""Whoever brings the rows of an address to the server; raises StepFailed or StepUnknown, returns what to say."""


def apply(
    executable: ExecutablePlan,
    client: Client,
    store: Store,
    rows: RowSender,
    zones: Zones,
    digester: Digester,
    tuning: Tuning,
    progress: Progress,
    owners: frozenset[str] = frozenset(),
) -> tuple[Outcome, ...]:
    """Carry out an executable plan; the state's lock is held by the caller. Failures are outcomes, not exceptions.

    `owners`: whose everything that is made has to be, where that is not certain.
    """
    reader, recorded = Reader(client, zones), dict(store.recorded())
    work = Work(executable, client, reader, store, zones, recorded, digester, owners, tuning.patience, client.sleep)
    stops.take_over(work)
    removed = {c.address: c for c in executable.plan.changes if c.action in (Action.DELETE, Action.FORGET)}
    with progress.phase(gettext("applying"), len(executable.steps)) as advance:
        executor = Executor(
            executable.steps,
            _runner(work, rows, removed),
            tuning.parallelism,
            tuning.on_error == "stop",
            lambda: tuning.should_stop() or store.lock_lost,
            partial(_tell, progress, advance),
        )
        results = {**executor.execute()}
        if not executor.should_stop():
            for step, result in _verified(work, results).items():
                results[step] = result
                progress.ended(_ended(step, result))
    unfinished = {step.address for step, result in results.items() if result.result is not Result.DONE}
    record.settle(work, unfinished)
    stops.settle(work, unfinished)
    _close_journal(work, unfinished)
    return tuple(_outcomes(executable, results))


def _tell(progress: Progress, advance: Advance, step: Step, result: StepResult) -> None:
    advance(1)
    progress.ended(_ended(step, result))


def _ended(step: Step, result: StepResult) -> EndedStep:
    return EndedStep(str(step.address), step.verb, result.result, result.message, result.seconds)


def _close_journal(work: Work, unfinished: set[Address]) -> None:
    """Writes of earlier runs are answered by what planning read, except where it could not or need not read."""
    left_out = {address for address, decision in work.executable.decisions.items() if not decision.chosen}
    left_out |= unfinished
    entries = [each for each in work.store.pending() if each.address not in left_out]
    work.store.settle(*(each.id for each in entries if _answered(work, each)))


def _answered(work: Work, entry: Entry) -> bool:
    listing = work.executable.live.listings.get(entry.kind)
    return entry.address in work.recorded or (listing is not None and listing.unreadable is None)


def _runner(work: Work, rows: RowSender, removed: Mapping[Address, Change]) -> Callable[[Step], str]:
    def run(step: Step) -> str:
        if step.calls:
            _require_as_sent(work)
        if step.calls and step.verb is not Verb.START:  # which looks once more, right before it is posted
            stops.refuse_ringing(work, step.address)
        match step.verb:
            case Verb.WRITE if work.decision(step.address).replaces:
                return replace(work, step.address)
            case Verb.WRITE:
                return write(work, step.address)
            case Verb.START | Verb.STOP:
                post_status(work, step.address)
            case Verb.ROWS:
                return rows(work, step.address, work.executable.row_targets[step.address])
            case Verb.DELETE:
                return _delete(work, removed[step.address])
            case Verb.RECORD:
                _record(work, step.address, removed)
        return ""

    return run


def _told(error: ProvisionerError) -> str:
    """What it says, with its id; a sentence that is told in other languages stays one."""
    said = error.args[0] if error.args else ""
    if isinstance(said, Message):
        return gettext("{message} [{id}]", message=said, id=error.id)
    return marked(str(error), error.id)


def _require_as_sent(work: Work) -> None:
    """Nothing rings before everything silent is known to be as it was sent."""
    verify(work, ringing=False)
    if work.mistaken:
        raise StepFailed(f"not tried: {min(work.mistaken)} is not as it was sent")


def _verified(work: Work, results: Mapping[Step, StepResult]) -> dict[Step, StepResult]:
    """The writes that went well by their answers, and of which the server shows something else in the end."""
    verify(work, ringing=True)
    wrote = [step for step in results if step.verb is Verb.WRITE and step.address in work.mistaken]
    return {step: StepResult(Result.FAILED, work.mistaken[step.address]) for step in wrote}


def _record(work: Work, address: Address, removed: Mapping[Address, Change]) -> None:
    if address in removed and not work.executable.live.readable(address.kind):
        work.store.leave([address])
        work.recorded.pop(address, None)  # or the note about it would be taken as answered
        return
    if address in removed:
        work.store.forget(address)
        return
    decision = work.decision(address)
    assert decision.match.live is not None
    record.remember(work, address, decision.match.live, posted=decision.status.finding is None)


def _delete(work: Work, change: Change) -> str:
    """Delete and forget; what the server keeps is forgotten (docs/guides/rename-delete-replace.md)."""
    kind = KINDS[change.address.kind]
    assert change.remote_id is not None
    left = not delete(work, kind, change.address, change.remote_id)
    work.store.forget(change.address)
    if not left:
        return ""
    return gettext("left in place: the server refuses to delete it (id {id})", id=str(change.remote_id))


def _outcomes(executable: ExecutablePlan, results: Mapping[Step, StepResult]) -> Iterator[Outcome]:
    """One per change and one per row set, in the order of the plan; deferred addresses last."""
    fields, sent = _by_address(results, rows=False), _by_address(results, rows=True)
    for change in executable.plan.changes:
        yield _outcome(change.address, change.action, fields.get(change.address, ()))
    for rows in executable.plan.rows:
        if rows.address in sent:
            yield _outcome(rows.address, "rows", sent[rows.address])
    for deferred in executable.plan.deferred:
        found = executable.decisions[deferred.address].match
        action = Action.CREATE if found.live is None else Action.UPDATE
        why = found.unsettled.told if found.unsettled else deferred.reason
        yield Outcome(deferred.address, action, Result.DEFERRED, why)


def _by_address(results: Mapping[Step, StepResult], *, rows: bool) -> dict[Address, list[StepResult]]:
    """The results of the steps that send rows, or of all others."""
    found: dict[Address, list[StepResult]] = {}
    for step, result in results.items():
        if (step.verb is Verb.ROWS) == rows:
            found.setdefault(step.address, []).append(result)
    return found


def _outcome(address: Address, action: str, found: Sequence[StepResult]) -> Outcome:
    """The worst of the steps; a change whose later steps were not tried is not done."""
    worst = min((r.result for r in found), key=WORST.index, default=Result.DONE)
    message = joined(dict.fromkeys(r.message for r in found if r.message), "\n")
    if worst is Result.SKIPPED and any(r.result is Result.DONE for r in found):
        message = gettext("written, but not started: {message}", message=message)
    return Outcome(address, str(action), worst, message)
