"""Deleting one object, until it is certain that it is gone. A repeat does no harm: the second one finds nothing."""

from __future__ import annotations

from provisioner.applying.lookup import eventually
from provisioner.applying.work import StepFailed, Work
from provisioner.errors import Forbidden, ObjectMissing, OutcomeUnknown, RouteMissing
from provisioner.kinds import Kind
from provisioner.model import Address
from provisioner.state import Entry

ATTEMPTS = 3


def delete(work: Work, kind: Kind, address: Address, remote_id: int) -> bool:
    """Delete an object of an address; False when the server refuses to. Raises StepFailed when it is still there."""
    for _ in range(ATTEMPTS):
        entry = work.store.begin(_entry(work, kind, address, remote_id))
        try:
            work.client.delete(kind.path, remote_id)
        except ObjectMissing:
            pass  # somebody else was faster, which is all we want
        except (Forbidden, RouteMissing):
            work.store.settle(entry)
            return False
        except OutcomeUnknown as lost:
            if not eventually(work, lost, lambda: work.reader.look(kind, remote_id) is None):
                work.store.settle(entry)
                continue
        work.store.settle(entry)
        return True
    raise StepFailed("the server lost every request to delete it: run again")


def _entry(work: Work, kind: Kind, address: Address, remote_id: int) -> Entry:
    return Entry(address, kind.name, "DELETE", kind.path, work.now(), work.patience.read_timeout, (remote_id,))
