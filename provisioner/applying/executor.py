"""Runs the steps of a blueprint: independent ones in parallel, silent before ringing, nothing after a failure that
depends on it. Once anything has failed nothing that rings is sent any more, whatever `--on-error` says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from graphlib import TopologicalSorter

from provisioner.applying.work import StepDeferred, StepUnknown
from provisioner.errors import ProvisionerError
from provisioner.model import Result
from provisioner.planning.steps import Graph, Step

RunStep = Callable[[Step], str]


@dataclass(frozen=True, slots=True)
class StepResult:
    """How one step ended, and what to say about it."""

    result: Result
    message: str = ""


@dataclass(slots=True)
class Executor:
    """`run` does one step and returns what to say; `should_stop` is asked before anything new is begun."""

    graph: Graph
    run: RunStep
    parallelism: int = 8
    stop_on_error: bool = True
    should_stop: Callable[[], bool] = lambda: False
    done: Callable[[Step], None] = lambda step: None
    results: dict[Step, StepResult] = field(default_factory=dict)

    def execute(self) -> Mapping[Step, StepResult]:
        """Every step with its result; never raises for a step's failure."""
        sorter: TopologicalSorter[Step] = TopologicalSorter(self.graph)
        sorter.prepare()
        ready: set[Step] = set()
        running: dict[Future[StepResult], Step] = {}
        with ThreadPoolExecutor(self.parallelism, thread_name_prefix="apply") as pool:
            while sorter.is_active():
                ready |= set(sorter.get_ready())
                ready -= self._skip(ready, sorter)
                self._begin(ready, running, pool)
                if running:
                    self._collect(running, sorter)
        return self.results

    def _begin(self, ready: set[Step], running: dict[Future[StepResult], Step], pool: ThreadPoolExecutor) -> None:
        """Silent steps as they come; ringing ones only when nothing silent is ready or under way."""
        position = {step: index for index, step in enumerate(self.graph)}
        silent = {step for step in ready if not step.calls}
        busy = any(not step.calls for step in running.values())
        for step in sorted(silent or (set() if busy else set(ready)), key=position.__getitem__):
            ready.discard(step)
            running[pool.submit(self._attempt, step)] = step

    def _collect(self, running: dict[Future[StepResult], Step], sorter: TopologicalSorter[Step]) -> None:
        finished, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in finished:
            step = running.pop(future)
            future.result()  # a bug in a step comes out here
            self.done(step)
            sorter.done(step)

    def _attempt(self, step: Step) -> StepResult:
        """One step, or the reason to leave it; known at once to the steps that are waiting for a thread."""
        self.results[step] = result = self._reason_to_skip(step) or self._outcome(step)
        return result

    def _outcome(self, step: Step) -> StepResult:
        try:
            return StepResult(Result.DONE, self.run(step))
        except StepDeferred as late:
            return StepResult(Result.DEFERRED, str(late))
        except StepUnknown as unknown:
            return StepResult(Result.UNKNOWN, str(unknown))
        except ProvisionerError as error:
            return StepResult(Result.FAILED, str(error))

    def _skip(self, ready: set[Step], sorter: TopologicalSorter[Step]) -> set[Step]:
        """Steps that are not begun at all."""
        skipped = set()
        for step in ready:
            reason = self._reason_to_skip(step)
            if reason is not None:
                self.results[step] = reason
                self.done(step)
                sorter.done(step)
                skipped.add(step)
        return skipped

    def _reason_to_skip(self, step: Step) -> StepResult | None:
        for needed in self.graph[step]:
            before = self.results.get(needed)
            if before is not None and before.result is not Result.DONE:
                result = Result.DEFERRED if before.result is Result.DEFERRED else Result.SKIPPED
                return StepResult(result, f"waits for {needed.address}" if needed.address != step.address else "")
        if self.should_stop():
            return StepResult(Result.SKIPPED, "interrupted")
        if self._failed() and (step.calls or self.stop_on_error):
            return StepResult(Result.SKIPPED, "not tried after a failure")
        return None

    def _failed(self) -> bool:
        return any(each.result in (Result.FAILED, Result.UNKNOWN) for each in list(self.results.values()))
