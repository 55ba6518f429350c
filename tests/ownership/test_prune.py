"""Deletes: only what is recorded, only with --prune, and never what is protected, runs or is still used."""

from __future__ import annotations

from typing import Any

from tests.ownership.conftest import CALENDAR, CAMPAIGN, PHONEBOOK, SURVEY, Owner

DNC = 'dnc_lists: {opt-outs: {name: Opt-outs, numbers: ["0934890899"]}}\n'
PROTECTED = "    lifecycle: {prevent_delete: true}\n"


def actions(plan: dict[str, Any]) -> list[tuple[str, str]]:
    return [(change["address"], change["action"]) for change in plan["changes"]]


def test_what_was_not_recorded_is_never_deleted(owner: Owner) -> None:
    owner.simulator.variants(delete="all")
    theirs = owner.simulator.create("phonebook", name="Theirs", user=203)
    owner.declare_and_apply(PHONEBOOK)
    owner.declare_and_apply(options=("--prune",))
    assert [each["id"] for each in owner.simulator.objects("phonebook", name="Theirs")] == [theirs["id"]]


def test_what_the_server_cannot_delete_is_forgotten_and_said_to_stay(owner: Owner) -> None:
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN)
    owner.declare()
    plan = owner.plan("--prune")
    assert actions(plan)[-1] == ("campaign.tet", "delete")
    left = {change["address"]: change["reason"] for change in plan["changes"] if change["action"] == "forget"}
    assert set(left) == {"survey.promo", "section.promo.hi", "phonebook.vip"}
    assert all("left in place" in reason for reason in left.values())
    owner.apply("--prune")
    owner.demand_nothing_to_do()
    assert owner.simulator.objects("campaigns") == []
    assert len(owner.simulator.objects("survey-template", name="Promo")) == 1


def test_a_delete_that_is_refused_in_the_end_leaves_it_in_place(owner: Owner) -> None:
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN)
    owner.simulator.variants(delete="none", options="405")
    owner.declare(SURVEY, PHONEBOOK)
    said = owner.apply("--prune")
    assert "left in place: the server refuses to delete it" in said.out
    owner.demand_nothing_to_do()
    assert len(owner.simulator.objects("campaigns")) == 1


def test_everything_goes_in_reverse_order_where_the_server_deletes_everything(owner: Owner) -> None:
    owner.simulator.variants(delete="all")
    sealed = owner.simulator.create("survey-list", name="Sealed", user=203)
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN, CALENDAR.replace("SEALED", str(sealed["id"])))
    owner.declare()
    order = [address for address, action in actions(owner.plan("--prune")) if action == "delete"]
    for first, then in (
        ("alarm.visit", "event.visit"),
        ("event.visit", "calendar.rounds"),
        ("calendar.rounds", "calendar_user.bot"),
        ("calendar_user.bot", "calendar_setting.clinic"),
        ("campaign.tet", "phonebook.vip"),
        ("campaign.tet", "survey.promo"),
        ("section.promo.hi", "survey.promo"),
    ):
        assert order.index(first) < order.index(then), (first, then)
    owner.apply("--prune")
    owner.demand_nothing_to_do()
    for kind in ("alarm", "event", "calendar", "calendar-setting", "campaigns"):
        assert owner.simulator.objects(kind) == [], kind


def test_a_dnc_list_and_its_numbers_stay(owner: Owner) -> None:
    owner.simulator.variants(delete="all")
    owner.declare_and_apply(DNC)
    owner.declare()
    [change] = owner.plan("--prune")["changes"]
    assert (change["action"], change["reason"]) == ("forget", "left in place: a DNC list is never deleted")
    owner.apply("--prune")
    assert len(owner.simulator.objects("dnc-contact")) == 1


def test_protection_outlives_the_declaration(owner: Owner) -> None:
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN, PROTECTED)
    owner.declare(SURVEY, PHONEBOOK)
    said = owner.run("apply", "--prune", "--auto-approve")
    assert said.code == 3
    assert "campaign.tet was declared with `lifecycle.prevent_delete`" in said.err
    assert len(owner.simulator.objects("campaigns")) == 1
    assert actions(owner.plan("--prune")) == []
    owner.succeed("state", "rm", "campaign.tet")
    owner.apply("--prune")
    owner.demand_nothing_to_do()
    assert len(owner.simulator.objects("campaigns")) == 1


def test_protection_can_be_lifted(owner: Owner) -> None:
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN, PROTECTED)
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN)
    owner.declare(SURVEY, PHONEBOOK)
    assert actions(owner.plan("--prune")) == [("campaign.tet", "delete")]
