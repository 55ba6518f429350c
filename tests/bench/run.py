"""What plans and applies cost beside the requests they need: `python -m tests.bench.run`.

Each measurement is a whole process, start-up included, against a stand-in for Alice (`standin`). Beside it runs the
floor (`floor`): the same requests, the same number of threads, nothing else. Both run in turns, several times; the
least of each counts, because what is more is the machine's other business. `--scale 0.01` for a hundredth of the rows,
`--only a,c`, `--repeat 5`, `--markdown FILE` to write the tables between the marks of `docs/benchmarks.md`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.bench import account
from tests.bench.account import Spec
from tests.bench.measure import TOP, Cost, Failed, Server, floor, run, serving, tool

LATENCY = 0.1  # of an answer with a thousand rows of Django REST framework, which the simulator takes as well
MARKS = ("<!-- measured -->\n", "<!-- /measured -->\n")


@dataclass(frozen=True)
class Result:
    """One line of the table; no floor where nothing is asked of a server."""

    letter: str
    name: str
    aim: str
    cost: Cost
    floor: Cost | None = None
    requests: int = 0

    @property
    def ratio(self) -> float | None:
        """How many times the floor, on the wall."""
        return self.cost.wall / self.floor.wall if self.floor else None

    @property
    def beside(self) -> float:
        """Seconds more than the floor."""
        return self.cost.wall - (self.floor.wall if self.floor else 0)


@dataclass(frozen=True)
class Bench:
    """How large and how often."""

    scale: float
    repeat: int
    latency: float

    def rows(self, count: int) -> int:
        """Scaled, and never so few that there is nothing to see."""
        return max(int(count * self.scale), 1000)

    def best(self, once: Callable[[], tuple[Cost, Cost, int]]) -> tuple[Cost, Cost, int]:
        """The least of several runs in turns."""
        found = [once() for _ in range(self.repeat)]
        costs, floors = [each[0] for each in found], [each[1] for each in found]
        return _least(costs), _least(floors), found[0][2]


def _least(costs: list[Cost]) -> Cost:
    best = min(costs, key=lambda cost: cost.wall)
    return replace(best, memory=max(cost.memory for cost in costs))


@contextmanager
def _project(spec: Spec) -> Iterator[tuple[Path, Server]]:
    """A project in a temporary folder and the server it is about."""
    with tempfile.TemporaryDirectory() as folder, serving(spec) as server:
        account.write_project(Path(folder), spec, server.endpoint)
        yield Path(folder), server


def plan_rows(bench: Bench, letter: str, count: int, page_size: int, differing: int = 0) -> Result:
    """A plan of one phonebook."""
    rows = bench.rows(count)
    spec = Spec(rows=rows, page_size=page_size, differing=differing, latency=bench.latency)
    changed = -(-rows // differing) if differing else 0
    with _project(spec) as (folder, server):
        cost, least, requests = bench.best(lambda: _planned(folder, server, changed))
    what = f"{(differing and '1 % changed') or 'nothing changed'}, pages of {page_size}"
    return Result(letter, f"plan of {rows:,} contacts, {what}", "1.2 × floor, 500 MB", cost, least, requests)


def _planned(folder: Path, server: Server, changed: int) -> tuple[Cost, Cost, int]:
    server.forget()
    cost, out = tool(folder, "plan", "--output", "json")
    (rows,) = json.loads(out)["rows"]
    if (rows["add"], rows["change"], rows["remove"]) != (0, changed, 0):
        raise Failed(f"another plan than expected: {rows}")
    log = server.log()
    return cost, floor(folder, server, log), len(log)


def apply_rows(bench: Bench, letter: str, count: int) -> Result:
    """An apply that makes one phonebook with all its rows."""
    rows = bench.rows(count)
    with _project(Spec(rows=rows, absent=True, latency=bench.latency)) as (folder, server):
        cost, least, requests = bench.best(lambda: _applied(folder, server))
    return Result(letter, f"apply of {rows:,} new contacts", "1.2 × floor, 500 MB", cost, least, requests)


def _applied(folder: Path, server: Server) -> tuple[Cost, Cost, int]:
    server.forget()
    shutil.rmtree(folder / ".alice", ignore_errors=True)
    cost, _ = tool(folder, "apply", "--auto-approve")
    log = server.log()
    return cost, floor(folder, server, log), len(log)


def difference(bench: Bench, letter: str, count: int) -> Result:
    """Rows against rows, without a server."""
    rows = bench.rows(count)
    with tempfile.TemporaryDirectory() as folder:
        found = [_compared(Path(folder), rows) for _ in range(bench.repeat)]
    name = f"difference of {rows:,} and {rows:,} rows, in duckdb"
    return Result(letter, name, "15 s, 1,000 MB", _least(found))


def _compared(folder: Path, rows: int) -> Cost:
    whole, out = run([sys.executable, "-m", "tests.bench.local", str(rows)], folder=folder)
    return replace(whole, **json.loads(out))


def plan_resources(bench: Bench, letter: str, count: int) -> Result:
    """A plan of configuration alone, everything recorded and unchanged."""
    resources = bench.rows(count) if bench.scale >= 1 else max(int(count * bench.scale), 50)
    with _project(Spec(resources=resources, latency=bench.latency)) as (folder, server):
        tool(folder, "apply", "--auto-approve")
        cost, least, requests = bench.best(lambda: _unchanged(folder, server))
    name = f"plan of {resources:,} resources, nothing changed"
    return Result(letter, name, "2 s beside the floor, 150 MB", cost, least, requests)


def _unchanged(folder: Path, server: Server) -> tuple[Cost, Cost, int]:
    server.forget()
    cost, _ = tool(folder, "plan", "--detailed-exitcode")
    log = server.log()
    return cost, floor(folder, server, log), len(log)


def start(bench: Bench, letter: str, *arguments: str) -> Result:
    """What has to be loaded before anything is done."""
    quickstart = TOP / "examples" / "quickstart"
    with tempfile.TemporaryDirectory() as folder:
        project = Path(shutil.copytree(quickstart, Path(folder) / "project"))
        cost = _least([tool(project, *arguments)[0] for _ in range(max(5, bench.repeat))])
    return Result(letter, f"`{' '.join(arguments)}` of the quickstart", "0.1 s, 0.25 s of CPU", cost)


CASES: dict[str, Callable[[Bench, str], Iterator[Result]]] = {
    "a": lambda bench, letter: iter([plan_rows(bench, letter, 1_000_000, 1000)]),
    "b": lambda bench, letter: iter([plan_rows(bench, letter, 100_000, 100)]),
    "c": lambda bench, letter: iter([apply_rows(bench, letter, 1_000_000)]),
    "d": lambda bench, letter: iter([plan_rows(bench, letter, 1_000_000, 1000, differing=100)]),
    "e": lambda bench, letter: iter([difference(bench, letter, 10_000_000)]),
    "f": lambda bench, letter: iter([plan_resources(bench, letter, 10_000)]),
    "g": lambda bench, letter: (start(bench, letter, command) for command in ("--version", "validate")),
}


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=float(os.environ.get("BENCH_SCALE", "1")))
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--only", default="".join(CASES), help="letters, such as a,c")
    parser.add_argument("--latency", type=float, default=0.0)
    options = parser.parse_args()
    bench = Bench(options.scale, options.repeat, options.latency)
    for letter in CASES:
        if letter in options.only:
            for result in CASES[letter](bench, letter):
                print(result.letter, result.name, result.cost, result.floor, result.requests, result.ratio, flush=True)


if __name__ == "__main__":
    main()
