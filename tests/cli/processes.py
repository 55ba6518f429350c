"""Commands in processes of their own, with the streams, folders and limits that a test gives them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import provisioner

# A shell that runs tests in the background makes its children deaf to SIGINT, `nohup` to SIGHUP; people at a terminal
# are not.
MAIN = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "signal.signal(signal.SIGHUP, signal.SIG_DFL); from provisioner.cli import main; main()"
)
PACKAGE = str(Path(provisioner.__file__).parents[1])


def start(
    directory: Path,
    *arguments: str,
    environ: Mapping[str, str] | None = None,
    nohup: bool = False,
    **keywords: Any,
) -> subprocess.Popen[bytes]:
    """`alice-apply -C directory ARGUMENTS` as the demo user; both outputs are pipes unless told otherwise."""
    given = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **keywords}
    variables = {**os.environ, "PYTHONPATH": PACKAGE, "ALICE_USERNAME": "demo", "ALICE_PASSWORD": "demo"}
    main = MAIN.replace("SIG_DFL", "SIG_IGN") if nohup else MAIN
    command = [sys.executable, "-c", main, "-C", str(directory), *arguments]
    return subprocess.Popen(command, env={**variables, **(environ or {})}, **given)


def wait_until_it_hears(process: subprocess.Popen[bytes], number: int, timeout: float = 60) -> None:
    """Until a process has a handler for a signal: starting up takes longer on a machine with much else to do."""
    deadline, status = time.monotonic() + timeout, Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        caught = re.search(r"^SigCgt:\s*(\w+)$", status.read_text(), re.MULTILINE)
        if caught is not None and int(caught[1], 16) >> (number - 1) & 1:
            return
        assert time.monotonic() < deadline, "it does not begin"
        time.sleep(0.02)


def ended(process: subprocess.Popen[bytes], timeout: float = 120) -> tuple[int, str, str]:
    """Exit code and what was said; a stream that was no pipe is empty."""
    try:
        out, err = process.communicate(timeout=timeout)
    finally:
        process.kill()
        process.wait()
    return process.returncode, (out or b"").decode("utf-8", "replace"), (err or b"").decode("utf-8", "replace")


def ran(directory: Path, *arguments: str, **keywords: Any) -> tuple[int, str, str]:
    """`start` and `ended`."""
    return ended(start(directory, *arguments, **keywords))


def through_shell(directory: Path, command: str) -> tuple[int, str, str]:
    """A command line of sh, in which `$ALICE` is the program: for streams that only a shell closes."""
    program = f"{sys.executable} -c '{MAIN}'"
    variables = {**os.environ, "PYTHONPATH": PACKAGE, "ALICE_USERNAME": "demo", "ALICE_PASSWORD": "demo"}
    process = subprocess.Popen(
        ["sh", "-c", command.replace("$ALICE", program)],
        cwd=directory,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    return ended(process)
