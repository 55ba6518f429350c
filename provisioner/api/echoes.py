"""Takes values out of texts of the server: some servers give back what they were sent, in whatever form.

What stands there as it was sent is cut out. Of what the server has changed (capitals, blanks, another Unicode form, the
number without its prefix, a URL, JSON or HTML) it is only certain that it is there: then the whole text goes.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

import orjson

CUT = "(hidden)"
SHORTEST, SHORTEST_CHANGED = 3, 4  # shorter ones would hide ordinary words
LONG = 8  # from here on it is recognised inside other words too
DIGITS = 7  # at the end of a number, which are the same with any prefix

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))")
_BETWEEN = re.compile(r"(?<=\d) (?=\d)")


class Echoes:
    """The values, in the forms in which they are looked for."""

    def __init__(self, values: Iterable[str]) -> None:
        texts = sorted({text for value in values if len(text := value.strip()) >= SHORTEST}, key=len, reverse=True)
        self._sent = [form for text in texts for form in _sent(text)]
        self._numbers = {text for text in map(_number, texts) if text}
        changed = {_words(text) for text in texts if not _number(text)}
        self._changed = {_looked_for(text) for text in changed if len(text) >= SHORTEST_CHANGED}

    def cut(self, text: str) -> str:
        """A text of the server without them."""
        for form in self._sent:
            text = text.replace(form, CUT)
        return CUT if self._holds(f" {_words(text)} ") else text

    def _holds(self, words: str) -> bool:
        digits = _BETWEEN.sub("", words)
        return any(each in words for each in self._changed) or any(each in digits for each in self._numbers)


def _sent(text: str) -> Iterator[str]:
    """As it was sent, plain or in JSON."""
    yield from dict.fromkeys((text, orjson.dumps(text).decode()[1:-1], json.dumps(text)[1:-1]))


def _number(text: str) -> str:
    """The end of what is nothing but a number; "" of anything else."""
    digits = "".join(filter(str.isdecimal, text))
    return digits[-DIGITS:] if len(digits) >= DIGITS and not any(map(str.isalpha, text)) else ""


def _looked_for(words: str) -> str:
    return words if len(words) >= LONG else f" {words} "


def _words(text: str) -> str:
    """What is left of a text in any form: its letters and digits, one blank between words."""
    for _ in range(2):  # a URL in JSON, JSON in a page
        text = unquote(html.unescape(_ESCAPE.sub(_unescaped, text)))
    marks = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.findall(r"[^\W_]+", "".join(mark for mark in marks if not unicodedata.combining(mark))))


def _unescaped(found: re.Match[str]) -> str:
    return chr(int(found[1], 16)) if found[1] else " " if found[2] in "bfnrt" else found[2]
