"""Processes of the tool that are stopped at a chosen request, by a signal that they hear or by one that they do not."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from threading import Timer

from provisioner.simulator.process import Simulator
from tests.factories import NOW
from tests.faults import versions
from tests.faults.trial import APPLY

TIMEOUT = 1.0
LONG_TIMEOUT = 2.5  # of a run whose request is executed late: within twice that, also on a machine with much else to do
LATE = 0.5  # seconds after the next run has begun
_LONGEST = 180.0
_LOOK = 0.03  # seconds; the simulator works for each look

# To import the tool costs more than what it does until it is killed: processes are forked from one that has done that
# and nothing else.
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.faults.preloaded"])


@dataclass
class Victim:
    """An apply in a process of its own."""

    process: ForkServerProcess
    said: Path

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    def send_signal(self, number: int) -> None:
        """To a process that has ended already it is nothing."""
        if self.process.is_alive():
            os.kill(self.pid, number)

    def ended(self, timeout: float = _LONGEST) -> tuple[int, str]:
        """Wait for the end; the exit code and what was said."""
        self.process.join(timeout)
        assert self.process.exitcode is not None, "it does not end"
        return self.process.exitcode, self.said.read_text(encoding="utf-8", errors="replace")


def nothing() -> None:
    """Most of them just begin."""


def start(
    directory: Path,
    simulator: Simulator,
    *,
    command: tuple[str, ...] = APPLY,
    timeout: float = TIMEOUT,
    first: Callable[[], None] = nothing,
) -> Victim:
    """An apply that waits for `timeout` seconds for an answer; `first` is done in its process before it begins."""
    environ = {
        **os.environ,
        **versions.ENVIRON,
        "ALICE_USERNAME": "demo",
        "ALICE_PASSWORD": "demo",
        "ALICE_NOW": NOW.isoformat(),
    }
    arguments = ["-C", str(directory), *command, "--timeout", str(timeout)]
    opened, name = tempfile.mkstemp(prefix="said-", dir=directory.parent)
    os.close(opened)
    process = _FORKS.Process(target=_run, args=(arguments, environ, name, first))
    process.start()
    return Victim(process, Path(name))


def _run(arguments: list[str], environ: Mapping[str, str], said: str, first: Callable[[], None]) -> None:
    """In the new process. People at a terminal are not deaf to SIGINT, whoever started the tests."""
    os.environ.clear()
    os.environ.update(environ)
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(0, 1)
    os.dup2(os.open(said, os.O_WRONLY), 2)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = ["alice-apply", *arguments]
    first()
    from provisioner.cli import main

    main()


def wait_until_held(victim: Victim, simulator: Simulator) -> None:
    """Until the request that is to be held has come; an end before that is a failure."""
    deadline = time.monotonic() + _LONGEST
    while not simulator.holds():
        assert victim.process.is_alive(), f"ended before that request: {victim.ended()}"
        assert time.monotonic() < deadline, "neither the request nor the end came"
        time.sleep(_LOOK)


def kill(directory: Path, simulator: Simulator, n: int, mode: str, scope: str, command: tuple[str, ...]) -> None:
    """An apply that dies at its n-th request of a scope; `late`, that is executed while the next run looks."""
    simulator.hold(n, mode=mode, scope=scope)
    victim = start(directory, simulator, command=command, timeout=LONG_TIMEOUT if mode == "late" else TIMEOUT)
    try:
        wait_until_held(victim, simulator)
    finally:
        end(victim, signal.SIGKILL)
    if mode == "late":
        Timer(LATE, simulator.release).start()
    else:
        simulator.release()


def end(victim: Victim, number: int) -> tuple[int, str]:
    """Send the signal and wait; the exit code and what was said."""
    victim.send_signal(number)
    return victim.ended()
