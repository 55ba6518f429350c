"""Tasks on this machine, so many at a time. One that fails keeps no other back, unless there is a limit of failures."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from provisioner.fleet.process import FleetProcess, Tell, carry_out
from provisioner.fleet.task import ProcessResult, Task, jobs_of


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
