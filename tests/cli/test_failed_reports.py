"""Without a plan every report that was asked for says so, and why, at the lines that cause it; exit codes stay."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provisioner.reports import REPORTS, is_report
from provisioner.simulator.process import Simulator
from tests.operator import Said
from tests.plan_schema import demand_valid
from tests.reports.published import Page, read_github, read_junit, read_sarif

from .test_reports import MANIFEST, Desk, desk

__all__ = ["desk"]

WRONG = MANIFEST.replace("frequency: 10", "frequency: fast")
LINE = 1 + WRONG[: WRONG.index("frequency")].count("\n")


def wrong(desk: Desk) -> str:
    desk.write("main.yaml", WRONG)
    return "field-type"


def unreachable(desk: Desk) -> str:
    desk.environ = {"ALICE_ENDPOINT": "http://127.0.0.1:9/rest-api"}
    return "api-unreachable"


def unknown_user(desk: Desk) -> str:
    desk.environ = {**desk.environ, "ALICE_PASSWORD": "wrong"}
    return "api-auth"


def ambiguous(desk: Desk) -> str:
    for _ in range(2):
        desk.simulator.create("survey-template", name="Hello")
    return "match-ambiguous"


CAUSES: dict[str, Callable[[Desk], str]] = {
    each.__name__: each for each in (wrong, unreachable, unknown_user, ambiguous)
}


def demand_told(said: Said, reports: dict[str, str], command: str, name: str) -> dict[str, Any]:
    """Every format is what its readers accept, and says that there is no plan, and why; the JSON."""
    document: dict[str, Any] = json.loads(reports["json"])
    demand_valid(document)
    assert document["command"] == command and "changes" not in document and "summary" not in document
    assert {each["id"] for each in document["diagnostics"]} == {name}
    [first, *_] = document["diagnostics"]
    assert first["message"].partition(": ")[2][:30] in said.err
    errors, conclusion = len(document["diagnostics"]), document["conclusion"]
    assert f"{errors} error" in conclusion
    sarif, junit, github = read_sarif(reports["sarif"]), read_junit(reports["junit"]), read_github(reports["github"])
    assert len(sarif["results"]) == len(junit.findall(".//failure")) == errors
    assert [each["executionSuccessful"] for each in sarif["invocations"]] == [False]
    assert [kind for kind, _, _ in github] == ["error"] * errors + ["notice"]
    assert [each["check_name"] for each in json.loads(reports["codequality"])] == [name] * errors
    assert reports["markdown"].startswith(f"<!-- alice-apply:{command} -->\n\n### alice-apply {command}: ")
    assert [row[3] for row in Page(reports["markdown"]).rows[1:]] == [name] * errors
    for form in ("text", "full", "markdown", "html"):
        assert conclusion in reports[form], form
        assert "No changes" not in reports[form]
    assert all(is_report(text.encode()) for text in reports.values())
    return document


@pytest.mark.parametrize("cause", CAUSES)
def test_whatever_prevents_a_plan_is_in_every_report(desk: Desk, cause: str) -> None:
    name = CAUSES[cause](desk)
    for command in ("plan", "check"):
        said, reports = desk.reports(command, code=1)
        demand_told(said, reports, command, name)
        assert json.loads(reports["gitlab"]).keys() == {"error"}
        assert said.out == ""


def test_a_mistake_is_marked_at_its_line(desk: Desk) -> None:
    wrong(desk)
    said, reports = desk.reports("plan", code=1)
    [mistake] = demand_told(said, reports, "plan", "field-type")["diagnostics"]
    file, line, column = mistake["source"].split(":")
    assert (file, line, mistake["address"]) == ("main.yaml", str(LINE), "campaign.tet")
    [[kind, place, _], _] = read_github(reports["github"])
    assert (kind, place["file"], place["line"], place["col"]) == ("error", "voice/main.yaml", line, column)
    [result] = read_sarif(reports["sarif"])["results"]
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == LINE
    [quality] = json.loads(reports["codequality"])
    assert quality["location"] == {"path": "voice/main.yaml", "lines": {"begin": LINE}}


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_what_was_asked_for_on_stdout_is_there_and_nothing_else(desk: Desk, name: str) -> None:
    wrong(desk)
    said, file = desk.run("plan", f"--output={name}"), desk.directory / "file"
    assert said.code == 1 and said.out
    assert said.err == desk.run("plan").err and desk.run("plan").out == ""
    desk.run("plan", f"--output={name}={file}")
    assert file.read_text(encoding="utf-8") == said.out


def test_a_report_that_cannot_be_written_hides_no_error(desk: Desk) -> None:
    wrong(desk)
    before = desk.run("plan").err
    said = desk.run("plan", "--output=json=/dev/full", f"--output=text={desk.directory / 'b'}")
    assert said.code == 1 and said.err.endswith(before) and "No space left" in said.err
    assert "No plan was made" in (desk.directory / "b").read_text(encoding="utf-8")


@pytest.fixture
def names() -> list[str]:
    return [name for name in REPORTS if name != "gitlab"]


def validated(desk: Desk, names: list[str], code: int = 0) -> tuple[Said, dict[str, str]]:
    said = desk.run("validate", *(f"--output={name}={desk.directory / name}" for name in names))
    assert said.code == code, said.err
    return said, {name: (desk.directory / name).read_text(encoding="utf-8") for name in names}


def test_validate_has_every_report_without_numbers_of_a_plan(desk: Desk, names: list[str]) -> None:
    said, reports = validated(desk, names)
    document = json.loads(reports["json"])
    demand_valid(document)
    assert (document["command"], document["diagnostics"]) == ("validate", [])
    assert said.out == f"{document['conclusion']}\n" and said.out.startswith("Valid: 1 campaign, ")
    assert read_sarif(reports["sarif"])["invocations"] == [{"executionSuccessful": True}]
    assert not read_junit(reports["junit"]).findall(".//failure")
    assert document["conclusion"] in reports["html"] and document["conclusion"] in reports["markdown"]
    wrong(desk)
    said, reports = validated(desk, names, code=1)
    demand_told(said, reports, "validate", "field-type")
    assert "Not valid: 1 error." in reports["text"]


def test_validate_has_no_numbers_for_gitlab(desk: Desk) -> None:
    said = desk.run("validate", "--output", "gitlab")
    assert (said.code, said.out) == (1, "")
    assert "codequality" in said.err
    assert "gitlab" not in desk.run("validate", "--help").out and "gitlab" in desk.run("plan", "--help").out


def test_a_comment_is_known_by_command_and_environment(desk: Desk) -> None:
    desk.configure("environments: {staging: {}}\n")
    for environment, mark in (((), "plan"), (("-e", "staging"), "plan:staging")):
        said = desk.run(*environment, "plan", "--output", "markdown")
        assert said.out.startswith(f"<!-- alice-apply:{mark} -->\n")
    wrong(desk)
    assert desk.run("-e", "staging", "plan", "--output=markdown").out.startswith("<!-- alice-apply:plan:staging -->\n")


def test_a_drift_that_cannot_be_looked_for_is_told(desk: Desk, simulator: Simulator, tmp_path: Path) -> None:
    name = unreachable(desk)
    said, reports = desk.reports("drift", code=1)
    demand_told(said, reports, "drift", name)
    assert "Nothing was compared" in reports["text"]
