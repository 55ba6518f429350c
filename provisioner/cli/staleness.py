"""What makes a plan stale, in words: by address, field and value, never a secret one.

What was agreed to is compared (`planning.fingerprint`); the two plans give the values, as they were and are shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from provisioner.model import SENSITIVE, FieldChange, Plan
from provisioner.planning.fingerprint import Contents
from provisioner.reports.wording import changed, harmless, worded

COUNTS = (("add", "to add"), ("change", "to change"), ("remove", "to deactivate"), ("calls", "that ring"))
NOT_NEEDED = "was planned, is no longer needed"
NOT_PLANNED = "was not planned"
Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Agreed:
    """A plan and what is agreed to with it; `statuses` are those of live objects now, by address."""

    plan: Plan
    contents: Contents
    statuses: Mapping[str, str] | None = None

    def part(self, name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.contents.get(name, {})
        return found

    def field(self, address: str, path: str) -> FieldChange | None:
        """A field as the plan shows it."""
        change = next((each for each in self.plan.changes if str(each.address) == address), None)
        return next((each for each in change.fields if each.path == path), None) if change else None


def differences(saved: Agreed, today: Agreed) -> Iterator[str]:
    """Every difference in a line of its own, the most telling first."""
    for address in sorted(saved.part("changes").keys() | today.part("changes").keys()):
        yield from _change(address, saved, today)
    yield from _rows(saved.part("rows"), today.part("rows"))
    yield from _dialled(saved.part("dialled"), today.part("dialled"))
    for name, now in today.part("calls").items():
        if (was := saved.part("calls").get(name)) != now:
            yield f"{name} that ring: {was} -> {now}"
    yield from _settings("alice.yaml", saved.part("settings"), today.part("settings"))
    for address in sorted(saved.part("own").keys() | today.part("own").keys()):
        yield from _settings(address, *(agreed.part("own").get(address, {}) for agreed in (saved, today)))


def _settings(where: str, was: Entry, now: Entry) -> Iterator[str]:
    """What it was checked, gated and would be sent by, key by key."""
    old, new = dict(_leaves(was)), dict(_leaves(now))
    for path in sorted(old.keys() | new.keys()):
        if old.get(path) != new.get(path):
            yield f"{where} {harmless(path)}: {changed(FieldChange('', old.get(path), new.get(path)))}"


def _leaves(entry: Entry, above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in entry.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _change(address: str, saved: Agreed, today: Agreed) -> Iterator[str]:
    was, now = saved.part("changes").get(address), today.part("changes").get(address)
    status = (today.statuses or {}).get(address)
    standing = f"; it is now {harmless(status)}" if status else ""
    if was is None or now is None:
        change: Entry = was or now or {}
        action = f"{change['action']}{' that rings' if change['calls'] else ''}"
        yield f"{address}: {NOT_PLANNED if was is None else NOT_NEEDED} ({action}){standing}"
        return
    for name in ("action", "id"):
        if was[name] != now[name]:
            yield f"{address}: {name} {_plain(was[name])} -> {_plain(now[name])}"
    if was["calls"] != now["calls"]:
        yield f"{address}: {'rings' if now['calls'] else 'does not ring any more'}"
    if was["status"] != now["status"]:
        yield f"{address}: is now {_plain(now['status'])}, was {_plain(was['status'])}"
    yield from _fields(address, was["fields"], now["fields"], saved, today)
    told = {path for path, _ in was["fields"].items() ^ now["fields"].items()}
    yield from _references(address, was["references"], now["references"], told)


def _fields(address: str, was: Entry, now: Entry, saved: Agreed, today: Agreed) -> Iterator[str]:
    for path in sorted(was.keys() | now.keys()):
        before, after = saved.field(address, path), today.field(address, path)
        if path not in now and before is not None:
            yield f"{address} {path}: {worded(before.after)} {NOT_NEEDED}"
        elif path not in was and after is not None:
            yield f"{address} {path}: {worded(after.after)} {NOT_PLANNED}"
        elif was.get(path) != now.get(path) and before is not None and after is not None:
            yield f"{address} {path}: {_values(before.after, after.after)}"


def _values(was: Any, now: Any) -> str:
    if was == now:
        return f"another value {SENSITIVE}" if now == SENSITIVE else f"another value than the {worded(was)} of then"
    return changed(FieldChange("", was, now))


def _references(address: str, was: Entry, now: Entry, told: set[str]) -> Iterator[str]:
    """Names that mean other objects than they did; what is written otherwise is told already."""
    for path in sorted((was.keys() | now.keys()) - told):
        old, new = was.get(path, []), now.get(path, [])
        gone, come = [each for each in old if each not in new], [each for each in new if each not in old]
        if gone != come:
            yield f"{address} {path}: means another object now: {_ids(gone)} -> {_ids(come)}"


def _ids(targets: list[Any]) -> str:
    return ", ".join(f"id {each}" if isinstance(each, int) else _plain(each) for each in targets) or "none"


def _rows(was: Entry, now: Entry) -> Iterator[str]:
    for address in sorted(was.keys() | now.keys()):
        old, new = was.get(address), now.get(address)
        if old is None or new is None:
            yield f"rows of {address}: {NOT_PLANNED if old is None else NOT_NEEDED}"
        elif old != new:
            counts = [f"{old[name]} -> {new[name]} {what}" for name, what in COUNTS if old[name] != new[name]]
            other = [f"id {_plain(old['id'])} -> {_plain(new['id'])}"] if old["id"] != new["id"] else []
            told = ", ".join([*counts, *other]) or "as many as planned, but other ones or with other values"
            yield f"rows of {address}: {told}"


def _dialled(was: Entry, now: Entry) -> Iterator[str]:
    for name in sorted(was.keys() | now.keys()):
        old, new = was.get(name, {}), now.get(name, {})
        if old.get("rows") != new.get("rows"):
            yield f"contacts to be called of {name}: {_plain(old.get('rows'))} -> {_plain(new.get('rows'))}"
        elif old != new:
            yield f"contacts to be called of {name}: as many as planned, but other ones"


def _plain(value: Any) -> str:
    return "none" if value is None else harmless(str(value))
