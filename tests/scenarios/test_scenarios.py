"""Stories as directories of numbered manifests: migrate from one to the next, then plan again and demand nothing.

    NAME/1.yaml, 2.yaml, ...    the desired state of each step; `#` lines at the top tell the story
    NAME/1.csv, 2.csv, ...      rows.csv of that step, if there are rows
    NAME/1.plan.txt, ...        the plan that a reviewer saw; UPDATE_GOLDEN=1 writes it anew

Every plan is the text report with the address of the server left out.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from provisioner.simulator.process import Simulator
from tests.factories import NOW
from tests.operator import Operator

HERE = Path(__file__).parent
STEPS = [
    pytest.param(story, id=story.name)
    for story in sorted(HERE.iterdir())
    if story.is_dir() and any(story.glob("1.yaml"))
]


@pytest.mark.parametrize("story", STEPS)
def test_every_step_is_planned_as_reviewed_and_leaves_nothing_to_do(
    story: Path, simulator: Simulator, tmp_path: Path
) -> None:
    simulator.reset(now=NOW)
    operator = Operator(tmp_path, simulator, now=NOW, environ={"CLINIC_PASSWORD": "correct-horse"})
    operator.write("alice.yaml", (HERE / "alice.yaml").read_text().replace("ENDPOINT", simulator.endpoint))
    for step in sorted(story.glob("*.yaml"), key=lambda path: int(path.stem)):
        shutil.copy(step, tmp_path / "manifest.yaml")
        if (rows := step.with_suffix(".csv")).exists():
            shutil.copy(rows, tmp_path / "rows.csv")
        _same(step.with_suffix(".plan.txt"), operator.plan_text())
        operator.apply()
        operator.demand_nothing_to_do()


def _same(golden: Path, plan: str) -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(plan)
    assert plan == golden.read_text(), f"{golden.name}: read the difference; UPDATE_GOLDEN=1 accepts it"
