"""Random projects, applied by somebody else: their export changes nothing and adopts everything."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given
from hypothesis import strategies as st

from provisioner.simulator.process import Simulator
from tests.export.account import demand_adoption, exported, newcomer
from tests.properties.examples import examples
from tests.properties.projects import Manifest, projects
from tests.properties.test_two_projects import MORE, VARIANTS, bring_about, operator_of


def check(simulator: Simulator, project: Manifest, variants: dict[str, str], theirs: str, ours: str) -> None:
    with operator_of(simulator, variants) as maker:
        assert bring_about(maker, project, theirs)
        folder = Path(tempfile.mkdtemp(prefix="alice-export-"))
        try:
            demand_adoption(exported(newcomer(simulator, folder, ours), "--with-contacts"))
        finally:
            shutil.rmtree(folder)


def run_examples(simulator: Simulator, count: int, **how: Any) -> None:
    @examples(count, **how)
    @given(projects(), VARIANTS, st.sampled_from(MORE), st.sampled_from(MORE))
    def prove(project: Manifest, variants: dict[str, str], theirs: str, ours: str) -> None:
        check(simulator, project, variants, theirs, ours)

    prove()


def test_whatever_is_applied_is_exported(simulator_process: Simulator) -> None:
    run_examples(simulator_process, 6, derandomize=True, phases=[Phase.generate])


@pytest.mark.soak
def test_many_projects_are_exported(simulator_process: Simulator) -> None:
    run_examples(simulator_process, 400)
