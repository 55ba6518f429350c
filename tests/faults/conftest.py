"""One simulator for all seeds of a worker, and the reference endings that runs with faults are compared with."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from provisioner.simulator.process import Simulator
from tests.faults.trial import Ending, reference

References = Callable[[int], dict[int, Ending]]


@pytest.fixture(scope="session")
def references(simulator_process: Simulator, tmp_path_factory: pytest.TempPathFactory) -> References:
    """The endings up to a version on the likeliest server, which are those of any other server: each made once."""
    known: dict[int, dict[int, Ending]] = {}

    def endings(last: int) -> dict[int, Ending]:
        if last not in known:
            known[last] = reference(tmp_path_factory.mktemp("reference"), simulator_process, last)
        return known[last]

    return endings
