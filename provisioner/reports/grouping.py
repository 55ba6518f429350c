"""What is alike in a plan, said once: changes of the same fields by the same, findings of the same words.

What stands out is what does not fit, so it is shown by itself. A deletion and a replacement are in no group, nor is an
error; of what rings every address is named, up to so many, and the rest is counted with the mark. The reports for
programs and `full` group nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from provisioner.model import Finding
from provisioner.plan.model import Action, Change, FieldChange, RowChange

ALIKE = 6  # fewer are shown as they are
GROUPED = (Action.UPDATE, Action.ADOPT, Action.FORGET)
NAMED_RINGING = 50  # addresses of a group that rings which are named also where room is short

T = TypeVar("T")
Key = Callable[[T], Hashable | None]


@dataclass(frozen=True, slots=True)
class Shift:
    """A number that goes up or down by the same in each of a group."""

    path: str
    by: float


@dataclass(frozen=True, slots=True)
class Setting:
    """A field that becomes the same in each of a group, from different values; `field` is that of the first."""

    field: FieldChange

    @property
    def path(self) -> str:
        return self.field.path


Common = FieldChange | Shift | Setting


@dataclass(frozen=True, slots=True)
class AlikeGroup(Generic[T]):
    """Some that are alike, in their order."""

    members: tuple[T, ...]

    @property
    def first(self) -> T:
        return self.members[0]


def grouped(items: Sequence[T], *keys: Key[T]) -> list[T | AlikeGroup[T]]:
    """A group in the place of its first member, for as many as are alike by one of the keys, tried in their order."""
    groups: dict[int, AlikeGroup[T]] = {}
    left = list(range(len(items)))
    for key in keys:
        found: dict[Hashable, list[int]] = {}
        for index in left:
            found.setdefault(key(items[index]), []).append(index)
        many = {name: those for name, those in found.items() if name is not None and len(those) >= ALIKE}
        groups |= {those[0]: AlikeGroup(tuple(items[index] for index in those)) for those in many.values()}
        taken = {index for those in many.values() for index in those}
        left = [index for index in left if index not in taken]
    alone = set(left)
    return [groups.get(index, item) for index, item in enumerate(items) if index in groups or index in alone]


def grouped_changes(changes: Sequence[Change]) -> list[Change | AlikeGroup[Change]]:
    """By what they do to their fields; then those by what the fields are afterwards."""
    return grouped(changes, by_difference, by_result)


def grouped_findings(findings: Sequence[Finding]) -> list[Finding | AlikeGroup[Finding]]:
    """Those that hinder nothing and say the same."""
    return grouped(findings, _by_words)


def unchanged(rows: Iterable[RowChange]) -> tuple[list[RowChange], list[RowChange]]:
    """Those of rows that say something, and those that do not; of few, all."""
    told: list[RowChange] = []
    quiet: list[RowChange] = []
    for each in (every := list(rows)):
        says = each.writes or each.calls or each.invalid or each.duplicate or each.left_out
        (told if says else quiet).append(each)
    return (told, quiet) if len(quiet) >= ALIKE else (every, [])


def common(changes: Sequence[Change]) -> Iterator[Common]:
    """What is done to each field, in the words that are true for all members of a group."""
    for fields in zip(*(change.fields for change in changes), strict=True):
        yield _common(fields)


def _common(fields: Sequence[FieldChange]) -> Common:
    first = fields[0]
    if len({(repr(field.before), repr(field.after)) for field in fields}) == 1:  # as it is shown, not as it is
        return first
    by = _step(first)
    return Shift(first.path, by) if by is not None and all(_step(field) == by for field in fields) else Setting(first)


def _step(field: FieldChange) -> float | None:
    before, after = field.before, field.after
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (before, after))
    return round(after - before, 9) if numbers else None


def by_difference(change: Change) -> Hashable | None:
    """What is done to its fields."""
    return _alike(change, lambda field: _step(field) or (repr(field.before), repr(field.after)))


def by_result(change: Change) -> Hashable | None:
    """What its fields become."""
    return _alike(change, lambda field: repr(field.after)) if change.fields else None


def _alike(change: Change, done: Callable[[FieldChange], Hashable]) -> Hashable | None:
    """All that a group says of its members, or no group."""
    if change.action not in GROUPED:
        return None
    about = (change.action, change.address.kind, change.calls, change.reason, tuple(change.labels.items()))
    return (*about, tuple((field.path, done(field)) for field in change.fields))


def _by_words(finding: Finding) -> Hashable | None:
    harmless = finding.severity == "info" or finding.waived
    told = (finding.id, finding.severity, finding.waived, finding.justification, finding.message)
    return told if harmless and finding.address is not None else None
