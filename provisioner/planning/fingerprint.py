"""What a reviewer approved, as one hash: addresses, fields, rows and status that would be written, nothing else.

Adopting or forgetting without a write is left out, and adopting with fields equals an update, so that the job that
applies needs no state of the job that planned. Sensitive values enter as keyed hashes (design, section 4).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from provisioner.kinds import KINDS
from provisioner.model import Action, Address, Change, FieldChange, RowChange
from provisioner.plain import canonical
from provisioner.planning.deciding import Decision
from provisioner.planning.seals import Key, digest


def contents(
    changes: Sequence[Change], rows: Iterable[RowChange], decisions: Mapping[Address, Decision], key: Key
) -> dict[str, str]:
    """One hash per written address and per written row set; two plans that differ here would write differently."""
    parts = {str(c.address): digest(_change(c, decisions.get(c.address), key), key) for c in changes if c.writes}
    parts.update({f"rows of {r.address}": digest(_rows(r), key) for r in rows if r.writes})
    return parts


def fingerprint(parts: Mapping[str, str]) -> str:
    """The hash over all parts, in any order."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _change(change: Change, decision: Decision | None, key: Key) -> list[Any]:
    action = Action.UPDATE if change.action is Action.ADOPT else change.action
    return [str(change.address), action.value, sorted(_field(f, change, decision, key) for f in change.fields)]


def _field(field: FieldChange, change: Change, decision: Decision | None, key: Key) -> list[str]:
    declared = decision.resource.fields.get(field.path, field.after) if decision else field.after
    value = json.dumps(canonical(declared), sort_keys=True)
    return [field.path, digest(value, key) if _masked(change, decision, field.path) else value]


def _masked(change: Change, decision: Decision | None, path: str) -> bool:
    declared = next((f for f in KINDS[change.address.kind].fields if f.name == path), None)
    return bool(declared and declared.sensitive) or bool(decision and path in decision.resource.sensitive)


def _rows(rows: RowChange) -> list[Any]:
    return [str(rows.address), rows.add, rows.change, rows.remove, rows.digest]
