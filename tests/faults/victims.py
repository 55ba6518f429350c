"""Processes of the tool that are stopped at a chosen request, by a signal that they hear or by one that they do not."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import provisioner
from provisioner.simulator.process import Simulator
from tests.factories import NOW
from tests.faults import versions
from tests.faults.trial import APPLY

# A shell that runs tests in the background makes its children deaf to SIGINT; people at a terminal are not.
_MAIN = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);from provisioner.cli import main; main()"
)
TIMEOUT = 1.0
_LONGEST = 180.0


def start(
    directory: Path, simulator: Simulator, *, command: tuple[str, ...] = APPLY, timeout: float = TIMEOUT
) -> subprocess.Popen[str]:
    """An apply in a process of its own; it waits for `timeout` seconds for an answer."""
    environ = {
        **os.environ,
        **versions.ENVIRON,
        "ALICE_USERNAME": "demo",
        "ALICE_PASSWORD": "demo",
        "ALICE_NOW": NOW.isoformat(),
        "PYTHONPATH": str(Path(provisioner.__file__).parents[1]),
    }
    started = [sys.executable, "-c", _MAIN, "-C", str(directory), *command, "--timeout", str(timeout)]
    return subprocess.Popen(started, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environ)


def wait_until_held(process: subprocess.Popen[str], simulator: Simulator) -> None:
    """Until the request that is to be held has come; an end before that is a failure."""
    deadline = time.monotonic() + _LONGEST
    while not simulator.holds():
        assert process.poll() is None, (
            f"ended with {process.returncode} before that request\n{process.communicate()[1]}"
        )
        assert time.monotonic() < deadline, "neither the request nor the end came"
        time.sleep(0.01)


def end(process: subprocess.Popen[str], number: int) -> tuple[int, str]:
    """Send the signal and wait; the exit code and what was said."""
    process.send_signal(number)
    _, err = process.communicate(timeout=_LONGEST)
    return process.returncode, err
