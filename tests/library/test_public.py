"""The public API: what `import provisioner` offers, what it loads, and the gates that hold without a command line."""

from __future__ import annotations

import runpy
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import provisioner
from provisioner.simulator.process import Simulator
from tests.factories import NOW, alice, campaign, phonebook, survey

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "library" / "nightly.py"
HEAVY = ("requests", "duckdb", "sqlalchemy", "rich", "deepdiff", "jsonschema", "click", "yaml")


@pytest.fixture
def folder(simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    simulator.reset(now=NOW)
    monkeypatch.setenv("ALICE_USERNAME", "demo")
    monkeypatch.setenv("ALICE_PASSWORD", "demo")
    (tmp_path / "alice.yaml").write_text(alice("library", simulator.endpoint), encoding="utf-8")
    (tmp_path / "main.yaml").write_text(phonebook("vip", "0934890883"), encoding="utf-8")
    return tmp_path


def test_all_that_is_public_is_there_and_described() -> None:
    for name in provisioner.__all__:
        found = getattr(provisioner, name)
        assert name == "__version__" or found.__doc__, name
        assert name in dir(provisioner)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = provisioner.nothing


def test_importing_it_loads_nothing_heavy() -> None:
    code = f"import provisioner, sys; provisioner.ProvisionerError; print(sorted(set({HEAVY}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "[]\n", done


def test_the_example_runs_and_a_second_time_has_nothing_to_do(folder: Path, simulator: Simulator) -> None:
    sync = runpy.run_path(str(EXAMPLE))["sync"]
    assert sync(folder) == {"done": 2}
    assert "phonebook.vip" in (folder / "last-run.md").read_text(encoding="utf-8")
    simulator.clear_requests()
    assert sync(folder) == {}
    assert simulator.writes() == []


def test_the_example_ends_with_an_error_of_ours(folder: Path) -> None:
    (folder / "main.yaml").write_text("phonebooks: {vip: {nome: VIP}}\n", encoding="utf-8")
    with pytest.raises(provisioner.ManifestError) as raised:
        runpy.run_path(str(EXAMPLE))["sync"](folder)
    assert [str(each.source) for each in raised.value.diagnostics if "nome" in str(each)] == ["main.yaml:1:20"]


def ringing(folder: Path) -> Any:
    text = survey("hello", name="Hello") + phonebook("vip", "0934890883") + campaign(survey="hello", status="started")
    (folder / "main.yaml").write_text(text, encoding="utf-8")
    return provisioner.load_project(folder)


def test_nothing_rings_without_leave(folder: Path, simulator: Simulator) -> None:
    project = ringing(folder)
    with provisioner.open_session(project, now=NOW) as session, session.lock():
        executable = session.plan(provisioner.PlanOptions())
        assert executable.plan.rings
        simulator.clear_requests()
        with pytest.raises(provisioner.Refused, match="would place calls"):
            session.apply(executable)
        assert simulator.writes() == []


def test_only_what_was_planned_under_the_lock_is_applied(folder: Path, simulator: Simulator) -> None:
    with provisioner.open_session(provisioner.load_project(folder), now=NOW) as session:
        early = session.plan(provisioner.PlanOptions())
        simulator.clear_requests()
        with pytest.raises(provisioner.UsageError, match=r"with session\.lock\(\)"):
            session.apply(early)
        with session.lock(), pytest.raises(provisioner.UsageError, match=r"with session\.lock\(\)"):
            session.apply(early)
        assert simulator.writes() == []
        with session.lock():
            again = session.plan(provisioner.PlanOptions())
            assert again.plan.fingerprint == early.plan.fingerprint
            assert {each.result for each in session.apply(again)} == {provisioner.Result.DONE}
            with pytest.raises(provisioner.UsageError):
                session.apply(again)


def test_another_run_has_the_lock(folder: Path) -> None:
    project = provisioner.load_project(folder)
    with (
        provisioner.open_session(project, now=NOW) as one,
        provisioner.open_session(project, now=NOW) as other,
        one.lock(),
        pytest.raises(provisioner.StateLocked),
        other.lock(),
    ):
        pass


@pytest.mark.parametrize(("endpoint", "now"), [("https://alice.example/rest-api", NOW), (None, datetime(2027, 1, 1))])
def test_the_clock_is_the_real_one(folder: Path, simulator: Simulator, endpoint: str | None, now: datetime) -> None:
    (folder / "alice.yaml").write_text(alice("library", endpoint or simulator.endpoint), encoding="utf-8")
    project = provisioner.load_project(folder)
    with pytest.raises(provisioner.UsageError, match="`now`"), provisioner.open_session(project, now=now):
        pass


def test_an_unknown_format() -> None:
    plan = provisioner.Plan("1", None, "default", "http://127.0.0.1", NOW)
    assert "Alice matches the manifests" in provisioner.render(plan)
    with pytest.raises(provisioner.UsageError, match="there is no format 'htm': there are codequality, full, github"):
        provisioner.render(plan, "htm")
