"""examples/agency-fleet: twelve clients, one command each to plan and to apply, on two simulators and on Dask."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from provisioner.manifests import declared_environments, load
from tests.fleet.conftest import Fleet
from tests.fleet.test_cluster import Workers
from tests.test_examples import EXAMPLES

EXAMPLE = EXAMPLES / "agency-fleet"
NAMES = declared_environments(EXAMPLE)[1]
HALF = NAMES[len(NAMES) // 2 :]


def secrets() -> dict[str, str]:
    return {f"{name.upper()}_{part}": "demo" for name in NAMES for part in ("USERNAME", "PASSWORD")}


@pytest.fixture
def agency(fleet: Fleet) -> Fleet:
    """The example, half of whose clients are on the other simulator."""
    shutil.rmtree(fleet.directory)
    shutil.copytree(EXAMPLE, fleet.directory, ignore=shutil.ignore_patterns(".alice"))
    text = (EXAMPLE / "alice.yaml").read_text(encoding="utf-8")
    text = text.replace("http://127.0.0.1:8765/rest-api", fleet.simulator.endpoint)
    for name in HALF:
        text = text.replace(f"  {name}:\n", f"  {name}:\n    endpoint: {fleet.second.endpoint}\n")
    fleet.write("alice.yaml", text)
    fleet.environ = secrets()
    return fleet


def test_twelve_clients_and_one_has_more() -> None:
    projects = {
        name: load(EXAMPLE, environment=name, variables={}, environ=secrets(), offline=True).resources for name in NAMES
    }
    campaigns = {name: [each for each in found if each.kind == "campaign"] for name, found in projects.items()}
    assert len(NAMES) == 12
    assert {name for name, found in campaigns.items() if len(found) == 2} == {"lotus"}


def run_all(agency: Fleet, plans: Path, *place: str) -> None:
    """Plan, apply what was planned, and plan again: nothing is left, and nothing was sent."""
    agency.succeed("fleet", "plan", "--out-dir", str(plans), *place)
    assert len(list(plans.glob("*.plan.json"))) == 12
    said = agency.succeed("fleet", "apply", str(plans), *place, "--output", "json")
    assert {each["result"] for each in json.loads(said.out)["clients"]} == {"applied"}
    for simulator in agency.both:
        simulator.clear_requests()
    assert agency.run("fleet", "plan", "--detailed-exitcode", *place).code == 0
    assert [simulator.writes() for simulator in agency.both] == [[], []]
    created = {each["name"] for each in agency.second.objects("campaigns") if each["name"].endswith("Lotus")}
    assert created == {"Khảo sát Lotus", "Gia hạn Lotus"}  # side by side, so in either order


@pytest.mark.soak
def test_planned_and_applied(agency: Fleet, tmp_path: Path) -> None:
    run_all(agency, tmp_path / "plans")


@pytest.mark.soak
def test_on_dask(agency: Fleet, tmp_path: Path) -> None:
    workers = Workers(tmp_path, {**secrets(), "ALICE_PLAN_KEY": "between the workers"})
    try:
        run_all(agency, tmp_path / "plans", "--on", workers.address, "--shared")
    finally:
        workers.close()
