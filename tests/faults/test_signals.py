"""Interrupted at any write: what is in flight is finished and recorded, nothing is begun, the lock is given back.

Where an answer alone does not tell what was made, that stays in the journal, and the next run finds it.
A run whose lock was taken away begins nothing either.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from provisioner.simulator.process import Simulator
from tests.faults import victims
from tests.faults.conftest import References
from tests.faults.test_kills import WRITES
from tests.faults.trial import Ending, Trial

SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143}
OFTEN = (5, 14, 27)  # a survey's section, a row, the alarm
WITHOUT_ID = 24  # the calendar user: Newfies-Dialer answers without one, and to look for it would be to begin something
LONG, SHORT = 30, 3  # seconds for an answer; the next run waits twice as long for what is in the journal
LOST = 9
IN_PARALLEL = 8
VERSION = 1


def moments() -> list[object]:
    """A few in every run of the tests, in turn with each signal; all of them in the long ones."""
    found = []
    for n in range(1, WRITES[VERSION] + 1):
        for place, number in enumerate(SIGNALS):
            often = n in OFTEN and place == OFTEN.index(n) % len(SIGNALS)
            found.append(pytest.param(n, number, marks=[] if often else pytest.mark.soak))
    return found


@pytest.mark.parametrize(("n", "number"), moments())
def test_an_interrupted_apply_finishes_what_is_in_flight(
    n: int, number: signal.Signals, simulator_process: Simulator, references: References, tmp_path: Path
) -> None:
    wanted = references(VERSION)[VERSION]
    trial = _laid_out(tmp_path, simulator_process)
    with _held_at(n, trial) as process:
        process.send_signal(number)
        simulator_process.release()
        code, err = victims.end(process, number)
    assert code == SIGNALS[number], err
    assert "error: interrupted; what was done is recorded, run it again to finish" in err
    assert "Traceback" not in err
    assert ("in flight" in trial.operator.succeed("state", "list").out) == (n == WITHOUT_ID)
    _require(trial, n, wanted)


def test_an_apply_that_lost_its_lock_writes_nothing_more(
    simulator_process: Simulator, references: References, tmp_path: Path
) -> None:
    wanted = references(VERSION)[VERSION]
    trial = _laid_out(tmp_path, simulator_process)
    with _held_at(LOST, trial) as process:
        assert f"(pid {process.pid})" in trial.operator.succeed("state", "unlock", "--force").out
        simulator_process.release()
        code, err = process.ended()
    assert code == 4, err
    _require(trial, LOST, wanted)


def _laid_out(directory: Path, simulator: Simulator) -> Trial:
    trial = Trial(directory, simulator)
    trial.begin({})
    trial.lay_out(VERSION)
    return trial


@contextmanager
def _held_at(n: int, trial: Trial) -> Iterator[victims.Victim]:
    """An apply whose n-th write is on its way."""
    trial.simulator.hold(n, mode="late", scope="writes")
    timeout = SHORT if n == WITHOUT_ID else LONG
    process = victims.start(trial.directory, trial.simulator, timeout=timeout)
    try:
        victims.wait_until_held(process, trial.simulator)
        yield process
    finally:
        victims.end(process, signal.SIGKILL)


def _require(trial: Trial, n: int, wanted: Ending) -> None:
    """Nothing was begun after that moment; one more run, which finds the lock free, and everything is as usual."""
    assert len(trial.simulator.writes()) <= n + IN_PARALLEL
    trial.finish()
    trial.operator.demand_nothing_to_do()
    trial.ending(last=True).require(wanted, "after the end of a run and another one")
