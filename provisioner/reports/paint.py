"""Colours of a terminal. Whether to use them is decided by who knows where the text goes."""

from __future__ import annotations

from collections.abc import Callable

CODES = {"bold": 1, "dim": 2, "red": 31, "green": 32, "yellow": 33, "magenta": 35, "cyan": 36}

Paint = Callable[[str, str], str]


def paint(colour: bool) -> Paint:
    """A function from a colour's name and a text to the text in that colour, or to the text alone."""
    return _coloured if colour else _plain


def _coloured(name: str, text: str) -> str:
    return f"\x1b[{CODES[name]}m{text}\x1b[0m" if name in CODES else text


def _plain(name: str, text: str) -> str:
    return text
