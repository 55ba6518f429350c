"""A run as a process of this machine: started, listened to, told of signals, and ended when its parent is gone.

The process is the same interpreter with the same package; nothing of the folder it runs in is imported (`-P`). Its
stdin is a pipe that ends with us, so that no kill of ours leaves it behind (`cli.child`). It asks nobody anything.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from provisioner import files
from provisioner.fleet.task import Lines, ProcessResult, Task, exit_code

COMMAND = (sys.executable, "-P", "-c", "from provisioner.cli import child; child()")
MOST_OUTPUT = 64 << 20  # bytes of a report; more than any plan file

Tell = Callable[[str, str], None]  # the environment, and a line of what its process says


class FleetProcess:
    """One child. `stop` may be called from any thread and from a signal handler."""

    def __init__(self, arguments: list[str], environ: Mapping[str, str]) -> None:
        self._began = time.monotonic()
        self._child = subprocess.Popen(
            [*COMMAND, *arguments],
            env=dict(environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._lines = Lines()

    def stop(self, number: int) -> None:
        """Pass a signal on."""
        if self._child.returncode is None:
            self._child.send_signal(number)

    def ended(self, task: Task, folder: Path, tell: Tell | None = None) -> ProcessResult:
        """Wait for it, and take what it left."""
        listener = threading.Thread(target=self._listen, args=(task.environment, tell), daemon=True)
        listener.start()
        assert self._child.stdout is not None and self._child.stdin is not None
        with self._child.stdout as stdout:
            output = stdout.read(MOST_OUTPUT)
        code = exit_code(self._child.wait(), "apply" in task.command)
        listener.join()
        self._child.stdin.close()
        left = {ending: (folder / ending).read_bytes() for ending in task.wanted if (folder / ending).is_file()}
        seconds = time.monotonic() - self._began
        return ProcessResult(task.environment, code, seconds, output, left, self._lines.kept())

    def _listen(self, environment: str, tell: Tell | None) -> None:
        assert self._child.stderr is not None
        with self._child.stderr as stderr:
            for raw in stderr:
                line = raw.decode(errors="replace").rstrip("\n")
                self._lines.add(line)
                if tell is not None:
                    tell(environment, line)


def carry_out(
    task: Task,
    environ: Mapping[str, str],
    tell: Tell | None = None,
    begun: Callable[[FleetProcess], None] = lambda _: None,
) -> ProcessResult:
    """Run one task here, in a private folder of its own; `begun` gets the process while it runs."""
    with files.made("alice-fleet-") as folder:
        process = FleetProcess(task.arguments(folder), environ)
        begun(process)
        return process.ended(task, folder, tell)
