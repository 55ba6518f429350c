"""An account on a simulator, and an operator who knows nothing of it but where it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioner.simulator.process import Simulator
from tests.export.account import newcomer
from tests.factories import NOW
from tests.operator import Operator
from tests.simulator.client import Api


@pytest.fixture
def api(simulator: Simulator) -> Api:
    """The API as the user whose account it is."""
    simulator.reset(now=NOW)
    found = Api(simulator)
    found.login()
    return found


@pytest.fixture
def operator(api: Api, simulator: Simulator, tmp_path: Path) -> Operator:
    return newcomer(simulator, tmp_path / "account")
