"""An account that somebody else made, exported by an operator who has nothing but its address."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from provisioner.simulator.process import Simulator
from tests.factories import NOW
from tests.operator import Operator

PROJECT = """alice: 1
endpoint: {endpoint}
timezone: Asia/Ho_Chi_Minh
region: VN
{more}
"""
_SECRET = re.compile(r"\$\{env\.(\w+)\}")


def newcomer(simulator: Simulator, folder: Path, more: str = "") -> Operator:
    """Somebody in an empty folder with an alice.yaml."""
    folder.mkdir(parents=True, exist_ok=True)
    operator = Operator(folder, simulator, now=NOW)
    operator.write("alice.yaml", PROJECT.format(endpoint=simulator.endpoint, more=more))
    return operator


def exported(operator: Operator, *options: str) -> Operator:
    """The operator after an export, with the environment variables that it asks for."""
    operator.simulator.clear_requests()
    said = operator.succeed("export", *options)
    assert operator.simulator.writes() == []
    assert "Traceback" not in said.err
    return replace(operator, environ={**operator.environ, **secrets(operator.directory)})


def secrets(folder: Path) -> dict[str, str]:
    texts = [path.read_text(encoding="utf-8") for path in folder.rglob("*.yaml")]
    return {name: "anything" for text in texts for name in _SECRET.findall(text)}


def demand_adoption(operator: Operator) -> dict[str, Any]:
    """Applying the export changes nothing and adopts everything, from an empty state and from its own; the plan."""
    shutil.rmtree(operator.directory / ".alice", ignore_errors=True)
    operator.simulator.clear_requests()
    plan = operator.plan()
    assert operator.simulator.writes() == []
    summary: Mapping[str, int] = plan["summary"]
    assert {name for name, number in summary.items() if number} <= {"adopt"}, json.dumps(plan["changes"], indent=1)
    assert [change for change in plan["changes"] if change["fields"]] == []
    assert plan["deferred"] == []
    assert [rows for rows in plan["rows"] if rows["add"] or rows["change"] or rows["remove"]] == []
    armed = len(operator.simulator.arming())
    operator.succeed("apply", "--auto-approve")
    assert operator.simulator.writes() == []
    assert len(operator.simulator.arming()) == armed
    operator.demand_nothing_to_do()
    return plan


def adopted(plan: Mapping[str, Any]) -> set[str]:
    """The addresses."""
    return {change["address"] for change in plan["changes"] if change["action"] == "adopt"}


def listed(plan: Mapping[str, Any]) -> set[str]:
    """Event and alarm of a calendar whose list is one row, by the calendar's key, which is theirs."""
    alone = [each["address"] for each in plan["rows"] if each["unchanged"] == 1]
    keys = [address.partition(".")[2] for address in alone if address.startswith("calendar.")]
    return {f"{kind}.{key}" for kind in ("event", "alarm") for key in keys}


def manifest(operator: Operator, name: str) -> str:
    return (operator.directory / name).read_text(encoding="utf-8")
