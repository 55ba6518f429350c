"""Rules are evaluated in a process of their own, and what a hostile one does to it is a verdict about that rule."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from provisioner.rules import evaluation
from provisioner.rules.evaluation import Question, RuleResult, RuleVerdict, faults, verdicts

HANOI = timezone(timedelta(hours=7))
RESOURCE = {
    "name": "Tết",
    "frequency": 10,
    "ratio": 1.5,
    "phonebooks": ["vip", {"id": 3}],
    "startingdate": datetime(2027, 1, 20, 1, tzinfo=HANOI),
    "expirationdate": datetime(2027, 1, 30, 17, tzinfo=HANOI),
    "labels": {"team": "growth"},
}


def verdict(require: str, when: str = "", **variables: Any) -> RuleVerdict:
    given = {"resource": RESOURCE, "before": None, "action": "create", "rows": None, **variables}
    texts = [require, *([when] if when else [])]
    [found] = verdicts(texts, [Question(given, ((1 if when else None, 0),))])
    return found


@pytest.mark.parametrize(
    "text",
    [
        "resource.frequency <= 20 && resource.frequency < 10.5 && resource.ratio > 1",
        "resource.startingdate.getDayOfWeek() == 3 && resource.startingdate.getHours() == 1",
        "resource.expirationdate - resource.startingdate <= duration('720h')",
        "resource.startingdate < timestamp('2027-01-19T18:00:01Z')",
        "before == null && rows == null && action == 'create'",
        "'vip' in resource.phonebooks && resource.phonebooks.size() == 2",
        "resource.phonebooks.exists(b, type(b) == map && b.id == 3)",
        "resource.name == 'Tết' && resource.name.startsWith('T') && resource.name.matches('^T[^a]+$')",
        "has(resource.labels.team) && !has(resource.callerid)",
    ],
)
def test_what_is_true(text: str) -> None:
    assert verdict(text) == RuleVerdict(RuleResult.PASS)
    assert verdict(f"!({text})") == RuleVerdict(RuleResult.FAIL)
    assert verdict("false", f"!({text})") == RuleVerdict(RuleResult.SKIP)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("resource.callerid != ''", "there is no 'callerid': ask `has(...)` first, or leave it out of the rule"),
        ("resource.name > 3", "it compares or combines values of types that do not go together"),
        ("before.frequency > 3", "it compares or combines values of types that do not go together"),
        ("resource.frequency", "it comes to a value of type int, not to true or false"),
        ("resource.labels", "it comes to a value of type dict, not to true or false"),
        ("resource.frequency / 0 > 1", "it divides by zero"),
        ("resource.frequency * 9223372036854775807 > 1", "a number in it becomes too large"),
        ("resource.name.getHours() > 1", "'getHours' cannot be used with these values"),
        ("resource.name.matches('(')", "'matches' cannot be used with these values"),
        ("timestamp(resource.name) == resource.startingdate", "'timestamp' cannot be used with these values"),
    ],
)
def test_what_cannot_be_evaluated_is_no_silent_pass(text: str, reason: str) -> None:
    assert verdict(text) == RuleVerdict(RuleResult.ERROR, reason)
    assert verdict("true", text) == RuleVerdict(RuleResult.ERROR, reason)


def test_a_reason_repeats_no_value() -> None:
    secret = "0934890883"
    for text in ("resource.name + 1 == ''", "duration(resource.name) > duration('1h')", "int(resource.name) / 0 == 1"):
        assert secret not in verdict(text, resource={"name": secret}).reason


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("1 +", "is no expression of CEL: mismatched input '<EOF>', at line 1, column 4 of it"),
        ("true &&\n (", "is no expression of CEL: mismatched input '<EOF>', at line 2, column 3 of it"),
        ("resource.name = 'x'", "is no expression of CEL: "),
        ("(" * 400 + "1" + ")" * 400, "is no expression of CEL: "),
        ("foo == 1", "there is no variable 'foo'"),
        ("now() > 1", "there is no function 'now'"),
        ("resource.name.lowerAscii() == ''", "there is no function 'lowerAscii'"),
        ("__import__('os').system('true') == 0", "there is no function"),
        ("resource.phonebooks.all(b, b != '')", ""),
    ],
    ids=["end", "second line", "assignment", "nested", "variable", "clock", "library", "python", "right"],
)
def test_what_is_wrong_with_an_expression(text: str, fault: str) -> None:
    [found] = faults([text])
    assert found.startswith(fault) and bool(found) == bool(fault)


DOUBLED = "['0123456789']" + ".map(x, x + x)" * 60 + ".size() > 0"
LISTS = "[[1]]" + ".map(x, [x, x, x, x])" * 40 + " == [[2]]"
NESTED = "{0}.all(a, {0}.all(b, {0}.all(c, {0}.all(d, {0}.all(e, a + b + c + d + e >= 0)))))".format(str([*range(40)]))


@pytest.mark.parametrize("text", [DOUBLED, LISTS, NESTED], ids=["doubled text", "doubled lists", "nested loops"])
def test_one_that_does_not_end_is_ended_and_so_is_what_comes_behind(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "SECONDS", 1)
    monkeypatch.setattr(evaluation, "MEMORY", 200 << 20)
    assert len(text) <= 1000
    questions = [Question({"action": str(number)}, ((None, 0), (None, 1), (None, 0))) for number in range(2)]
    found = verdicts(["true", text], questions)
    assert found[0] == RuleVerdict(RuleResult.PASS)
    assert {each.result for each in found[1:]} == {RuleResult.ERROR}
    assert all("it took more than 1 seconds of CPU time or 200 MB" in each.reason for each in found[1:])


def test_the_process_has_no_environment_and_none_of_our_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, Any]] = []
    run = subprocess.run
    monkeypatch.setattr(subprocess, "run", lambda *given, **how: (seen.append(how), run(*given, **how))[1])
    monkeypatch.setenv("ALICE_PASSWORD", "correct-horse")
    assert verdict("true").result is RuleResult.PASS
    assert [each["env"] for each in seen] == [{}]
    text = evaluation.WORKER.read_text(encoding="utf-8")
    assert "provisioner" not in text.replace("the package", "")


def test_nothing_is_started_where_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", None)
    assert verdicts(["true"], [Question({}, ())]) == []
    assert "cel" not in sys.modules


def test_moments_of_any_zone_and_numbers_of_any_size() -> None:
    assert verdict("resource.at.getHours() == 3", resource={"at": datetime(2027, 1, 1, 3, tzinfo=UTC)}).result == "pass"
    assert verdict("resource.big > 1", resource={"big": 1 << 70}).result == "pass"
