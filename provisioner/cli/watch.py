"""`status --watch`: read again and again until no campaign runs; redrawn on a terminal, lines with their time in a log.

A reading that fails is told, and the next one is awaited: it says nothing about what runs. Only the first one must
succeed, so that a wrong endpoint ends the command as it ends every other.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from provisioner.cli.output import log, put_lines
from provisioner.errors import ApiError
from provisioner.language import spoken
from provisioner.resources import Zones
from provisioner.text import in_lines, one_line

if TYPE_CHECKING:
    from provisioner.cli.account import AccountView
    from provisioner.inspect.reading import Reading

ON_TERMINAL, ON_PIPE = 10.0, 60.0  # seconds between two readings


class Screen(Protocol):
    """Where readings are shown."""

    def show(self, reading: Reading | ApiError) -> None:
        """The newest one, or why there is none this time."""


def watch(read: Callable[[], Reading], account: AccountView, interval: float | None) -> None:
    """Until none of them runs, which only a reading that succeeded can say. Raises what the first reading does."""
    from provisioner.inspect import watch

    environ, language = account.context.environ, account.context.language
    redraws = sys.stdout.isatty() and environ.get("TERM") != "dumb"
    seconds = interval or (ON_TERMINAL if redraws else ON_PIPE)
    newest: Reading | ApiError = (reading := read())
    with _drawn(seconds) if redraws else _logged(account.zones) as screen:
        while True:
            with spoken(language):  # of what is shown alone: what fails is told in English
                screen.show(newest)
            if not reading.running:
                break
            time.sleep(seconds)
            newest = _next(read)
            reading = reading if isinstance(newest, ApiError) else newest
    with spoken(language):
        put_lines([watch.ended(account.campaign)])


def _next(read: Callable[[], Reading]) -> Reading | ApiError:
    try:
        return read()
    except ApiError as error:
        return error


class Log:
    """A line for each campaign that runs, and for one whose line has changed since it was last said."""

    def __init__(self, zones: Zones) -> None:
        self._zones, self._said = zones, dict[int, str]()

    def show(self, reading: Reading | ApiError) -> None:
        """All of them the first time; what failed is told in the log of what happens."""
        from provisioner.inspect import watch

        if isinstance(reading, ApiError):
            log(f"this reading failed, the next one is awaited: {reading}")
            return
        at, running = f"{reading.at:%Y-%m-%d %H:%M}", reading.running
        lines = {each.live.id: watch.line(each, reading.at, self._zones) for each in reading.campaigns}
        fresh = {each.live.id for each in running} | {id for id, line in lines.items() if self._said.get(id) != line}
        told = [line for id, line in lines.items() if id in fresh]
        self._said = dict(lines)
        put_lines(f"{at} {line}" for line in (*told, *watch.alarms(reading)))


@contextmanager
def _logged(zones: Zones) -> Iterator[Screen]:
    yield Log(zones)


@contextmanager
def _drawn(seconds: float) -> Iterator[Screen]:
    """Redrawn in place; the last picture stays. Imports rich."""
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    from provisioner.inspect import watch

    console = Console(highlight=False)

    class Picture:
        shown = ""

        def show(self, reading: Reading | ApiError) -> None:
            note = ""
            if isinstance(reading, ApiError):
                note = f"{watch.failed(one_line(str(reading)))}\n"
            else:
                table = watch.table(reading).fewer(console.width).text(console.width)
                rest = "".join(f"{one_line(line)}\n" for line in watch.alarms(reading))
                self.shown = f"{watch.head(reading.at, seconds)}\n{in_lines(table)}{rest}"
            live.update(Text(self.shown + note), refresh=True)

    with Live(console=console, auto_refresh=False, redirect_stdout=False) as live:
        yield Picture()
