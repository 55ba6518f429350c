"""Interrupted at any write: what is in flight is finished and recorded, nothing is begun, the lock is given back."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from provisioner.simulator.process import Simulator
from tests.faults import victims
from tests.faults.conftest import References
from tests.faults.test_kills import WRITES
from tests.faults.trial import Trial

SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143}
OFTEN = (5, 14, 27)  # a survey's section, a row, the alarm
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
    trial = Trial(tmp_path, simulator_process)
    trial.begin({})
    trial.lay_out(VERSION)
    simulator_process.hold(n, mode="late", scope="writes")
    process = victims.start(tmp_path, simulator_process, timeout=30)
    try:
        victims.wait_until_held(process, simulator_process)
        process.send_signal(number)
        simulator_process.release()
        code, err = victims.end(process, number)
    finally:
        process.kill()
    assert code == SIGNALS[number], err
    assert "error: interrupted; what was done is recorded, run again to finish" in err
    assert "Traceback" not in err
    assert len(simulator_process.writes()) <= n + IN_PARALLEL
    assert "in flight" not in trial.operator.succeed("state", "list").out
    trial.finish()  # which finds the lock free
    trial.operator.demand_nothing_to_do()
    trial.ending(last=True).require(wanted, "after a signal and a run")
