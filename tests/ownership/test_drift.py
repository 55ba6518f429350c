"""Drift: what others changed on Alice since our last apply. Shown, never written, and no part of emptiness."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.ownership.conftest import CAMPAIGN, PHONEBOOK, SURVEY, Owner


def drift(owner: Owner, *options: str) -> list[dict[str, Any]]:
    """The drift of the command, which is the one that a plan shows too and writes nothing."""
    owner.simulator.clear_requests()
    document = json.loads(owner.succeed("drift", "--output", "json", *options).out)
    assert document == {**document, "changes": [], "rows": []}
    assert owner.plan()["drift"] == document["drift"]
    assert json.loads(owner.succeed("plan", "--refresh-only", "--output", "json").out)["drift"] == document["drift"]
    assert owner.simulator.writes() == []
    return list(document["drift"])


@pytest.fixture
def applied(owner: Owner) -> Owner:
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN)
    return owner


def test_after_an_apply_nothing_has_drifted(applied: Owner) -> None:
    assert drift(applied) == []
    assert applied.run("drift", "--detailed-exitcode").code == 0
    assert "matches" in applied.succeed("drift").out


REFUSED = [
    ({"forbidden_get": "campaigns"}, {"campaign.tet"}),
    ({"missing_get": "campaigns"}, {"campaign.tet"}),
    ({"failing_pages": "campaigns", "failing_page": "1", "failing_page_answer": "html-404", "get_detail": "none"},
     {"campaign.tet"}),
    ({"forbidden_get": "section-template"}, {"section.promo.hi"}),
    ({"list_hides": "campaigns", "forbidden_detail": "campaigns"}, {"campaign.tet"}),
    ({"forbidden_get": "gateway"}, {"campaign.tet"}),
]  # fmt: skip


@pytest.mark.parametrize(("variants", "addresses"), REFUSED, ids=str)
def test_what_could_not_be_compared_is_told_and_is_not_no_drift(
    applied: Owner, variants: dict[str, str], addresses: set[str]
) -> None:
    applied.simulator.variants(**variants)
    said = applied.run("drift", "--detailed-exitcode")
    assert said.code == 2, said.out
    assert "matches" not in said.out
    assert "No drift in what could be compared. 1 address could not be compared and may have drifted." in said.out
    assert all(address in said.out for address in addresses)
    assert applied.run("plan", "--refresh-only", "--detailed-exitcode").code == 2
    document = json.loads(applied.succeed("drift", "--output", "json").out)
    assert document["drift"] == []
    assert {(each["id"], each["severity"], each["address"]) for each in document["findings"]} == {
        ("not-compared", "warning", address) for address in addresses
    }
    for format in ("github", "markdown", "junit", "sarif", "html", "full"):
        report = applied.succeed("drift", "--output", format).out
        assert all(address in report for address in addresses), format
        assert "Alice matches" not in report


def test_what_is_compared_beside_what_is_not_is_drift_as_ever(applied: Owner) -> None:
    applied.simulator.change("phonebook", applied.id_of("phonebook", name="VIP"), name="Others")
    applied.simulator.variants(forbidden_get="campaigns")
    said = applied.succeed("drift")
    assert "Drift: 1 address changed, 0 gone. 1 address could not be compared and may have drifted." in said.out


def test_a_changed_field_is_shown_as_recorded_and_as_live(applied: Owner) -> None:
    simulator = applied.simulator
    simulator.change("campaigns", applied.id_of("campaigns"), frequency=25, daily_stop_time="11:00")
    assert drift(applied) == [
        {
            "address": "campaign.tet",
            "fields": [
                {"path": "frequency", "before": 10, "after": 25},
                {"path": "daily_stop_time", "before": "17:00", "after": "11:00"},
            ],
        }
    ]
    assert applied.run("drift", "--detailed-exitcode").code == 2
    assert applied.run("plan", "--refresh-only", "--detailed-exitcode").code == 2
    text = applied.succeed("drift").out
    assert "campaign.tet" in text
    assert "10 -> 25" in text


def test_a_relation_is_shown_by_key_or_name(applied: Owner) -> None:
    other = applied.simulator.create("phonebook", name="Theirs", user=203)
    applied.simulator.change("campaigns", applied.id_of("campaigns"), phonebook=[other["id"]])
    [found] = drift(applied)
    assert found["fields"] == [{"path": "phonebooks", "before": ["vip"], "after": [{"name": "Theirs"}]}]


def test_an_object_that_is_gone_has_no_fields(applied: Owner) -> None:
    applied.simulator.delete("campaigns", applied.id_of("campaigns"))
    assert drift(applied) == [{"address": "campaign.tet", "fields": []}]
    assert "campaign.tet: gone from the server" in applied.succeed("drift").out
    [change] = applied.plan()["changes"]
    assert (change["action"], change["reason"]) == ("create", "is recorded, but no longer exists on the server")
    applied.apply()
    applied.demand_nothing_to_do()
    assert drift(applied) == []


def test_the_form_a_server_gives_a_text_is_no_drift(owner: Owner) -> None:
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN.replace("name: Tet", 'name: "  Tet  "'))
    assert drift(owner) == []


def test_refresh_only_saves_no_plan(applied: Owner) -> None:
    said = applied.run("plan", "--refresh-only", "--out", "p.json")
    assert said.code == 1
    assert "nothing to save" in said.err
