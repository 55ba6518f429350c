"""`fleet --on` when somebody wants an end, when the scheduler is gone, and when workers would lose what they do."""

from __future__ import annotations

import json
import signal
import subprocess
import time

from tests.cli.processes import ended, start
from tests.factories import NOW
from tests.fleet.conftest import Fleet
from tests.fleet.test_cluster import Workers, workers

__all__ = ["workers"]


def applying(fleet: Fleet, workers: Workers) -> subprocess.Popen[bytes]:
    """An apply on the workers, with the writes of one account held back."""
    fleet.second.hold(3, scope="writes")
    line = ("fleet", "apply", "--auto-approve", "--on", workers.address, "--shared", "--output", "json")
    process = start(fleet.directory, *line, environ={"ALICE_NOW": NOW.isoformat()})
    deadline = time.monotonic() + 300
    while not fleet.second.holds():
        assert time.monotonic() < deadline and process.poll() is None, ended(process)
        time.sleep(0.1)
    return process


def made_once(fleet: Fleet) -> None:
    """The next fleet finishes the work, and finds its locks free."""
    fleet.second.release()
    fleet.succeed("fleet", "apply", "--auto-approve")
    for each in fleet.both:
        assert len([one for one in each.objects("campaigns") if "Tet of" in one["name"]]) == 1
    assert fleet.run("fleet", "plan", "--detailed-exitcode").code == 0


def test_a_signal_ends_those_elsewhere(fleet: Fleet, workers: Workers) -> None:
    process = applying(fleet, workers)
    process.send_signal(signal.SIGINT)
    time.sleep(2)
    fleet.second.release()
    code, out, err = ended(process, 300)
    assert code == 130, err
    assert "interrupted" in {each["result"] for each in json.loads(out)["clients"]}
    made_once(fleet)


def test_without_a_scheduler_what_was_written_is_unknown(fleet: Fleet, workers: Workers) -> None:
    """Nobody answers any more: each may have written, and that is what it is told."""
    process = applying(fleet, workers)
    workers.scheduler.kill()
    code, out, err = ended(process, 300)
    assert code == 4, err
    assert "the scheduler is gone" in err and "Traceback" not in err
    assert "incomplete" in {each["result"] for each in json.loads(out)["clients"]}
    workers.close()
    made_once(fleet)


def test_a_state_that_would_go_with_the_worker_is_refused(fleet: Fleet, workers: Workers) -> None:
    fleet.write("main.yaml", "surveys: {welcome: {name: Welcome}}\n")
    said = fleet.run("fleet", "apply", "--auto-approve", "--on", workers.address, "--output", "json")
    clients = json.loads(said.out)["clients"]
    assert said.code == 1 and {each["result"] for each in clients} == {"failed"}, said.err
    assert "no other worker has it: use PostgreSQL, or a folder they share (--shared)" in said.err
    assert fleet.simulator.requests() == [] == fleet.second.requests()
