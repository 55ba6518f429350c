"""In what two values differ, for people. `==` has decided that they do; deepdiff explains it, and decides nothing.

Only pairs that differ come here, as they are shown: no rows, and of what is hidden its stand-in. deepdiff takes 0.2 s
to load, so that is left until there is something to explain, and up to a millisecond for a pair.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, groupby, takewhile
from typing import Any

from provisioner.sensitive import shown

MOST_PARTS = 2000  # words, or lines, that are compared one with another

_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@")

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of two texts: alike in both, or what stands in place of what."""

    before: str
    after: str

    def __bool__(self) -> bool:
        return bool(self.before or self.after)

    @property
    def alike(self) -> bool:
        return self.before == self.after


@dataclass(frozen=True, slots=True)
class MemberChange:
    """The members that a list loses and gets, each once, in the order of the list; neither: in another order."""

    gone: tuple[str, ...]
    come: tuple[str, ...]


def member_change(before: Sequence[str], after: Sequence[str]) -> MemberChange:
    """Of two lists of texts; a member that is there more often than before has come."""
    from deepdiff import DeepDiff

    old, new = Counter(before), Counter(after)
    differing = DeepDiff(old, new, threshold_to_diff_deeper=0).affected_root_keys
    gone = tuple(member for member in old if member in differing and old[member] > new[member])
    come = tuple(member for member in new if member in differing and new[member] > old[member])
    return MemberChange(gone, come)


def text_change(before: str, after: str) -> tuple[Passage, ...]:
    """Two texts side by side, passage by passage; no word is cut. Very long ones are compared by lines."""
    old, new = _WORD.findall(shown(before)), _WORD.findall(shown(after))
    if len(old) + len(new) > MOST_PARTS:
        return line_change(before, after)
    return tuple(_whole_words(_joined_alike(_passages(old, new))))


def line_change(before: str, after: str) -> tuple[Passage, ...]:
    """The same by whole lines, each with its end."""
    return tuple(_joined_alike(_passages(_LINE.findall(shown(before)), _LINE.findall(shown(after)))))


def leaves(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[Path, tuple[Any, Any]]:
    """Every value of two mappings of mappings that differs, by its path, sorted; a list is one value, None absent."""
    from deepdiff import DeepDiff

    found: dict[Path, tuple[Any, Any]] = {}
    for level in chain.from_iterable(DeepDiff(before, after, view="tree").values()):
        names = tuple(takewhile(lambda part: isinstance(part, str), level.path(output_format="list")))
        found |= _values(names, _at(before, names), _at(after, names))
    return dict(sorted(found.items()))


def _values(path: Path, before: Any, after: Any) -> dict[Path, tuple[Any, Any]]:
    """What is there on one side alone is told value by value as well."""
    sides = [side for side in (before, after) if side is not None]
    if not sides or not all(isinstance(side, Mapping) for side in sides):
        return {path: (before, after)} if before != after else {}
    names = dict.fromkeys(chain.from_iterable(sides))
    parts = (_values((*path, name), _at(before, (name,)), _at(after, (name,))) for name in names)
    return {path: pair for part in parts for path, pair in part.items()}


def _at(value: Any, path: Path) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _passages(old: Sequence[str], new: Sequence[str]) -> Iterator[Passage]:
    """What is alike at both ends needs no comparing; what is too long in between differs as a whole."""
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    middle = old[head : len(old) - tail], new[head : len(new) - tail]
    yield _alike(old[:head])
    if all(middle) and sum(map(len, middle)) <= MOST_PARTS:
        yield from _compared(*middle)
    else:
        yield Passage(*map("".join, middle))
    yield _alike(old[len(old) - tail :])


def _compared(old: Sequence[str], new: Sequence[str]) -> Iterator[Passage]:
    """As deepdiff tells texts apart, by lines: each part is one. What it leaves out is alike."""
    from deepdiff import DeepDiff

    before, after = ("".join(f"{part!r}\n" for part in parts) for parts in (old, new))
    told = DeepDiff(before, after)["values_changed"]["root"]["diff"].splitlines()
    a = b = 0
    for line in told[2:]:
        if hunk := _HUNK.fullmatch(line):
            start = int(hunk[1]) - (hunk[2] != "0")
            yield _alike(old[a:start])
            a, b = start, b + start - a
        else:
            goes, comes = line[0] != "+", line[0] != "-"
            yield Passage(old[a] if goes else "", new[b] if comes else "")
            a, b = a + goes, b + comes
    yield _alike(old[a:])


def _joined_alike(passages: Iterable[Passage]) -> Iterator[Passage]:
    """Neighbours as one, so that what is alike and what is not take turns."""
    yield from (joined(parts) for _, parts in groupby(filter(bool, passages), lambda part: part.alike))


def _whole_words(passages: Iterable[Passage]) -> Iterator[Passage]:
    """A blank between two words that differ belongs to what differs."""
    apart = groupby(passages, lambda part: part.alike and not part.before.isspace())
    yield from (joined(parts) for _, parts in apart)


def joined(parts: Iterable[Passage]) -> Passage:
    """Several, at least one, that follow each other as one."""
    before, after = zip(*((part.before, part.after) for part in parts), strict=True)
    return Passage("".join(before), "".join(after))


def _alike(parts: Sequence[str]) -> Passage:
    text = "".join(parts)
    return Passage(text, text)


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
