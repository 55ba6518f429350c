"""Field values as people read them: quoted texts, shortened around what differs, lists as what comes and goes.

What ends in `_whole` shortens nothing and takes as many lines as it needs. No value can move the cursor of a terminal:
texts are quoted as in JSON, control characters escaped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from provisioner.encoding import plain
from provisioner.language import gettext, ngettext, translated
from provisioner.model import KNOWN_AFTER_APPLY, SENSITIVE
from provisioner.plan.explain import Passage, joined, line_change, member_change, text_change
from provisioner.plan.model import FieldChange
from provisioner.resources.values import is_placeholder
from provisioner.sensitive import Hidden, length_of
from provisioner.text import CONTROL, code

LONGEST = 60
LEAD = 15
ELLIPSIS = "..."
PLACES = 3  # of a long text that are shown where a report is concise

_BLANK = re.compile(r"\s+")


def created(change: FieldChange) -> str:
    """The value of a field of something new."""
    return worded(change.after)


def changed(change: FieldChange) -> str:
    """`before -> after`, the difference of two lists, or of two long texts the places that differ."""
    before, after = change.before, change.after
    if _is_list(before) and _is_list(after):
        return _members_changed([worded(part) for part in before], [worded(part) for part in after])
    if _is_text(before) and _is_text(after) and max(len(before), len(after)) > LONGEST:
        return _places(text_change(before, after), PLACES)
    return f"{worded(before)} -> {worded(after)}"


def created_whole(change: FieldChange, longest: int | None = None) -> tuple[str, ...]:
    """The value of a field of something new, in full length."""
    return (worded(change.after, longest),)


def changed_whole(change: FieldChange, longest: int | None = None) -> tuple[str, ...]:
    """`before -> after` in full length; what is long stands below each other, lists member by member.

    Of long texts those lines are marked that differ, and the words in them follow.
    """
    before, after = change.before, change.after
    if sum(len(worded(value, None)) for value in (before, after)) <= LONGEST:
        return (changed(change),)
    if _is_list(before) and _is_list(after):
        return ("", *_members(*([worded(part, longest) for part in side] for side in (before, after))))
    if _is_text(before) and _is_text(after):
        return ("", *_lines_changed(before, after, longest))
    return changed_plain(change, longest)


def changed_plain(change: FieldChange, longest: int | None = None) -> tuple[str, ...]:
    """Before and after as they are: for so many changes that explaining every one would take long."""
    before, after = (worded(value, longest) for value in (change.before, change.after))
    if len(before) + len(after) <= LONGEST:
        return (f"{before} -> {after}",)
    return ("", f"- {before}", f"+ {after}")


def worded(value: Any, longest: int | None = LONGEST) -> str:
    """One value; a text beyond `longest` is cut."""
    if value is None:
        return gettext("(none)")
    if isinstance(value, Hidden) or is_placeholder(value):
        return _placeholder(str(value))
    if isinstance(value, str):
        return quoted(value if longest is None else _cut(value, longest=longest))
    if isinstance(value, tuple | list):
        return ", ".join(worded(part, longest) for part in value) or gettext("(none)")
    return _plain(plain(value))


def _placeholder(text: str) -> str:
    """What stands in the place of a value, in the language in force."""
    if text == KNOWN_AFTER_APPLY:
        return gettext("(known after apply)")
    if text == SENSITIVE:
        return gettext("(sensitive)")
    length = length_of(text)
    if length is None:
        return text
    return ngettext("(text of {count:,} character)", "(text of {count:,} characters)", length)


def quoted(text: str) -> str:
    """The text in double quotes, harmless on a terminal."""
    return CONTROL.sub(lambda found: code(found[0]), json.dumps(str(text), ensure_ascii=False))


def harmless(text: str) -> str:
    """The same text on one line, without what moves a cursor; a sentence is told in the language in force."""
    return CONTROL.sub(lambda found: " " if found[0] in "\t\n\r" else "?", str(translated(text)))


def visible(text: str) -> str:
    """The same text in as many lines, with what hides or reorders other characters written out; likewise."""
    return CONTROL.sub(lambda found: found[0] if found[0] in "\t\n" else code(found[0]), str(translated(text)))


def _plain(value: Any) -> str:
    """A key, a number, a moment: as it is; a mapping in the braces of YAML."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_plain(part)}" for key, part in value.items()) + "}"
    if isinstance(value, bool):
        return str(value).lower()
    return harmless(str(value))


