"""Bytes to text, and a YAML parser's complaints in plain words. Both with places; no knowledge of what is parsed.

libyaml's and PyYAML's messages differ and speak of tokens and streams; the table holds what people do in practice.
"""

from __future__ import annotations

import codecs
import re

import yaml

from provisioner.manifests.nodes import GLUED, GLUED_ADVICE, Problem

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Unreadable(Exception):
    """Reading this file cannot go on."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def decode(data: bytes) -> str:
    """The text of a file without its byte order mark; raises Unreadable."""
    if data.startswith(_UTF16):
        raise Unreadable(Problem(1, 1, "the file is UTF-16; save it as UTF-8"))
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line, column = _place(data[: error.start].decode("utf-8", "replace"))
        raise Unreadable(
            Problem(line, column, f"byte 0x{data[error.start]:02X} is not UTF-8; save it as UTF-8")
        ) from None
    control = _CONTROL.search(text)
    if control:
        raise Unreadable(_control(text, control.start()))
    return text


def explain(error: yaml.YAMLError, text: str) -> Problem:
    """A parser's complaint as a problem with its place."""
    if isinstance(error, yaml.reader.ReaderError):
        return _control(text, min(error.position, len(text) - 1))
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return Problem(1, 1, f"not readable as YAML: {error}")
    mark, said = error.problem_mark, error.problem or ""
    if mark.column and _at(text, mark.line, mark.column - 1) + _at(text, mark.line, mark.column) == "${":
        return Problem(mark.line + 1, mark.column, "between brackets or braces a text with ${...} goes in quotes")
    if "mapping values are not allowed" in said and (glued := _glued_above(text, mark.line)):
        return glued
    for pattern, at_context, words in _SAID:
        if re.search(pattern, said):
            place = error.context_mark if at_context and error.context_mark else mark
            return Problem(place.line + 1, place.column + 1, words.format(character=_at(text, mark.line, mark.column)))
    if "cannot start any token" in said:
        return Problem(mark.line + 1, mark.column + 1, _cannot_start(_at(text, mark.line, mark.column)))
    return Problem(mark.line + 1, mark.column + 1, f"not readable as YAML: {said}")


def _glued_above(text: str, line: int) -> Problem | None:
    """`name:Alice` is a text that goes on in the next line: what is wrong is not where the parser sees it."""
    above = line - 1
    found = GLUED.match(_line(text, above)) if above >= 0 else None
    return found and Problem(above + 1, found.end() + 1, GLUED_ADVICE)


# (what the parser says, whether the place is where the construct began, what we say)
_SAID = (
    (r"mapping values are not allowed", False, "unexpected ':'; quote a text that holds ': ', and indent keys alike"),
    (r"expected ',' or '\]'", True, "this list is not closed; a ']' or a ',' is missing"),
    (r"expected ',' or '\}'", True, "this mapping is not closed; a '}}' or a ',' is missing"),
    (r"unexpected end of stream", True, "this quoted text is not closed"),
    (r"expected '-' indicator", False, "this line is no item of the list above; check its indentation"),
    (r"expected key|expected <block end>", False, "unexpected {character!r}; check quotes, brackets and indentation"),
    (r"sequence entries are not allowed", False, "a list begins on a line of its own; for one line write [a, b]"),
    (r"tab character", False, "a tab cannot indent; use blanks"),
    (r"unknown escape", False, "unknown \\ in double quotes; use single quotes, or write \\\\ for a backslash"),
    (r"undefined tag handle", False, "unknown tag; remove it: values are plain text, numbers, lists, mappings"),
)


def _cannot_start(character: str) -> str:
    if character == "\t":
        return "a tab cannot indent; use blanks"
    return f"a text cannot begin with {character!r}; put it in quotes"


def _control(text: str, position: int) -> Problem:
    line, column = _place(text[:position])
    return Problem(line, column, f"control character U+{ord(text[position]):04X} is not allowed; remove it")


def _place(before: str) -> tuple[int, int]:
    """Line and column of what follows this text."""
    line = before.count("\n") + 1
    return line, len(before) - (before.rfind("\n") + 1) + 1


def _at(text: str, line: int, column: int) -> str:
    return _line(text, line)[column : column + 1]


def _line(text: str, line: int) -> str:
    lines = text.split("\n")
    return lines[line] if line < len(lines) else ""
