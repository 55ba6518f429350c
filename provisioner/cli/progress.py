"""Progress bars on stderr, one per phase, on a terminal only; each says how fast it goes and how long it will take.

`rich` is imported when the first bar is drawn, never before.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from provisioner.progress import Advance, Progress, Silent

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import Task
    from rich.text import Text


def terminal_progress() -> Progress:
    """Bars when stderr is a terminal, else silence."""
    return _TerminalProgress() if sys.stderr.isatty() else Silent()


class _TerminalProgress:
    """A bar per phase; a finished one leaves no trace, so that the report stands alone."""

    @contextmanager
    def phase(self, name: str, total: int | None = None) -> Iterator[Advance]:
        with _bars() as bars:
            task = bars.add_task(name, total=total)

            def advance(steps: int = 1) -> None:
                bars.advance(task, steps)

            yield advance


def _bars() -> Bars:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(rate(task.speed))

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    return Bars(*columns, console=Console(stderr=True), transient=True)


def rate(steps_per_second: float | None) -> str:
    """`1,234/s`, or nothing while it is not known."""
    return f"{steps_per_second:,.0f}/s" if steps_per_second else ""
