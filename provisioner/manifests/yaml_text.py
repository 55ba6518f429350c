"""Bytes to text, and a YAML parser's complaints in plain words. Both with places; no knowledge of what is parsed.

libyaml's and PyYAML's messages differ and speak of tokens and streams; the table holds what people do in practice.
"""

from __future__ import annotations

import codecs
import re
from bisect import bisect_left
from dataclasses import dataclass, field, replace

import yaml

from provisioner.error_ids import ErrorId, Identified
from provisioner.manifests.nodes import GLUED, GLUED_ADVICE, Problem
from provisioner.text import called, misplaced

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LINE_END = re.compile("[\x85\u2028\u2029]")
_CONFLICT = re.compile(r"^(?:<{7}|>{7}|\|{7})(?: .*)?$|^={7}$", re.MULTILINE)
_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")


class Unreadable(Identified):
    """Reading this file cannot go on."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message, id=problem.id)
        self.problem = problem


def decode(data: bytes) -> str:
    """The text of a file without its byte order mark; raises Unreadable."""
    if data.startswith(_UTF16):
        raise Unreadable(Problem(1, 1, "the file is UTF-16; save it as UTF-8", ErrorId.YAML_ENCODING))
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line, column = _place(data[: error.start].decode("utf-8", "replace"))
        message = f"byte 0x{data[error.start]:02X} is not UTF-8; save it as UTF-8"
        raise Unreadable(Problem(line, column, message, ErrorId.YAML_ENCODING)) from None
    control = _CONTROL.search(text)
    if control:
        raise Unreadable(_control(text, control.start()))
    return text


def structured(text: str) -> str:
    """The text of a YAML file with one kind of line end; raises Unreadable for what is no line of a manifest."""
    text = resolved(text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text)
    found = None if text.isascii() else _LINE_END.search(text)
    if found:
        line, column = _place(text[: found.start()])
        message = f"{called(found[0])} ends a line for YAML, and few editors show it; remove it, or begin a new line"
        raise Unreadable(Problem(line, column, message, ErrorId.YAML_CHARACTER))
    return text


def resolved(text: str) -> str:
    """The text, in which no merge conflict is left; raises Unreadable."""
    if found := _CONFLICT.search(text):
        line, column = _place(text[: found.start()])
        message = "unresolved merge conflict; keep the right lines and remove <<<<<<<, ======= and >>>>>>>"
        raise Unreadable(Problem(line, column, message, ErrorId.YAML_MERGE_CONFLICT))
    return text


@dataclass(slots=True)
class Pairs:
    """Where a text was shortened to be readable: by line, the columns (from 1) of what took two characters more."""

    columns: dict[int, list[int]] = field(default_factory=dict)

    def column(self, line: int, column: int) -> int:
        """The column as it was written."""
        return column + 2 * bisect_left(self.columns.get(line, []), column)

    def written(self, problem: Problem) -> Problem:
        """A problem at the place where it was written."""
        return replace(problem, column=self.column(problem.line, problem.column))


def with_whole_characters(text: str) -> tuple[str, Pairs]:
    """JSON writes a character beyond U+FFFF as two halves, which YAML does not know: here it is one.

    What cannot be known before parsing, whether it stands in double quotes, is not asked: nobody means the escapes.
    """
    pairs = Pairs()
    if "\\ud" not in text and "\\uD" not in text:
        return text, pairs
    lines = text.split("\n")
    for number, line in enumerate(lines):
        found = list(_PAIR.finditer(line))
        if found:
            pairs.columns[number + 1] = [each.end(1) + 1 - 2 * index for index, each in enumerate(found)]
            lines[number] = _PAIR.sub(_whole, line)
    return "\n".join(lines), pairs


def _whole(found: re.Match[str]) -> str:
    high, low = int(found[2], 16), int(found[3], 16)
    return f"{found[1]}\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08x}"


def explain(error: yaml.YAMLError, text: str) -> Problem:
    """A parser's complaint as a problem with its place."""
    if isinstance(error, yaml.reader.ReaderError):
        return _control(text, min(error.position, len(text) - 1))
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return Problem(1, 1, f"not readable as YAML: {error}")
    mark, said = error.problem_mark, error.problem or ""
    if mark.column and _at(text, mark.line, mark.column - 1) + _at(text, mark.line, mark.column) == "${":
        return Problem(mark.line + 1, mark.column, "between brackets or braces a text with ${...} goes in quotes")
    if found := _misplaced(text, mark.line) or _in_sight(error, text, mark):
        return found
    if "invalid Unicode character escape code" in said:
        return _no_character(text, mark.line, mark.column)
    for pattern, at_context, words in _SAID:
        if re.search(pattern, said):
            place = error.context_mark if at_context and error.context_mark else mark
            id = ErrorId.YAML_TAG if pattern == _TAG else ErrorId.YAML_SYNTAX
            told = words.format(character=_at(text, mark.line, mark.column))
            return Problem(place.line + 1, place.column + 1, told, id)
    if "cannot start any token" in said:
        return Problem(mark.line + 1, mark.column + 1, _cannot_start(_at(text, mark.line, mark.column)))
    return Problem(mark.line + 1, mark.column + 1, f"not readable as YAML: {said}")


