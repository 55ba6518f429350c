"""What a reviewer agreed to, as one value and as one hash: what would be written and to what, what rings and how many.

    changes   every write: action, remote id, keyed hashes of its fields, the remote ids of what it refers to (also by
              a relation that it inherits), and the live status of what can be started
    rows      what would be sent of the rows of an address: counts, those that ring, a keyed digest, whose they are
    dialled   the rows of everything that this plan gets dialled, declared or not: how many, and a keyed digest
    calls     campaigns started, contacts newly dialled, alarms
    settings  of alice.yaml what it was checked, gated and is sent by: thresholds, severities, waivers, hours, zones
    own       the same of single resources: purpose, DNC lists, thresholds, what may not be deleted

Adopting or forgetting without a write is left out, and adopting with fields equals an update, so that the job that
applies needs no state of the job that planned. Findings and the clock are not in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from provisioner.kinds import KINDS
from provisioner.model import (
    Action,
    Address,
    Calls,
    Change,
    Policy,
    Reference,
    RowChange,
    Safety,
    Settings,
    Stretch,
    Waiver,
)
from provisioner.plain import canonical
from provisioner.planning.deciding import Decision
from provisioner.planning.seals import Key, digest
from provisioner.planning.situation import Situation
from provisioner.planning.targets import Targets

Contents = dict[str, dict[str, Any]]
LENGTH = 32  # hex digits of a field's hash
SENT_BY = ("timezone", "server_timezone", "region", "number_format")  # keys that say how a declared value is sent


def contents(
    situation: Situation, changes: Sequence[Change], rows: Sequence[RowChange], calls: Calls, key: Key
) -> Contents:
    """As a JSON value; two plans that differ here are not the same to a reviewer."""
    decisions, targets = situation.decisions, situation.matches.targets
    own = ((str(address), _own(decision, targets)) for address, decision in decisions.items())
    dialled = situation.rows.dialled.items()
    return {
        "changes": {str(c.address): _change(c, decisions.get(c.address), targets, key) for c in changes if c.writes},
        "rows": {str(each.address): _rows(each, targets) for each in rows if each.writes},
        "dialled": {_named(address): {"rows": d.rows, "digest": d.digest} for address, d in dialled},
        "calls": asdict(calls),
        "settings": _settings(situation.project.settings),
        "own": {address: settings for address, settings in own if settings},
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
        "references": _references(decision) if decision else {},
        "status": _status(change, decision, targets),
    }


def _hashed(path: str, after: Any, decision: Decision | None, key: Key) -> str:
    declared = decision.resource.fields.get(path, after) if decision else after
    return digest(canonical(declared), key)[:LENGTH]


def _references(decision: Decision) -> dict[str, list[Any]]:
    """The remote ids behind every relation, declared or inherited; of what is made by this plan the address."""
    found = {
        relation.name: decision.desired.get(relation.name) for relation in KINDS[decision.address.kind].relations()
    }
    return {path: _targets(target) for path, target in found.items() if target is not None}


def _targets(target: Any) -> list[Any]:
    return sorted({canonical(each) for each in (target if isinstance(target, tuple) else (target,))}, key=str)


def _status(change: Change, decision: Decision | None, targets: Targets) -> str | None:
    """The live status of what can be started, and whether this plan goes on where an earlier run was stopped."""
    lifecycle, remote_id = KINDS[change.address.kind].lifecycle, change.remote_id
    if lifecycle is None or remote_id is None:
        return None
    found = targets.live.find(change.address.kind, remote_id)
    live = decision.before if decision else found.fields if found else None
    status = str((live or {}).get(lifecycle.field))
    resumes = decision is not None and decision.starts and decision.status.resumes
    return f"{status}, started before" if resumes else status


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


def _settings(settings: Settings) -> dict[str, Any]:
    return {
        **{name: getattr(settings, name) for name in SENT_BY},
        "safety": _safety(settings.safety),
        "checks": dict(settings.checks),
        "waivers": _waivers(settings.waivers),
        "policies": {policy.name: _policy(policy) for policy in settings.policies},
    }


def _safety(safety: Safety) -> dict[str, int]:
    return {
        "max_update_percent": safety.max_update_percent,
        "max_remove_percent": safety.max_remove_percent,
        "from": safety.floor,
    }


def _waivers(waivers: Iterable[Waiver]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for waiver in waivers:
        found.setdefault(f"{waiver.check} of {waiver.address}", []).append(f"until {waiver.until}: {waiver.reason}")
    return {name: sorted(texts) for name, texts in found.items()}


def _policy(policy: Policy) -> dict[str, Any]:
    days = {day.isoformat(): _open(stretches) for day, stretches in policy.holidays.items()}
    hours = [_open(stretches) for stretches in policy.hours]
    texts = {"since": policy.since.isoformat(), "purposes": list(policy.purposes), "hours": hours, "holidays": days}
    return {**asdict(policy), **texts}


def _open(stretches: Iterable[Stretch]) -> str:
    return ", ".join(f"{start:%H:%M:%S}-{end:%H:%M:%S}" for start, end in stretches) or "closed"


def _own(decision: Decision, targets: Targets) -> dict[str, Any]:
    """What a resource says for checks and gates; the lists of what it refers to by their ids."""
    names, settings = KINDS[decision.address.kind].settings, decision.resource.settings
    found = {name: _setting(settings[name], targets) for name in names if name in settings}
    kept = {"lifecycle.prevent_delete": True} if decision.resource.lifecycle.prevent_delete else {}
    return {**found, **kept}


def _setting(value: Any, targets: Targets) -> Any:
    if isinstance(value, Safety):
        return _safety(value)
    if isinstance(value, Reference):
        return canonical(targets.target(value, lambda message: None))
    if isinstance(value, tuple):
        return sorted((_setting(part, targets) for part in value), key=str)
    return canonical(value)
