"""`make release`: what refuses one, and (with `make soak`) a whole one in a clone, from the sources to a tag."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = Path(".ci/release.py")
IDENTITY = {
    **{f"GIT_{role}_NAME": "Lan" for role in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{role}_EMAIL": "lan@example.com" for role in ("AUTHOR", "COMMITTER")},
    "GIT_CONFIG_GLOBAL": os.devnull,
}
NOTES = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- Something.\n\n## [0.1.0] - 2026-01-01\n\n- The first.\n"


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=os.environ | IDENTITY, capture_output=True, text=True, check=True
    )
    return done.stdout


def released(folder: Path, *arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments],
        cwd=folder,
        env=os.environ | IDENTITY,
        capture_output=True,
        text=True,
        timeout=timeout,
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """As little as a release looks at."""
    for name, text in (("CHANGELOG.md", NOTES), ("provisioner/__init__.py", '__version__ = "0.1.0"\n')):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / SCRIPT).parent.mkdir()
    shutil.copy(ROOT / SCRIPT, tmp_path / SCRIPT)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "begin")
    return tmp_path


@pytest.mark.parametrize("version", ["0.2", "v0.2.0", "0.2.0; rm -rf .", "--help.me", "01.2.0"])
def test_a_version_is_three_numbers(tree: Path, version: str) -> None:
    done = released(tree, "--check", "--", version)
    assert done.returncode == 1 and "is no version such as 0.2.0" in done.stderr


def test_what_refuses_a_release_changes_nothing(tree: Path) -> None:
    head = git(tree, "rev-parse", "HEAD")
    done = released(tree, "0.2.0", "--check", "false")
    assert done.returncode == 1 and "false ended with 1" in done.stderr
    git(tree, "tag", "v0.2.0")
    assert "the tag v0.2.0 is there already" in released(tree, "0.2.0").stderr
    assert "has a section of 0.1.0 already" in released(tree, "0.1.0").stderr
    assert git(tree, "status", "--porcelain") == "" and git(tree, "rev-parse", "HEAD") == head
    (tree / "new.txt").touch()
    assert "the tree has changes" in released(tree, "0.3.0").stderr
    (tree / "CHANGELOG.md").write_text("# Changelog\n\n## [Unreleased]\n")
    git(tree, "add", ".")
    git(tree, "commit", "--quiet", "--message", "empty")
    assert "says nothing under Unreleased" in released(tree, "0.3.0").stderr


def test_make_wants_a_version() -> None:
    text = (ROOT / "Makefile").read_text()
    assert "$(PYTHON) .ci/release.py '$(VERSION)'" in text and "make release VERSION=" in text


def test_our_own_hooks_run_what_is_installed() -> None:
    [repo] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert repo["repo"] == "local"  # nothing is fetched
    assert all(hook["language"] == "system" and hook["entry"].startswith(".venv/bin/") for hook in repo["hooks"])
    assert {"ruff", "ruff-format", "mypy"} <= {hook["id"] for hook in repo["hooks"]}


@pytest.mark.soak  # pip fetches what the wheel is built with and needs
def test_a_release_of_a_clone(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(ROOT), str(clone))
    done = released(clone, "9.8.7", "--check", "true", timeout=900)
    assert done.returncode == 0, done.stderr
    assert "Tagged v9.8.7. Nothing was pushed" in done.stdout
    assert git(clone, "status", "--porcelain") == ""
    tag = git(clone, "cat-file", "tag", "v9.8.7")
    assert "Signed-off-by: Lan <lan@example.com>" in tag and "### Added" in tag
    assert "## [Unreleased]\n\n## [9.8.7] - " in (clone / "CHANGELOG.md").read_text(encoding="utf-8")
    wheel, sdist = clone / "dist/alice_apply-9.8.7-py3-none-any.whl", clone / "dist/alice_apply-9.8.7.tar.gz"
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "provisioner/schemas/manifest.schema.json" in names and "provisioner/starter/alice.yaml" in names
    assert "provisioner/examples/clinic-list/alice.yaml" in names and "provisioner/py.typed" in names
    assert not [name for name in names if "/.alice" in name or name.startswith("tests/")]
    with tarfile.open(sdist) as archive:
        assert "alice_apply-9.8.7/schemas/manifest.schema.json" in archive.getnames()