def _in_sight(error: yaml.MarkedYAMLError, text: str, mark: yaml.Mark) -> Problem | None:
    """What a person sees in the text and the parser does not say, often in a line above its mark."""
    said = error.problem or ""
    if "mapping values are not allowed" in said:
        return _glued_above(text, mark.line) or _bare_above(text, mark.line) or _too_deep(text, mark.line, mark.column)
    if "could not find expected ':'" in said and error.context_mark:
        return _bare(text, error.context_mark.line)
    if re.search(_ENDED, said):
        return _uneven(text, mark.line, mark.column)
    return None


def _misplaced(text: str, line: int) -> Problem | None:
    """Something that looks like a blank and is none, in the line of the parser's mark or above it."""
    for number in (line, _above(text, line)):
        found = None if number is None else misplaced(_line(text, number))
        if found and number is not None:
            return Problem(number + 1, found[0] + 1, found[1], ErrorId.YAML_CHARACTER)
    return None


def _no_character(text: str, line: int, column: int) -> Problem:
    """`\\ud83d` alone, or a number beyond Unicode; the mark stands behind the backslash and its letter."""
    found = re.match(r"[0-9a-fA-F]+", _line(text, line)[column:])
    code = f"\\{_at(text, line, column - 1)}{found[0][:8] if found else ''}"
    if code[:3].lower() == "\\ud":
        half = f"{code[:6]} is half a character; write the character itself, or both halves"
        return Problem(line + 1, column - 1, half, ErrorId.YAML_CHARACTER)
    message = f"{code} is not a character; write the character itself"
    return Problem(line + 1, column - 1, message, ErrorId.YAML_CHARACTER)


def _glued_above(text: str, line: int) -> Problem | None:
    """`name:Alice` is a text that goes on in the next line: what is wrong is not where the parser sees it."""
    above = line - 1
    found = GLUED.match(_line(text, above)) if above >= 0 else None
    return found and Problem(above + 1, found.end() + 1, GLUED_ADVICE)


def _bare_above(text: str, line: int) -> Problem | None:
    """`gateway X`, without a colon, as the first key of a mapping."""
    above = _above(text, line)
    if above is None or _indent(text, above) != _indent(text, line) or ":" in _line(text, above):
        return None
    parent = _above(text, above)
    begins = parent is not None and _line(text, parent).rstrip().endswith(":")
    return _bare(text, above) if begins else None


