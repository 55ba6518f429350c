"""How many there are, as far as it is known: what is counted of an account is often only in part. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bound:
    """How many there are, as far as it is known: at least `least`, at most `most`.

    `most` None: an unknown number of more there are, and `reason` says why. Never a number that may be too small.
    """

    least: int = 0
    most: int | None = 0
    reason: str = ""

    @classmethod
    def exact(cls, number: int) -> Bound:
        """So many, no more and no less."""
        return cls(number, number)

    @classmethod
    def at_most(cls, number: int) -> Bound:
        """Perhaps fewer."""
        return cls(0, number)

    @classmethod
    def unknown(cls, reason: str, least: int = 0) -> Bound:
        """Perhaps more, and nobody knows how many."""
        return cls(least, None, reason)

    def __bool__(self) -> bool:
        """Whether there may be any."""
        return self.most != 0

    def __add__(self, other: Bound) -> Bound:
        most = None if self.most is None or other.most is None else self.most + other.most
        return Bound(self.least + other.least, most, self.reason or other.reason)

    def times(self, number: int) -> Bound:
        """Each of them so often at most."""
        return Bound(self.least, None if self.most is None else self.most * number, self.reason)

    def capped(self, limit: Bound) -> Bound:
        """Not more than the limit allows; an unknown limit allows any number."""
        if limit.most is None:
            return self
        most = None if self.most is None else min(self.most, limit.most)
        return Bound(min(self.least, limit.most), most, self.reason)

    def less(self, part: Bound) -> Bound:
        """The others, when some of them are taken away."""
        least = 0 if part.most is None else max(0, self.least - part.most)
        return Bound(least, None if self.most is None else max(0, self.most - part.least), self.reason)


NONE = Bound()