def _is_list(value: Any) -> bool:
    return isinstance(value, tuple | list)


def _is_text(value: Any) -> bool:
    """Whether it can be compared word by word; what stands for a value cannot."""
    return isinstance(value, str) and not isinstance(value, Hidden) and not is_placeholder(value)


def _places(passages: Iterable[Passage], most: int | None) -> str:
    """Where two texts differ, each place with a few words around it."""
    places = [f"{quoted(old)} -> {quoted(new)}" for old, new in _windows(passages)]
    left = 0 if most is None else len(places) - most
    more = [ngettext("and {count:,} more place", "and {count:,} more places", left)] if left > 0 else []
    return "; ".join([*places[:most], *more])


def _windows(passages: Iterable[Passage]) -> Iterator[tuple[str, str]]:
    """What stands there before and after; places that are close to each other are one."""
    groups = groupby(passages, lambda part: part.alike and len(part.before) > 2 * LEAD)
    parts = [(apart, joined(group)) for apart, group in groups]
    for index, (apart, part) in enumerate(parts):
        if not apart:
            lead = ELLIPSIS + _end(parts[index - 1][1].before) if index else ""
            tail = _beginning(parts[index + 1][1].before) + ELLIPSIS if index + 1 < len(parts) else ""
            yield lead + _cut(part.before, tail), lead + _cut(part.after, tail)


def _end(text: str) -> str:
    """The last words of a text."""
    return text[next((word.end() for word in _BLANK.finditer(text, len(text) - LEAD - 1)), -LEAD) :]


def _beginning(text: str) -> str:
    """The first words of a text."""
    return text[: max((word.start() for word in _BLANK.finditer(text, 1, LEAD + 1)), default=LEAD)]


def _cut(text: str, tail: str = "", longest: int = LONGEST) -> str:
    """With what follows, or without its own end."""
    return text + tail if len(text) <= longest else text[:longest] + ELLIPSIS


def _lines_changed(before: str, after: str, longest: int | None) -> Iterator[str]:
    """Line by line, marked as in a diff; where lines are long, then the words."""
    lines = line_change(before, after)
    for part in lines:
        sides = (("  ", part.before),) if part.alike else (("- ", part.before), ("+ ", part.after))
        yield from (f"{mark}{worded(line, longest)}" for mark, side in sides for line in side.splitlines(True) or [""])
    if max(map(len, (before + "\n" + after).splitlines())) > LONGEST:
        places = _places(text_change(before, after), None if longest is None else PLACES)
        yield f"  {gettext('in words: {places}', places=places)}"


def _members(before: list[str], after: list[str]) -> tuple[str, ...]:
    """What goes, then the new list in its order with what comes marked."""
    change = member_change(before, after)
    gone = (f"- {part}" for part in change.gone)
    return (*gone, *(f"{'+' if part in change.come else ' '} {part}" for part in after))


def _members_changed(before: list[str], after: list[str]) -> str:
    change = member_change(before, after)
    if not change.gone and not change.come:
        return f"{', '.join(before)} -> {', '.join(after)}"
    kept = sum(part not in change.come for part in after)
    marked = [*(f"+ {part}" for part in change.come), *(f"- {part}" for part in change.gone)]
    return ", ".join(marked) + (f" ({gettext('{count:,} unchanged', count=kept)})" if kept else "")