def _bare(text: str, line: int) -> Problem | None:
    """`gateway X`, without a colon: the place behind its first word."""
    found = _FIRST_WORD.match(_line(text, line))
    return found and Problem(line + 1, found.end() + 1, "a colon is missing; write a key, a colon, a blank and a value")


def _uneven(text: str, line: int, column: int) -> Problem | None:
    """A line that stands neither below its parent nor beside its neighbours."""
    indent, above = _indent(text, line), _above(text, line)
    if column != indent or above is None:
        return None
    neighbours = _indent(text, above)
    while above is not None and _indent(text, above) > indent:
        neighbours = min(neighbours, _indent(text, above))
        above = _above(text, above)
    return _indented(line, indent, neighbours) if neighbours != indent else None


def _too_deep(text: str, line: int, column: int) -> Problem | None:
    """A key below a key that has a value already; an odd step is a slip, an even one may be a text with a colon."""
    indent, above, key = _indent(text, line), _above(text, line), _KEY.match(_line(text, line))
    if above is None or key is None or key.end() != column or (indent - _indent(text, above)) % 2 == 0:
        return None
    return _indented(line, indent, _indent(text, above)) if indent > _indent(text, above) else None


def _indented(line: int, indent: int, neighbours: int) -> Problem:
    return Problem(line + 1, indent + 1, f"indented by {indent}, its neighbours by {neighbours}; indent them alike")


def _indent(text: str, line: int) -> int:
    found = _line(text, line)
    return len(found) - len(found.lstrip(" "))


def _above(text: str, line: int) -> int | None:
    """The line above that is neither empty nor a comment."""
    lines = text.split("\n")[:line]
    return next((each for each in range(line - 1, -1, -1) if not _NOTHING.match(lines[each])), None)


_ENDED = r"expected key|expected <block end>"
_TAG = r"undefined tag handle"
_FIRST_WORD = re.compile(r"\s*(?:- +)*[^\s:'\"*&]+(?=\s|$)(?!.*:\s)")
_KEY = re.compile(r"\s*[A-Za-z_][\w-]*(?=:(?:\s|$))")
_NOTHING = re.compile(r"\s*(?:#|$)")


# (what the parser says, whether the place is where the construct began, what we say)
_SAID = (
    (r"mapping values are not allowed", False, "unexpected ':'; quote a text that holds ': ', and indent keys alike"),
    (r"expected ',' or '\]'", True, "this list is not closed; a ']' or a ',' is missing"),
    (r"expected ',' or '\}'", True, "this mapping is not closed; a '}}' or a ',' is missing"),
    (r"unexpected end of stream", True, "this quoted text is not closed"),
    (r"expected '-' indicator", False, "this line is not an item of the list above; check its indentation"),
    (_ENDED, False, "unexpected {character!r}; check quotes, brackets and indentation"),
    (r"sequence entries are not allowed", False, "a list begins on a line of its own; for one line write [a, b]"),
    (r"tab character", False, "a tab cannot indent; use blanks"),
    (r"unknown escape", False, "unknown \\ in double quotes; use single quotes, or write \\\\ for a backslash"),
    (_TAG, False, "unknown tag; remove it: values are plain text, numbers, lists, mappings"),
)


def _cannot_start(character: str) -> str:
    if character == "\t":
        return "a tab cannot indent; use blanks"
    return f"a text cannot begin with {character!r}; put it in quotes"


def _control(text: str, position: int) -> Problem:
    line, column = _place(text[:position])
    message = f"control character {called(text[position])} is not allowed; remove it"
    return Problem(line, column, message, ErrorId.YAML_CHARACTER)


def _place(before: str) -> tuple[int, int]:
    """Line and column of what follows this text."""
    line = before.count("\n") + 1
    return line, len(before) - (before.rfind("\n") + 1) + 1


def _at(text: str, line: int, column: int) -> str:
    return _line(text, line)[column : column + 1]


def _line(text: str, line: int) -> str:
    lines = text.split("\n")
    return lines[line] if line < len(lines) else ""
