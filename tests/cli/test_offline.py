"""Commands that need no Alice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from provisioner import __version__
from provisioner.cli.planfile import PlanKey, read_plan, save_plan
from provisioner.errors import BadPlanFile, StalePlan, UsageError
from provisioner.plan.secrets import Key
from provisioner.reports.document import plan_document
from provisioner.resources import KINDS

from ..reports.samples import EVERYTHING, NOTHING
from .conftest import Alice, write_project

NOWHERE = "http://127.0.0.1:9/rest-api"


def test_the_version_is_one_line(alice: Alice) -> None:
    ran = alice("--version")
    assert (ran.code, ran.out) == (0, f"alice-apply {__version__}\n")


def test_the_starter_project_validates(alice: Alice, tmp_path: Path) -> None:
    ran = alice("init", str(tmp_path / "new"))
    assert (ran.code, ran.err) == (0, "")
    assert f"cd {tmp_path / 'new'}" in ran.out
    assert alice("-C", str(tmp_path / "new"), "validate").code == 0
    assert "/.alice/" in (tmp_path / "new" / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_init_leaves_a_gitignore_as_it_is(alice: Alice, tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("/mine/\n", encoding="utf-8")
    ran = alice("-C", str(tmp_path), "init")
    assert ran.code == 0
    assert ".gitignore" not in ran.out
    assert (tmp_path / ".gitignore").read_text(encoding="utf-8") == "/mine/\n"


def test_init_overwrites_nothing(alice: Alice, tmp_path: Path) -> None:
    (tmp_path / "alice.yaml").write_text("mine", encoding="utf-8")
    ran = alice("-C", str(tmp_path), "init")
    assert ran.code == 1
    assert "alice.yaml already exists" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["alice.yaml"]
    assert (tmp_path / "alice.yaml").read_text(encoding="utf-8") == "mine"


def test_validate_tells_what_it_found_and_needs_no_secrets(alice: Alice, tmp_path: Path) -> None:
    project = write_project(tmp_path, NOWHERE)
    (project / "more.yaml").write_text(
        "calendar_users: {bot: {username: “bot”, password: '${env.BOT_PASSWORD}', calendar_setting: {id: 3}}}\n",
        "utf-8",
    )
    ran = alice("-C", str(project), "validate")
    assert ran.code == 0
    assert ran.err.splitlines() == [
        "more.yaml:1:34: warning: username is sent with the “ and ” around it; quotes of YAML are \" or ' "
        "(calendar_user.bot) [quotes]",
        "info: the environment variable BOT_PASSWORD is not set, so what it fills is not checked; plan and apply need "
        "it [unset-variable]",
    ]
    assert alice("-C", str(project), "graph").code == 0
    refused = alice("-C", str(project), "plan")
    assert refused.code == 1
    assert "more.yaml:1:51: error: password: the environment variable BOT_PASSWORD is not set" in refused.err


@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_environment_is_not_the_default_one(alice: Alice, tmp_path: Path, empty: str) -> None:
    ran = alice("-C", str(write_project(tmp_path, NOWHERE)), "-e", empty, "validate")
    assert (ran.code, ran.out) == (1, "")
    assert "-e is empty" in ran.err


def test_an_empty_variable_of_the_environment_is_as_unset(
    alice: Alice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALICE_ENV", "")
    assert alice("-C", str(write_project(tmp_path, NOWHERE)), "validate").code == 0


def test_validate_counts_what_it_found(alice: Alice, tmp_path: Path) -> None:
    ran = alice("-C", str(write_project(tmp_path, NOWHERE)), "validate")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "Valid: 1 campaign, 1 phonebook, 1 section, 1 survey.\n"


def test_validate_counts_one_and_several_under_one_title(alice: Alice, tmp_path: Path) -> None:
    write_project(tmp_path, NOWHERE)
    for number, said in ((1, "1 DNC list,"), (2, "2 DNC lists,")):
        (tmp_path / f"dnc-{number}.yaml").write_text(
            f"dnc_lists: {{opt-outs-{number}: {{name: List {number}}}}}\n", encoding="utf-8"
        )
        assert said in alice("-C", str(tmp_path), "validate").out


def test_validate_reads_rows_when_it_is_asked_to(alice: Alice, tmp_path: Path) -> None:
    project = write_project(tmp_path, NOWHERE)
    contacts = "contact,first_name\n0934890881,Lan\n,\n12,Nam\n0934890881,Hoa\n"
    (project / "contacts.csv").write_text(contacts, encoding="utf-8")
    book = "phonebooks: {{rows: {{name: Rows, contacts: {{file: contacts.csv, {}}}}}}}\n"
    numbers = book + 'dnc_lists: {{out: {{name: Out, numbers: ["0934890889", "0934890889"]}}}}\n'
    options = "invalid: skip, on_duplicate: first"
    (project / "rows.yaml").write_text(numbers.format(options), encoding="utf-8")
    assert alice("-C", str(project), "validate").out.startswith("Valid: ")
    ran = alice("-C", str(project), "validate", "--rows")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "phonebook.rows: 1 row; left out: 1 not a valid telephone number; 1 duplicate; 1 empty",
        "dnc_list.out: 1 row; left out: 1 duplicate",
        "phonebook.vip: 1 row",
        "Valid: 1 campaign, 1 DNC list, 2 phonebooks, 1 section, 1 survey.",
    ]
    (project / "rows.yaml").write_text(numbers.format("variables: []"), encoding="utf-8")
    assert alice("-C", str(project), "validate").code == 0
    ran = alice("-C", str(project), "validate", "--rows")
    assert (ran.code, ran.out) == (1, "")
    assert "contacts.csv:4:1: error: contacts: 1 row: not a valid telephone number (phonebook." in ran.err
    assert "1 number is declared more than once (contacts.csv:2 and contacts.csv:5)" in ran.err
    assert "0934890881" not in ran.err


def test_validate_shows_all_mistakes_with_their_places(alice: Alice, tmp_path: Path) -> None:
    write_project(tmp_path, NOWHERE)
    (tmp_path / "bad.yaml").write_text("surveys:\n  a: {nam: x}\ncampaigns:\n  b: 5\n", encoding="utf-8")
    ran = alice("-C", str(tmp_path), "validate")
    assert (ran.code, ran.out) == (1, "")
    *lines, last = ran.err.splitlines()
    assert len(lines) >= 2
    assert all(line.startswith("bad.yaml:") and ": error: " in line for line in lines)
    assert last == f"{len(lines)} errors"


def test_validate_tells_one_mistake_of_many_places_once(alice: Alice, tmp_path: Path) -> None:
    """For people; programs get each with its place. Fewer are shown as they are, and what differs is not alike."""
    write_project(tmp_path, NOWHERE)
    for name in ("a", "b"):
        bodies = "".join(f"  {name}{number}: {{name: X{name}{number}, nmae: x}}\n" for number in range(25))
        (tmp_path / f"{name}.yaml").write_text(f"phonebooks:\n{bodies}", encoding="utf-8")
    (tmp_path / "c.yaml").write_text("phonebooks:\n  c: {name: Y, colour: x}\n", encoding="utf-8")
    ran = alice("-C", str(tmp_path), "validate")
    once, other, last = ran.err.splitlines()
    assert once.startswith("a.yaml:2:") and "nmae: unknown" in once and "(phonebook.a0) [" in once
    assert "; and 49 more places: a.yaml:3, a.yaml:4," in once and "a.yaml:12 and 39 more (phonebook.a0)" in once
    assert "colour" in other and "more place" not in other and last == "51 errors"
    for form, wanted in (("json", '"nmae: unknown'), ("sarif", '"text": "nmae: unknown')):
        ran = alice("-C", str(tmp_path), "validate", "--output", form)
        assert ran.out.count(wanted) == 50 and "more places" not in ran.out

    five = "".join(f"  {key}: {{name: {key}, nmae: x}}\n" for key in "vwxyz")
    (tmp_path / "a.yaml").write_text(f"phonebooks:\n{five}", encoding="utf-8")
    (tmp_path / "b.yaml").unlink()
    assert alice("-C", str(tmp_path), "validate").err.count("nmae: unknown") == 5


def test_a_folder_without_a_project_is_told_how_to_begin(alice: Alice, tmp_path: Path) -> None:
    ran = alice("-C", str(tmp_path), "validate")
    assert ran.code == 1
    assert "alice-apply init" in ran.err


@pytest.mark.parametrize("form", ["mermaid", "dot"])
def test_the_graph_is_drawn(alice: Alice, tmp_path: Path, form: str) -> None:
    ran = alice("-C", str(write_project(tmp_path, NOWHERE)), "graph", "--format", form)
    assert (ran.code, ran.err) == (0, "")
    assert "campaign.tet" in ran.out
    assert ran.out.startswith({"mermaid": "flowchart", "dot": "digraph"}[form])


@pytest.mark.parametrize(
    "arguments", [[], ["--project"], *([kind.name] for kind in KINDS.values() if kind.collection)], ids=str
)
def test_schemas_are_printed(alice: Alice, arguments: list[str]) -> None:
    ran = alice("schema", *arguments)
    assert (ran.code, ran.err) == (0, "")
    assert "$schema" in json.loads(ran.out)


def test_an_unknown_schema_is_an_error_with_the_known_ones(alice: Alice) -> None:
    ran = alice("schema", "nonsense")
    assert (ran.code, ran.out) == (1, "")
    assert "campaign" in ran.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_name_the_program(alice: Alice, shell: str) -> None:
    ran = alice("completion", shell)
    assert ran.code == 0
    assert "_ALICE_APPLY_COMPLETE" in ran.out


def test_completion_completes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_ALICE_APPLY_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "alice-apply val")
    monkeypatch.setenv("COMP_CWORD", "1")
    code = "import sys; sys.argv = ['alice-apply']; from provisioner.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "plain,validate\n"


def test_the_variants_of_the_simulator_are_listed(alice: Alice) -> None:
    ran = alice("simulator", "--list-variants")
    assert ran.code == 0
    assert "page_size_param=ignored" in ran.out


def test_a_wrong_variant_is_an_error_before_anything_starts(alice: Alice) -> None:
    ran = alice("simulator", "--variant", "lists=round")
    assert ran.code == 1
    assert "lists" in ran.err


def test_without_django_the_simulator_says_what_to_install(alice: Alice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provisioner.cli.commands.simulator.find_spec", lambda name: None)
    ran = alice("simulator")
    assert ran.code == 1
    assert "pip install 'django<6' djangorestframework django-filter" in ran.err


KEY = PlanKey(Key(b"a key of sixteen"), "state")


def test_a_saved_plan_is_shown_again_in_any_format(alice: Alice, tmp_path: Path) -> None:
    save_plan(tmp_path / "p", EVERYTHING, {}, KEY, {})
    text = alice("show", str(tmp_path / "p"))
    assert text.code == 0
    assert "Plan: 2 to create" in text.out
    assert "not verified" in text.err
    ran = alice("show", str(tmp_path / "p"), "--output", "json", "--output", f"text={tmp_path / 't'}")
    assert json.loads(ran.out) == json.loads(orjson.dumps(plan_document(EVERYTHING)))
    assert (tmp_path / "t").read_text(encoding="utf-8") == text.out


def test_a_plan_file_gives_back_what_stands_beside_the_plan(tmp_path: Path) -> None:
    save_plan(tmp_path / "p", NOTHING, {"calls": {"alarms": 0}}, KEY, {"phone": "hash"})
    saved = read_plan(tmp_path / "p")
    saved.verify(KEY)
    assert (saved.plan, saved.contents, saved.variables) == (NOTHING, {"calls": {"alarms": 0}}, {"phone": "hash"})
    with pytest.raises(BadPlanFile):
        saved.verify(PlanKey(Key(b"another"), "state"))
    assert [path.name for path in tmp_path.iterdir()] == ["p"]


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b"{}", b'{"format_version": 1}'])
def test_a_file_that_is_no_plan_is_an_error_with_advice(alice: Alice, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "p").write_bytes(content)
    ran = alice("show", str(tmp_path / "p"))
    assert (ran.code, ran.out) == (5, "")
    assert "is not a plan" in ran.err
    assert "plan --out" in ran.err


def test_a_missing_plan_file_is_an_error(alice: Alice, tmp_path: Path) -> None:
    ran = alice("show", str(tmp_path / "p"))
    assert ran.code == 1
    assert "No such file" in ran.err


def test_a_plan_of_another_format_is_stale(alice: Alice, tmp_path: Path) -> None:
    (tmp_path / "p").write_bytes(b'{"format_version": 99}')
    ran = alice("show", str(tmp_path / "p"))
    assert ran.code == 5
    assert "has format 99, this version reads 1" in ran.err
    with pytest.raises(StalePlan):
        read_plan(tmp_path / "p")


def test_what_cannot_be_written_is_said(alice: Alice, tmp_path: Path) -> None:
    save_plan(tmp_path / "p", NOTHING, {}, KEY, {})
    ran = alice("show", str(tmp_path / "p"), "--output", f"json={tmp_path / 'no' / 'such'}")
    assert ran.code == 1
    assert "make its folder first" in ran.err
    with pytest.raises(UsageError):
        save_plan(tmp_path, NOTHING, {}, KEY, {})
