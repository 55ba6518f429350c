"""The order of apply, on graphs: silent before ringing, nothing before what it waits for, the same every time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from provisioner.apply.executor import Executor
from provisioner.apply.work import StepFailed
from provisioner.model import Address
from provisioner.plan.model import Result
from provisioner.plan.steps import Graph, Step, Verb, linear


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Any graph without cycles: a step waits for some of the steps before it."""
    count = draw(st.integers(1, 12))
    steps = [Step(Address("kind", f"k{n}"), Verb.WRITE, draw(st.booleans())) for n in range(count)]
    return {
        step: frozenset(draw(st.sets(st.sampled_from(steps[:index]), max_size=3)) if index else ())
        for index, step in enumerate(steps)
    }


@given(graphs())
def test_nothing_comes_before_what_it_waits_for(graph: Graph) -> None:
    order = linear(graph)
    assert sorted(map(str, order)) == sorted(map(str, graph))
    for step, needed in graph.items():
        assert all(order.index(each) < order.index(step) for each in needed)


@given(graphs())
def test_ringing_begins_only_when_every_silent_step_that_could_come_has_come(graph: Graph) -> None:
    order = linear(graph)
    for index, step in enumerate(order):
        begins = step.calls and (index == 0 or not order[index - 1].calls)
        if begins:
            done = set(order[:index])
            assert not any(not each.calls and graph[each] <= done for each in order[index:])


@given(graphs(), st.data())
def test_after_a_failure_nothing_rings_and_nothing_that_depends_on_it_is_tried(
    graph: Graph, data: st.DataObject
) -> None:
    broken = data.draw(st.sampled_from(sorted(graph, key=str)))
    stop = data.draw(st.booleans())
    tried: list[Step] = []

    def run(step: Step) -> str:
        tried.append(step)
        if step == broken:
            raise StepFailed("broken on purpose")
        return ""

    results = Executor(graph, run, parallelism=1, stop_on_error=stop).execute()
    assert set(results) == set(graph)
    assert results[broken].result is Result.FAILED or broken not in tried
    if broken in tried:
        after = tried[tried.index(broken) + 1 :]
        assert not any(step.calls for step in after)
        assert not (stop and after)
    for step, needed in graph.items():
        if any(results[each].result is not Result.DONE for each in needed):
            assert step not in tried


def test_a_bug_in_a_step_is_an_outcome_without_its_message() -> None:
    """Another step may be in flight, and what was done has to be told and recorded."""
    first, second = Step(Address("kind", "a"), Verb.WRITE, False), Step(Address("kind", "b"), Verb.WRITE, False)

    def run(step: Step) -> str:
        raise KeyError("0934890883")

    results = Executor({first: frozenset(), second: frozenset({first})}, run).execute()
    assert results[first].result is Result.UNKNOWN
    assert results[second].result is Result.SKIPPED
    assert results[first].message.startswith("internal error: KeyError at provisioner/apply/executor.py:")
    assert "0934890883" not in results[first].message
