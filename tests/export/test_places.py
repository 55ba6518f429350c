"""Where an export goes: never over anything, all files or none, into a project or a new one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from provisioner.simulator.process import Simulator
from tests.export.account import PROJECT, adopted, demand_adoption, exported, manifest, newcomer
from tests.factories import NOW
from tests.operator import Operator


@pytest.fixture
def operator(simulator: Simulator, tmp_path: Path) -> Operator:
    simulator.reset(now=NOW)
    simulator.create("phonebook", name="VIP")
    simulator.create("survey-template", name="Hello")
    return newcomer(simulator, tmp_path / "account")


def fill(operator: Operator) -> None:
    """A contact in the phonebook."""
    [phonebook] = operator.simulator.objects("phonebook", name="VIP")
    operator.simulator.create("contact", phonebook=phonebook["id"], contact="0934890810")


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_nothing_is_overwritten_without_force(operator: Operator) -> None:
    operator.write("phonebooks.yaml", "# mine\n")
    said = operator.run("export")
    assert said.code == 1 and "phonebooks.yaml already exists" in said.err and "--force" in said.err
    assert names(operator.directory) == ["alice.yaml", "phonebooks.yaml"]
    assert operator.simulator.requests() == []
    assert adopted(demand_adoption(exported(operator, "--force"))) == {"phonebook.vip", "survey.hello"}


def test_an_older_export_is_replaced_as_a_whole(operator: Operator) -> None:
    """What is gone since then is not declared any more, or the next apply would make it anew."""
    operator = exported(operator)
    [phonebook] = operator.simulator.objects("phonebook", name="VIP")
    operator.simulator.delete("phonebook", phonebook["id"])
    operator = exported(operator, "--force")
    assert manifest(operator, "phonebooks.yaml") == "# Phonebooks: none is declared here.\n"
    assert adopted(demand_adoption(operator)) == {"survey.hello"}


def test_other_manifests_of_the_project_are_in_the_way(operator: Operator) -> None:
    operator.write("more/main.yaml", "phonebooks: {vip: {name: VIP}}\n")
    for options in ((), ("--force",), ("below",)):
        said = operator.run("export", *options)
        assert said.code == 1 and "would be declared twice" in said.err
    assert names(operator.directory) == ["alice.yaml", "more/main.yaml"]


def test_into_a_folder_of_the_project(operator: Operator) -> None:
    operator = exported(operator, "from-alice")
    assert names(operator.directory) == ["alice.yaml", "from-alice/phonebooks.yaml", "from-alice/surveys.yaml"]
    assert adopted(demand_adoption(operator)) == {"phonebook.vip", "survey.hello"}


def test_into_a_new_folder_with_the_settings_of_the_project(operator: Operator, tmp_path: Path) -> None:
    operator.write("alice.yaml", PROJECT.format(endpoint=operator.simulator.endpoint, more="server_timezone: UTC"))
    operator.write("main.yaml", "phonebooks: {vip: {name: VIP}}\n")
    operator.succeed("export", str(tmp_path / "New Place" / "2027"))
    other = Operator(tmp_path / "New Place" / "2027", operator.simulator, now=NOW)
    text = manifest(other, "alice.yaml")
    for line in ('project: "2027"', "timezone: Asia/Ho_Chi_Minh", "server_timezone: UTC", "region: VN"):
        assert line in text
    assert "a guess" not in text
    assert adopted(demand_adoption(other)) == {"phonebook.vip", "survey.hello"}


def test_with_nothing_but_an_endpoint(operator: Operator, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    other = Operator(tmp_path / "nothing", operator.simulator, now=NOW)
    said = other.run("export")
    assert said.code == 1 and "set ALICE_ENDPOINT" in said.err and names(other.directory) == []
    other.environ = {"ALICE_ENDPOINT": operator.simulator.endpoint}
    other.succeed("export")
    above = manifest(other, "alice.yaml").partition("timezone: UTC\n")[0].splitlines()[-2:]
    assert "# a guess: Alice does not say where the people called are." in above[0]
    assert "run `export` again with --force" in above[1]
    other.environ = {}
    assert adopted(demand_adoption(other)) == {"phonebook.vip", "survey.hello"}


def test_when_one_file_cannot_be_moved_none_is(operator: Operator) -> None:
    fill(operator)
    operator.write("contacts/vip.csv", "mine\n")
    operator.write("contacts/other.txt", "mine\n")
    before = {name: (operator.directory / name).read_text() for name in names(operator.directory)}
    said = operator.run("export", "--with-contacts")
    assert said.code == 1 and "contacts/vip.csv already exists" in said.err
    (operator.directory / "contacts" / "vip.csv").unlink()
    (operator.directory / "contacts" / "vip.csv").mkdir()
    said = operator.run("export", "--with-contacts", "--force")
    assert said.code == 1
    (operator.directory / "contacts" / "vip.csv").rmdir()
    operator.write("contacts/vip.csv", "mine\n")
    assert {name: (operator.directory / name).read_text() for name in names(operator.directory)} == before
    assert sorted(path.name for path in operator.directory.iterdir()) == ["alice.yaml", "contacts"]


def test_a_server_that_fails_leaves_nothing_behind(operator: Operator) -> None:
    operator.simulator.variants(count="inflated")
    said = operator.run("export", "--with-contacts")
    assert said.code == 1 and "Traceback" not in said.err
    assert sorted(path.name for path in operator.directory.iterdir()) == ["alice.yaml"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_leaves_nothing_behind(number: signal.Signals, operator: Operator) -> None:
    fill(operator)
    reads = len(_reads(operator))
    operator.simulator.hold(reads - 1)
    environ = {**os.environ, "ALICE_USERNAME": "demo", "ALICE_PASSWORD": "demo", "ALICE_NOW": NOW.isoformat()}
    command = [sys.executable, "-c", "from provisioner.cli import main; main()"]
    command += ["-C", str(operator.directory), "export", "--with-contacts"]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while not operator.simulator.holds():
            assert process.poll() is None
        process.send_signal(number)
        operator.simulator.release()
        _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number, err
    assert sorted(path.name for path in operator.directory.iterdir()) == ["alice.yaml"]


def _reads(operator: Operator) -> list[object]:
    """What an export asks, made once in another folder."""
    other = newcomer(operator.simulator, operator.directory.parent / "other")
    operator.simulator.clear_requests()
    exported(other, "--with-contacts")
    shutil.rmtree(other.directory)
    return [*operator.simulator.requests()]


def test_no_folder_of_the_target_leads_elsewhere(operator: Operator) -> None:
    fill(operator)
    elsewhere = operator.directory / ".kept"
    elsewhere.mkdir()
    (operator.directory / "contacts").symlink_to(elsewhere)
    said = operator.run("export", "--with-contacts", "--force")
    assert (said.code, "contacts is a link" in said.err) == (1, True), said.err
    assert [*elsewhere.iterdir()] == [] and names(operator.directory) == ["alice.yaml"]


@pytest.mark.parametrize("target", ["out", "out/deeper"])
def test_no_target_in_the_project_leads_out_of_it(operator: Operator, target: str, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (operator.directory / "out").symlink_to(elsewhere)
    said = operator.run("export", str(operator.directory / target))
    assert (said.code, "out is a link" in said.err) == (1, True), said.err
    assert [*elsewhere.iterdir()] == [] and operator.simulator.requests() == []
