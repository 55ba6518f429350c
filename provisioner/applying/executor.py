"""Runs the steps of a plan: independent ones in parallel, silent before ringing, nothing after a failure that depends
on it. Once anything has failed nothing that rings is sent any more, whatever `--on-error` says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from heapq import heappop, heappush

from provisioner.applying.work import RunFailed, StepDeferred, StepUnknown
from provisioner.errors import ProvisionerError, internal
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
    broken: bool = False  # something has failed, or its outcome is unknown

    def execute(self) -> Mapping[Step, StepResult]:
        """Every step with its result; never raises for a step's failure."""
        sorter: TopologicalSorter[Step] = TopologicalSorter(self.graph)
        sorter.prepare()
        queue = _Queue(self.graph)
        running: dict[Future[StepResult], Step] = {}
        with ThreadPoolExecutor(self.parallelism, thread_name_prefix="apply") as pool:
            while sorter.is_active():
                queue.put(sorter.get_ready())
                step = queue.take(running.values()) if len(running) < self.parallelism else None
                if step is None:
                    self._collect(running, sorter)
                elif reason := self._reason_to_skip(step):
                    self._settle(step, reason)
                    self._leave(step, sorter)
                else:
                    running[pool.submit(self._attempt, step)] = step
        return self.results

    def _collect(self, running: dict[Future[StepResult], Step], sorter: TopologicalSorter[Step]) -> None:
        finished, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in finished:
            step = running.pop(future)
            future.result()
            self._leave(step, sorter)

    def _leave(self, step: Step, sorter: TopologicalSorter[Step]) -> None:
        self.done(step)
        sorter.done(step)

    def _settle(self, step: Step, result: StepResult) -> None:
        self.results[step] = result
        self.broken = self.broken or result.result in (Result.FAILED, Result.UNKNOWN)

    def _attempt(self, step: Step) -> StepResult:
        """One step, or the reason to leave it; known at once to the steps that are waiting for a thread."""
        result = self._reason_to_skip(step) or self._outcome(step)
        self._settle(step, result)
        return result

    def _outcome(self, step: Step) -> StepResult:
        try:
            return StepResult(Result.DONE, self.run(step))
        except StepDeferred as late:
            return StepResult(Result.DEFERRED, str(late))
        except StepUnknown as unknown:
            return StepResult(Result.UNKNOWN, str(unknown))
        except RunFailed as error:
            self.stop_on_error = True
            return StepResult(Result.FAILED, str(error))
        except ProvisionerError as error:
            return StepResult(Result.FAILED, str(error))
        except OSError as error:
            return StepResult(Result.UNKNOWN, f"a file cannot be read or written: {error.strerror or error}")
        except Exception as error:  # a bug: other steps may be in flight, and all that was done is to be told
            return StepResult(Result.UNKNOWN, internal(error))

    def _reason_to_skip(self, step: Step) -> StepResult | None:
        for needed in self.graph[step]:
            before = self.results.get(needed)
            if before is not None and before.result is not Result.DONE:
                result = Result.DEFERRED if before.result is Result.DEFERRED else Result.SKIPPED
                return StepResult(result, f"waits for {needed.address}" if needed.address != step.address else "")
        if self.should_stop():
            return StepResult(Result.SKIPPED, "interrupted")
        if self.broken and (step.calls or self.stop_on_error):
            return StepResult(Result.SKIPPED, "not tried after a failure")
        return None


class _Queue:
    """Steps that are ready, in the order of the graph: silent ones as they come, ringing ones once nothing silent is
    ready or under way."""

    def __init__(self, graph: Graph) -> None:
        self._order = list(graph)
        self._position = {step: index for index, step in enumerate(self._order)}
        self._silent: list[int] = []
        self._ringing: list[int] = []

    def put(self, steps: Iterable[Step]) -> None:
        for step in steps:
            heappush(self._ringing if step.calls else self._silent, self._position[step])

    def take(self, running: Iterable[Step]) -> Step | None:
        """The next step that may begin beside those that are under way."""
        if not self._silent and any(not step.calls for step in running):
            return None
        heap = self._silent or self._ringing
        return self._order[heappop(heap)] if heap else None
