"""Wording that several messages share: suggestions, lists, and names that may hold personal data. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

_PERSONAL = re.compile(r"(?:\d[\s().-]*){6,}|@")


def named(text: str) -> str:
    """A name in quotes; one that holds what may be a telephone number or an e-mail is not repeated."""
    return "(not shown)" if _PERSONAL.search(text) else f"'{text}'"


def looks_personal(text: str) -> bool:
    """Whether a text may be somebody's telephone number or e-mail address."""
    return bool(_PERSONAL.search(text))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`, did you mean 'x'?`, or nothing when no known word is close."""
    by_folded = {name.casefold(): name for name in sorted(known)}
    close = get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.7)
    return f", did you mean '{by_folded[close[0]]}'?" if close else ""


def together(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def listed(words: Iterable[str], most: int = 12) -> str:
    """`a, b, c`, cut when there are very many."""
    names = list(words)
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def count(number: int, noun: str) -> str:
    """`1 character`, `2 characters`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
