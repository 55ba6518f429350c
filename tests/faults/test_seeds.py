"""Servers that lose answers, fail and stall, seed by seed: run again, and everything is as if nothing had happened."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioner.simulator.process import Simulator
from tests.faults.chaos import Chaos
from tests.faults.conftest import References
from tests.faults.trial import Trial
from tests.faults.versions import FIRST

SEEDS, OFTEN = 200, 10


def seeds() -> list[object]:
    """The first few in every run of the tests, all of them in the long ones."""
    return [pytest.param(seed, marks=[] if seed < OFTEN else pytest.mark.soak) for seed in range(SEEDS)]


@pytest.mark.long
@pytest.mark.parametrize("seed", seeds())
def test_whatever_goes_wrong_the_end_is_the_same(
    seed: int, simulator_process: Simulator, references: References, tmp_path: Path
) -> None:
    chaos = Chaos.of(seed)
    last = max(chaos.spoilt)
    wanted = references(last)
    trial = Trial(tmp_path, simulator_process)
    trial.begin(chaos.server)
    for version in range(FIRST, last + 1):
        trial.lay_out(version)
        if version in chaos.spoilt:
            spoil(trial, chaos)
        trial.finish()
        trial.ending(last=False).require(wanted[version], f"seed {seed}, version {version}")
    trial.operator.demand_nothing_to_do()
    trial.ending(last=True).require(wanted[last], f"seed {seed}, what rang")


def spoil(trial: Trial, chaos: Chaos) -> None:
    """Runs with faults, one after another; afterwards the server is well again."""
    trial.simulator.variants(**chaos.faults)
    for _ in range(chaos.runs):
        trial.apply(*chaos.options)
    trial.simulator.variants(faults="")
