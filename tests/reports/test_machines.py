"""The formats for CI: what each counts, where it points, and that it follows what was published."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest

from provisioner.checks import CHECKS
from provisioner.model import Address, Finding, Source
from provisioner.plan.findings import FINDINGS
from provisioner.plan.model import Action, Change, Outcome, Plan, Result, RowChange
from provisioner.reports import REPORTS, Run

from .published import read_github, read_junit, read_sarif
from .samples import ADDRESS, EVERYTHING, NOTHING, OUTCOMES

RUNS = {
    "plan": Run(EVERYTHING),
    "apply": Run(EVERYTHING, OUTCOMES),
    "check": Run(EVERYTHING, view="check"),
    "drift": Run(EVERYTHING, view="drift"),
    "nothing": Run(NOTHING),
    "nothing-applied": Run(NOTHING, ()),
    "no-drift": Run(NOTHING, view="drift"),
    "no-findings": Run(NOTHING, view="check"),
}
every_run = pytest.mark.parametrize("run", RUNS.values(), ids=[*RUNS])


def rendered(name: str, run: Run) -> str:
    return REPORTS[name].render(run, False)


def gitlab(plan: Plan, view: str = "plan") -> tuple[int, int, int]:
    document = json.loads(rendered("gitlab", Run(plan, view=view)))
    assert list(document) == ["create", "update", "delete"]
    return document["create"], document["update"], document["delete"]


def test_gitlab_counts_a_replacement_twice_and_what_is_only_recorded_never() -> None:
    # Creates 2 and replaces 1; updates 1, adopts 1 with a field and has rows of 1 more; deletes 1 and replaces 1.
    assert gitlab(EVERYTHING) == (3, 3, 2)
    assert gitlab(EVERYTHING, "drift") == (0, 1, 0)
    silent = (Change(ADDRESS("survey.a"), Action.ADOPT), Change(ADDRESS("survey.b"), Action.FORGET))
    assert gitlab(replace(NOTHING, changes=silent)) == (0, 0, 0)


def test_gitlab_counts_an_address_with_a_change_and_rows_once() -> None:
    change = Change(ADDRESS("phonebook.a"), Action.CREATE)
    rows = (RowChange(ADDRESS("phonebook.a"), add=3), RowChange(ADDRESS("phonebook.b"), unchanged=3))
    assert gitlab(replace(NOTHING, changes=(change,), rows=rows)) == (1, 0, 0)
    assert gitlab(replace(NOTHING, rows=rows)) == (0, 1, 0)


@every_run
def test_sarif_follows_its_schema(run: Run) -> None:
    found = read_sarif(rendered("sarif", run))
    rules = [rule["id"] for rule in found["tool"]["driver"]["rules"]]
    assert rules == sorted(rules) and {*CHECKS, *FINDINGS} <= set(rules)
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in found["results"])


def test_sarif_points_at_the_line_in_the_repository() -> None:
    found = read_sarif(rendered("sarif", Run(EVERYTHING, folder="campaigns/tết")))
    placed, unplaced = (result["locations"][0]["physicalLocation"] for result in found["results"])
    assert placed["artifactLocation"]["uri"] == "campaigns/t%E1%BA%BFt/tet.yaml"
    assert placed["region"] == {"startLine": 12, "startColumn": 5}
    assert unplaced["artifactLocation"]["uri"] == "campaigns/t%E1%BA%BFt/alice.yaml"


def test_sarif_levels_and_suppressions() -> None:
    info = Finding("over", "info", "it is over", ADDRESS("campaign.tet"))
    found = read_sarif(rendered("sarif", Run(replace(EVERYTHING, findings=(*EVERYTHING.findings, info)))))
    assert [result["level"] for result in found["results"]] == ["error", "warning", "note"]
    assert [result.get("suppressions") for result in found["results"]] == [
        None,
        [{"kind": "external", "status": "accepted", "justification": "agreed (until 2027-02-01)"}],
        None,
    ]


def fingerprints(*findings: Finding) -> list[str]:
    found = read_sarif(rendered("sarif", Run(replace(NOTHING, findings=findings))))
    return [result["partialFingerprints"]["aliceFinding/v1"] for result in found["results"]]


def test_sarif_knows_a_finding_again_when_its_line_and_its_counts_change() -> None:
    first = Finding("overlap", "warning", "3 numbers", ADDRESS("campaign.a"), Source("a.yaml", 3, 1))
    moved = replace(first, message="4 numbers", source=Source("a.yaml", 9, 5), severity="error", waived=True)
    assert fingerprints(first) == fingerprints(moved)
    others = [
        replace(first, id="forecast"),
        replace(first, address=ADDRESS("campaign.b")),
        replace(first, source=Source("b.yaml", 3, 1)),
    ]
    assert len(set(fingerprints(first, first, *others))) == 5
    assert fingerprints(first, first)[0] == fingerprints(first)[0]


def test_sarif_of_drift_names_what_others_changed() -> None:
    [result] = read_sarif(rendered("sarif", RUNS["drift"]))["results"]
    assert (result["ruleId"], result["level"]) == ("drift", "warning")
    assert result["message"]["text"] == "not by apply: frequency: 5 -> 10"


def test_sarif_says_whether_apply_went_well() -> None:
    [bad] = read_sarif(rendered("sarif", RUNS["apply"]))["invocations"]
    assert not bad["executionSuccessful"] and len(bad["toolExecutionNotifications"]) == 2
    assert read_sarif(rendered("sarif", RUNS["plan"]))["invocations"] == [{"executionSuccessful": True}]


@every_run
def test_junit_follows_its_schema_and_is_never_without_a_test(run: Run) -> None:
    root = read_junit(rendered("junit", run))
    for suite in root:
        tests = [*suite.iter("testcase")]
        ended = Counter(child.tag for test in tests for child in test)
        counts = {"tests": len(tests), "failures": ended["failure"], "errors": ended["error"]}
        assert {name: int(suite.get(name)) for name in counts} == counts
        assert int(suite.get("skipped")) == ended["skipped"]
        names = [(test.get("classname"), test.get("name")) for test in tests]
        assert len(set(names)) == len(names)
        assert tests


def ended(run: Run) -> dict[tuple[str, str], str]:
    """How each test that did not pass ended."""
    tests = read_junit(rendered("junit", run)).iter("testcase")
    return {
        (test.get("classname").removeprefix("alice-apply."), test.get("name")): test[0].tag
        for test in tests
        if len(test)
    }


def test_junit_fails_on_errors_and_skips_what_is_waived() -> None:
    assert ended(RUNS["check"]) == {
        ("check.calling-window", "campaign.tet"): "failure",
        ("check.overlap", "project"): "skipped",
    }
    passed = read_junit(rendered("junit", RUNS["check"])).findall(".//testcase[@name='nothing found']")
    assert [test.get("classname") for test in passed] == ["alice-apply.check.dnc-scrub"]


def test_junit_fails_on_what_apply_would_refuse() -> None:
    assert ended(RUNS["plan"])["plan.refused", "telephones would ring"] == "failure"
    assert not [key for key in ended(RUNS["nothing"]) if key[0] == "plan.refused"]


def test_junit_of_an_apply_says_how_each_change_ended() -> None:
    assert {key: how for key, how in ended(RUNS["apply"]).items() if key[0].startswith("apply")} == {
        ("apply.rows", "phonebook.vip"): "error",
        ("apply.update", "campaign.tet"): "failure",
        ("apply.delete", "survey.old"): "skipped",
    }


def test_junit_fails_on_drift_where_drift_was_asked_for() -> None:
    assert ended(RUNS["drift"]) == {("drift", "campaign.tet"): "failure"}
    assert ended(RUNS["no-drift"]) == {}
    assert not [key for key in ended(RUNS["plan"]) if "drift" in key[0]]


def test_junit_tells_two_findings_of_one_check_about_one_address_apart() -> None:
    finding = Finding("content", "error", "no", ADDRESS("survey.a"))
    found = ended(Run(replace(NOTHING, findings=(finding, finding)), view="check"))
    assert list(found) == [("check.content", "survey.a"), ("check.content", "survey.a #2")]


def test_github_puts_the_worst_first_and_points_into_the_repository() -> None:
    found = read_github(rendered("github", Run(EVERYTHING, OUTCOMES, folder="campaigns")))
    names = [name for name, _, _ in found]
    assert names == sorted(names, key=["error", "warning", "notice"].index)
    assert found[0] == (
        "error",
        {"file": "campaigns/tet.yaml", "line": "12", "col": "5", "title": "calling-window"},
        "opens too early (campaign.tet)",
    )
    assert ("error", {"title": "apply failed"}, "update of campaign.tet: frequency: too high") in found
    assert ("error", {"title": "apply unknown"}, "rows of phonebook.vip: the answer was lost") in found
    assert any(name == "warning" and keys["title"] == "telephones will ring" for name, keys, _ in found)


def test_github_notes_a_waived_finding_without_alarm() -> None:
    found = read_github(rendered("github", RUNS["check"]))
    assert ("notice", {"title": "overlap (waived)"}, "one number in two phonebooks") in found


def test_github_escapes_what_would_end_a_command_or_a_property() -> None:
    finding = Finding("content", "warning", "50%\r\nof a, b: c", ADDRESS("survey.a"), Source("a,b:c%.yaml", 1, 2))
    shown = rendered("github", Run(replace(NOTHING, findings=(finding,)), view="check"))
    assert shown.splitlines()[0] == (
        "::warning file=a%2Cb%3Ac%25.yaml,line=1,col=2,title=content::50%25%0D%0Aof a, b: c (survey.a)"
    )


def test_big_reports_for_machines_leave_nothing_out() -> None:
    addresses = [Address("campaign", f"k{index}") for index in range(300)]
    findings = tuple(Finding("overlap", "error", "met", each) for each in addresses)
    outcomes = tuple(Outcome(each, "create", Result.FAILED) for each in addresses)
    run = Run(replace(NOTHING, findings=findings), outcomes)
    assert len(read_sarif(rendered("sarif", run))["results"]) == 300
    assert len(read_junit(rendered("junit", run)).findall(".//failure")) == 600
    assert sum(name == "error" for name, _, _ in read_github(rendered("github", run))) == 600
