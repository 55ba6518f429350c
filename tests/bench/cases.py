"""The measurements: each sets up an account of its own, and runs the tool and its floor in turns."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

from tests.bench.account import Spec
from tests.bench.configuration import write_project
from tests.bench.measure import TOP, Failed, Server, floor, run, serving, tool
from tests.bench.results import Aim, Cost, Result
from tests.state.postgres_server import MISSING, programs
from tests.state.postgres_server import Server as PostgresServer

LATENCY = 0.1  # seconds: 0.05 for rendering a thousand rows, as the simulator does it, and as much for the way
MOMENT = 0.02  # seconds, of an answer about one object
ROWS = Aim("1.2 × floor, 500 MB", ratio=1.2, memory=500)
CREATES = Aim("1.3 × floor", ratio=1.3)
LOCAL = Aim("15 s, 1,000 MB", wall=15, memory=1000)
RESOURCES = Aim("floor + 1 s and 150 MB", wall=1, memory=150, beside=True)
TENFOLD = Aim("floor + 10 s and 500 MB", wall=10, memory=500, beside=True)
VERSION = Aim("0.1 s of CPU", cpu=0.1)
VALIDATE = Aim("0.25 s of CPU", cpu=0.25)
CHECKS = Aim("1.5 × without, 500 MB", ratio=1.5, memory=500)
STREAMED = Aim("500 MB", memory=500)
CAMPAIGNS, BOOKS = 20, 4
LEADS = """CREATE TABLE leads AS SELECT '0' || (340000000 + n * 37 % 59999999) AS contact,
    'Linh' || n % 1000 AS first_name, 'Huỳnh' AS last_name, 'linh' || n || '@example.com' AS email
    FROM generate_series(1::bigint, {rows}) AS n"""
STATEMENT = "SELECT contact, first_name, last_name, email FROM leads"
CRM = f"phonebooks: {{crm: {{name: CRM, contacts: {{sql: '{STATEMENT}', database: '${{env.CRM_URL}}'}}}}}}\n"

Databases = Callable[[], AbstractContextManager[tuple[str, Callable[[], str]]]]  # what they are; the URL of a new one
Once = Callable[[], tuple[Cost, Cost, int, float]]


@dataclass(frozen=True)
class Bench:
    """How large and how often."""

    scale: float = 1.0
    repeat: int = 3

    def rows(self, count: int) -> int:
        """Scaled, and never so few that there is nothing to see."""
        return max(int(count * self.scale), 1000)

    def result(self, letter: str, name: str, aim: Aim, once: Once) -> Result:
        """The least of several runs in turns, with the largest of their peaks."""
        found = [once() for _ in range(self.repeat)]
        costs, floors = least([each[0] for each in found]), least([each[1] for each in found])
        return Result(letter, name, aim, costs, floors, found[0][2], min(each[3] for each in found))


def least(costs: list[Cost]) -> Cost:
    best = min(costs, key=lambda cost: cost.wall)
    return replace(best, memory=max(cost.memory for cost in costs))


@contextmanager
def project(spec: Spec) -> Iterator[tuple[Path, Server]]:
    """A project in a temporary folder and the server it is about."""
    with tempfile.TemporaryDirectory() as folder, serving(spec) as server:
        write_project(Path(folder), spec, server.endpoint)
        yield Path(folder), server


def plan_rows(bench: Bench, letter: str, count: int, page_size: int, differing: int = 0) -> Iterator[Result]:
    """A plan of one phonebook, from a server that answers at once and from one that takes its time."""
    rows = bench.rows(count)
    changed = -(-rows // differing) if differing else 0
    what = f"{'1 % changed' if differing else 'nothing changed'}, pages of {page_size}"
    for latency in (0.0, LATENCY):
        spec = Spec(rows=rows, page_size=page_size, differing=differing, latency=latency)
        with project(spec) as (folder, server):

            def once(folder: Path = folder, server: Server = server) -> tuple[Cost, Cost, int, float]:
                return _planned(folder, server, changed)

            yield bench.result(letter, f"plan of {rows:,} contacts, {what}{_after(latency)}", ROWS, once)


def _after(latency: float) -> str:
    return f", answers after {latency:g} s" if latency else ""


def _planned(folder: Path, server: Server, changed: int) -> tuple[Cost, Cost, int, float]:
    server.forget()
    cost, out = tool(folder, "plan", "--output", "json")
    (rows,) = json.loads(out)["rows"]
    if (rows["add"], rows["change"], rows["remove"]) != (0, changed, 0):
        raise Failed(f"another plan than expected: {rows}")
    return _beside(folder, server, cost)


def _beside(folder: Path, server: Server, cost: Cost) -> tuple[Cost, Cost, int, float]:
    log, cpu = server.log(), server.cpu()
    return cost, floor(folder, server, log), len(log), cpu


def apply_rows(bench: Bench, letter: str, count: int) -> Iterator[Result]:
    """An apply that makes one phonebook with all its rows."""
    rows = bench.rows(count)
    for latency in (0.0, LATENCY):
        with project(Spec(rows=rows, absent=True, latency=latency)) as (folder, server):

            def once(folder: Path = folder, server: Server = server) -> tuple[Cost, Cost, int, float]:
                server.forget()
                shutil.rmtree(folder / ".alice", ignore_errors=True)
                cost, _ = tool(folder, "apply", "--auto-approve")
                return _beside(folder, server, cost)

            yield bench.result(letter, f"apply of {rows:,} new contacts{_after(latency)}", ROWS, once)


def difference(bench: Bench, letter: str, count: int) -> Iterator[Result]:
    """Rows against rows, without a server."""
    rows = bench.rows(count)
    with tempfile.TemporaryDirectory() as folder:
        cost = least([_compared(Path(folder), rows) for _ in range(min(bench.repeat, 2))])
    yield Result(letter, f"difference of {rows:,} and {rows:,} rows, on this machine alone", LOCAL, cost)


def _compared(folder: Path, rows: int) -> Cost:
    """The peak is that of the whole process, loading included."""
    whole, out = run([sys.executable, "-m", "tests.bench.local", str(rows)], folder=folder)
    return replace(whole, **json.loads(out))


def plan_resources(bench: Bench, letter: str, counts: Sequence[int], aim: Aim = RESOURCES) -> Iterator[Result]:
    """A plan of configuration alone, everything recorded and unchanged."""
    for count in counts:
        resources = max(int(count * bench.scale), 50)
        with project(Spec(resources=resources)) as (folder, server):
            tool(folder, "apply", "--auto-approve")

            def once(folder: Path = folder, server: Server = server) -> tuple[Cost, Cost, int, float]:
                server.forget()
                cost, _ = tool(folder, "plan", "--detailed-exitcode")
                return _beside(folder, server, cost)

            found = bench.result(letter, f"plan of {resources:,} resources, nothing changed", aim, once)
            yield replace(found, series="plan of resources, nothing changed", size=resources)


def create_resources(bench: Bench, letter: str, count: int, databases: Databases) -> Iterator[Result]:
    """An apply that creates everything, from a server that answers at once and from one that takes its time."""
    resources = max(int(count * bench.scale), 50)
    for latency in (0.0, MOMENT):
        with databases() as (what, new), project(Spec(resources=resources, creates=True, latency=latency)) as found:
            folder, server = found

            def once(
                folder: Path = folder, server: Server = server, new: Callable[[], str] = new
            ) -> tuple[Cost, Cost, int, float]:
                server.forget()
                shutil.rmtree(folder / ".alice", ignore_errors=True)
                with patch.dict(os.environ, ALICE_STATE=new()):
                    cost, _ = tool(folder, "apply", "--auto-approve")
                return _beside(folder, server, cost)

            name = f"creations, {what}{_after(latency)}"
            result = bench.result(letter, f"apply of {resources:,} {name}", CREATES, once)
            yield replace(result, series=f"apply of {name}", size=resources)


def plan_appointments(bench: Bench, letter: str, count: int) -> Iterator[Result]:
    """A plan of a calendar whose appointments, with two reminders each, are all there and recorded."""
    number = bench.rows(count)
    for latency in (0.0, LATENCY):
        with project(Spec(appointments=number, latency=latency)) as (folder, server):
            tool(folder, "apply", "--auto-approve")

            def once(folder: Path = folder, server: Server = server) -> tuple[Cost, Cost, int, float]:
                return _planned(folder, server, 0)

            name = f"plan of {number:,} appointments with two reminders, nothing changed{_after(latency)}"
            yield bench.result(letter, name, ROWS, once)


def apply_appointments(bench: Bench, letter: str, count: int) -> Iterator[Result]:
    """An apply that makes them all: three requests for each."""
    number = bench.rows(count)
    for latency in (0.0, MOMENT):
        with project(Spec(appointments=number, creates=True, latency=latency)) as (folder, server):

            def once(folder: Path = folder, server: Server = server) -> tuple[Cost, Cost, int, float]:
                server.forget()
                shutil.rmtree(folder / ".alice", ignore_errors=True)
                cost, _ = tool(folder, "apply", "--auto-approve", "--allow-calls")
                return _beside(folder, server, cost)

            yield bench.result(letter, f"apply of {number:,} new appointments{_after(latency)}", CREATES, once)


def plan_query(bench: Bench, letter: str, count: int) -> Iterator[Result]:
    """A plan of a new phonebook that a query of PostgreSQL fills; beside it the bare query."""
    rows = bench.rows(count)
    with postgres_server() as database, project(Spec()) as (folder, _):
        with database.connect() as connection:
            connection.execute(LEADS.format(rows=rows))
        folder.joinpath("crm.yaml").write_text(CRM)

        def once() -> tuple[Cost, Cost, int, float]:
            with patch.dict(os.environ, CRM_URL=database.url()):
                cost, out = tool(folder, "plan", "--output", "json")
                bare, _ = run([sys.executable, "-m", "tests.bench.cursor", STATEMENT], folder=folder)
            if [each["add"] for each in json.loads(out)["rows"]] != [rows]:
                raise Failed("another plan than expected")
            return cost, bare, 0, 0.0

        name = f"plan of {rows:,} new contacts out of PostgreSQL; floor: the bare query"
        yield bench.result(letter, name, STREAMED, once)


@contextmanager
def sqlite() -> Iterator[tuple[str, Callable[[], str]]]:
    """A file of each run's own."""
    yield "SQLite", lambda: "sqlite:///.alice/state.db"


