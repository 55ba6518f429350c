"""Posting a status and seeing it take effect.

A stop is posted until it shows: twice is harmless. A start is posted only while the object reads as it did when that
was decided and nobody has stopped it, both looked at right before; it is posted once, because an answer that was lost
may hide a start that somebody has stopped again.
"""

from __future__ import annotations

from functools import partial

from provisioner.apply import stops
from provisioner.apply.in_flight import entry_of, send
from provisioner.apply.record import remember
from provisioner.apply.work import StepFailed, Work, explain
from provisioner.errors import ProvisionerError
from provisioner.model import Address, LiveObject, Unknown
from provisioner.resources import KINDS, Kind

ATTEMPTS = 3


def post_status(work: Work, address: Address) -> None:
    """Bring about the status the plan says; StepFailed when the server does not show it, or somebody stopped it."""
    decision, startable = work.decision(address), KINDS[address.kind].as_startable
    wanted, found = str(decision.status.post), decision.match.live
    try:
        if wanted == startable.running:
            planned = found.fields.get(startable.field) if found else startable.initial
            live = start(work, address, work.ids[address], planned)
            stops.lift(work, address)
        else:
            live = bring_about(work, address, work.ids[address], wanted)
    except StepFailed:
        raise
    except ProvisionerError as error:
        raise StepFailed(explain(work, error, decision.resource), id=error.id) from error
    work.learn(address, live)
    remember(work, address, live, posted=True)


def start(work: Work, address: Address, remote_id: int, planned: object) -> LiveObject:
    """Start it if it reads `planned` still and nobody has stopped it; the object as it runs.

    Raises StepFailed, ApiError. A stop that comes while the request is under way may have been overtaken by it: then it
    is stopped again.
    """
    kind = KINDS[address.kind]
    startable = kind.as_startable
    shown = _unless_changed(work, kind, remote_id, planned)
    if shown is not None:
        return shown

    def post() -> LiveObject | None:
        stops.refuse_start(work, address)
        _post(work, kind, remote_id, startable.running)
        return _wait(work, kind, remote_id, startable.running)

    entry = entry_of(work, address, kind, "STATUS", [remote_id])
    shown = send(work, entry, post, partial(shows, work, kind, remote_id, startable.running)).found
    _stop_again(work, address, remote_id)
    if shown is None:
        raise StepFailed(f"the server does not show the status {startable.running}: run again, or look at its status")
    return shown


def bring_about(work: Work, address: Address, remote_id: int, wanted: str) -> LiveObject:
    """Post a status that dials nobody until the server shows it; the object then. Raises StepFailed, ApiError."""
    kind = KINDS[address.kind]
    request = lambda: _post(work, kind, remote_id, wanted)  # noqa: E731
    for _ in range(ATTEMPTS):
        entry = entry_of(work, address, kind, "STATUS", [remote_id])
        if send(work, entry, request, lambda: shows(work, kind, remote_id, wanted) and True).found is None:
            continue
        shown = _wait(work, kind, remote_id, wanted)
        if shown is not None:
            return shown
        raise StepFailed(f"the server accepted the status {wanted} but does not show it")
    raise StepFailed(f"the server lost every request for the status {wanted}: run again")


def _post(work: Work, kind: Kind, remote_id: int, wanted: str) -> bool:
    startable = kind.as_startable
    field = kind.field(startable.field)
    work.client.post(f"{kind.path}/{remote_id}/{startable.path}", {field.name: field.encode(wanted)})
    return True


def _unless_changed(work: Work, kind: Kind, remote_id: int, planned: object) -> LiveObject | None:
    """None if it reads as planned, itself if it runs already or has finished; StepFailed for whatever else it reads."""
    startable, live = kind.as_startable, work.reader.one(kind, remote_id)
    status = live.fields.get(startable.field) if live is not None else None
    if live is not None and status in (startable.running, *startable.finished):
        return live
    if status is None or (isinstance(status, Unknown) and status != planned):
        raise StepFailed("its status cannot be read right before the start: it is not started, run again")
    if planned is not None and status != planned:
        raise StepFailed(
            f"reads {status} now and read {planned} before: it was stopped in the meantime, so it is not started"
        )
    return None


def _stop_again(work: Work, address: Address, remote_id: int) -> None:
    """Whoever stopped it while it was being started may have been too early for the server, and is right."""
    if stops.stopped(work, address) is not None:
        bring_about(work, address, remote_id, KINDS[address.kind].as_startable.pause)
        stops.refuse_start(work, address)


def _wait(work: Work, kind: Kind, remote_id: int, wanted: str) -> LiveObject | None:
    """Poll until the status shows; some servers change it a moment later."""
    waited = 0.0
    while (shown := shows(work, kind, remote_id, wanted)) is None and waited < work.patience.status:
        work.sleep(work.patience.poll)
        waited += work.patience.poll
    return shown


def shows(work: Work, kind: Kind, remote_id: int, wanted: str) -> LiveObject | None:
    """The object once it has the status, or one that it turns into by itself."""
    startable, live = kind.startable, work.reader.one(kind, remote_id)
    if startable is None or live is None:
        return None
    status = live.fields.get(startable.field, wanted)
    return live if status == wanted or (wanted == startable.running and status in startable.finished) else None
