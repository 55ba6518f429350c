"""Each example, applied by one operator and exported by another: the plan of the export is empty, with adopts only."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from provisioner.simulator.process import Simulator
from tests.export.account import adopted, demand_adoption, exported, newcomer
from tests.factories import NOW
from tests.operator import Operator

EXAMPLES = Path(__file__).parents[2] / "examples"


def apply_example(simulator: Simulator, name: str, folder: Path) -> Operator:
    """By another state than the export's."""
    user = next(row["id"] for row in simulator.objects("user") if row["username"] == "demo")
    simulator.create("phonebook", name="Old list", user=user)
    shutil.copytree(EXAMPLES / name, folder)
    environ = {"ALICE_ENDPOINT": simulator.endpoint, "CLINIC_PASSWORD": "correct-horse"}
    operator = Operator(folder, simulator, now=NOW, environ=environ)
    operator.apply()
    return operator


@pytest.mark.parametrize("name", ["quickstart", "clinic", "agency"])
def test_an_example_is_exported_as_it_is(name: str, simulator: Simulator, tmp_path: Path) -> None:
    simulator.reset(now=NOW)
    maker = apply_example(simulator, name, tmp_path / "made")
    made = len(maker.plan()["changes"])
    assert made == 0
    operator = exported(newcomer(simulator, tmp_path / "taken", "server_timezone: UTC"), "--with-contacts")
    plan = demand_adoption(operator)
    declared = maker.succeed("state", "list").out.count("\n") - 1
    assert len(adopted(plan)) == declared + 1  # and the old list, which the example does not manage
