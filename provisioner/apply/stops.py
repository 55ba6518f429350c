"""What `stop` says to a running apply: marks in the state, looked at right before whatever rings and after a start.

A mark that planning knew of is in the plan already (`stopped-outside`, or `--restart` over it). One that has come since
gives up every start and every ringing step that it is about; one about everything gives up all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from provisioner.apply.work import StepFailed, Work
from provisioner.messages import argument
from provisioner.model import Address, may_hold
from provisioner.plan.decision import Decision
from provisioner.plan.starts import sets_status, stop_target_of, stopped_by
from provisioner.resources import KINDS
from provisioner.stop_marks import EVERYTHING, Mark, Marks, StopTarget, by_address


def take_over(work: Work) -> None:
    """Before the first step: what was stopped is kept by address, declared or recorded, and no more as everything."""
    known = work.executable.marks
    instead: list[Mark] = []
    told: set[Mark] = set()
    for address, target in _startable(work):
        found = known.on(target)
        mark = by_address(found, address)
        if mark is not None:
            instead.append(mark)
            told.update(found)
    told.update(mark for mark in known.every if mark.form == EVERYTHING)
    if told != set(instead):
        work.store.lift_stops([mark for mark in told if mark not in instead], instead)
    work.marks = Marks((*known.every, *instead))


def refuse_start(work: Work, address: Address) -> None:
    """Raise StepFailed if it was stopped since it was planned."""
    mark = stopped(work, address)
    if mark is not None:
        raise StepFailed(f"{stopped_by(mark)}, while this run was under way: {_advice(address)}")


def refuse_ringing(work: Work, address: Address) -> None:
    """Raise StepFailed if everything, or what an address belongs to, was stopped since: what rings is not sent then."""
    since = work.store.stops().since(work.marks)
    if not since.every:
        return  # before all that dials is looked through, for each step
    targets = [_target(work, address), *_dialling(work, address)]
    found = [mark for mark in since.every if mark.form == EVERYTHING or any(target.marked(mark) for target in targets)]
    if found:
        raise StepFailed(f"something {stopped_by(found[-1])}, while this run was under way: nothing that rings is sent")


def stopped(work: Work, address: Address) -> Mark | None:
    """The latest stop of an address that this plan did not know of."""
    found = work.store.stops().since(work.marks).on(_target(work, address))
    return found[0] if found else None


def ever_stopped(work: Work, address: Address) -> bool:
    """Whether there is any mark on an address, known to the plan or not."""
    return bool(work.store.stops().on(_target(work, address)))


def lift(work: Work, address: Address) -> None:
    """What the plan knew of is over: it runs again because somebody said so. A stop that came since stays."""
    known = work.marks.on(_target(work, address))
    if known:
        work.store.lift_stops(known)


def settle(work: Work, unfinished: set[Address]) -> None:
    """After a run: where the manifests do not want it to run, the record says so, and no mark is needed any more."""
    for address, decision in work.executable.decisions.items():
        if decision.chosen and address not in unfinished and _at_rest(decision):
            lift(work, address)


def _at_rest(decision: Decision) -> bool:
    startable = KINDS[decision.address.kind].startable
    if startable is None:
        return False
    wanted = decision.resource.fields.get(startable.field)
    return wanted != startable.running or not sets_status(decision.match)


def _startable(work: Work) -> Iterator[tuple[Address, StopTarget]]:
    """Declared, and recorded without being declared any more."""
    for address, decision in work.executable.decisions.items():
        if KINDS[address.kind].startable:
            yield address, _target(work, address, decision)
    for address in work.executable.matches.undeclared:
        if KINDS[address.kind].startable and address in work.recorded:
            yield address, StopTarget(address.kind, frozenset({address}), work.recorded[address].remote_id)


def _target(work: Work, address: Address, decision: Decision | None = None) -> StopTarget:
    """As it is known now: what was made in this run has an id."""
    target = stop_target_of((decision or work.decision(address)).match)
    return replace(target, remote_id=work.ids.get(address, target.remote_id))


def _dialling(work: Work, address: Address) -> Iterator[StopTarget]:
    """What dials an address, declared or live."""
    target = work.ids.get(address, address)
    for other, decision in work.executable.decisions.items():
        startable = KINDS[other.kind].startable
        if startable and may_hold(decision.after.get(startable.dials), (target, address)):
            yield _target(work, other, decision)
    for kind in KINDS.values():
        for found in work.executable.live.objects(kind.name) if kind.startable else ():
            if kind.startable and may_hold(found.fields.get(kind.startable.dials), (target,)):
                yield StopTarget(kind.name, frozenset(), found.id, found.fields.get(kind.label))


def _advice(address: Address) -> str:
    return f"it is not started. Start it with --restart {argument(address)}"