@contextmanager
def postgres() -> Iterator[tuple[str, Callable[[], str]]]:
    """A schema for each run."""
    with postgres_server() as server:
        yield "PostgreSQL", server.schema


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A server on this machine that does not wait for its disk."""
    folder = programs()
    if folder is None:
        raise Failed(MISSING)
    server = PostgresServer(folder)
    try:
        yield server
    finally:
        server.remove()


def start(bench: Bench, letter: str) -> Iterator[Result]:
    """What has to be loaded before anything is done."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(shutil.copytree(TOP / "examples" / "quickstart", Path(folder) / "project"))
        for argument, aim in (("--version", VERSION), ("validate", VALIDATE)):
            cost = least([tool(project, argument)[0] for _ in range(max(5, bench.repeat))])
            yield Result(letter, f"`{argument}` of the quickstart", aim, cost)


def plan_checked(bench: Bench, letter: str, count: int) -> Iterator[Result]:
    """A plan that would start campaigns, with all checks; beside it the same plan without any."""
    from provisioner.checks import CHECKS as KNOWN

    spec = Spec(rows=bench.rows(count), books=BOOKS, campaigns=CAMPAIGNS)
    with project(spec) as (folder, server):

        def planned(severity: str | None) -> Cost:
            write_project(folder, spec, server.endpoint, dict.fromkeys(KNOWN, severity) if severity else None)
            cost, out = tool(folder, "plan", "--output", "json")
            if bool(json.loads(out)["findings"]) != (severity is None):
                raise Failed("checks that find nothing, or that are not off")
            return cost

        def once() -> tuple[Cost, Cost, int, float]:
            server.forget()
            off, on = planned("off"), planned(None)
            return on, off, len(server.log()) // 2, server.cpu() / 2

        name = f"plan of {CAMPAIGNS} starts over {spec.rows:,} contacts, with all checks; floor: without"
        yield bench.result(letter, name, CHECKS, once)
