"""One run of the program: its global options, what it has opened, whether it has written, the signal that ends it.

SIGINT and SIGTERM end every command within a second. Reading ends where it is: requests in flight are given up, and
the main thread unwinds. While apply writes (`finishing`) nothing new is begun, what is in flight gets a moment to
finish, and what does not stays in the journal for the next run. A main thread that does not get out in time (a name
that is looked up, a query, a lock) is not waited for: the state is safe against a kill at any moment.
"""

from __future__ import annotations

import os
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, Protocol

from provisioner import files
from provisioner.errors import Interrupted
from provisioner.language import ENGLISH
from provisioner.runtime import is_loopback

HANGUP = getattr(signal, "SIGHUP", None)  # of a terminal or a connection that is gone; not on Windows
SIGNALS = tuple(filter(None, (signal.SIGINT, signal.SIGTERM, HANGUP)))
STDERR = 2
GRACE = 0.6  # seconds for what is in flight, once nothing new is begun
LIMIT = 0.75  # seconds until a run that only reads is ended
LIMIT_FINISHING = 2.5  # the same for one that writes: local work alone is left by then
GLANCE = 0.05
WAITING = b"interrupting: what is in flight is finished first\n"
READ_ONLY, RECORDED = "interrupted", "error: interrupted; what was done is recorded, run it again to finish"


class Interruptible(Protocol):
    """What a signal reaches: a connection, or processes of ours. Whatever it does must not wait."""

    @property
    def wrote(self) -> bool:
        """Whether a write has gone to Alice."""
        ...

    def cancel(self) -> None:
        """Begin nothing new."""
        ...

    def abandon(self) -> None:
        """Give up what is in flight."""
        ...


class Stopped(BaseException):
    """A signal ends the run; no `except` on the way is for it."""


class Invocation:
    """Made anew for every run, so that tests may have several in a process; only `main` listens to signals."""

    def __init__(self) -> None:
        self.received: int | None = None
        self.verbosity = 0
        self.log_format = "text"
        self.id = uuid.uuid4().hex[:12]
        self._clients: list[Interruptible] = []
        self._finishing: float | None = None  # seconds that a signal leaves it
        self._heard = False
        self._told = False

    @property
    def wrote(self) -> bool:
        """Whether a write has gone to Alice: the clients know."""
        return any(client.wrote for client in self._clients)

    @property
    def interrupted(self) -> bool:
        """Whether a signal has come."""
        return self.received is not None

    def opened(self, client: Interruptible) -> None:
        """A signal ends the waits of this client."""
        self._clients.append(client)

    @contextmanager
    def finishing(self, limit: float = LIMIT_FINISHING) -> Iterator[None]:
        """A block that a signal does not end where it is; Interrupted at its end if one has come.

        `limit`: seconds from a signal until the run ends all the same.
        """
        self._finishing = limit
        try:
            yield
        finally:
            self._finishing = None
        if self.received is not None:
            raise Interrupted(self.received)

    def parting(self) -> str:
        """What to say about a signal, once."""
        self._told = True
        return RECORDED if self.wrote else READ_ONLY

    def listen(self) -> None:
        """Obey signals from now on; for the main thread."""
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        for number in SIGNALS:
            if number != HANGUP or signal.getsignal(number) is not signal.SIG_IGN:  # that is how `nohup` keeps it going
                signal.signal(number, self._arrived)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        threading.Thread(target=self._watch, args=(reading,), name="signals", daemon=True).start()

    def leave(self, code: int) -> NoReturn:
        """End the process without waiting for threads that wait for something."""
        files.remove_all()
        os._exit(code)

    def _arrived(self, number: int, frame: FrameType | None) -> None:
        """In the main thread, as soon as it runs Python. A second signal is only impatient: all ends soon anyway."""
        again, self._heard = self._heard, True
        self._stop(number)
        if again:
            return
        if not self._finishing:
            self._abandon()
            raise Stopped
        _tell(WAITING)

    def _stop(self, number: int) -> None:
        self.received = self.received or number
        for client in self._clients:
            client.cancel()

    def _abandon(self) -> None:
        for client in self._clients:
            client.abandon()

    def _watch(self, reading: int) -> None:
        """Told of a signal at once, whatever the main thread does; gives it its time."""
        number = self._ours(reading)
        self._stop(number)
        began = time.monotonic()
        while (passed := time.monotonic() - began) < (self._finishing or LIMIT):
            if passed > GRACE:
                self._abandon()
            time.sleep(GLANCE)
        if not self._told:
            _tell(f"{self.parting()}\n".encode())
        self.leave(128 + (self.received or number))

    def _ours(self, reading: int) -> int:
        """The first signal that nobody else has taken over meanwhile, as the simulator does."""
        while True:
            number = os.read(reading, 1)[0]
            if number in SIGNALS and signal.getsignal(number) == self._arrived:
                return number


def _tell(line: bytes) -> None:
    """On stderr, where there still is one; unlike print it may be called in the middle of another print."""
    with suppress(OSError):
        os.write(STDERR, line)


_current = Invocation()


def invocation() -> Invocation:
    """The run that is under way."""
    return _current


def begin() -> Invocation:
    """Another run begins."""
    global _current
    _current = Invocation()
    return _current


def system_clock() -> datetime:
    """The real time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class GlobalOptions:
    """The options before the command, and the environment variables. `environment` is None without `-e`."""

    directory: Path = Path()
    environment: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    verbosity: int = 0
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    language: str = ENGLISH
    clock: Callable[[], datetime] = system_clock

    @property
    def chosen(self) -> dict[str, Any]:
        """What decides how the project is read, as `manifests.load` and those beside it take it."""
        names = ("directory", "environment", "variables", "environ")
        return {name: getattr(self, name) for name in names}

    def now(self, endpoint: str) -> datetime:
        """The time, which ALICE_NOW may set for a server on this machine only (a test must not reach real people)."""
        given = self.environ.get("ALICE_NOW")
        if not given:
            return _plannable(self.clock(), "the clock of this machine shows")
        if not is_loopback(endpoint):
            raise _usage_error("ALICE_NOW is for tests against a server on this machine only: unset it")
        return _plannable(_moment(given), "ALICE_NOW is")


def _moment(text: str) -> datetime:
    """An ISO datetime; UTC when it names no offset."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _usage_error(f"ALICE_NOW={text} is not a datetime like 2027-01-20T08:00:00+07:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _plannable(moment: datetime, what: str) -> datetime:
    from provisioner.resources.fields import YEARS, can_be_planned

    if not can_be_planned(moment):
        raise _usage_error(f"{what} {moment:%Y-%m-%d}: set it to a time between {YEARS.start} and {YEARS.stop - 1}")
    return moment


def _usage_error(message: str) -> Exception:
    """Imported late: every start pays for what this module imports."""
    from provisioner.error_ids import ErrorId
    from provisioner.errors import UsageError

    return UsageError(message, id=ErrorId.CLOCK)
