"""Wording that several messages share: suggestions, lists, and names that may hold personal data. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

MAX_SHOWN = 60
NOT_SHOWN = "(not shown)"

_PERSONAL = re.compile(r"\d(?:[\s().-]*\d){6,}|@")
_DATE = re.compile(r"(?<!\d)(?:19|20)\d{2}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])(?!\d)")
_DAY = re.compile(r"(?:0?[1-9]|[12]\d|3[01])([./-])(?:0?[1-9]|1[0-2])\1(?:19|20)\d{2}")


def named(text: str) -> str:
    """What the user wrote, in quotes and cut; not repeated when it may be somebody's number or e-mail address."""
    if looks_personal(text):
        return NOT_SHOWN
    return f"'{text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + '...'}'"


def looks_personal(text: str) -> bool:
    """Whether a text may hold a telephone number or an e-mail address; a date is none, however it is written."""
    return not _DAY.fullmatch(text) and bool(_PERSONAL.search(_DATE.sub("", text)))


def did_you_mean(word: str, known: Iterable[str], cutoff: float = 0.7) -> str:
    """`, did you mean 'x'?`, or nothing when no known word is close."""
    close = closest(word, known, cutoff)
    return "" if close is None else f", did you mean '{close}'?"


def closest(word: str, known: Iterable[str], cutoff: float = 0.7) -> str | None:
    """The known word that is nearest, capitals aside; None when none is close."""
    by_folded = {name.casefold(): name for name in sorted(known)}
    close = get_close_matches(word.casefold(), by_folded, n=1, cutoff=cutoff)
    return by_folded[close[0]] if close else None


def together(words: Sequence[str], joint: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    return f" {joint} ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def listed(words: Iterable[str], most: int = 12) -> str:
    """`a, b, c`, cut when there are very many."""
    names = list(words)
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def count(number: int, noun: str) -> str:
    """`1 character`, `2 characters`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
