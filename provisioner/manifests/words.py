"""Wording that several messages share: suggestions, lists, names in quotes. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from provisioner.rowfiles.names import differing, looks_personal, shown

NOT_SHOWN = "(not shown)"


def named(text: str) -> str:
    """What the user wrote, in quotes and cut; not repeated when it may be somebody's number or e-mail address."""
    if looks_personal(text):
        return NOT_SHOWN
    return f"'{shown(text)}'"


def did_you_mean(word: str, known: Iterable[str], cutoff: float = 0.7) -> str:
    """`, did you mean 'x'?`, or nothing when no known word is close; what differs is said where nobody sees it."""
    close = closest(word, known, cutoff)
    return "" if close is None else f", did you mean '{shown(close)}'?{differing(word, close)}"


def closest(word: str, known: Iterable[str], cutoff: float = 0.7) -> str | None:
    """The known word that is nearest, capitals aside; None when none is close."""
    by_folded = {name.casefold(): name for name in sorted(known)}
    close = get_close_matches(word.casefold(), by_folded, n=1, cutoff=cutoff)
    return by_folded[close[0]] if close else None


def together(words: Sequence[str], joint: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    told = [str(word) for word in words]
    return f" {joint} ".join(part for part in (", ".join(told[:-1]), told[-1]) if part)


def listed(words: Iterable[str], most: int = 12) -> str:
    """`a, b, c`, cut when there are very many."""
    names = [str(word) for word in words]
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def count(number: int, noun: str) -> str:
    """`1 character`, `2 characters`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
