"""What a reviewer agreed to, as one value and as one hash: what would be written and to what, what rings and how many.

    changes   every write: action, remote id, keyed hashes of its fields, the remote ids of what it refers to,
              and of a start the live status that it goes by
    rows      what would be sent of the rows of an address: counts, those that ring, a keyed digest, whose they are
    dialled   the rows of everything that this plan gets dialled, declared or not: how many, and a keyed digest
    calls     campaigns started, contacts newly dialled, alarms

Adopting or forgetting without a write is left out, and adopting with fields equals an update, so that the job that
applies needs no state of the job that planned. Findings and the clock are not in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from provisioner.kinds import KINDS
from provisioner.model import Action, Address, Calls, Change, RowChange
from provisioner.plain import canonical
from provisioner.planning.deciding import Decision
from provisioner.planning.seals import Key, digest
from provisioner.planning.situation import Dialled
from provisioner.planning.targets import Targets

Contents = dict[str, dict[str, Any]]
LENGTH = 32  # hex digits of a field's hash


def contents(
    changes: Sequence[Change],
    rows: Sequence[RowChange],
    decisions: Mapping[Address, Decision],
    targets: Targets,
    dialled: Mapping[Address, Dialled],
    calls: Calls,
    key: Key,
) -> Contents:
    """As a JSON value; two plans that differ here are not the same to a reviewer."""
    return {
        "changes": {str(c.address): _change(c, decisions.get(c.address), targets, key) for c in changes if c.writes},
        "rows": {str(each.address): _rows(each, targets) for each in rows if each.writes},
        "dialled": {_named(address): {"rows": d.rows, "digest": d.digest} for address, d in dialled.items()},
        "calls": asdict(calls),
    }


def fingerprint(contents: Contents) -> str:
    """The hash over all of it, in any order."""
    return hashlib.sha256(json.dumps(contents, sort_keys=True).encode()).hexdigest()


def _change(change: Change, decision: Decision | None, targets: Targets, key: Key) -> dict[str, Any]:
    action = Action.UPDATE if change.action is Action.ADOPT else change.action
    return {
        "action": action.value,
        "id": change.remote_id,
        "calls": change.calls,
        "fields": {each.path: _hashed(each.path, each.after, decision, key) for each in change.fields},
        "references": _references(decision, targets) if decision else {},
        "starts_from": _start(decision) if decision else None,
    }


def _hashed(path: str, after: Any, decision: Decision | None, key: Key) -> str:
    declared = decision.resource.fields.get(path, after) if decision else after
    return digest(canonical(declared), key)[:LENGTH]


def _references(decision: Decision, targets: Targets) -> dict[str, list[Any]]:
    """The remote ids behind everything that a resource mentions; of what is made by this plan the address."""
    found: dict[str, list[Any]] = {}
    for path, reference in decision.resource.mentions():
        target = targets.target(reference, lambda message: None)
        found.setdefault(path, []).append(canonical(target))
    return {path: sorted(ids, key=str) for path, ids in found.items()}


def _start(decision: Decision) -> str | None:
    """The live status that a start goes by, and whether it goes on where an earlier run was stopped."""
    lifecycle = KINDS[decision.address.kind].lifecycle
    if lifecycle is None or decision.status.post != lifecycle.running or decision.before is None:
        return None
    status = str(decision.before.get(lifecycle.field))
    return f"{status}, started before" if decision.status.resumes else status


def _rows(rows: RowChange, targets: Targets) -> dict[str, Any]:
    return {
        "id": targets.ids.get(rows.address),
        "add": rows.add,
        "change": rows.change,
        "remove": rows.remove,
        "calls": rows.calls,
        "digest": rows.digest,
    }


def _named(address: Address) -> str:
    """What is not declared here goes by its id."""
    return f"{address.kind} with id {address.key[1:]}" if address.key.startswith("#") else str(address)
