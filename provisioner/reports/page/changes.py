"""Changes in groups, with limits; what differs between before and after; and what depends on what.

A plan of ten thousand changes shows the first of each group in full, more of them by address, and counts the rest.
What rings comes first, then what takes away.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from provisioner.language import gettext
from provisioner.model import Address
from provisioner.plan.explain import member_change, text_change
from provisioner.plan.model import Action, Change, FieldChange, Plan
from provisioner.reports import sentences
from provisioner.reports.grouping import AlikeGroup, Common, Shift, by_difference, by_result, common, grouped
from provisioner.reports.wording import worded
from provisioner.resources.values import is_placeholder
from provisioner.sensitive import shown

DETAILED, LISTED = 100, 2000
RINGING = "rings"
ROWS, DEFERRED, UNCHANGED = "rows", "deferred", "unchanged"
SIGNS = {
    "create": "+",
    "update": "~",
    "replace": "±",
    "delete": "−",
    "adopt": ">",
    "forget": "×",
    ROWS: "≡",
    DEFERRED: "…",
    UNCHANGED: "=",
}
ORDER = (Action.DELETE, Action.REPLACE, Action.UPDATE, Action.CREATE, Action.ADOPT, Action.FORGET)


@dataclass(frozen=True, slots=True)
class Numbered:
    """A change and its number in the order of apply."""

    number: int
    change: Change


@dataclass(frozen=True, slots=True)
class SharedChange:
    """Changes that are said once: the first of them, all addresses, and what is done to each field."""

    number: int
    change: Change
    addresses: tuple[Address, ...]
    fields: tuple[FieldRow, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Changes of one action, or all that ring: alike ones, others in full, by address alone, and how many more."""

    name: str
    count: int
    alike: tuple[SharedChange, ...]
    detailed: tuple[Numbered, ...]
    listed: tuple[Numbered, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Dependent:
    """An address, what is done to it, and what must be there before it."""

    address: Address
    action: str
    needs: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text; `mark` is "" where both sides are alike, else `gone` or `new`."""

    text: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One value: pieces of text; a list is one entry of pieces for each of its parts. `special`: stands for a value."""

    entries: tuple[tuple[Piece, ...], ...]
    special: bool = False


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One line of a change's table."""

    path: str
    before: Shown
    after: Shown


def groups(changes: Sequence[Change]) -> tuple[Group, ...]:
    """Every change in one group, in the order of apply inside it."""
    found: dict[str, list[Numbered]] = {name: [] for name in (RINGING, *ORDER)}
    for number, change in enumerate(changes, 1):
        found[RINGING if change.calls else change.action].append(Numbered(number, change))
    return tuple(_group(name, members) for name, members in found.items() if members)


def _group(name: str, members: Sequence[Numbered]) -> Group:
    items = grouped(members, *(partial(_numbered_by, key) for key in (by_difference, by_result)))
    alike = tuple(_alike(item.members) for item in items if isinstance(item, AlikeGroup))
    alone = tuple(item for item in items if isinstance(item, Numbered))
    shown = DETAILED + LISTED
    return Group(name, len(members), alike, alone[:DETAILED], alone[DETAILED:shown], max(0, len(alone) - shown))


def _numbered_by(key: Callable[[Change], Hashable | None], each: Numbered) -> Hashable | None:
    return key(each.change)


def _alike(members: Sequence[Numbered]) -> SharedChange:
    changes = [each.change for each in members]
    addresses = tuple(change.address for change in changes)
    return SharedChange(members[0].number, changes[0], addresses, tuple(map(_common_row, common(changes))))


def _common_row(field: Common) -> FieldRow:
    """One field of several changes; where they had different values before, these are not shown."""
    if isinstance(field, FieldChange):
        return next(field_rows([field]))
    told = sentences.step(field.by) if isinstance(field, Shift) else sentences.setting(worded(shown(field.field.after)))
    return FieldRow(field.path, _special_one(gettext("different")), _special_one(told))


def _special_one(text: str) -> Shown:
    return Shown(((Piece(text),),), special=True)


def dependents(plan: Plan) -> tuple[Dependent, ...]:
    """Everything in a plan that needs something, by address."""
    done = _done_to(plan)
    needs: dict[Address, list[Address]] = {}
    for link in sorted(plan.links):
        needs.setdefault(link.address, []).append(link.needs)
    return tuple(Dependent(address, done.get(address, UNCHANGED), tuple(those)) for address, those in needs.items())


def _done_to(plan: Plan) -> dict[Address, str]:
    """What the plan does to each address that it touches; an action, or `rows` or `deferred`."""
    found = {rows.address: ROWS for rows in plan.rows if rows.writes}
    found |= {each.address: DEFERRED for each in plan.deferred}
    return found | {change.address: change.action.value for change in plan.changes}


def field_rows(fields: Iterable[FieldChange]) -> Iterator[FieldRow]:
    """The fields of a change, with what differs marked."""
    for field in fields:
        before, after = _sides(shown(field.before), shown(field.after))
        yield FieldRow(field.path, before, after)


def _sides(before: Any, after: Any) -> tuple[Shown, Shown]:
    if _special(before) or _special(after):
        return _whole(before), _whole(after)
    if isinstance(before, tuple | list) and isinstance(after, tuple | list):
        return _lists(before, after)
    if isinstance(before, str) and isinstance(after, str):
        return _texts(before, after)
    return Shown(((Piece(_text(before), "gone"),),)), Shown(((Piece(_text(after), "new"),),))


def _special(value: Any) -> bool:
    return value is None or is_placeholder(value)


def _whole(value: Any) -> Shown:
    if _special(value):
        return Shown(((Piece(worded(value)),),), special=True)
    if isinstance(value, tuple | list):
        return Shown(tuple((Piece(_text(part)),) for part in value))
    return Shown(((Piece(_text(value)),),))


def _lists(before: Iterable[Any], after: Iterable[Any]) -> tuple[Shown, Shown]:
    old, new = [_text(part) for part in before], [_text(part) for part in after]
    change = member_change(old, new)
    return _marked(old, change.gone, "gone"), _marked(new, change.come, "new")


def _marked(parts: Iterable[str], differing: Collection[str], mark: str) -> Shown:
    return Shown(tuple((Piece(part, mark if part in differing else ""),) for part in parts))


def _texts(before: str, after: str) -> tuple[Shown, Shown]:
    """Two texts, with the words that differ marked."""
    parts = text_change(before, after)
    return (
        Shown((tuple(Piece(part.before, "" if part.alike else "gone") for part in parts if part.before),)),
        Shown((tuple(Piece(part.after, "" if part.alike else "new") for part in parts if part.after),)),
    )


def _text(value: Any) -> str:
    """A text as it is; else as in a manifest."""
    return value if isinstance(value, str) else worded(value)
