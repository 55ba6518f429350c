"""The benchmark works, in the small; what it finds out at its full size is in docs/benchmarks.md."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench import cases, peers, results
from tests.bench.cases import Bench
from tests.bench.measure import run
from tests.bench.results import Aim, Cost, Result
from tests.state.postgres_server import Server

SMALL = Bench(scale=0.001, repeat=1)


def test_a_plan_is_measured_beside_its_floor() -> None:
    at_once, slow = cases.plan_rows(SMALL, "d", 2_000_000, 100, differing=100)
    assert at_once.name == "plan of 2,000 contacts, 1 % changed, pages of 100"
    assert at_once.requests == slow.requests >= 20
    assert at_once.floor and slow.floor and slow.floor.wall > 20 * cases.LATENCY / 8
    assert at_once.cost.cpu > at_once.floor.cpu > 0
    assert at_once.cost.memory > at_once.floor.memory > 10
    assert at_once.server < at_once.cost.cpu / 2, "the stand-in must not be what is measured"


def test_creations_are_measured_beside_their_requests() -> None:
    """Which are few: one for each resource and one more for each script."""
    at_once, slow = cases.create_resources(SMALL, "i", 60_000, cases.sqlite)
    assert at_once.name == "apply of 60 creations, SQLite"
    assert slow.name == "apply of 60 creations, SQLite, answers after 0.02 s"
    assert at_once.floor and slow.floor and slow.floor.wall > 60 * cases.MOMENT / 8
    assert 60 + 18 < at_once.requests < 60 + 18 + 8 * 7 + 20, "the first of each kind are read back, by all at once"


def test_appointments_are_measured_beside_their_requests() -> None:
    small = replace(SMALL, scale=0)
    planned = next(cases.plan_appointments(small, "n", 100_000))
    assert planned.name == "plan of 1,000 appointments with two reminders, nothing changed"
    made = next(cases.apply_appointments(small, "o", 100_000))
    assert planned.requests < 15 and 3_000 <= made.requests < 3_040


def test_rows_of_a_query_are_measured_beside_the_bare_query(server: Server) -> None:
    (found,) = cases.plan_query(SMALL, "p", 2_000_000)
    assert found.name == "plan of 2,000 new contacts out of PostgreSQL; floor: the bare query"
    assert found.floor and found.cost.cpu > found.floor.cpu > 0


def test_rows_against_rows_are_measured_without_a_server() -> None:
    """Which checks that as many differ as were made to."""
    (found,) = cases.difference(SMALL, "e", 2_000_000)
    assert found.cost.cpu > 0 and found.floor is None


def test_the_peak_is_that_of_the_process_and_not_of_whoever_started_it(tmp_path: Path) -> None:
    held_here = b"x" * 80_000_000
    small, _ = run([sys.executable, "-c", "pass"], folder=tmp_path)
    large, _ = run([sys.executable, "-c", f"held = b'x' * {len(held_here)}"], folder=tmp_path)
    assert small.memory < 40 < 80 < large.memory < 120


@pytest.mark.parametrize(
    ("cost", "held"),
    [(Cost(1.2, 9, 500), True), (Cost(1.21, 9, 500), False), (Cost(1.2, 9, 501), False)],
)
def test_an_aim_is_held_or_not(cost: Cost, held: bool) -> None:
    assert Result("a", "plan", cases.ROWS, cost, Cost(1, 1, 20)).held is held


def test_an_aim_may_be_beside_the_floor() -> None:
    aim = Aim("floor + 2 s", wall=2, beside=True)
    assert Result("f", "plan", aim, Cost(4.9, 1, 1), Cost(3, 1, 1)).held
    assert not Result("f", "plan", aim, Cost(5.1, 1, 1), Cost(3, 1, 1)).held


def test_the_table_takes_the_place_of_the_last_one(tmp_path: Path) -> None:
    path = tmp_path / "benchmarks.md"
    path.write_text("before\n<!-- measured -->\nold\n<!-- end of measured -->\nafter\n")
    text = results.table([Result("g", "`validate`", cases.VALIDATE, Cost(0.1, 0.1, 30))])
    results.write(path, text)
    assert "old" not in path.read_text() and path.read_text().startswith("before\n<!-- measured -->\n\nMeasured on 20")
    assert "| (g) `validate` |" in path.read_text() and path.read_text().endswith("<!-- end of measured -->\nafter\n")
    path.write_text("no marks")
    with pytest.raises(ValueError, match="no place"):
        results.write(path, text)


def test_how_cost_grows_is_told_from_one_size_to_the_next() -> None:
    def found(size: int, cpu: float, memory: float) -> Result:
        cost = Cost(cpu, cpu, memory)
        return Result("f", "plan", cases.RESOURCES, cost, Cost(1, 1, 20), series="plan of resources", size=size)

    text = results.table([found(10_000, 2, 120), found(1_000, 0.5, 60), found(100_000, 22, 600)])
    assert "| plan of resources | 1,000 to 10,000 | 10.0 | 4.0 | 2.0 |" in text
    assert "| plan of resources | 10,000 to 100,000 | 10.0 | 11.0 | 5.0 |" in text


def test_the_other_tool_plans_as_many_changes() -> None:
    stored, declared = dict(peers.records(1000, 0, 0)), dict(peers.records(1000, 20, 10))
    assert len(declared.keys() - stored.keys()) == 20
    assert sum(declared[name] != data for name, data in stored.items()) == 10
    assert list(declared) == sorted(declared)
