"""Tasks as processes of this machine, so many at a time; each is ended when its parent is gone.

A process is the same interpreter with the same package; nothing of the folder it runs in is imported (`-P`). Its stdin
is a pipe that ends with us, so that no kill of ours leaves it behind (`cli.child`). It asks nobody anything. One that
fails keeps no other back, unless there is a limit of failures.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from provisioner import files
from provisioner.fleet.task import Lines, ProcessResult, Task, exit_code, jobs_of

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


class Limit:
    """Says when no further task is begun: after so many failures (None: never), or once it is `closed`."""

    def __init__(self, most_failures: int | None) -> None:
        self._most, self._failures = most_failures, 0
        self.closed = False

    def count(self, ended: ProcessResult) -> None:
        """One more is over; called by one thread at a time."""
        self._failures += ended.failed
        self.closed = self.closed or (self._most is not None and self._failures >= self._most)


class Pool:
    """A thread for each process that runs: it waits for it and does nothing else.

    `cancel` passes a signal on to those that run, and none is begun after it; they end as a single run does.
    """

    def __init__(
        self, jobs: int, limit: Limit, environ: Mapping[str, str], tell: Tell | None, writes: bool = False
    ) -> None:
        self._jobs, self._limit, self._environ, self._tell, self._writes = jobs, limit, environ, tell, writes
        self._running: set[FleetProcess] = set()
        self._lock = threading.Lock()
        self._signal: int | None = None
        self.wrote = False

    def run(self, tasks: Sequence[Task]) -> Iterator[ProcessResult]:
        """Each as it ends."""
        with ThreadPoolExecutor(jobs_of(tasks, self._jobs)) as threads:
            futures = [threads.submit(self._one, task) for task in tasks]
            try:
                yield from (future.result() for future in as_completed(futures))
            finally:
                self._limit.closed = True

    def cancel(self, number: int) -> None:
        """From any thread and from a signal handler: takes no lock."""
        self._signal, self._limit.closed = number, True
        for process in list(self._running):
            process.stop(number)

    def _one(self, task: Task) -> ProcessResult:
        if self._limit.closed:
            return ProcessResult(task.environment)
        self.wrote = self.wrote or self._writes
        ended = carry_out(task, self._environ, self._tell, self._begun)
        with self._lock:
            self._limit.count(ended)
        return ended

    def _begun(self, process: FleetProcess) -> None:
        """A signal that came while it was started reached nobody."""
        self._running.add(process)
        if self._signal is not None:
            process.stop(self._signal)
