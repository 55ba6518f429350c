"""What makes a plan file stale: what was agreed to against what would be done now, in lines for people.

Compared is what fingerprints are made of (`plan.build`), of which `plan.explain` says what differs. The values are
those that the two plans show, never a secret one. Only as much is explained as is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from provisioner.model import SENSITIVE
from provisioner.plan.build import Contents
from provisioner.plan.explain import leaves, member_change
from provisioner.plan.model import FieldChange, Plan
from provisioner.reports.wording import changed, harmless, worded

SHOWN = 10
COUNTS = (("add", "to add"), ("change", "to change"), ("remove", "to deactivate"), ("calls", "that ring"))
NOT_NEEDED = "was planned, is no longer needed"
NOT_PLANNED = "was not planned"
Entry = Mapping[str, Any]
NOTHING: Entry = {}


@dataclass(frozen=True, slots=True)
class ReviewedPlan:
    """A plan and what is agreed to with it; `statuses` are those of live objects now, by address."""

    plan: Plan
    contents: Contents
    statuses: Mapping[str, str] | None = None

    def part(self, name: str) -> Entry:
        return self.contents.get(name, NOTHING)

    def field(self, address: str, path: str) -> FieldChange | None:
        """A field as the plan shows it."""
        change = next((each for each in self.plan.changes if str(each.address) == address), None)
        return next((each for each in change.fields if each.path == path), None) if change else None


def differences(saved: ReviewedPlan, today: ReviewedPlan) -> list[str]:
    """The first differences in a line each, the most telling first, and how much else there is."""
    told: list[str] = []
    places = list(_places(saved, today))
    for number, (part, name) in enumerate(places):
        told += _told(part, name, saved, today)
        more = len(told) - SHOWN + len(places) - number - 1
        if len(told) >= SHOWN and more > 0:
            return [*told[:SHOWN], f"and {more:,} more"]
    return told


def _places(saved: ReviewedPlan, today: ReviewedPlan) -> Iterator[tuple[str, str]]:
    """What differs at all: (part of the contents, name in it)."""
    for part in ("changes", "rows", "dialled", "calls", "settings", "own"):
        was, now = saved.part(part), today.part(part)
        yield from ((part, name) for name in sorted(was.keys() | now.keys()) if was.get(name) != now.get(name))


def _told(part: str, name: str, saved: ReviewedPlan, today: ReviewedPlan) -> Iterator[str]:
    was, now = saved.part(part).get(name), today.part(part).get(name)
    if part == "changes":
        return _change(name, was, now, saved, today)
    if part == "rows":
        return _rows(name, was, now)
    if part == "dialled":
        return _dialled(name, was or NOTHING, now or NOTHING)
    if part == "calls":
        return iter([f"{name} that ring: {was} -> {now}"])
    if part == "own":
        return _settings(name, was or NOTHING, now or NOTHING)
    return _settings("alice.yaml", {name: was}, {name: now})


def _settings(where: str, was: Entry, now: Entry) -> Iterator[str]:
    """What it was checked, gated and would be sent by, key by key."""
    for path, (old, new) in leaves(was, now).items():
        yield f"{where} {harmless('.'.join(path))}: {changed(FieldChange('', old, new))}"


def _change(
    address: str, was: Entry | None, now: Entry | None, saved: ReviewedPlan, today: ReviewedPlan
) -> Iterator[str]:
    if was is None or now is None:
        change: Entry = was or now or NOTHING
        status = (today.statuses or {}).get(address)
        standing = f"; it is now {harmless(status)}" if status else ""
        action = f"{change['action']}{' that rings' if change['calls'] else ''}"
        yield f"{address}: {NOT_PLANNED if was is None else NOT_NEEDED} ({action}){standing}"
        return
    found = leaves(was, now)
    for path, (old, new) in found.items():
        if path[0] == "fields":
            yield from _field(address, path[1], saved.field(address, path[1]), today.field(address, path[1]))
        elif path[0] == "references":
            # names that mean other objects than they did; what is written otherwise is told already
            yield from _reference(address, path[1], old, new) if ("fields", path[1]) not in found else ()
        else:
            yield f"{address}: {_fact(path[0], old, new)}"


def _fact(name: str, old: Any, new: Any) -> str:
    if name == "calls":
        return "rings" if new else "does not ring any more"
    if name == "status":
        return f"is now {_plain(new)}, was {_plain(old)}"
    return f"{name} {_plain(old)} -> {_plain(new)}"


def _field(address: str, path: str, before: FieldChange | None, after: FieldChange | None) -> Iterator[str]:
    if before is not None and after is not None:
        yield f"{address} {path}: {_values(before.after, after.after)}"
    elif shown := before or after:
        yield f"{address} {path}: {worded(shown.after)} {NOT_PLANNED if before is None else NOT_NEEDED}"


def _values(was: Any, now: Any) -> str:
    if was == now:
        return f"another value {SENSITIVE}" if now == SENSITIVE else f"another value than the {worded(was)} of then"
    return changed(FieldChange("", was, now))


def _reference(address: str, path: str, was: list[Any] | None, now: list[Any] | None) -> Iterator[str]:
    change = member_change(*([_id(each) for each in targets or ()] for targets in (was, now)))
    if change.gone or change.come:
        gone, come = (", ".join(each) or "none" for each in (change.gone, change.come))
        yield f"{address} {path}: means another object now: {gone} -> {come}"


def _id(target: Any) -> str:
    return f"id {target}" if isinstance(target, int) else _plain(target)


def _rows(address: str, was: Entry | None, now: Entry | None) -> Iterator[str]:
    if was is None or now is None:
        yield f"rows of {address}: {NOT_PLANNED if was is None else NOT_NEEDED}"
        return
    found = {path[0]: pair for path, pair in leaves(was, now).items()}
    counts = [f"{found[name][0]} -> {found[name][1]} {what}" for name, what in COUNTS if name in found]
    other = [f"id {_plain(found['id'][0])} -> {_plain(found['id'][1])}"] if "id" in found else []
    told = ", ".join([*counts, *other]) or "as many as planned, but other ones or with other values"
    yield f"rows of {address}: {told}"


def _dialled(name: str, was: Entry, now: Entry) -> Iterator[str]:
    rows = leaves(was, now).get(("rows",))
    told = f"{_plain(rows[0])} -> {_plain(rows[1])}" if rows else "as many as planned, but other ones"
    yield f"contacts to be called of {name}: {told}"


def _plain(value: Any) -> str:
    return "none" if value is None else harmless(str(value))
