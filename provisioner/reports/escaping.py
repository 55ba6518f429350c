"""Text from manifests and servers inside Markdown, so that it stays text: no table broken, no HTML, nobody mentioned.

Two places are safe. Code: nothing in it is markup, a link or a mention on any forge. Prose: what could be markup is
written as a character reference, which no parser takes for markup; and inside what forges look for in the finished text
(`@name`, `#12`, `https://`) stands an invisible space, because they look there after references are resolved.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from string import punctuation

from provisioner.reports.wording import harmless

CUT = "..."
INVISIBLE = "\u200b"
WITHOUT_MEANING = ",;:.?/=+-%()"

# Signs that mean something within a line, and at its beginning.
_MARKUP = re.compile(f"[{re.escape(''.join(sign for sign in punctuation if sign not in WITHOUT_MEANING))}{INVISIBLE}]")
_BEGINNING = re.compile(rf"(\d*)([{re.escape(punctuation)}])")
_LOOKED_FOR = re.compile(r"[@#!~%$&](?=\S)|:(?=/)|www(?=\.)", re.IGNORECASE)
_TICKS = re.compile(r"`+")


def code(text: str, longest: int = 300) -> str:
    """The text as code within a line."""
    shown = _short(" ".join(harmless(text).split()), longest)
    if not shown:
        return ""
    fence = "`" * (max(map(len, _TICKS.findall(shown)), default=0) + 1)
    edge = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{edge}{shown}{edge}{fence}"


def prose(text: str, longest: int = 1000) -> str:
    """A sentence within a line; what stands in backticks is code."""
    parts = _short(" ".join(harmless(text).split()), longest).replace("``", "` `").split("`")
    if len(parts) % 2 == 0:
        return _referenced("`".join(parts))
    return "".join(code(part) if index % 2 else _referenced(part) for index, part in enumerate(parts))


def row(*cells: str) -> str:
    """A row of a table; code may hold the sign that parts cells."""
    apart = (cell.replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(apart)} |"


def fence(blocks: Iterable[str]) -> str:
    """What begins and ends a block of code, and nothing in it can end."""
    return "`" * max(3, 1 + max((len(ticks) for block in blocks for ticks in _TICKS.findall(block)), default=0))


def _referenced(text: str) -> str:
    apart = _LOOKED_FOR.sub(lambda found: found[0] + INVISIBLE, text)
    begun = _BEGINNING.match(apart)
    first, rest = (begun[1] + _reference(begun[2]), apart[begun.end() :]) if begun else ("", apart)
    return first + _MARKUP.sub(lambda found: _reference(found[0]), rest)


def _reference(sign: str) -> str:
    return f"&#{ord(sign)};"


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[:longest] + CUT
