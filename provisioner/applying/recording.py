"""What the state remembers of an address: plain values, never a row, never a sensitive value."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from provisioner.applying.work import Work
from provisioner.kinds import KINDS
from provisioner.model import Address, LiveObject, Recorded
from provisioner.plain import canonical
from provisioner.planning.deciding import Decision
from provisioner.planning.order import dependencies
from provisioner.planning.seals import seals, sensitive_fields


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
    """Record what an address is now. `posted`: its status has been brought about; `notes` are `ignored` and `forms`.

    `unlike`: fields that are not yet as declared, recorded as they are, so that a run that dies now is not believed.
    What was noted of an object that is gone, or was replaced, is not kept.
    """
    decision = work.decision(address)
    same = decision.match.live is not None and decision.match.live.id == live.id
    old = decision.match.record if same else None
    created = old.created if old else not same
    record = Recorded(
        address=address,
        remote_id=live.id,
        fields=_fields(work, decision, posted) | {name: canonical(live.fields[name]) for name in unlike},
        digests=seals(decision.resource, work.seal, old.digests if old else {}),
        depends_on=tuple(sorted(dependencies(decision.resource, work.blueprint.matches.targets))),
        ignored={**(old.ignored if old else {}), **notes.get("ignored", {})},
        forms={**(old.forms if old else {}), **notes.get("forms", {})},
        created=created,
        user=live.user,
        protected=decision.resource.lifecycle.prevent_delete,
    )
    _put(work, record, old.address if old else None, entry)


def settle(work: Work, skip: set[Address]) -> None:
    """After a run: addresses that needed no write are recorded as they are declared now."""
    for address, decision in work.blueprint.decisions.items():
        if address in skip or decision.match.live is None or address in work.live:
            continue
        if decision.change is None or not decision.change.writes:
            remember(work, address, decision.match.live, posted=decision.status.finding is None)


def _put(work: Work, record: Recorded, old: Address | None, entry: int | None) -> None:
    with work.lock:
        known = work.recorded.get(record.address)
        if old is not None and old != record.address and known is None:
            work.store.forget(old)
            work.recorded.pop(old, None)
        merged = _merge(record, known) if known and known.remote_id == record.remote_id else record
        if merged != known or entry is not None:
            work.store.put(merged, settles=entry)
        work.recorded[record.address] = merged


def _merge(record: Recorded, known: Recorded) -> Recorded:
    """Notes of this run survive its later steps."""
    return replace(
        record,
        created=record.created or known.created,
        ignored={**known.ignored, **record.ignored},
        forms={**known.forms, **record.forms},
    )


def _fields(work: Work, decision: Decision, posted: bool) -> dict[str, Any]:
    """The declared values; the status only once it is so, and None when nobody manages it."""
    kind, resource = KINDS[decision.address.kind], decision.resource
    hidden = sensitive_fields(decision.address, resource)
    fields = {path: canonical(value) for path, value in resource.fields.items() if path not in hidden}
    if kind.lifecycle is not None:
        name = kind.lifecycle.field
        wanted = fields.pop(name, None)
        if posted or (decision.status.post is None and decision.status.finding is None):
            fields[name] = wanted
        elif (known := work.recorded.get(decision.address) or decision.match.record) and name in known.fields:
            fields[name] = known.fields[name]
    return fields
