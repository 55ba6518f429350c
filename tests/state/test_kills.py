"""Processes that are killed or compete: nothing that was said to be recorded is lost, and locks come free."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import provisioner
from provisioner.errors import StateLocked
from provisioner.state import Store

from .conftest import OpenState

Worker = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def worker(url: str, tmp_path: Path) -> Iterator[Worker]:
    """Starts worker.py on the parametrised database; whatever still runs at the end is killed."""
    started: list[subprocess.Popen[str]] = []
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(provisioner.__file__).parents[1]),
        "INSIDE": str(tmp_path / "inside"),
    }

    def start(do: str, *numbers: int) -> subprocess.Popen[str]:
        script = Path(__file__).with_name("worker.py")
        command = [sys.executable, str(script), do, url, str(tmp_path), *map(str, numbers)]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        with process:  # waits, and closes the pipe
            pass


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.mark.parametrize("reaped", [True, False], ids=["reaped", "zombie"])
def test_the_lock_of_a_killed_holder_is_free_within_seconds(
    worker: Worker, open_state: OpenState, reaped: bool
) -> None:
    holder = worker("hold")
    assert said(holder) == "locked"
    store = open_state()
    with pytest.raises(StateLocked, match=f"pid {holder.pid}"), store.lock():
        pytest.fail("two writers")
    os.kill(holder.pid, signal.SIGKILL)
    if reaped:
        holder.wait()
    begun = time.monotonic()
    with store.lock(timeout=5):
        assert time.monotonic() - begun < 2


def test_a_killed_writer_loses_nothing_that_it_reported(worker: Worker, open_state: OpenState) -> None:
    writer = worker("put")
    seen = [said(writer) for _ in range(100)]
    writer.kill()
    seen += writer.communicate()[0].split()
    store = open_state()
    found = store.recorded()
    reported = [int(number) for number in seen]
    assert {str(number) for number in reported} <= {address.key for address in found}
    assert len(found) - len(reported) in (0, 1), "at most the one being reported when the kill came"
    assert store.scope.serial == len(found)
    with store.lock(timeout=5):
        pass


def test_killed_while_several_share_a_commit(worker: Worker, open_state: OpenState) -> None:
    """Whatever went on is durable: what was begun is in the journal until it is recorded, and never both."""
    writer = worker("together")
    seen = [said(writer) for _ in range(300)]
    writer.kill()
    seen += writer.communicate()[0].splitlines()
    store = open_state()
    recorded = {address.key for address in store.recorded()}
    begun = [entry.address.key for entry in store.pending()]
    # A line that was cut in two by the kill says nothing.
    whole = [line.split(" ") for line in seen if line.count("-") == 1 and line.startswith(("begun ", "recorded "))]
    assert {key for what, key in whole[:300] if what == "recorded"} <= recorded
    assert {key for what, key in whole[:300] if what == "begun"} <= recorded | set(begun)
    assert not recorded & set(begun)
    assert len(begun) <= 8, "one for each that was at work"
    with store.lock(timeout=5):
        pass


def test_two_processes_are_never_inside_at_once(worker: Worker, store: Store) -> None:
    contenders = [worker("contend", 10), worker("contend", 10)]
    assert [contender.communicate(timeout=30)[0] for contender in contenders] == ["done\n"] * 2
    assert len(store.recorded()) == store.scope.serial == 20


def test_of_two_processes_one_works_and_the_other_is_told(worker: Worker) -> None:
    holder = worker("hold")
    assert said(holder) == "locked"
    assert f"pid {holder.pid}" in said(worker("attempt"))


def test_unlocking_reaches_a_holder_in_another_process(worker: Worker, store: Store) -> None:
    holder = worker("hold")
    assert said(holder) == "locked"
    assert f"pid {holder.pid}" in (store.unlock() or "")
    with store.lock():
        pass
