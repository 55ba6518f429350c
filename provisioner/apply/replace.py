"""Replacing an object that was never started (create, verify, delete the old one, rename), and deleting any.

A kill after any request loses nothing: the temporary name says what the new object replaces, the record follows the
moment the old one is gone, and a missing rename is an ordinary update of the next run. Deleting goes on until it is
certain that the object is gone; a repeat finds nothing and does no harm. See docs/guides/rename-delete-replace.md.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from provisioner.apply.create import create_object
from provisioner.apply.in_flight import entry_of, send
from provisioner.apply.record import remember
from provisioner.apply.update import put_fields
from provisioner.apply.work import StepFailed, StepUnknown, Work, explain
from provisioner.apply.write import compare, differing, fields_ready
from provisioner.errors import Forbidden, ObjectMissing, ProvisionerError, RouteMissing
from provisioner.language import gettext
from provisioner.model import Address, LiveObject
from provisioner.plan.decision import Decision
from provisioner.plan.successors import label, retired_name, temporary_name
from provisioner.resources import KINDS, Kind

ATTEMPTS = 3


def replace(work: Work, address: Address) -> str:
    """Carry out a replacement and return what to say about it; raises StepFailed or StepUnknown."""
    decision = work.decision(address)
    try:
        return _replace(work, decision, KINDS[address.kind])
    except (StepFailed, StepUnknown):
        raise
    except ProvisionerError as error:
        raise StepFailed(explain(work, error, decision.resource), id=error.id) from error


def _replace(work: Work, decision: Decision, kind: Kind) -> str:
    old, name = decision.match.live, label(kind).name
    assert old is not None
    fields = fields_ready(work, decision)
    temporary = {**fields, name: temporary_name(kind, fields[name], old.id)}
    new = _unfinished(work, kind, temporary[name]) or create_object(work, decision, kind, temporary)
    _demand_equal(work, decision, kind, temporary, new)
    deleted = delete(work, kind, decision.address, old.id)
    if not deleted:
        _retire(work, decision, kind, old, new.id)
    work.learn(decision.address, new)
    remember(work, decision.address, new)
    after = put_fields(work, decision.address, kind, new, fields, {name: fields[name]}).live
    work.learn(decision.address, after)
    compare(work, decision, kind, {name: fields[name]}, new, after)
    if deleted:
        return ""
    return gettext("the server refuses to delete the old one: it is left in place (id {id})", id=str(old.id))


def _unfinished(work: Work, kind: Kind, name: str) -> LiveObject | None:
    """The new object of an earlier run that was interrupted, or whose answer was lost."""
    found = [o for o in work.reader.fresh(kind).objects if o.fields.get(label(kind).name) == name]
    if len(found) > 1:
        ids = ", ".join(str(each.id) for each in found)
        raise StepUnknown(
            f"several objects were made to replace it (ids {ids}): delete all but one in Alice's web page"
        )
    return found[0] if found else None


def _demand_equal(work: Work, decision: Decision, kind: Kind, sent: dict[str, object], new: LiveObject) -> None:
    """Nothing is deleted before the new one is as declared; one that is not is taken away again."""
    wrong = sorted(differing(kind, sent, new))
    if wrong:
        delete(work, kind, decision.address, new.id)
        raise StepFailed(f"the server does not keep {', '.join(wrong)} in a new object either: the old one stays")


def _retire(work: Work, decision: Decision, kind: Kind, old: LiveObject, new_id: int) -> None:
    """An old object that cannot be deleted gives its name up, or no later run could tell the two apart."""
    name = label(kind).name
    retired = {name: retired_name(kind, old.fields[name], new_id)}
    put_fields(work, decision.address, kind, old, retired, retired)


def delete(work: Work, kind: Kind, address: Address, remote_id: int) -> bool:
    """Delete an object of an address; False when the server refuses to. Raises StepFailed when it is still there."""
    for _ in range(ATTEMPTS):
        entry = entry_of(work, address, kind, "DELETE", [remote_id])
        try:
            gone = send(work, entry, partial(_delete, work, kind, remote_id), partial(_gone, work, kind, remote_id))
        except (Forbidden, RouteMissing):
            return False
        if gone.found:
            return True
    raise StepFailed("the server lost every request to delete it: run again")


def _delete(work: Work, kind: Kind, remote_id: int) -> bool:
    with suppress(ObjectMissing):  # somebody else was faster, which is all we want
        work.client.delete(kind.path, remote_id)
    return True


def _gone(work: Work, kind: Kind, remote_id: int) -> bool | None:
    return True if work.reader.look(kind, remote_id) is None else None
