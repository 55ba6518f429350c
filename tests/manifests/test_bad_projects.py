"""Projects named for what is wrong with them, and the diagnostics a user gets, word for word.

`expected.txt` is reviewed like prose. A project without alice.yaml gets the common one; `environment.txt` is -e.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from provisioner import manifests
from provisioner.errors import ManifestError

BAD = Path(__file__).parent / "bad"
PROJECTS = sorted(path.name for path in BAD.iterdir() if path.is_dir())


@pytest.mark.parametrize("name", PROJECTS)
def test_a_bad_project_says_what_is_wrong_and_where(name: str, tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(BAD / name, project)
    if not (project / "alice.yaml").exists():
        shutil.copy(BAD / "alice.yaml", project)
    expected = (project / "expected.txt").read_text()
    chosen = project / "environment.txt"
    environment = chosen.read_text().strip() if chosen.exists() else None
    with pytest.raises(ManifestError) as caught:
        manifests.load(project, environment=environment, variables={}, environ={"PASSWORD": "from-the-environment"})
    assert f"{caught.value}\n" == expected
    assert list(caught.value.diagnostics) == sorted(caught.value.diagnostics, key=lambda found: found.sort_key())


@pytest.mark.parametrize("name", PROJECTS)
def test_no_diagnostic_shows_a_number_a_password_or_an_address(name: str) -> None:
    expected = (BAD / name / "expected.txt").read_text().replace("0934890883 or +84934890883", "")
    for secret in ("09348908", "hunter2", "from-the-environment", "Linh", "093489", "12345678", "@example.com"):
        assert secret not in expected.replace("linh@example.com", "")
