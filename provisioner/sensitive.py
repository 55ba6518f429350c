"""Texts that are used and never shown: what the environment or a private variable gave, and what names people.

A `Hidden` is its text wherever code compares, hashes or sends it; whoever formats it (`str`, an f-string, `repr`, a
log line) gets what stands in its place. So a message cannot leak a value by forgetting that it is one. What is derived
from it (a part, capitals, a text around it) is hidden too, and has all the origins that went into it.

`content` is for the ends: what is sent, and what is asked for by name (`get`, `export --with-contacts`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any

from provisioner.model import SENSITIVE

_STAND_IN = re.compile(r"\(text of ([\d,]+) characters?\)")
_MOST_DIGITS = 20  # with the commas; nothing longer is a length


class Origin(Enum):
    """Where a text that is not shown came from."""

    ENVIRONMENT = "env"
    VARIABLE = "var"  # one of --var that reached a row, a number or a password
    PERSON = "person"  # what staff wrote about somebody


class Hidden(str):
    """A text with where it came from. Equal to, and sorted as, the same text in clear."""

    origins: frozenset[Origin]

    def __new__(cls, text: str, *origins: Origin) -> Hidden:
        made = super().__new__(cls, content(text))
        made.origins = frozenset(origins) | origins_of(text)
        return made

    @property
    def shown(self) -> str:
        """What stands in its place: of what names people the length, of a secret nothing."""
        if self.origins - {Origin.PERSON}:
            return SENSITIVE
        return f"(text of {len(self):,} character{'' if len(self) == 1 else 's'})"

    def __str__(self) -> str:
        return self.shown

    def __repr__(self) -> str:
        return self.shown

    def __format__(self, spec: str) -> str:
        return format(self.shown, spec)

    def __radd__(self, before: str) -> Hidden:
        return Hidden(str.__add__(before, self), *self.origins, *origins_of(before))

    def __reduce__(self) -> tuple[Any, ...]:
        return Hidden, (content(self), *self.origins)


def content(text: str) -> str:
    """The text itself, without its cover."""
    return str.__str__(text)


def origins_of(value: Any) -> frozenset[Origin]:
    """Where a value came from, as far as that is to be kept."""
    return value.origins if isinstance(value, Hidden) else frozenset()


def derived(text: str, *sources: Any) -> Any:
    """A text that was made of others: hidden when one of them is."""
    origins = frozenset().union(*map(origins_of, sources))
    return Hidden(text, *origins) if origins else text


def shown(value: Any) -> Any:
    """A value for people: hidden texts, members too, as what stands in their place, all else as it is."""
    if isinstance(value, tuple | list):
        return tuple(map(shown, value))
    if isinstance(value, Mapping):
        return {key: shown(part) for key, part in value.items()}
    return value.shown if isinstance(value, Hidden) else value


def stands_in(text: str) -> bool:
    """Whether a text is one that `shown` puts in the place of another."""
    return text == SENSITIVE or _STAND_IN.fullmatch(text) is not None


def length_of(text: str) -> int | None:
    """How long the text is that another stands for; None where none of `shown` does."""
    found = _STAND_IN.fullmatch(text)
    digits = found[1].replace(",", "") if found and len(found[1]) <= _MOST_DIGITS else ""
    return int(digits) if found and digits and f"{int(digits):,}" == found[1] else None


def _covered(name: str) -> Callable[..., Any]:
    """A method of text whose results stay hidden."""
    plain = getattr(str, name)

    def method(self: Hidden, *arguments: Any, **options: Any) -> Any:
        result = plain(self, *arguments, **options)
        sources = (self, *arguments, *(each for a in arguments if isinstance(a, list | tuple) for each in a))
        if isinstance(result, list | tuple):
            return type(result)(_each(result, sources))
        return derived(result, *sources) if isinstance(result, str) else result

    return method


def _each(parts: Iterable[str], sources: tuple[Any, ...]) -> Iterable[Any]:
    return [derived(part, *sources) for part in parts]


for _name in (
    *("__add__", "__getitem__", "__mod__", "__mul__", "__rmul__", "capitalize", "casefold", "center", "expandtabs"),
    *("format", "format_map", "join", "ljust", "lower", "lstrip", "partition", "removeprefix", "removesuffix"),
    *("replace", "rjust", "rpartition", "rsplit", "rstrip", "split", "splitlines", "strip", "swapcase", "title"),
    *("translate", "upper", "zfill"),
):
    setattr(Hidden, _name, _covered(_name))
