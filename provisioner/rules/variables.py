"""Values in manifest shape as rules see them: plain texts and numbers, moments in the project's zone, nothing hidden.

What is empty is not there, so that `has(resource.callerid)` says whether there is one, declared or live alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

from provisioner.encoding import plain
from provisioner.model import Address, Labels
from provisioner.plan.model import Action, Calls
from provisioner.project import Safety

NO_PLAN: Mapping[str, Any] = {
    "summary": dict.fromkeys(map(str, Action), 0),
    "calls": asdict(Calls()),
    "environment": "default",
    "project": "",
    "endpoint": "",
}


def described(
    address: Address, values: Mapping[str, Any], zone: tzinfo, labels: Labels | None = None
) -> dict[str, Any]:
    """A resource with its values; `labels` None: as it was live, where it has none."""
    found = {name: each for name, value in values.items() if (each := value_of(value, zone)) is not None}
    facts = {"key": address.key, "address": str(address), "kind": address.kind}
    return {**found, **facts, **({} if labels is None else {"labels": dict(labels)})}


def value_of(value: Any, zone: tzinfo) -> Any:
    """One value; None for what is empty."""
    if isinstance(value, datetime):
        return _moment(value, zone)
    if isinstance(value, (tuple, list)):
        return [value_of(part, zone) for part in value]
    if isinstance(value, Mapping):
        return {str(name): value_of(part, zone) for name, part in value.items()}
    if isinstance(value, Safety):
        return {"from" if name == "floor" else name: limit for name, limit in asdict(value).items()}
    return plain(value)


def _moment(value: datetime, zone: tzinfo) -> datetime:
    """The same moment by the clock of the project; the library knows offsets and no names of zones."""
    local = value.astimezone(zone)
    offset = local.utcoffset() or timedelta()
    return local.astimezone(timezone(offset) if offset else UTC)
