"""How much of a plan is shown, everything in full length or what a person can read, and in which colours.

A concise report of a big plan shows the first few of what looks alike and counts the rest; what destroys or failed is
never among the rest. Whether there are colours is decided by who knows where the text goes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Generic, TypeVar

from provisioner.plan.model import FieldChange
from provisioner.reports import wording

T = TypeVar("T")
G = TypeVar("G", bound=Hashable)

MANY = 50
FEW = 10
EXPLAINED = 300
NAMED = 5

CODES = {"bold": 1, "dim": 2, "red": 31, "green": 32, "yellow": 33, "magenta": 35, "cyan": 36}

Paint = Callable[[str, str], str]
Wording = Callable[[FieldChange], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Detail:
    """`many` is how long a list may be before it is folded, None: any; `created` and `changed` word a field.

    `plain` words a changed one without saying in what it differs, which takes up to a millisecond. `groups`: what is
    alike is said once (`grouping`), with so many `named` by address.
    """

    many: int | None
    created: Wording
    changed: Wording
    plain: Wording
    groups: bool = False
    named: int = 0

    def within(self, number: int) -> Detail:
        """For so many changes."""
        return self if number <= EXPLAINED else replace(self, changed=self.plain)


def whole(longest: int | None) -> Detail:
    """Nothing is folded, and no text cut that is not longer than this."""
    created, changed = partial(wording.created_whole, longest=longest), partial(wording.changed_whole, longest=longest)
    return Detail(None, created, changed, partial(wording.changed_plain, longest=longest))


CONCISE = Detail(
    MANY,
    lambda field: (wording.created(field),),
    lambda field: (wording.changed(field),),
    partial(wording.changed_plain, longest=wording.LONGEST),
    groups=True,
    named=NAMED,
)
FULL = whole(None)


@dataclass(frozen=True, slots=True)
class Folded(Generic[T, G]):
    """What is shown, in order, and what is left out by what it has in common, in order too."""

    shown: tuple[T, ...]
    rest: dict[G, tuple[T, ...]]


def fold(items: Iterable[T], alike: Callable[[T], G | None], many: int | None) -> Folded[T, G]:
    """The first few of each group of a list that is too long; an item without a group (None) is always shown."""
    every = tuple(items)
    if many is None or len(every) <= many:
        return Folded(every, {})
    seen: Counter[G] = Counter()
    shown: list[T] = []
    rest: dict[G, list[T]] = {}
    for item in every:
        group = alike(item)
        if group is None or seen[group] < FEW:
            shown.append(item)
        else:
            rest.setdefault(group, []).append(item)
        if group is not None:
            seen[group] += 1
    return Folded(tuple(shown), {group: tuple(left) for group, left in rest.items()})


def paint(colour: bool) -> Paint:
    """A function from a colour's name and a text to the text in that colour, or to the text alone."""
    return _coloured if colour else _plain


def _coloured(name: str, text: str) -> str:
    return f"\x1b[{CODES[name]}m{text}\x1b[0m" if name in CODES else text


def _plain(name: str, text: str) -> str:
    return text
