"""Addresses that are declared a second time, and files that are copies of others.

Whoever copies a file to begin a new one declares every address in it twice: a hundred alike lines about that hide what
else is wrong, so a file that has most of its addresses from another one is told once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from provisioner.model import Address, Source

MANY = 3  # alike mistakes that are told together


class Duplicate(NamedTuple):
    """An address where it is declared again, and where it was declared first."""

    source: Source
    address: Address
    first: Source


class Duplicates:
    """Gathers what is declared, in the order of reading."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], list[Duplicate]] = {}
        self._declared = Counter[str]()

    def declared(self, source: Source) -> None:
        """An address is declared there, for the first time or not."""
        self._declared[source.file] += 1

    def add(self, source: Source, address: Address, first: Source) -> None:
        """One that was declared before, at `first`."""
        self._found.setdefault((source.file, first.file), []).append(Duplicate(source, address, first))

    def told(self) -> Iterator[tuple[str, Source, Address | None]]:
        """What is wrong, where, and about which address if it is about one."""
        for (file, other), found in self._found.items():
            if file != other and len(found) >= MANY and 2 * len(found) >= self._declared[file]:
                number = f"{len(found):,} addresses are declared twice"
                yield f"{file} looks like a copy of {other}: {number}; keep one of the files", found[0].source, None
            else:
                yield from ((f"is declared twice, first at {each.first}; keep one", *each[:2]) for each in found)
