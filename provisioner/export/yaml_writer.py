"""JSON values as YAML text that every reader takes for the same: ours, and tools that speak YAML 1.1.

A text stands plain only when it is letters with harmless marks between and no word that YAML knows; everything else is
quoted, a script of several lines stands as a block. `${` of a live text is no variable, and `written` says so.
Must not know kinds. PyYAML's dumper writes no comments, which is where an export says what it could not know.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from textwrap import wrap
from typing import Any

from provisioner.encoding import plain
from provisioner.sensitive import content

WIDTH = 120

_PLAIN = re.compile(r"[^\W\d_](?:[\w .()/-]*[\w.)])?")
_WORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"])
_RARE = re.compile("[\x7f-\xa0\xad\u2028-\u202f\u2060-\u206f\ufeff\ufff0-\uffff\ud800-\udfff]")

_EXPANSION = re.compile(r"\$\{[^}]*\}?")


@dataclass(frozen=True, slots=True)
class Commented:
    """A value of a mapping or a list with lines of comment above it."""

    comments: tuple[str, ...]
    value: Any


def document(comments: Iterable[str], name: str, entries: Mapping[str, Any]) -> str:
    """A file: comments, then one mapping under its name, if there is anything in it, with space between its entries."""
    lines = [*_comments(comments, "")]
    if entries:
        lines += ["", f"{scalar(name)}:"]
    for index, (key, value) in enumerate(entries.items()):
        lines += [*([""] if index else []), *_mapping({key: value}, "  ")]
    return "".join(f"{line}\n" for line in lines)


def scalar(value: Any) -> str:
    """One value on one line."""
    if isinstance(value, str):
        return value if _is_plain(value) else quoted(value)
    return json.dumps(value)


def quoted(text: str) -> str:
    """Text in double quotes; what an editor would not show is escaped."""
    return _RARE.sub(lambda found: f"\\u{ord(found.group()):04X}", json.dumps(text, ensure_ascii=False))


def _is_plain(text: str) -> bool:
    return bool(_PLAIN.fullmatch(text)) and text.lower() not in _WORDS and not _RARE.search(text)


def _comments(comments: Iterable[str], indent: str) -> Iterator[str]:
    """Wrapped, without what a file must not hold even in a comment."""
    for comment in comments:
        shown = _RARE.sub("?", "".join(mark if mark >= " " else " " for mark in comment))
        yield from wrap(shown, WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}#   ")


def _mapping(value: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, part in value.items():
        comments, plain = _parts(part)
        yield from _comments(comments, indent)
        yield from _under(f"{indent}{scalar(key)}:", plain, indent)


def _under(head: str, value: Any, indent: str) -> Iterator[str]:
    """A value behind or below the text that introduces it."""
    if isinstance(value, Mapping) and value and not _is_short(value):
        yield head
        yield from _mapping(value, f"{indent}  ")
    elif isinstance(value, list) and value and not all(map(_is_short, value)):
        yield head
        yield from _sequence(value, f"{indent}  ")
    elif isinstance(value, str) and _is_block(value):
        yield f"{head} |-"
        yield from (f"{indent}  {line}" if line else "" for line in value.split("\n"))
    else:
        yield f"{head} {_flow(value)}"


def _sequence(items: list[Any], indent: str) -> Iterator[str]:
    """Mappings begin behind their hyphen."""
    for item in items:
        comments, plain = _parts(item)
        yield from _comments(comments, indent)
        is_block = isinstance(plain, Mapping) and plain
        lines = [*_mapping(plain, f"{indent}  ")] if is_block else [f"{indent}  {_flow(plain)}"]
        first = next(index for index, line in enumerate(lines) if not line.lstrip().startswith("#"))
        yield from lines[:first]
        yield f"{indent}- {lines[first][len(indent) + 2 :]}"
        yield from lines[first + 1 :]


def _flow(value: Any) -> str:
    """On one line; between brackets every text is quoted but plain words."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {_flow(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return scalar(value)


def _is_short(value: Any) -> bool:
    """A reference such as {id: 732}, or a value."""
    if isinstance(value, Mapping):
        return len(value) == 1 and not any(isinstance(part, Mapping | list | Commented) for part in value.values())
    return not isinstance(value, list | Commented)


def _is_block(text: str) -> bool:
    lines = text.split("\n")
    return len(lines) > 1 and text == text.strip() and all(map(_is_block_line, lines))


def _is_block_line(line: str) -> bool:
    return not _RARE.search(line) and all(mark >= " " for mark in line) and line == line.strip()


def _parts(value: Any) -> tuple[tuple[str, ...], Any]:
    return (value.comments, value.value) if isinstance(value, Commented) else ((), value)


def written(value: Any) -> Any:
    """One value of a field that is no relation."""
    if isinstance(value, str):
        return literal(value)
    if isinstance(value, datetime) and _odd(value):
        return plain(value.astimezone(UTC))
    return plain(value)


def literal(text: str) -> str:
    """Text that a manifest takes as it is: `${` doubles its dollar, but not where one is being read already."""
    return _EXPANSION.sub(lambda found: f"${found.group()}", content(text))


def _odd(moment: datetime) -> bool:
    """Whether its offset has seconds, as local mean times do, which a manifest cannot say."""
    offset = moment.utcoffset()
    return offset is not None and bool(offset.seconds % 60)
