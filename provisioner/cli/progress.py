"""How far work has come, on stderr: bars on a terminal, in a language, lines with their time in a log, in English.

A bar imports `rich`.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from provisioner.cli.output import log
from provisioner.language import ENGLISH, number, spoken, translated
from provisioner.progress import Advance, EndedStep, Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import Task
    from rich.text import Text

HEARTBEAT = 30.0  # seconds between two lines about one phase; CI ends jobs that say nothing for minutes


def stderr_progress(language: str = ENGLISH) -> Progress:
    """Bars when stderr is a terminal, else lines."""
    return BarProgress(language) if sys.stderr.isatty() else LineProgress()


class LineProgress:
    """A line for each step that is over, and one now and then for what takes long."""

    def __init__(self, heartbeat: float = HEARTBEAT) -> None:
        self._heartbeat = heartbeat

    @contextmanager
    def phase(self, name: str, total: int | None = None) -> Iterator[Advance]:
        """Silent until it has taken as long as a heartbeat."""
        lock, began, told, done = threading.Lock(), time.monotonic(), time.monotonic(), 0

        def advance(steps: int = 1) -> None:
            nonlocal told, done
            with lock:
                done, now = done + steps, time.monotonic()
                if now - told < self._heartbeat:
                    return
                told = now
                _beat(name, done, total, now - began)

        yield advance

    def ended(self, step: EndedStep) -> None:
        """What was done to what, and how it ended."""
        from provisioner.reports.wording import harmless

        message = harmless(step.message)
        said = f"{step.result:<8} {step.action:<7} {step.address}{f': {message}' if message else ''}"
        log(
            said,
            address=step.address,
            action=step.action,
            result=step.result,
            seconds=round(step.seconds, 3),
            message=message,
        )


def _beat(name: str, done: int, total: int | None, seconds: float) -> None:
    of = f" of {total:,}" if total else ""
    log(
        f"{name}: {done:,}{of}, {rate(done / seconds if seconds else None)}",
        phase=name,
        done=done,
        total=total,
        seconds=round(seconds, 3),
    )


class BarProgress:
    """A bar per phase; a finished one leaves no trace, so that the report stands alone."""

    def __init__(self, language: str = ENGLISH) -> None:
        self._language = language

    @contextmanager
    def phase(self, name: str, total: int | None = None) -> Iterator[Advance]:
        with spoken(self._language):  # of the name alone: the work within is done in English
            told = translated(name)
        with _bars(self._language) as bars:
            task = bars.add_task(told, total=total)

            def advance(steps: int = 1) -> None:
                bars.advance(task, steps)

            yield advance

    def ended(self, step: EndedStep) -> None:
        """The bar moves, and the report tells the rest."""


def _bars(language: str) -> Bars:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            with spoken(language):
                return Text(rate(task.speed))

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    return Bars(*columns, console=Console(stderr=True), transient=True)


def rate(steps_per_second: float | None) -> str:
    """`1,234/s`, or nothing while it is not known."""
    return f"{number(steps_per_second, ',.0f')}/s" if steps_per_second else ""
