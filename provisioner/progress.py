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


def _unseen(steps: int = 1) -> None:
    pass
