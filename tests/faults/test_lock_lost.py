"""A run whose lock is taken away writes nothing more and says so; whoever comes next finishes what it began."""

from __future__ import annotations

from pathlib import Path

from provisioner.simulator.process import Simulator
from tests.faults import victims
from tests.faults.conftest import References
from tests.faults.trial import Trial

IN_PARALLEL = 8
N, VERSION = 9, 1


def test_a_run_that_lost_its_lock_writes_nothing_more(
    simulator_process: Simulator, references: References, tmp_path: Path
) -> None:
    wanted = references(VERSION)[VERSION]
    trial = Trial(tmp_path, simulator_process)
    trial.begin({})
    trial.lay_out(VERSION)
    simulator_process.hold(N, mode="late", scope="writes")
    process = victims.start(tmp_path, simulator_process, timeout=30)
    try:
        victims.wait_until_held(process, simulator_process)
        assert f"(pid {process.pid})" in trial.operator.succeed("state", "unlock", "--force").out
        simulator_process.release()
        _, err = process.communicate(timeout=120)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 4, err
    assert len(simulator_process.writes()) <= N + IN_PARALLEL
    trial.finish()
    trial.operator.demand_nothing_to_do()
    trial.ending(last=True).require(wanted, "after a run that lost its lock")
