"""Each example, applied by one operator and exported by another: the plan of the export is empty, with adopts only."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
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


@pytest.mark.parametrize("name", ["quickstart", "clinic", "agency", "clinic-list"])
def test_an_example_is_exported_as_it_is(name: str, simulator: Simulator, tmp_path: Path) -> None:
    simulator.reset(now=NOW)
    maker = apply_example(simulator, name, tmp_path / "made")
    made = len(maker.plan()["changes"])
    assert made == 0
    operator = exported(newcomer(simulator, tmp_path / "taken", "server_timezone: UTC"), "--with-contacts")
    plan = demand_adoption(operator)
    declared = [line.split()[0] for line in maker.succeed("state", "list").out.splitlines()[1:]]
    here = 1  # the old list, which no example manages
    assert len(_chain(adopted(plan))) == len(_chain(declared)) + here
    rows = sum(each["unchanged"] for each in plan["rows"] if each["address"].startswith("calendar."))
    events = [each for each in adopted(plan) if each.startswith("event.")]
    assert rows + len(events) == len(simulator.objects("event"))


def _chain(addresses: Iterable[str]) -> list[str]:
    """Without events and alarms, which may be declared as rows."""
    return [each for each in addresses if not each.startswith(("event.", "alarm."))]
