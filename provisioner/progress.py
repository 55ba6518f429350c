"""How far a long piece of work has come, for whoever is watching. The work does not know who that is.

    with progress.phase("reading", total) as advance:
        ...
        advance(10)

Drawing belongs to `provisioner.cli`; everything below it takes a `Progress`, which is `Silent` by default.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Advance(Protocol):
    """Tells that so many more steps are done; may be called from any thread."""

    def __call__(self, steps: int = 1) -> None: ...


class Progress(Protocol):
    """Something that shows phases."""

    def phase(self, name: str, total: int | None = None) -> AbstractContextManager[Advance]:
        """A piece of work that ends with the block; `total` is None while nobody knows it."""
        ...


class Silent:
    """Shows nothing."""

    @contextmanager
    def phase(self, name: str, total: int | None = None) -> Iterator[Advance]:
        """A phase that nobody sees."""
        yield _unseen


def _unseen(steps: int = 1) -> None:
    pass
