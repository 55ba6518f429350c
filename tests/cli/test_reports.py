"""`--output` of every command that has it: one run, all formats, each read as its readers will, all saying the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from provisioner.reports import REPORTS
from provisioner.simulator.process import Simulator
from tests.factories import NOW, alice, campaign, dnc_list, phonebook, survey
from tests.operator import Operator, Said
from tests.reports.published import Page, read_github, read_junit, read_sarif

PROJECT = alice("reports", server_timezone="Asia/Ho_Chi_Minh")
WAIVER = 'waivers: [{check: dnc-scrub, address: phonebook.vip, reason: "agreed | @bob", until: 2027-02-01}]\n'
SAYS = '{key: hi, type: play_message, question: Hi, script: "Hi | <b>@bob</b>"}'
MANIFEST = (
    survey("hello", SAYS, name="Hello")
    + phonebook("vip", "0934890881", "0934890882")
    + dnc_list("opt-outs", "0934890882")
    + campaign(survey="hello", status="started")
)


class Desk(Operator):
    """An operator whose project lies in a folder of a git checkout."""

    def reports(self, *arguments: str, code: int = 0) -> tuple[Said, dict[str, str]]:
        """What was said, and every format of it."""
        folder = self.directory.parent
        outputs = [f"--output={name}={folder / name}" for name in REPORTS]
        said = self.run(*arguments, *outputs)
        assert said.code == code, said.out + said.err
        return said, {name: (folder / name).read_text(encoding="utf-8") for name in REPORTS}

    def configure(self, more: str = "") -> None:
        self.write("alice.yaml", PROJECT.format(endpoint=self.simulator.endpoint) + more)


@pytest.fixture
def desk(simulator: Simulator, tmp_path: Path) -> Desk:
    simulator.reset(now=NOW)
    (tmp_path / ".git").mkdir()
    (tmp_path / "voice").mkdir()
    desk = Desk(tmp_path / "voice", simulator, NOW)
    desk.configure()
    desk.write("main.yaml", MANIFEST)
    return desk


def agree(reports: dict[str, str], **ended: int) -> dict[str, Any]:
    """All formats say the same, and each is what its readers accept; the JSON."""
    document = json.loads(reports["json"])
    findings = [each for each in document["findings"] if not each["waived"]]
    errors = [each for each in findings if each["severity"] == "error"]
    sarif, junit, github = read_sarif(reports["sarif"]), read_junit(reports["junit"]), read_github(reports["github"])
    assert len(sarif["results"]) == len(document["findings"])
    assert sum("suppressions" in result for result in sarif["results"]) == len(document["findings"]) - len(findings)
    assert sum(name == "error" for name, _, _ in github) == len(errors) + sum(ended.values())
    refused = len(document["refusals"])
    assert len(junit.findall(".//failure")) == len(errors) + refused + ended.get("failed", 0)
    shown = [row for row in Page(reports["markdown"]).rows if len(row) == 4 and row[-1] in ids(document)]
    assert len(shown) == len(document["findings"])
    assert all(f"[{each['id']}" in reports["full"] for each in document["findings"])
    return document  # type: ignore[no-any-return]


def ids(document: dict[str, Any]) -> set[str]:
    return {each["id"] for each in document["findings"]}


def test_a_plan_and_its_file_in_every_format(desk: Desk) -> None:
    said, planned = desk.reports("plan", "--out", str(desk.directory / "p.plan"))
    document = agree(planned)
    assert said.out == planned["text"]
    assert json.loads(planned["gitlab"]) == {"create": 5, "update": 0, "delete": 0}
    assert document["summary"]["create"] == 5
    [scrub] = [each for each in read_sarif(planned["sarif"])["results"] if each["ruleId"] == "dnc-scrub"]
    place = scrub["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "voice/main.yaml"
    assert document["findings"][0]["source"].startswith("main.yaml:")
    assert "This makes telephones ring" in planned["markdown"]
    shown, again = desk.reports("show", str(desk.directory / "p.plan"))
    assert (shown.out, again) == (said.out, planned)
    assert json.loads(again["json"])["outlook"] == document["outlook"]
    assert document["outlook"]["impact"]["calls"] == document["outlook"]["impact"]["people"] == 2


def test_a_refused_apply_still_writes_its_reports(desk: Desk) -> None:
    _, refused = desk.reports("apply", "--auto-approve", "--allow-calls", code=3)
    document = agree(refused)
    assert "outcomes" not in document and document["refusals"]
    assert "would refuse" in refused["markdown"]


def test_checks_alone_in_every_format(desk: Desk) -> None:
    _, checked = desk.reports("check", code=3)
    assert "dnc-scrub" in ids(agree(checked))
    assert json.loads(checked["gitlab"]) == {"create": 0, "update": 0, "delete": 0}


def test_an_apply_and_drift_in_every_format(desk: Desk) -> None:
    desk.configure(WAIVER)
    _, applied = desk.reports("apply", "--auto-approve", "--allow-calls")
    document = agree(applied)
    [finding] = [each for each in document["findings"] if each["id"] == "dnc-scrub"]
    assert finding["waived"] and finding["justification"] == "agreed | @bob (until 2027-02-01)"
    done = read_junit(applied["junit"]).find("testsuite[@name='apply']")
    assert int(done.get("tests")) == len(document["outcomes"]) + 1 and done.get("failures") == "0"
    desk.demand_nothing_to_do()
    [campaign] = desk.simulator.objects("campaigns")
    desk.simulator.change("campaigns", campaign["id"], frequency=7)
    said, drifted = desk.reports("drift")
    assert said.out == drifted["text"]
    assert json.loads(drifted["gitlab"]) == {"create": 0, "update": 1, "delete": 0}
    [result] = read_sarif(drifted["sarif"])["results"]
    assert result["message"]["text"] == "not by apply: frequency: 10 -> 7"
    assert [test.get("name") for test in read_junit(drifted["junit"]).iter("testcase") if len(test)] == ["campaign.tet"]
    assert "campaign.tet\n      frequency: 10 -> 7" in drifted["markdown"]


def test_a_failed_change_is_an_error_in_every_format(desk: Desk) -> None:
    desk.configure(WAIVER)
    desk.apply()
    desk.simulator.variants(immutable_fields="campaigns.frequency")
    desk.write("main.yaml", MANIFEST.replace("frequency: 10", "frequency: 9"))
    _, applied = desk.reports("apply", "--auto-approve", "--allow-calls", code=4)
    assert [each["result"] for each in agree(applied, failed=1)["outcomes"]] == ["failed"]
    assert "| failed | `campaign.tet` | update |" in applied["markdown"]
    desk.demand_nothing_to_do()


def test_what_failed_is_told_on_stderr_when_stdout_is_for_programs(desk: Desk) -> None:
    desk.configure(WAIVER)
    desk.apply()
    desk.simulator.variants(immutable_fields="campaigns.frequency")
    desk.write("main.yaml", MANIFEST.replace("frequency: 10", "frequency: 9"))
    said = desk.run("apply", "--auto-approve", "--output", "json")
    [outcome] = json.loads(said.out)["outcomes"]
    assert said.code == 4
    assert said.err.endswith(f" failed   write   campaign.tet: {outcome['message']}\n")
    desk.demand_nothing_to_do()
