"""How far a long piece of work has come, for whoever is watching. The work does not know who that is.

    with progress.phase("reading", total) as advance:
        ...
        advance(10)
    progress.ended(EndedStep(...))

Drawing belongs to `provisioner.cli`; everything below it takes a `Progress`, which is `NoProgress` by default.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol


class Advance(Protocol):
    """Tells that so many more steps are done; may be called from any thread."""

    def __call__(self, steps: int = 1) -> None: ...


@dataclass(frozen=True, slots=True)
class EndedStep:
    """A step of an apply that is over: what was done (`write`, `rows`, `start`, ...) to which address, how it ended
    (`done`, `failed`, ...) and after how many seconds."""

    address: str
    action: str
    result: str
    message: str
    seconds: float


class Progress(Protocol):
    """Something that shows phases, and the steps of an apply as they end."""

    def phase(self, name: str, total: int | None = None) -> AbstractContextManager[Advance]:
        """A piece of work that ends with the block; `total` is None while nobody knows it."""
        ...

    def ended(self, step: EndedStep) -> None:
        """A step is over; may be called from any thread."""
        ...


class NoProgress:
    """Shows nothing."""

    @contextmanager
    def phase(self, name: str, total: int | None = None) -> Iterator[Advance]:
        """A phase that nobody sees."""
        yield _unseen

    def ended(self, step: EndedStep) -> None:
        """A step that nobody sees."""


@dataclass(slots=True)
class PassProgress:
    """An `Advance` of work that is done in passes: what is sent once more, to settle what came of it, counts once."""

    advance: Advance
    total: int
    _done: int = 0
    _again: int = 0

    def begin(self, left: int) -> None:
        """A pass over so many that are left: as many as were told of before and are among them are told of already."""
        self._again = max(0, self._done + left - self.total)

    def __call__(self, steps: int = 1) -> None:
        again = min(steps, self._again)
        self._again -= again
        new = min(steps - again, self.total - self._done)
        if new > 0:
            self._done += new
            self.advance(new)


def _unseen(steps: int = 1) -> None:
    pass
