"""Rules of a project over plans: what they see, what is not known to them, what they find, who may say otherwise."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from typing import Any, cast

import pytest

from provisioner.checks import Context
from provisioner.checks.rules import run_rules
from provisioner.errors import ManifestError
from provisioner.model import Finding
from provisioner.plan.findings import waived
from provisioner.plan.model import Outlook, RowChange
from provisioner.plan.options import LabelSelector, PlanOptions
from tests.factories import (
    ENDPOINT,
    NOW,
    Account,
    address,
    alice,
    calendar,
    campaign,
    manifest,
    phonebook,
    project_of,
    situation_of,
    survey,
)
from tests.plan.table import Edit, changed, hidden, unlisted

BEGAN, ENDED = "2026-01-01T08:00:00+07:00", "2026-01-02T08:00:00+07:00"
DECLARED = manifest(survey(), phonebook(), campaign())


def rule(require: str, **more: str) -> dict[str, str]:
    return {"id": "own", "require": require, "severity": "error", "message": "not so", **more}


def settings(*rules: Mapping[str, Any], **more: object) -> str:
    return alice(endpoint=ENDPOINT, rules=json.dumps(rules), **more)


def found(
    *rules: Mapping[str, Any],
    text: str = DECLARED,
    account: Account | None = None,
    options: PlanOptions = PlanOptions(),  # noqa: B008
    rows: Mapping[str, RowChange] | None = None,
    **more: object,
) -> list[Finding]:
    project = project_of(text, settings(*rules, **more))
    situation = situation_of(project, account or Account(), options, rows=rows)
    nobody = cast(Any, None)
    return list(run_rules(Context(situation, Outlook(), nobody, nobody, nobody)))


def told(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(each.severity, str(each.address), each.message) for each in findings]


def applied(text: str, *edits: Edit) -> Account:
    account = Account.applied(project_of(text))
    for edit in edits:
        edit(account)
    return account


TRUE_OF_A_NEW_CAMPAIGN = [
    "resource.name == 'Tet' && resource.frequency == 10 && resource.kind == 'campaign' && resource.key == 'tet'",
    "resource.address == 'campaign.tet' && resource.labels.size() == 0",
    "resource.survey == 'promo' && resource.phonebooks == ['vip'] && resource.gateway == 'AliceDevGateway'",
    "resource.daily_start_time == '08:00' && resource.startingdate == timestamp('2027-01-10T01:00:00Z')",
    "resource.startingdate.getHours() == 8 && !has(resource.callerid) && !has(resource.status)",
    "before == null && action == 'create' && rows == null",
    "plan.summary.create == 4 && plan.summary.delete == 0 && plan.calls.campaigns == 0",
    "plan.environment == 'default' && plan.project == 'tests' && plan.endpoint.startsWith('https://')",
]


@pytest.mark.parametrize("text", TRUE_OF_A_NEW_CAMPAIGN)
def test_what_a_rule_sees_of_something_new(text: str) -> None:
    assert found(rule(text, kind="campaign")) == []
    [finding] = found(rule(f"!({text})", kind="campaign"))
    assert told([finding]) == [("error", "campaign.tet", "not so")]
    assert finding.source is not None and finding.source.file == "manifest.yaml"


def test_what_a_rule_sees_of_something_live() -> None:
    account = applied(DECLARED, changed("campaign.tet", frequency=30))
    text = "before.frequency == 30 && resource.frequency == 10 && action == 'update' && before.phonebooks == ['vip']"
    assert found(rule(text, kind="campaign"), account=account) == []
    assert found(rule("action == 'none'", kind="phonebook"), account=account) == []
    assert found(rule("resource.status == 'paused'", kind="campaign"), account=account) == []


def test_what_stays_of_an_ignored_change_is_what_is_live() -> None:
    kept = manifest(survey(), phonebook(), campaign(lifecycle="{ignore_changes: [frequency]}"))
    account = applied(kept, changed("campaign.tet", frequency=30))
    assert found(rule("resource.frequency == 30", kind="campaign"), text=kept, account=account) == []


def test_settings_and_labels_are_seen_and_secrets_are_not() -> None:
    text = manifest(survey(), phonebook(), campaign(purpose="advertising", labels="{team: growth}", safety="{from: 3}"))
    seen = "resource.purpose == 'advertising' && resource.labels.team == 'growth' && resource.safety.from == 3"
    assert found(rule(seen, kind="campaign"), text=text) == []
    user = "resource.password == '(sensitive)' && !resource.password.contains('correct-horse')"
    number = "resource.alarm_phonenumber == '(sensitive)'"
    assert found(rule(user, kind="calendar_user"), text=calendar()) == []
    assert found(rule(number, kind="alarm"), text=calendar()) == []


def test_rows_are_counts() -> None:
    text = manifest(phonebook("vip", "0934890883"))
    rows = {"phonebook.vip": RowChange(address("phonebook.vip"), add=7)}
    assert found(rule("rows.add == 7 && rows.remove == 0"), text=text, rows=rows) == []
    assert found(rule("rows.add < 7"), text=text, rows=rows)[0].message == "not so"


# What is not known

FREQUENCY = rule("!has(resource.frequency) || resource.frequency <= 20", kind="campaign")


@pytest.mark.parametrize(
    ("asked", "edit", "why"),
    [
        ("!has(resource.callerid) || resource.callerid == ''", hidden("campaign", "callerid"), "resource.callerid is"),
        ("size(resource) > 0", hidden("campaign", "callerid"), "resource.callerid is not known"),
        ("!has(before.callerid)", hidden("campaign", "callerid"), "before.callerid is not known: the server does not"),
        ("resource.status == 'paused' || true", hidden("campaign", "status"), "resource.status is not known"),
        ("plan.calls.campaigns == 0", hidden("campaign", "status"), "plan.calls is not known"),
        ("true || resource.name == ''", unlisted("phonebook"), None),
        ("resource.frequency == 10", hidden("campaign", "callerid"), None),
    ],
)
def test_a_rule_over_what_is_not_known_is_an_error(asked: str, edit: Edit, why: str | None) -> None:
    findings = found(rule(asked, kind="campaign", severity="info"), account=applied(DECLARED, edit))
    if why is None:
        assert findings == []
    else:
        [finding] = findings
        assert (finding.severity, str(finding.address)) == ("error", "campaign.tet")
        assert f"could not be evaluated, so it counts as broken: {why}" in finding.message
        assert finding.source is not None and finding.source.file == "alice.yaml"


def test_one_that_cannot_be_evaluated_is_an_error_at_its_place() -> None:
    [finding] = found(rule("resource.callerid.startsWith('1900')", kind="campaign", severity="warning"))
    assert finding.severity == "error" and str(finding.source).startswith("alice.yaml:")
    assert "there is no 'callerid': ask `has(...)` first" in finding.message


# What goes, and what is left out


def test_what_is_taken_away_is_for_rules_that_ask_for_the_action() -> None:
    account = applied(manifest(survey(), phonebook(), phonebook("leads", name="Leads")))
    text = manifest(survey(), phonebook())
    options = PlanOptions(prune=True)
    never = rule("!(action in ['delete', 'forget']) || before.name == 'VIP'")
    assert told(found(never, text=text, account=account, options=options)) == [("error", "phonebook.leads", "not so")]
    assert found(rule("resource.key == 'vip'", kind="phonebook"), text=text, account=account, options=options) == []
    assert found(never, text=text, account=account) == []


def test_what_is_over_or_not_made_by_this_plan_is_not_looked_at() -> None:
    over = manifest(
        survey(),
        phonebook(),
        campaign(startingdate="2026-01-01T08:00:00+07:00", expirationdate="2026-01-02T08:00:00+07:00"),
    )
    assert found(rule("false", kind="campaign"), text=over) == []
    labelled = manifest(survey(), phonebook(labels="{team: sales}"), campaign())
    chosen = PlanOptions(targets=(LabelSelector("team", "sales"),))
    assert [str(each.address) for each in found(rule("false"), text=labelled, options=chosen)] == ["phonebook.vip"]


# Severity, waivers, ids


@pytest.mark.parametrize(
    ("own", "configured", "severities"),
    [
        ("error", None, ["error"]),
        ("warning", None, ["warning"]),
        ("error", "info", ["info"]),
        ("info", "error", ["error"]),
        ("error", "off", []),
    ],
)
def test_checks_says_otherwise(own: str, configured: str | None, severities: list[str]) -> None:
    more = {} if configured is None else {"checks": f'{{own: "{configured}"}}'}
    assert [each.severity for each in found(rule("false", kind="campaign", severity=own), **more)] == severities


def test_it_is_waived_like_the_finding_of_a_check() -> None:
    waiver = "[{check: own, address: campaign.tet, reason: agreed, until: 2027-02-01}]"
    findings = found(rule("false", kind="campaign"), waivers=waiver)
    project = project_of(DECLARED, settings(rule("false", kind="campaign"), waivers=waiver))
    [finding] = waived(findings, project.settings, NOW)
    assert finding.waived and "agreed" in finding.message


@pytest.mark.parametrize(
    ("rules", "more", "message"),
    [
        ([rule("true", id="overlap")], {}, "'overlap' is a check, or what planning finds"),
        ([rule("true", id="over")], {}, "'over' is a check, or what planning finds"),
        ([rule("true"), rule("false")], {}, "'own' is the id of another rule too"),
        ([rule("true")], {"checks": "{owm: error}"}, "checks.owm: unknown name; there are"),
        ([rule("resource.freqency > 1", kind="campaign")], {}, "did you mean 'frequency'"),
        ([rule("true", when="nope")], {}, "rules.own: when: there is no variable 'nope'"),
        ([rule("true", kind="gateway")], {}, "kind: must be one of"),
        ([rule("1" + " + 1" * 400 + " > 0")], {}, "at most 1,000 characters"),
        ([{"id": "own", "require": "true"}], {}, "is required"),
        ([rule("true")] * 201, {}, "at most 200"),
    ],
)
def test_what_is_wrong_with_rules(rules: list[dict[str, str]], more: dict[str, object], message: str) -> None:
    with pytest.raises(ManifestError) as error:
        project_of(DECLARED, settings(*rules, **more))
    assert message in str(error.value)


def test_an_environment_may_have_rules_of_its_own_and_name_them() -> None:
    inside = '{staging: {checks: {mine: warning}, rules: [{id: mine, require: "true", severity: info, message: m}]}}'
    project_of(DECLARED, settings(rule("true"), environments=inside, checks="{mine: info, own: info}"))
    with pytest.raises(ManifestError, match=r"environments\.staging\.checks\.nix: unknown name"):
        project_of(DECLARED, settings(environments="{staging: {checks: {nix: info}}}"))


# The same as plain Python

ORACLES = {
    "resource.frequency <= 20": lambda c: c["frequency"] <= 20,
    "!has(resource.callerid) || resource.callerid.startsWith('1900')": lambda c: (
        (c.get("callerid") or "1900")[:4] == "1900"
    ),
    "resource.phonebooks.size() <= 2 && resource.phonebooks.all(b, b != 'b2')": lambda c: (
        len(c["phonebooks"]) <= 2 and "b2" not in c["phonebooks"]
    ),
    "has(resource.labels.team) && resource.labels.team in ['growth', 'sales']": lambda c: (
        c["labels"].get("team") in ("growth", "sales")
    ),
    "resource.startingdate.getDayOfWeek() != 0": lambda c: c["day"] % 7 != 3,  # 3 January 2027 is a Sunday
    "!has(resource.purpose) || resource.purpose != 'advertising'": lambda c: c.get("purpose") != "advertising",
}


def test_rules_say_what_plain_python_says_of_random_campaigns() -> None:
    chance = random.Random(16)
    values = {}
    for number in range(60):
        values[f"c{number}"] = {
            "frequency": chance.randrange(1, 60),
            "callerid": chance.choice([None, "19001234", "0281234"]),
            "phonebooks": chance.sample(["b0", "b1", "b2", "b3"], chance.randrange(1, 4)),
            "labels": chance.choice([{}, {"team": "growth"}, {"team": "ops", "tier": "x"}, {"tier": "sales"}]),
            "day": chance.randrange(16, 29),
            "purpose": chance.choice([None, "advertising", "service"]),
        }
    books = [phonebook(f"b{number}", name=f"B{number}") for number in range(4)]
    text = manifest(survey(), *books, *(_campaign(key, each) for key, each in values.items()))
    rules = [rule(require, id=f"r{number}", kind="campaign") for number, require in enumerate(ORACLES)]
    broken = {(each.id, str(each.address).removeprefix("campaign.")) for each in found(*rules, text=text)}
    expected = {
        (f"r{number}", key)
        for number, right in enumerate(ORACLES.values())
        for key, c in values.items()
        if not right(c)
    }
    assert broken == expected


def _campaign(key: str, values: Mapping[str, Any]) -> str:
    return campaign(
        key,
        name=key,
        frequency=values["frequency"],
        callerid=values["callerid"] and f'"{values["callerid"]}"',
        phonebooks=f"[{', '.join(values['phonebooks'])}]",
        labels="{" + ", ".join(f"{name}: {value}" for name, value in values["labels"].items()) + "}",
        startingdate=f"2027-01-{values['day']}T08:00:00+07:00",
        purpose=values["purpose"],
    )
