"""Rules at the command line: they refuse as checks do, come from the trusted file, and are tested by their examples."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Alice
from tests.pipeline import BLOCK, ROOT

SLOW = """
rules:
  - id: slow-start
    kind: campaign
    require: resource.frequency <= 5
    severity: error
    message: at most 5 calls a minute
    examples:
      - {name: slow, resource: {frequency: 5}, expect: pass}
      - {name: fast, resource: {frequency: 6}, expect: fail}
      - {name: nothing, resource: {name: X}, expect: error}
      - {name: of another kind, resource: {kind: survey}, expect: pass}
      - {name: goes, resource: {key: x}, before: {frequency: 9}, action: delete, expect: pass}
  - id: weekday
    kind: campaign
    when: resource.labels.size() == 0
    require: resource.startingdate.getDayOfWeek() != 0 && plan.environment == 'default' && plan.calls.campaigns == 0
    severity: warning
    message: not on a Sunday
    examples:
      - {resource: {startingdate: 2027-01-24T00:30}, expect: fail}
      - {resource: {startingdate: 2027-01-24T00:30, labels: {a: b}}, expect: pass}
      - {resource: {startingdate: 2027-01-25T00:30+07:00}, rows: {add: 1}, plan: {calls: {contacts: 3}}, expect: pass}
"""


def declare(project: Path, rules: str) -> None:
    path = project / "alice.yaml"
    path.write_text(path.read_text(encoding="utf-8") + rules, encoding="utf-8")


def test_a_broken_rule_refuses_what_it_is_about_until_it_is_waived(project: Path, alice: Alice) -> None:
    declare(project, SLOW)
    assert alice("check").code == 3
    plan = json.loads(alice("plan", "--output", "json").out)
    [finding] = [each for each in plan["findings"] if each["id"] == "slow-start"]
    assert (finding["severity"], finding["address"]) == ("error", "campaign.tet")
    assert finding["message"] == "at most 5 calls a minute" and finding["source"].startswith("tet.yaml:")
    assert {"slow-start", "weekday"} <= set(plan["checks"])
    refused = alice("apply", "--auto-approve", "--allow-calls")
    assert refused.code == 3 and "slow-start: at most 5 calls a minute (campaign.tet)" in refused.err
    declare(project, "waivers: [{check: slow-start, address: campaign.tet, reason: agreed, until: 2999-01-01}]\n")
    assert alice("apply", "--auto-approve", "--allow-calls").code == 0
    assert alice("plan", "--detailed-exitcode").code == 0


def test_another_rule_makes_a_saved_plan_stale(project: Path, alice: Alice) -> None:
    declare(project, SLOW.replace("<= 5", "<= 50"))
    assert alice("plan", "--out", "plan.bin", "--allow-calls").code == 0
    path = project / "alice.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("<= 50", "<= 60"), encoding="utf-8")
    stale = alice("apply", "plan.bin")
    assert stale.code == 5 and "rules.slow-start.require" in stale.err


@pytest.mark.parametrize("change", [("<= 5", "<= 500"), ("severity: error", "severity: info"), (SLOW, "")])
def test_rules_are_those_of_the_trusted_file(
    project: Path, alice: Alice, change: tuple[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    declare(project, SLOW)
    trusted = tmp_path / "trusted.txt"
    trusted.write_bytes((project / "alice.yaml").read_bytes())
    monkeypatch.setenv("ALICE_TRUST", str(trusted))
    assert alice("validate").code == 0
    path = project / "alice.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    ran = alice("plan")
    assert ran.code == 1 and "rules: is not as in the file that ALICE_TRUST names" in ran.err


def test_examples_are_run_without_anything_else(project: Path, alice: Alice, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(project, SLOW)
    monkeypatch.delenv("ALICE_USERNAME")
    (project / "tet.yaml").write_text("campaigns: [broken", encoding="utf-8")
    ran = alice("rules", "test")
    assert ran.code == 0 and "8 examples, 0 not as expected." in ran.out
    rows = json.loads(alice("rules", "test", "--output", "json").out)
    assert [row["result"] for row in rows] == ["pass", "fail", "error", "pass", "pass", "fail", "pass", "pass"]
    assert rows[2]["reason"].startswith("there is no 'frequency'") and rows[0]["source"].startswith("alice.yaml:")
    listed = json.loads(alice("rules", "list", "--output", "json").out)
    assert [(each["id"], each["severity"], each["examples"]) for each in listed] == [
        ("slow-start", "error", 5),
        ("weekday", "warning", 3),
    ]


def test_an_example_that_differs_is_exit_1(project: Path, alice: Alice) -> None:
    declare(project, SLOW.replace("frequency: 6}, expect: fail", "frequency: 6}, expect: pass"))
    ran = alice("rules", "test")
    assert ran.code == 1 and "8 examples, 1 not as expected." in ran.out and "DIFFERS" in ran.out


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (SLOW.replace("<= 5", "<="), "rules.slow-start: require: is no expression of CEL"),
        (SLOW.replace("2027-01-24T00:30}", "tomorrow}"), "must look like 2027-01-20T08:00:00+07:00"),
        (SLOW.replace("expect: fail", "expect: no"), "must be one of pass, fail, error"),
        (SLOW.replace("message: not on a Sunday", 'message: "${env.SECRET}\\nb"'), "message"),
    ],
)
def test_what_is_wrong_with_a_rule_is_told_at_its_place(project: Path, alice: Alice, rules: str, message: str) -> None:
    declare(project, rules)
    for command in (("validate",), ("rules", "test"), ("plan",)):
        ran = alice(*command)
        assert ran.code == 1 and message in ran.err and "alice.yaml:" in ran.err


def test_the_rules_of_the_guide_say_what_their_examples_say(project: Path, alice: Alice) -> None:
    text = (ROOT / "docs/guides/rules.md").read_text(encoding="utf-8")
    [rules] = [found for name, found in BLOCK.findall(text) if name == "yaml"]
    declare(project, rules)
    ran = alice("rules", "test", "--output", "json")
    assert ran.code == 0, ran.out
    rows = json.loads(ran.out)
    assert len({row["rule"] for row in rows}) >= 10
    for rule in {row["rule"] for row in rows}:
        assert {"pass", "fail"} <= {row["result"] for row in rows if row["rule"] == rule}, rule
    assert alice("validate").code == 0


def test_there_are_no_rules(project: Path, alice: Alice) -> None:
    assert alice("rules", "list").out == "alice.yaml has no rules.\n"
    assert alice("rules", "test").out == "No rule has an example.\n"


def test_a_rule_that_is_wrong_keeps_nobody_from_stopping(project: Path, alice: Alice) -> None:
    assert alice("apply", "--auto-approve", "--allow-calls").code == 0
    declare(project, SLOW.replace("<= 5", "<=").replace("severity: error", "severity: fatal"))
    assert alice("stop", "tet").code == 0
