"""Field values as people read them: quoted texts, shortened around what differs, lists as what comes and goes.

What ends in `_whole` shortens nothing and takes as many lines as it needs. No value can move the cursor of a terminal:
texts are quoted as in JSON, control characters escaped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Any

from provisioner.encoding import plain
from provisioner.plan.model import FieldChange
from provisioner.resources.values import is_placeholder
from provisioner.sensitive import Hidden, shown
from provisioner.text import CONTROL, code

LONGEST = 60
LEAD = 15
ELLIPSIS = "..."
MOST_WORDS = 2000  # that are compared one with another

_WORD = re.compile(r"\w+|\s+|[^\w\s]")


def created(change: FieldChange) -> str:
    """The value of a field of something new."""
    return worded(change.after)


def changed(change: FieldChange) -> str:
    """`before -> after`, or the difference of two lists."""
    before, after = change.before, change.after
    if isinstance(before, tuple | list) and isinstance(after, tuple | list):
        return _difference([worded(part) for part in before], [worded(part) for part in after])
    if isinstance(before, str) and isinstance(after, str):
        start = _start(before, after)
        return f"{worded(before, start)} -> {worded(after, start)}"
    return f"{worded(before)} -> {worded(after)}"


def created_whole(change: FieldChange, longest: int | None = None) -> tuple[str, ...]:
    """The value of a field of something new, in full length."""
    return (worded(change.after, longest=longest),)


def changed_whole(change: FieldChange, longest: int | None = None) -> tuple[str, ...]:
    """`before -> after` in full length; what is long stands below each other, lists member by member."""
    texts = isinstance(change.before, str) and isinstance(change.after, str)
    start = _start(change.before, change.after, longest) if texts and longest is not None else 0
    before, after = (worded(value, start, longest) for value in (change.before, change.after))
    if len(before) + len(after) <= LONGEST:
        return (changed(change),)
    if isinstance(change.before, tuple | list) and isinstance(change.after, tuple | list):
        return ("", *_members(*([worded(part, longest=longest) for part in x] for x in (change.before, change.after))))
    return ("", f"- {before}", f"+ {after}")


def worded(value: Any, start: int = 0, longest: int | None = LONGEST) -> str:
    """One value; a text beyond `longest` is cut, and `start` says where the interesting part begins."""
    if value is None:
        return "(none)"
    if isinstance(value, Hidden) or is_placeholder(value):
        return str(value)
    if isinstance(value, str):
        return quoted(value if longest is None else _cut(value, start, longest))
    if isinstance(value, tuple | list):
        return ", ".join(worded(part, longest=longest) for part in value) or "(none)"
    return _plain(plain(value))


def quoted(text: str) -> str:
    """The text in double quotes, harmless on a terminal."""
    return CONTROL.sub(lambda found: code(found[0]), json.dumps(str(text), ensure_ascii=False))


def harmless(text: str) -> str:
    """The same text on one line, without what moves a cursor; for texts that need no quotes."""
    return CONTROL.sub(lambda found: " " if found[0] in "\t\n\r" else "?", str(text))


def visible(text: str) -> str:
    """The same text in as many lines, with what hides or reorders other characters written out."""
    return CONTROL.sub(lambda found: found[0] if found[0] in "\t\n" else code(found[0]), str(text))


def _plain(value: Any) -> str:
    """A key, a number, a moment: as it is; a mapping in the braces of YAML."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_plain(part)}" for key, part in value.items()) + "}"
    if isinstance(value, bool):
        return str(value).lower()
    return harmless(str(value))


def word_differences(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Two texts side by side, stretch by stretch: alike, or what stands in place of what. No word is cut."""
    old, new = _WORD.findall(shown(before)), _WORD.findall(shown(after))
    if len(old) + len(new) > MOST_WORDS:
        yield from _ends_alike(old, new)
        return
    pending = ("", "")
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        left, right = "".join(old[a:b]), "".join(new[c:d])
        if tag == "equal" and (not pending[0] + pending[1] or left.strip()):
            if pending != ("", ""):
                yield pending
            pending = ("", "")
            yield left, right
        else:  # a blank between two words that differ belongs to what differs
            pending = (pending[0] + left, pending[1] + right)
    if pending != ("", ""):
        yield pending


def _ends_alike(old: list[str], new: list[str]) -> Iterator[tuple[str, str]]:
    """The same where comparing every word with every other would take long: all between the ends differs."""
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    parts = ("".join(words[head : len(words) - tail]) for words in (old, new))
    alike, end = "".join(old[:head]), "".join(old[len(old) - tail :])
    yield from (pair for pair in ((alike, alike), tuple(parts), (end, end)) if any(pair))  # type: ignore[misc]


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _start(before: str, after: str, shown: int = LONGEST) -> int:
    """Where to begin showing two texts that begin alike, and of which so much is shown: at a word."""
    longest, common = max(len(before), len(after)), _common(before, after)
    if longest <= shown or common <= shown - 2 * LEAD:
        return 0
    ends = [found.end() for found in _WORD.finditer(before[:common]) if found[0].isspace()]
    return next((end for end in ends if common - LEAD <= end), common - LEAD)


def _cut(text: str, start: int, longest: int) -> str:
    shown = text[start : start + longest]
    head = ELLIPSIS if start else ""
    return head + shown + (ELLIPSIS if start + longest < len(text) else "")


def _members(before: list[str], after: list[str]) -> tuple[str, ...]:
    """What goes, then the new list in its order with what comes marked."""
    gone = (f"- {part}" for part in before if part not in after)
    return (*gone, *(f"{' ' if part in before else '+'} {part}" for part in after))


def _difference(before: list[str], after: list[str]) -> str:
    gone = [f"- {part}" for part in before if part not in after]
    come = [f"+ {part}" for part in after if part not in before]
    kept = sum(part in before for part in after)
    if not gone and not come:
        return f"{', '.join(before)} -> {', '.join(after)}"
    return ", ".join([*come, *gone]) + (f" ({kept} unchanged)" if kept else "")
