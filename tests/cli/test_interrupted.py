"""Signals while nothing is in flight: an apply that waits for the lock, or for a person's word, ends at once."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import provisioner
from provisioner.simulator.process import Simulator
from provisioner.state import open_store
from tests.cli.processes import MAIN
from tests.factories import NOW
from tests.operator import Operator

SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
STATE = "sqlite:///.alice/state.db"


@pytest.fixture
def operator(simulator: Simulator, tmp_path: Path) -> Operator:
    simulator.reset(now=NOW)
    operator = Operator(tmp_path, simulator, now=NOW)
    operator.write("alice.yaml", f"alice: 1\nproject: test\nendpoint: {simulator.endpoint}\nregion: VN\n")
    operator.write("main.yaml", "surveys: {hello: {name: Hello}}\n")
    return operator


def begin(operator: Operator, *arguments: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
    environ = {
        **os.environ,
        "PYTHONPATH": str(Path(provisioner.__file__).parents[1]),
        "ALICE_USERNAME": "demo",
        "ALICE_PASSWORD": "demo",
        "ALICE_NOW": NOW.isoformat(),
    }
    command = [sys.executable, "-c", MAIN, "-C", str(operator.directory), *arguments]
    return subprocess.Popen(
        command, stdin=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environ
    )


def until(holds: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_wait_for_the_lock_ends(operator: Operator, number: signal.Signals, code: int) -> None:
    with open_store(STATE, directory=operator.directory, project="test", environment="default") as store, store.lock():
        process = begin(operator, "-v", "apply", "--auto-approve", "--lock-timeout", "300")
        try:
            began = time.monotonic()
            until(lambda: time.monotonic() > began + 3, process)  # nothing shows that it waits
            process.send_signal(number)
            _, err = process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode == code, err
    assert "interrupted" in err
    assert operator.simulator.requests() == []


@pytest.mark.parametrize(("language", "question"), [("en", "Apply this?"), ("vi", "Thực hiện kế hoạch này? Gõ yes")])
@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_question_to_a_person_ends(
    operator: Operator, number: signal.Signals, code: int, language: str, question: str
) -> None:
    ours, theirs = pty.openpty()
    process = begin(operator, "--lang", language, "apply", stdin=theirs)
    said: list[str] = []
    assert process.stderr is not None
    reader = threading.Thread(target=lambda: said.extend(iter(lambda: process.stderr.read(1), "")))  # type: ignore[union-attr]
    reader.start()
    try:
        until(lambda: question in "".join(said), process)
        process.send_signal(number)
        assert process.wait(20) == code
    finally:
        process.kill()
        process.wait()
        reader.join(20)
        process.stderr.close()
        os.close(ours)
        os.close(theirs)
    assert "Traceback" not in "".join(said)
    assert operator.simulator.writes() == []
    assert "The state is not locked" in operator.succeed("state", "unlock").out


@pytest.mark.parametrize(("number", "code"), SIGNALS)
@pytest.mark.parametrize("command", ["plan", "apply --auto-approve"])
def test_reading_ends_before_the_request_in_flight(
    operator: Operator, command: str, number: signal.Signals, code: int
) -> None:
    """It waited for the answer once; what only reads has nothing to finish."""
    simulator = operator.simulator
    simulator.hold(1, mode="late", scope="reads")
    process = begin(operator, *command.split())
    try:
        until(simulator.holds, process)
        process.send_signal(number)
        _, err = process.communicate(timeout=10)
    finally:
        simulator.release()
        process.kill()
        process.wait()
    assert (process.returncode, err) == (code, "interrupted\n")
    assert simulator.writes() == []
