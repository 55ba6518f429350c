"""One apply: run the steps, record what needed none, and say per address how it went."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from provisioner.alice.client import Client
from provisioner.alice.reader import Reader
from provisioner.applying import recording, stops
from provisioner.applying.deleting import delete
from provisioner.applying.executor import Executor, StepResult
from provisioner.applying.replacing import replace
from provisioner.applying.statuses import post_status
from provisioner.applying.work import Tuning, Work
from provisioner.applying.writing import write
from provisioner.kinds import KINDS, Zones
from provisioner.model import Action, Address, Change, Outcome, Result
from provisioner.planning.building import ExecutablePlan
from provisioner.planning.seals import Seal
from provisioner.planning.steps import Step, Verb
from provisioner.progress import Progress
from provisioner.state import Store

WORST = (Result.UNKNOWN, Result.FAILED, Result.DEFERRED, Result.SKIPPED, Result.DONE)


class RowSender(Protocol):
    """Whoever brings the rows of an address to the server; raises StepFailed or StepUnknown, returns what to say."""

    def send(self, work: Work, address: Address) -> str: ...


def apply(
    executable: ExecutablePlan,
    client: Client,
    store: Store,
    rows: RowSender,
    zones: Zones,
    seal: Seal,
    tuning: Tuning,
    progress: Progress,
    owners: frozenset[str] = frozenset(),
) -> tuple[Outcome, ...]:
    """Carry out an executable plan; the state's lock is held by the caller. Failures are outcomes, not exceptions.

    `owners`: whose everything that is made has to be, where that is not certain.
    """
    reader, recorded = Reader(client, zones), dict(store.recorded())
    work = Work(executable, client, reader, store, zones, recorded, seal, owners, tuning.patience, client.sleep)
    stops.take_over(work)
    removed = {c.address: c for c in executable.plan.changes if c.action in (Action.DELETE, Action.FORGET)}
    with progress.phase("applying", len(executable.steps)) as advance:
        executor = Executor(
            executable.steps,
            _runner(work, rows, removed),
            tuning.parallelism,
            tuning.on_error == "stop",
            lambda: tuning.should_stop() or store.lock_lost,
            lambda step: advance(1),
        )
        results = executor.execute()
    unfinished = {step.address for step, result in results.items() if result.result is not Result.DONE}
    recording.settle(work, unfinished)
    stops.settle(work, unfinished)
    _close_journal(work, unfinished)
    return tuple(_outcomes(executable, results))


def _close_journal(work: Work, unfinished: set[Address]) -> None:
    """Writes of earlier runs are answered by what planning read, except where it could not or need not read."""
    left_out = {address for address, decision in work.executable.decisions.items() if not decision.chosen}
    for entry in work.store.pending():
        listing = work.executable.live.listings.get(entry.kind)
        seen = listing is not None and listing.unreadable is None
        if entry.address not in unfinished | left_out and (seen or entry.address in work.recorded):
            work.store.settle(entry.id)


def _runner(work: Work, rows: RowSender, removed: Mapping[Address, Change]) -> Callable[[Step], str]:
    def run(step: Step) -> str:
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
                return rows.send(work, step.address)
            case Verb.DELETE:
                return _delete(work, removed[step.address])
            case Verb.RECORD:
                _record(work, step.address, removed)
        return ""

    return run


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
    recording.remember(work, address, decision.match.live, posted=decision.status.finding is None)


def _delete(work: Work, change: Change) -> str:
    """Delete and forget; what the server keeps is forgotten (README.md#rename-delete-replace)."""
    kind = KINDS[change.address.kind]
    assert change.remote_id is not None
    left = not delete(work, kind, change.address, change.remote_id)
    work.store.forget(change.address)
    return f"left in place: the server refuses to delete it (id {change.remote_id})" if left else ""


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
        yield Outcome(deferred.address, action, Result.DEFERRED, str(found.unsettled or deferred.reason))


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
    message = "\n".join(dict.fromkeys(r.message for r in found if r.message))
    if worst is Result.SKIPPED and any(r.result is Result.DONE for r in found):
        message = f"written, but not started: {message}"
    return Outcome(address, str(action), worst, message)
