"""What every test may ask for: a simulator, and an environment without the developer's own ALICE_* variables."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from provisioner.simulator.process import Simulator


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*os.environ]:
        if name.startswith("ALICE_") and not name.startswith("ALICE_TEST_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def simulator_process() -> Iterator[Simulator]:
    """One process per session, and so one per worker of xdist; started when the first test wants it."""
    with Simulator() as process:
        yield process


@pytest.fixture
def simulator(simulator_process: Simulator) -> Simulator:
    """A simulator as good as new: the seed, no variants, no faults, no dialler, the real time, pages of ten."""
    simulator_process.reset()
    return simulator_process
