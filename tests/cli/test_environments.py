"""Many clients in one project, by the command line: each logs in as itself, at its own account."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioner.simulator.process import Simulator
from tests.cli.conftest import Alice
from tests.factories import alice as settings
from tests.factories import survey

CANARY = "c4nary-0f-bank"
CLIENTS = """\
environment: required
environments:
  acme:
    credentials: {username: "${env.ACME_USERNAME}", password: "${env.ACME_PASSWORD}"}
    manifests: [common, clients/acme]
  bank:
    credentials: {token: "${env.BANK_TOKEN}"}
    manifests: [common, clients/bank]
"""


@pytest.fixture
def clients(tmp_path: Path, simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project of two clients with an account each; the tool's own variables are nobody's who could log in."""
    simulator.reset()
    for name in ("acme", "bank"):
        (tmp_path / "clients" / name).mkdir(parents=True)
        (tmp_path / "clients" / name / "own.yaml").write_text(survey(f"of-{name}", name=f"Survey of {name}"))
    (tmp_path / "common").mkdir()
    (tmp_path / "common" / "base.yaml").write_text(survey("base", name="Base"))
    (tmp_path / "alice.yaml").write_text(settings("agency", simulator.endpoint) + CLIENTS)
    given = {"ACME_USERNAME": "acme", "ACME_PASSWORD": "acme", "BANK_TOKEN": simulator.token("demo")}
    for name, value in {**given, "ALICE_USERNAME": CANARY, "ALICE_PASSWORD": CANARY, "ALICE_TOKEN": CANARY}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(simulator: Simulator, user: int) -> list[str]:
    return sorted(each["name"] for each in simulator.objects("survey-template", user=user) if not each["is_onboarding"])


ACME, BANK = 104, 203


def test_each_logs_in_as_itself_and_has_its_own(alice: Alice, clients: Path, simulator: Simulator) -> None:
    for name, user in (("acme", ACME), ("bank", BANK)):
        before = names(simulator, user)
        ran = alice("-e", name, "apply", "--auto-approve")
        assert ran.code == 0, ran.err
        assert names(simulator, user) == sorted([*before, "Base", f"Survey of {name}"])
        simulator.clear_requests()
        again = alice("-e", name, "plan", "--detailed-exitcode")
        assert again.code == 0 and simulator.writes() == [], again.out + again.err
        assert CANARY not in ran.out + ran.err


@pytest.mark.parametrize(
    "command",
    [
        ("get", "surveys"), ("status",), ("doctor",), ("drift",), ("check",), ("state", "list"), ("stop", "--all"),
        ("state", "unlock"), ("export", "../out"), ("results", "1"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_every_command_works_with_them(
    alice: Alice, clients: Path, simulator: Simulator, command: tuple[str, ...]
) -> None:
    if command == ("results", "1"):
        command = ("results", str(simulator.create("campaigns", user=ACME, name="Old", frequency=1)["id"]))
    ran = alice("-e", "acme", *command)
    assert ran.code == 0, ran.err
    assert alice(*command).code == 1  # environment: required


LOGS_IN = (("plan",), ("apply", "--auto-approve"), ("get", "surveys"), ("status",), ("doctor",), ("drift",))
OFFLINE = (("validate",), ("graph",), ("state", "list"))


def test_only_what_logs_in_needs_the_variables(
    alice: Alice, clients: Path, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ACME_PASSWORD")
    simulator.clear_requests()
    for command in LOGS_IN:
        ran = alice("-e", "acme", *command)
        assert ran.code == 1, command
        assert "alice.yaml:9:18: error: credentials: the environment variable ACME_PASSWORD is not set" in ran.err
    for command in OFFLINE:
        ran = alice("-e", "acme", *command)
        assert ran.code == 0, ran.err
    assert "info: the environment variable ACME_PASSWORD is not set" in alice("-e", "acme", "validate").err
    assert simulator.requests() == []


def test_a_saved_plan_is_shown_without_them(alice: Alice, clients: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert alice("-e", "acme", "plan", "--out", "p").code == 0
    for name in ("ACME_USERNAME", "ACME_PASSWORD"):
        monkeypatch.delenv(name)
    assert alice("show", "p").code == 0
    assert alice("apply", "p").code == 1
    monkeypatch.setenv("ACME_USERNAME", "acme")
    monkeypatch.setenv("ACME_PASSWORD", "acme")
    assert alice("apply", "p").code == 0


def test_a_wrong_password_names_the_variables_and_no_value(
    alice: Alice, clients: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_PASSWORD", "hunter2")
    ran = alice("-e", "acme", "plan")
    assert ran.code == 1 and "check ACME_USERNAME and ACME_PASSWORD" in ran.err and "hunter2" not in ran.err
    monkeypatch.setenv("BANK_TOKEN", "hunter2")
    ran = alice("-e", "bank", "plan")
    assert ran.code == 1 and "BANK_TOKEN is not accepted" in ran.err and "user name" not in ran.err
    monkeypatch.setenv("BANK_TOKEN", "hunter 2")
    assert "BANK_TOKEN holds blanks" in alice("-e", "bank", "plan").err


def test_the_user_that_a_variable_holds_is_not_shown(
    alice: Alice, clients: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A branch could name any variable as a user: the message about another user's state would print it."""
    assert alice("-e", "acme", "apply", "--auto-approve").code == 0
    monkeypatch.setenv("ACME_USERNAME", CANARY)
    for command in ("plan", "drift"):
        ran = alice("-e", "acme", command)
        assert ran.code == 1 and "belongs to another user than this run uses" in ran.err, ran.err
        assert CANARY not in ran.out + ran.err and "user acme" not in ran.err


def test_the_key_of_plan_files_is_none_of_them(alice: Alice, clients: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALICE_PLAN_KEY", "acme")
    ran = alice("-e", "acme", "plan", "--out", "p")
    assert ran.code == 1 and "needs to be a secret of its own" in ran.err


def test_a_stop_logs_in_as_the_client_whatever_else_is_broken(
    alice: Alice, clients: Path, simulator: Simulator
) -> None:
    ours, theirs = (
        simulator.create("campaigns", user=user, name="Tết", frequency=1, status=1) for user in (ACME, BANK)
    )
    broken = (clients / "alice.yaml").read_text().replace("region: VN", 'region: Vietnam\nnotfiy: ["x"]\nchecks: 7')
    (clients / "alice.yaml").write_text(broken)
    ran = alice("-e", "acme", "stop", "--all")
    assert ran.code == 0 and "do not prevent stopping" in ran.err, ran.err
    assert (
        simulator.row("campaigns", ours["id"])["status"] == 2
        and simulator.row("campaigns", theirs["id"])["status"] == 1
    )
    assert alice("stop", "--all").code == 1
    (clients / "alice.yaml").write_text(broken.replace("${env.ACME_PASSWORD}", "in-clear-hunter2"))
    ran = alice("-e", "acme", "stop", "--all")
    assert ran.code == 1 and "`credentials` of alice.yaml" in ran.err and "hunter2" not in ran.err
