"""Which plain scalars are not text: the core schema of YAML 1.2, narrowed so that nothing is typed by surprise.

Typed are true, false, null, ~, nothing at all, integers without leading zero or plus, and floats. So 08:00, 0934890883,
+84934890883, 2027-01-20, no, on, 0x1F, 1_000 and .inf stay text. A quoted scalar is always text.
"""

from __future__ import annotations

import re
import unicodedata
from math import isinf
from typing import Any

WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}
TAGS = {f"tag:yaml.org,2002:{name}": name for name in ("str", "int", "float", "bool", "null", "seq", "map")} | {
    "!": "str"
}
_TYPES: dict[str, type | tuple[type, ...]] = {"int": int, "float": (float, int), "bool": bool, "null": type(None)}

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_MAX_DIGITS = 4000  # Python refuses to convert longer ones; nothing here is a number that long


class NotOfTag(ValueError):
    """A tag that is unknown, or that does not fit what it stands on."""

    def __init__(self, tag: str) -> None:
        short = tag.replace("tag:yaml.org,2002:", "!!")
        super().__init__(
            f"unknown or misplaced tag {short}; remove it: values are plain text, numbers, lists, mappings"
        )


def core(text: str) -> Any:
    """The value of a plain scalar."""
    if text in WORDS:
        return WORDS[text]
    if text[0] not in "-.0123456789":
        return text
    if _INTEGER.fullmatch(text) and len(text) < _MAX_DIGITS:
        return int(text)
    if _FLOAT.fullmatch(text):
        number = float(text)
        return text if isinf(number) else number
    return text


def tagged(tag: str, text: str) -> Any:
    """The value of a scalar with an explicit tag; raises NotOfTag."""
    name = TAGS.get(tag)
    if name == "str":
        return text
    value: Any = core(text)
    fits = name in _TYPES and isinstance(value, _TYPES[name]) and isinstance(value, bool) == (name == "bool")
    if not fits:
        raise NotOfTag(tag)
    return float(value) if name == "float" else value


def nfc(text: str) -> str:
    """Text in the one normal form everything is compared in."""
    return unicodedata.normalize("NFC", text)
