"""What the state remembers of an address: plain values, never a row, never a sensitive value."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from provisioner.apply.work import Work
from provisioner.encoding import canonical
from provisioner.model import Address, Fields, LiveObject, Recorded
from provisioner.plan.decision import Decision
from provisioner.plan.graph import dependencies
from provisioner.plan.secrets import copied, digests_of, sensitive_fields
from provisioner.plan.starts import sets_status
from provisioner.resources import KINDS


def remember(
    work: Work,
    address: Address,
    live: LiveObject,
    *,
    entry: int | None = None,
    posted: bool = False,
    unlike: Collection[str] = (),
    **notes: Any,
) -> None:
    """Record what an address is now, and settle the journal's `entry` of it: see `_record`."""
    _put(work, [_record(work, address, live, posted, unlike, notes)], entry)


def _record(
    work: Work, address: Address, live: LiveObject, posted: bool, unlike: Collection[str], notes: Mapping[str, Any]
) -> _Known:
    """What is to be recorded. `posted`: its status has been brought about; `notes` are `ignored` and `forms`.

    `unlike`: fields that are not yet as declared, recorded as they are, so that a run that dies now is not believed.
    What was noted of an object that is gone, or was replaced, is not kept.
    """
    decision = work.decision(address)
    same = decision.match.live is not None and decision.match.live.id == live.id
    old = decision.match.record if same else None
    created = old.created if old else not same or decision.match.made
    record = Recorded(
        address=address,
        remote_id=live.id,
        fields=_fields(work, decision, posted) | {name: canonical(live.fields[name]) for name in unlike},
        digests=digests_of(decision.resource, work.digester, old.digests if old else {}, _unseen(decision))
        | copied(decision.resource, work.executable.project.resources, work.digester),
        depends_on=tuple(sorted(dependencies(decision.resource, work.executable.matches.targets))),
        ignored={**(old.ignored if old else {}), **notes.get("ignored", {})},
        forms={**(old.forms if old else {}), **notes.get("forms", {})},
        created=created,
        user=live.user,
        protected=decision.resource.lifecycle.prevent_delete,
    )
    return _Known(record, old.address if old else address)


@dataclass(frozen=True, slots=True)
class _Known:
    """A record, and the address under which its object was recorded before."""

    record: Recorded
    before: Address


def settle(work: Work, skip: set[Address]) -> None:
    """After a run: addresses that took part and needed no write are recorded as they are declared now."""
    settled = []
    for address, decision in work.executable.decisions.items():
        if address in skip or not decision.chosen or decision.match.live is None or address in work.live:
            continue
        if decision.change is None or not decision.change.writes:
            posted = decision.status.finding is None
            settled.append(_record(work, address, decision.match.live, posted, (), {}))
    _put(work, settled)


def _unseen(decision: Decision) -> set[str]:
    """What nobody writes now and the server does not show: of a secret among it nothing new is known."""
    if decision.changed or decision.match.live is None:
        return set()
    return {field.name for field in KINDS[decision.address.kind].fields} - decision.match.live.fields.keys()


def _put(work: Work, found: Sequence[_Known], entry: int | None = None) -> None:
    """In one commit, which is waited for without the lock: whoever else records something then shares it.

    The steps of one address come one after another, so that nobody changes its record meanwhile.
    """
    with work.lock:
        known = {each.record.address: work.recorded.get(each.record.address) for each in found}
    records = [_merge(each.record, known[each.record.address]) for each in found]
    changed = [record for record in records if record != known[record.address]]
    moved = [each.before for each in found if each.before != each.record.address and not known[each.record.address]]
    if changed or entry is not None:
        work.store.put(*changed, settles=entry, instead_of=moved)
    with work.lock:
        for address in moved:
            work.recorded.pop(address, None)
        work.recorded.update((record.address, record) for record in records)


def _merge(record: Recorded, known: Recorded | None) -> Recorded:
    """Notes of this run survive its later steps; hashes of what is no field (its rows) are as they were noted."""
    if known is None or known.remote_id != record.remote_id:
        return record
    own = {field.name for field in KINDS[record.address.kind].fields}
    fields = {name: digest for name, digest in record.digests.items() if name in own}
    return replace(
        record,
        created=record.created or known.created,
        digests=fields | {name: digest for name, digest in known.digests.items() if name not in own},
        ignored={**known.ignored, **record.ignored},
        forms={**known.forms, **record.forms},
    )


def _fields(work: Work, decision: Decision, posted: bool) -> dict[str, Any]:
    """The declared values, those that are ignored as they were known; of what is started the status, once it is so."""
    kind, resource = KINDS[decision.address.kind], decision.resource
    hidden = sensitive_fields(decision.address, resource)
    record = work.recorded.get(decision.address) or decision.match.record
    known = record.fields if record else {}
    fields = {path: canonical(value) for path, value in resource.fields.items() if path not in hidden}
    if decision.match.live is not None:
        ignored = fields.keys() & set(resource.lifecycle.ignore_changes)
        fields = {name: value for name, value in fields.items() if name not in ignored}
        fields |= {name: known[name] for name in ignored & known.keys()}
    if decision.partly:
        waiting = {name for name in fields if decision.after.get(name) != decision.desired.get(name)}
        fields = {name: value for name, value in fields.items() if name not in waiting}
        fields |= {name: known[name] for name in waiting & known.keys()}
    if kind.startable is not None:
        fields.update(_status(decision, kind.startable.field, fields.pop(kind.startable.field, None), known, posted))
    return fields


def _status(decision: Decision, name: str, wanted: Any, known: Fields, posted: bool) -> dict[str, Any]:
    """None when nobody manages it; what was known while it is not as wanted, and of what is others' to change."""
    if name in decision.resource.lifecycle.ignore_changes and not sets_status(decision.match):
        return {name: known.get(name)}
    if posted or (decision.status.post is None and decision.status.finding is None):
        return {name: wanted}
    return {name: known[name]} if name in known else {}
