"""Real plans in another language: whatever a check or a plan says of the examples is told by the catalogue."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from provisioner.checks import CHECKS
from provisioner.simulator.process import Simulator
from tests.factories import NOW
from tests.operator import Operator
from tests.strange import english

from .test_examples import EXAMPLES, SECRETS, prepared

FORMATS = ("text", "full", "markdown", "html")
# What a plan may name of Alice, of the tool and of the law besides a project's own words.
NAMES = ["UTC", "vn"]
SAID = ("message", "messages", "reason", "reasons", "refusals")  # of the JSON of a plan: what is told in sentences


def given(project: Path) -> Iterator[Any]:
    """The values of the manifests, without what is told beside them, and the texts of all other files."""
    for path in project.rglob("*"):
        if path.suffix == ".yaml":
            yield from yaml.load_all(path.read_text(encoding="utf-8"), yaml.BaseLoader)
        elif path.is_file() and ".alice" not in path.parts and path.suffix in (".csv", ".txt"):
            yield path.read_text(encoding="utf-8")
    yield [path.name for path in project.rglob("*")]


def unsaid(value: Any) -> Any:
    """The addresses, fields and values of a plan's JSON."""
    if isinstance(value, Mapping):
        return {name: unsaid(part) for name, part in value.items() if name not in SAID}
    return [unsaid(part) for part in value] if isinstance(value, list) else value


def demand_no_english(operator: Operator, *command: str) -> None:
    reports = {name: operator.directory.parent / f"report.{name}" for name in FORMATS}
    outputs = [f"--output={name}={path}" for name, path in reports.items()]
    said = operator.run("--lang", "vi", *command, "--output=json", *outputs)
    assert said.code in (0, 3), said.err
    known = [*given(operator.directory), unsaid(json.loads(said.out)), *NAMES]
    for name, path in reports.items():
        assert english(name, path.read_text(encoding="utf-8"), known) == []
        path.unlink()


@pytest.mark.parametrize("check", CHECKS)
def test_a_check(check: str, strange: None, simulator: Simulator, tmp_path: Path) -> None:
    operator = prepared(simulator, tmp_path / "project", check, "fires")
    demand_no_english(operator, "plan", "--prune")


@pytest.mark.parametrize("name", ["quickstart", "clinic", "clinic-list", "second-round"])
def test_an_example(name: str, strange: None, simulator: Simulator, tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(EXAMPLES.parent / name, project, ignore=shutil.ignore_patterns(".alice"))
    simulator.reset(now=NOW)
    operator = Operator(project, simulator, NOW, {"ALICE_ENDPOINT": simulator.endpoint, **SECRETS})
    demand_no_english(operator, "apply", "--auto-approve", "--allow-calls")
    demand_no_english(operator, "plan")
