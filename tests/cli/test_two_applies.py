"""Two applies at once, on both databases: one works, the other is told or waits; a killed holder is in nobody's way."""

from __future__ import annotations

import getpass
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import provisioner
from provisioner.api import Client, credentials_from
from provisioner.manifests import load
from provisioner.model import Address, Recorded
from provisioner.plan.options import PlanOptions
from provisioner.plan.secrets import Digester, Key
from provisioner.session import Session
from provisioner.simulator.process import Simulator
from provisioner.state import open_store
from tests.factories import NOW
from tests.operator import Operator, Said

PROJECT = """alice: 1
project: shared
endpoint: {endpoint}
region: VN
state: {state}
"""
MANIFEST = """surveys: {hello: {name: Hello}}
phonebooks:
  vip: {name: VIP, contacts: {rows: [{contact: "0934890841"}, {contact: "0934890842"}]}}
"""
ONE_MORE = "phonebooks: {leads: {name: Leads}}\n"
APPLY = ("apply", "--auto-approve", "--allow-calls")

Begin = Callable[..., "Running"]


class Running:
    """An apply in a process of its own, in the operator's directory."""

    def __init__(self, operator: Operator, *options: str) -> None:
        code = "from provisioner.cli import main; main()"
        command = [sys.executable, "-c", code, "-C", str(operator.directory), *APPLY, *options]
        environ = {
            **os.environ,
            "PYTHONPATH": str(Path(provisioner.__file__).parents[1]),
            "ALICE_USERNAME": "demo",
            "ALICE_PASSWORD": "demo",
            "ALICE_NOW": operator.now.isoformat(),
        }
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ, cwd=operator.directory
        )

    def ended(self) -> Said:
        out, err = self.process.communicate(timeout=60)
        return Said(self.process.returncode, out, err)

    def kill(self) -> None:
        """As the kernel does it when memory runs out."""
        self.process.kill()
        with self.process:
            pass


@pytest.fixture
def begin() -> Iterator[Begin]:
    """Starts applies; those that still run at the end are killed."""
    with ExitStack() as stack:

        def start(operator: Operator, *options: str) -> Running:
            running = Running(operator, *options)
            stack.callback(running.kill)
            return running

        yield start


@pytest.fixture(params=["sqlite", "postgres"])
def operator(request: pytest.FixtureRequest, simulator: Simulator, tmp_path: Path) -> Operator:
    """A project whose state another checkout of it shares, and an account that takes its time."""
    simulator.reset(now=NOW)
    folder = tmp_path / "one"
    folder.mkdir()
    state = f"sqlite:///{tmp_path}/state.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    operator = Operator(folder, simulator, now=NOW)
    operator.write("alice.yaml", PROJECT.format(endpoint=simulator.endpoint, state=state))
    operator.write("main.yaml", MANIFEST)
    return operator


def second_checkout(operator: Operator) -> Operator:
    """The same project on another machine, as far as the state can tell: with one more phonebook."""
    folder = operator.directory.parent / "two"
    shutil.copytree(operator.directory, folder)
    other = Operator(folder, operator.simulator, now=NOW)
    other.write("more.yaml", ONE_MORE)
    return other


def slowly(simulator: Simulator, seconds: float) -> None:
    simulator.variants(faults="slow", fault_rate="1", fault_slow=str(seconds))


def until_at_work(running: Running, simulator: Simulator) -> None:
    """A first request: the lock was taken before."""
    deadline = time.monotonic() + 30
    while not simulator.requests():
        assert running.process.poll() is None, running.ended()
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_while_one_applies_the_other_is_told_who_does_until_that_one_is_killed(
    operator: Operator, begin: Begin
) -> None:
    slowly(operator.simulator, 20)
    first = begin(operator)
    until_at_work(first, operator.simulator)
    for options, patience in ((), ""), (("--lock-timeout", "0.3"), r", still after 0\.3 s"):
        said = operator.run(*APPLY, *options)
        assert (said.code, said.out) == (6, "")
        assert re.search(
            rf"'shared', environment 'default' is locked by {re.escape(getpass.getuser())} \(pid {first.process.pid}\) "
            rf"on {re.escape(socket.gethostname())} since 20\d\d-\d\d-\d\dT[\d:.]+Z{patience} \[state-locked\]$",
            said.err,
            re.MULTILINE,
        ), said.err
    first.kill()
    operator.simulator.variants(faults="")
    operator.apply("--lock-timeout", "5")
    operator.demand_nothing_to_do()


def test_an_apply_that_waits_goes_on_with_what_it_finds_then(operator: Operator, begin: Begin) -> None:
    slowly(operator.simulator, 0.5)
    first = begin(operator)
    until_at_work(first, operator.simulator)
    other = second_checkout(operator)
    second = begin(other, "--lock-timeout", "50", "--output", "json")
    assert first.ended().code == 0
    operator.simulator.variants(faults="")
    said = second.ended()
    assert said.code == 0, said.err
    assert [(each["address"], each["action"]) for each in json.loads(said.out)["changes"]] == [
        ("phonebook.leads", "create")
    ]
    other.demand_nothing_to_do()


def test_a_run_that_waited_on_a_new_state_keys_its_hashes_as_the_first_did(operator: Operator) -> None:
    """The key of a state is settled by its first change, here one that is made after the second run had looked."""
    project = load(operator.directory, environment=None, variables={}, environ={})
    settings = project.settings
    where = {"directory": operator.directory, "project": settings.project, "environment": settings.environment}
    credentials = credentials_from({"ALICE_USERNAME": "demo", "ALICE_PASSWORD": "demo"})
    with (
        Client(settings.endpoint, credentials) as client,
        open_store(settings.state, **where) as first,
        open_store(settings.state, **where) as second,
        Session(project, client, second, NOW) as session,
    ):
        early = session.digester
        first.put(Recorded(Address("survey", "other"), 7))
        session.plan(PlanOptions())
        assert session.digester == Digester(Key(first.scope.key)) != early
