"""`state history` and `environments`: who applied what and when, and where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from provisioner.session import Session
from provisioner.simulator.process import Simulator
from provisioner.state.runs import Runs
from tests.cli.conftest import Alice
from tests.cli.test_environments import clients

__all__ = ["clients"]
SHUT = "c4nary-0f-a-state"
JOB = "https://gitlab.example.vn/acme/-/jobs/5"


def history(alice: Alice, *options: str) -> list[dict[str, Any]]:
    ran = alice(*options, "state", "history", "--output", "json")
    assert ran.code == 0, ran.err
    found: list[dict[str, Any]] = json.loads(ran.out)
    return found


def environments(alice: Alice, *options: str) -> dict[str, dict[str, Any]]:
    ran = alice(*options, "environments", "--output", "json")
    assert ran.code == 0, ran.err
    return {each["name"]: each for each in json.loads(ran.out)}


def test_who_applied_what(alice: Alice, project: Path, simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    simulator.reset()
    monkeypatch.setenv("CI_JOB_URL", JOB.replace("://", "://bot:hunter2@"))
    assert alice("state", "history").out == "Nothing was applied.\n"
    assert alice("plan").code == 0 and history(alice) == []
    ran = alice("apply", "--auto-approve", "--output", "json")
    assert ran.code == 0
    fingerprint = json.loads(ran.out)["fingerprint"]
    (run,) = history(alice)
    assert (run["user"], run["job"], run["fingerprint"]) == ("demo", JOB, fingerprint)
    assert run["exit_code"] == 0 and run["allow_calls"] is False and run["outcomes"]["done"] > 0
    assert run["began"] <= run["ended"] and run["run"] and run["host"] and run["by"]
    assert alice("apply", "--auto-approve").code == 0  # nothing to do
    assert len(history(alice)) == 1
    table = alice("state", "history").out
    assert run["run"] in table and JOB in table and "0934890883" not in table + json.dumps(run)


def test_a_failed_apply_and_a_killed_one(
    alice: Alice, project: Path, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed at the end: what a dead process does not do is left out."""
    simulator.reset()
    with monkeypatch.context() as patch:
        patch.setattr("provisioner.session.apply", lambda *arguments: (_ for _ in ()).throw(OSError(28, "No space")))
        assert alice("apply", "--auto-approve").code == 1
    (failed,) = history(alice)
    assert (failed["exit_code"], failed["outcomes"]) == (1, {}) and failed["ended"]
    with monkeypatch.context() as patch:
        patch.setattr(Runs, "end", lambda *arguments: None)
        patch.setattr(Session, "note_exit", lambda *arguments: None)
        assert alice("apply", "--auto-approve").code == 0
    killed, _ = history(alice)
    assert (killed["ended"], killed["exit_code"]) == (None, None)
    assert "did not end" in alice("state", "history").out
    assert len(json.loads(alice("state", "history", "--limit", "1", "--output", "json").out)) == 1
    assert alice("state", "history", "--limit", "0").code == 1


def test_environments_are_listed_with_who_applied_last(alice: Alice, clients: Path) -> None:
    assert alice("-e", "acme", "apply", "--auto-approve").code == 0
    found = environments(alice)
    assert list(found) == ["acme", "bank"]
    acme, bank = found["acme"], found["bank"]
    assert acme["user"] == "${env.ACME_USERNAME}" and bank["user"] == "token"
    assert acme["endpoint"].startswith("http://127.0.0.1") and acme["state"].endswith(".alice/state.db")
    assert acme["last_applied"]["run"] == history(alice, "-e", "acme")[0]["run"] and acme["notes"] == []
    assert bank["last_applied"] is None
    table = alice("environments").out
    assert acme["last_applied"]["run"] in table and "bank" in table
    assert list(environments(alice, "-e", "bank")) == ["bank"]
    ran = alice("-e", "bnak", "environments")
    assert ran.code == 1 and "there are acme, bank" in ran.err


def test_what_cannot_be_told_of_one_is_said_in_its_row(
    alice: Alice, clients: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = clients / "alice.yaml"
    more = (
        '  dead: {state: "postgresql://u:hunter2@127.0.0.1:1/x"}\n'
        '  dark: {endpoint: "${env.DARK_ENDPOINT}", state: "${env.DARK_STATE}"}\n'
        '  shut: {endpoint: "${env.SHUT_ENDPOINT}", state: "${env.SHUT_STATE}"}\n'
        "  wrong: {region: Vietnam}\n"
        "  clear: {credentials: {username: u, password: hunter2}}\n"
    )
    settings.write_text(settings.read_text() + more)
    monkeypatch.setenv("SHUT_ENDPOINT", f"https://{SHUT}.example.vn")
    monkeypatch.setenv("SHUT_STATE", f"postgresql://u:{SHUT}@127.0.0.1:1/{SHUT}")
    monkeypatch.delenv("ACME_PASSWORD")
    ran = alice("environments")
    assert ran.code == 0 and SHUT not in ran.out + ran.err and "hunter2" not in ran.out + ran.err
    found = environments(alice)
    assert found["acme"]["notes"] == ["ACME_PASSWORD is not set"] and found["bank"]["notes"] == []
    assert found["dead"]["notes"][0].startswith("state: ") and "127.0.0.1" in found["dead"]["state"]
    assert found["dark"]["notes"] == ["DARK_ENDPOINT is not set", "DARK_STATE is not set"]
    assert found["shut"]["endpoint"] == found["shut"]["state"] == "(sensitive)"
    assert found["shut"]["notes"] == ["state: cannot be reached or read"]
    assert found["wrong"]["notes"][0].startswith("region: must be a known code")
    assert "is written in plain text" in found["clear"]["notes"][0] and found["clear"]["user"] is None


def test_no_value_of_a_variable_is_listed_as_a_user(
    alice: Alice, clients: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A branch could name any variable of the job there."""
    monkeypatch.setenv("DEPLOY_KEY", SHUT)
    settings = clients / "alice.yaml"
    settings.write_text(settings.read_text().replace("${env.ACME_USERNAME}", "${env.DEPLOY_KEY}"))
    for command in (("environments",), ("environments", "--output", "json"), ("-e", "acme", "plan")):
        ran = alice(*command)
        assert SHUT not in ran.out + ran.err


def test_a_branch_that_says_otherwise_lists_nothing(
    alice: Alice, clients: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = clients / "alice.yaml"
    (clients / ".trusted").write_text(settings.read_text())
    monkeypatch.setenv("ALICE_TRUST", str(clients / ".trusted"))
    assert alice("environments").code == 0
    for old, new, key in (
        ("${env.ACME_PASSWORD}", "${env.BANK_TOKEN}", "environments.acme.credentials.password"),
        ("clients/acme]", "clients/bank]", "environments.acme.manifests"),
        ("environment: required\n", "", "environment"),
    ):
        settings.write_text((clients / ".trusted").read_text().replace(old, new))
        for command in (("environments",), ("-e", "acme", "plan")):
            ran = alice(*command)
            assert ran.code == 1 and f"{key}: is not as in the file that ALICE_TRUST names" in ran.err, ran.err


def test_without_environments_it_is_the_one_that_has_no_name(alice: Alice, project: Path) -> None:
    found = environments(alice)
    assert list(found) == ["default"] and found["default"]["user"] == "demo"
    (project / "alice.yaml").write_text("alice: [\n")
    assert alice("environments").code == 1
