"""Posting a status and seeing it take effect. Posting the same one twice does no harm, so a lost answer is repeated."""

from __future__ import annotations

from provisioner.applying.flight import entry_of
from provisioner.applying.lookup import eventually
from provisioner.applying.recording import remember
from provisioner.applying.work import StepFailed, Work, explain
from provisioner.errors import OutcomeUnknown, ProvisionerError
from provisioner.kinds import KINDS, Kind
from provisioner.model import Address, LiveObject

ATTEMPTS = 3


def post_status(work: Work, address: Address) -> None:
    """Bring about the status the plan says; StepFailed when the server does not show it."""
    decision = work.decision(address)
    try:
        live = bring_about(work, address, work.ids[address], str(decision.status.post))
    except ProvisionerError as error:
        raise StepFailed(explain(error, decision.resource)) from error
    work.learn(address, live)
    remember(work, address, live, posted=True)


def bring_about(work: Work, address: Address, remote_id: int, wanted: str) -> LiveObject:
    """Post a status until the server shows it; the object as it is then. Raises StepFailed, ApiError."""
    kind = KINDS[address.kind]
    lifecycle = kind.lifecycle
    assert lifecycle is not None
    body = {lifecycle.field: kind.field(lifecycle.field).encode(wanted)}
    for _ in range(ATTEMPTS):
        entry = work.store.begin(entry_of(work, address, kind, "STATUS", frozenset({remote_id})))
        try:
            work.client.post(f"{kind.path}/{remote_id}/{lifecycle.path}", body)
        except OutcomeUnknown as lost:
            seen = eventually(work, lost, lambda: _shows(work, kind, remote_id, wanted) is not None)
            work.store.settle(entry)
            if not seen:
                continue
        except ProvisionerError:
            work.store.settle(entry)
            raise
        work.store.settle(entry)
        shown = _wait(work, kind, remote_id, wanted)
        if shown is not None:
            return shown
        raise StepFailed(f"the server accepted the status {wanted} but does not show it")
    raise StepFailed(f"the server lost every request for the status {wanted}: run again")


def _wait(work: Work, kind: Kind, remote_id: int, wanted: str) -> LiveObject | None:
    """Poll until the status shows; some servers change it a moment later."""
    waited = 0.0
    while (shown := _shows(work, kind, remote_id, wanted)) is None and waited < work.patience.status:
        work.sleep(work.patience.poll)
        waited += work.patience.poll
    return shown


def _shows(work: Work, kind: Kind, remote_id: int, wanted: str) -> LiveObject | None:
    """The object once it has the status, or one that it turns into by itself."""
    lifecycle, live = kind.lifecycle, work.reader.one(kind, remote_id)
    if lifecycle is None or live is None:
        return None
    status = live.fields.get(lifecycle.field, wanted)
    return live if status == wanted or (wanted == lifecycle.running and status in lifecycle.finished) else None
