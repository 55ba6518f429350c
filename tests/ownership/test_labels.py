"""Labels: kept here, never sent, no part of what a reviewer agrees to; what plans, targets and reports go by."""

from __future__ import annotations

import json
from typing import Any

import pytest

from provisioner.errors import ManifestError
from provisioner.plan.options import LabelSelector, PlanOptions, selector
from provisioner.reports import plan_document
from provisioner.reports.document import plan_from_document
from tests.factories import ENDPOINT, Account, address, alice, manifest, phonebook, plan_of, project_of
from tests.ownership.conftest import CAMPAIGN, PHONEBOOK, Owner

GROWTH = "labels: {team: growth, tier: 1}"
SURVEY = """
surveys:
  promo:
    name: Promo
    labels: {team: growth}
    sections: [{key: hi, type: play_message, question: Hi, script: Hello, labels: {voice: "Hà"}}]
"""
LEADS = "  leads: {name: Leads, labels: {team: sales}}\n"
TARGET = ("--target", "label=team:growth")


def test_they_are_kept_here_and_change_nothing(owner: Owner) -> None:
    owner.declare(SURVEY, PHONEBOOK, CAMPAIGN)
    planned = owner.plan()
    owner.apply()
    labels = {each["address"]: each["labels"] for each in planned["changes"] if "labels" in each}
    assert labels == {"survey.promo": {"team": "growth"}, "section.promo.hi": {"voice": "Hà"}}
    for kind in ("survey-template", "section-template", "phonebook", "campaigns"):
        assert not any("growth" in json.dumps(each) or "Hà" in str(each) for each in owner.simulator.objects(kind))
    before = owner.plan()["fingerprint"]
    owner.declare(SURVEY.replace("growth", "sales").replace("Hà", "Linh"), PHONEBOOK, CAMPAIGN, f"    {GROWTH}\n")
    assert owner.plan()["fingerprint"] == before
    owner.demand_nothing_to_do()


def test_a_label_is_a_target_and_an_exclusion(owner: Owner) -> None:
    owner.declare(SURVEY, PHONEBOOK, LEADS)
    assert [each["address"] for each in owner.plan(*TARGET)["changes"]] == ["survey.promo", "section.promo.hi"]
    without = owner.plan("--exclude", "label=team:growth")
    assert [each["address"] for each in without["changes"]] == ["phonebook.vip", "phonebook.leads"]
    assert without["options"]["excludes"] == ["label=team:growth"]
    owner.apply(*TARGET)
    owner.apply()
    owner.demand_nothing_to_do()


DECLARED = manifest(phonebook(labels="{team: growth}"), phonebook("leads", name="Leads", labels="{team: sales}"))


@pytest.mark.parametrize("name", ["targets", "excludes"])
def test_a_label_that_nothing_has_is_an_error(name: str) -> None:
    options: Any = {name: (LabelSelector("team", "grwth"),)}
    with pytest.raises(Exception, match="label=team:grwth': nothing declared has this label, did you mean 'label=team"):
        plan_of(project_of(DECLARED), Account(), PlanOptions(**options))


def test_options_with_labels_are_read_back_as_they_were_given() -> None:
    options = PlanOptions(targets=(LabelSelector("team", "a: b.c"), address("phonebook.vip")))
    assert PlanOptions.from_document(options.document()) == options


@pytest.mark.parametrize("text", ["label=", "label=team", "label=team:", "label=:growth", "label=te\nam:x"])
def test_what_is_no_label(text: str) -> None:
    with pytest.raises(ValueError, match="is not a label like label=team:growth"):
        selector(text)


def test_what_has_no_label_any_more_is_not_pruned_by_it() -> None:
    """A record has no labels: that of something no longer declared says nothing of who it belonged to."""
    account = Account.applied(project_of(DECLARED))
    options = PlanOptions(prune=True, targets=(LabelSelector("team", "growth"),))
    declared = project_of(phonebook(labels="{team: growth}"))
    assert plan_of(declared, account, options).plan.changes == ()
    everything = plan_of(declared, account, PlanOptions(prune=True)).plan.changes
    assert [str(each.address) for each in everything] == ["phonebook.leads"]


def test_a_plan_document_has_them_back() -> None:
    plan = plan_of(project_of(DECLARED), Account()).plan
    assert plan_from_document(plan_document(plan)).changes == plan.changes
    assert [each.labels for each in plan.changes] == [{"team": "growth"}, {"team": "sales"}]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("{te am: growth}", "'te am' cannot be a name here"),
        ("{team: [a]}", "must be text, is a list"),
        ('{team: ""}', "must not be empty"),
        ('{team: "a\\nb"}', "must look like growth"),
        ('{team: " "}', "must look like growth"),
        (f"{{team: {'x' * 101}}}", "at most 100 characters"),
        ("{team: '${env.TEAM}'}", "env.TEAM"),
        ("[team]", "must be a mapping"),
    ],
    ids=["key", "list", "empty", "lines", "blank", "long", "env", "no mapping"],
)
def test_what_is_wrong_with_them(labels: str, message: str) -> None:
    with pytest.raises(ManifestError, match=message.replace("(", r"\(")):
        project_of(f"phonebooks:\n  vip:\n    name: VIP\n    labels: {labels}\n", alice(endpoint=ENDPOINT))


def test_a_number_is_a_label_as_it_is_written() -> None:
    project = project_of(phonebook(labels="{tier: 1, brand: 'Tết  '}"))
    assert project.resources[address("phonebook.vip")].labels == {"tier": "1", "brand": "Tết"}
