"""Which live object is which resource: by `id:`, by record, by natural key; never two of one, never somebody else's."""

from __future__ import annotations

import re
import signal
from dataclasses import replace
from typing import Any

import pytest

from tests.faults import victims
from tests.ownership.conftest import CALENDAR, CAMPAIGN, PHONEBOOK, SURVEY, Owner
from tests.ownership.test_prune import DNC, actions

BOOK = "phonebooks: {vip: {name: VIP, description: Best}}\n"


def everything(owner: Owner) -> tuple[str, ...]:
    sealed = owner.simulator.create("survey-list", name="Sealed", user=203)
    return SURVEY, PHONEBOOK, DNC, CAMPAIGN, CALENDAR.replace("SEALED", str(sealed["id"]))


def count(owner: Owner) -> dict[str, int]:
    return {name: number for name, number in owner.simulator.counts().items() if number}


def surveys(owner: Owner) -> list[dict[str, Any]]:
    return [*owner.simulator.objects("section-template"), *owner.simulator.objects("survey-template")]


def forget(owner: Owner) -> None:
    (owner.directory / ".alice" / "state.db").unlink()


# By id, by record, by natural key


def test_a_pin_to_nothing_is_an_error_at_its_place(owner: Owner) -> None:
    owner.declare("phonebooks:\n  vip:\n    name: VIP\n    id: 4711\n")
    said = owner.run("plan")
    assert said.code == 1
    assert said.err.startswith("manifest.yaml:4:9: error: id: no phonebook has the id 4711 on the server")


def test_what_is_not_recorded_is_adopted_with_the_fields_that_differ(owner: Owner) -> None:
    owner.simulator.create("phonebook", name="VIP", description="Worst", user=203)
    owner.declare(BOOK)
    [change] = owner.plan()["changes"]
    assert (change["action"], change["fields"]) == (
        "adopt",
        [{"path": "description", "before": "Worst", "after": "Best"}],
    )
    owner.apply()
    owner.demand_nothing_to_do()
    assert len(owner.simulator.objects("phonebook", user=203)) == 1


@pytest.mark.long
def test_an_emptied_state_adopts_everything_again_and_writes_nothing(owner: Owner) -> None:
    owner.declare_and_apply(*everything(owner))
    before = count(owner)
    forget(owner)
    plan = owner.plan()
    assert {change["action"] for change in plan["changes"]} == {"adopt"}
    assert not any(change["fields"] for change in plan["changes"])
    owner.demand_nothing_to_do()
    owner.apply()
    owner.demand_nothing_to_do()
    assert owner.plan()["changes"] == []
    assert count(owner) == before


def test_whatever_is_forgotten_alone_is_adopted_again(owner: Owner) -> None:
    """A calendar was taken for a stranger's as soon as anything else was recorded: its `user` is not its owner."""
    owner.declare_and_apply(*everything(owner))
    before = count(owner)
    for address in ("campaign.tet", "calendar_user.bot", "calendar.rounds", "event.visit", "alarm.visit"):
        owner.succeed("state", "rm", address)
        owner.apply()
    assert count(owner) == before


# One object, one address


@pytest.mark.parametrize("how", ["by its name alone", "by renamed_from"])
def test_a_renamed_survey_takes_its_record_and_its_sections_along(owner: Owner, how: str) -> None:
    owner.simulator.variants(delete="all")
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN)
    before = surveys(owner)
    told = "\n    renamed_from: promo" if how == "by renamed_from" else ""
    renamed = SURVEY.replace("promo:", f"spring:{told}"), PHONEBOOK, CAMPAIGN.replace("survey: promo", "survey: spring")
    owner.declare(*renamed)
    assert actions(owner.plan("--prune")) == [("survey.spring", "adopt"), ("section.spring.hi", "adopt")]
    owner.declare_and_apply(*renamed, options=("--prune",))
    listed = owner.succeed("state", "list").out
    assert "survey.spring" in listed
    assert "promo" not in listed
    assert surveys(owner) == before
    owner.declare_and_apply(*renamed)  # `renamed_from` may stay: once done it is ignored


def test_a_rename_and_a_new_name_at_once_need_renamed_from(owner: Owner) -> None:
    owner.declare_and_apply(BOOK)
    other = BOOK.replace("vip:", "best:").replace("name: VIP", "name: Best, renamed_from: vip")
    owner.declare(other)
    [change] = owner.plan()["changes"]
    assert (change["action"], change["reason"], len(change["fields"])) == ("update", "was phonebook.vip", 1)
    assert owner.plan()["summary"]["update"] == 1, "it is ours already, and a request is sent"
    owner.declare_and_apply(other, options=("--prune",))
    [book] = owner.simulator.objects("phonebook", user=203)
    assert book["name"] == "Best"


# Whose it is


@pytest.mark.parametrize("form", ["id", "username", "url", "nested"])
def test_a_strangers_object_and_a_sample_are_never_matched(owner: Owner, form: str) -> None:
    owner.simulator.variants(user_field=form)
    owner.declare_and_apply("surveys: {mine: {name: Mine}}\n")  # tells who we are where lists show numbers
    owner.simulator.create("survey-template", name="Promo", user=104)
    owner.simulator.create("survey-template", name="Promo", user=203, is_onboarding=True)
    owner.declare("surveys:\n  mine: {name: Mine}\n", SURVEY.removeprefix("surveys:\n"))
    assert actions(owner.plan()) == [("survey.promo", "create"), ("section.promo.hi", "create")]
    owner.apply()
    owner.demand_nothing_to_do()
    assert len(owner.simulator.objects("survey-template", name="Promo", user=203, is_onboarding=False)) == 1


def test_where_nobody_knows_who_we_are_a_name_is_not_enough(owner: Owner) -> None:
    """An administrator's list shows every tenant's objects by number, and a state that is empty knows none."""
    mine = owner.simulator.create("phonebook", name="VIP", user=1)["id"]
    owner.simulator.create("phonebook", name="Other", user=104)
    owner.declare(BOOK)
    admin = replace(owner, environ={"ALICE_USERNAME": "admin", "ALICE_PASSWORD": "admin"})
    said = admin.run("plan")
    assert said.code == 1
    assert f"the list shows several users' objects and ours is unknown: pin `id:` (ids {mine})" in said.err
    admin.declare_and_apply(BOOK.replace("name: VIP", f"name: VIP, id: {mine}"))
    admin.declare_and_apply(BOOK)


# Kinds that cannot be read


def test_dnc_numbers_that_cannot_be_read_are_sent_once_each_without_asking(owner: Owner) -> None:
    owner.simulator.create("dnc-list", name="Opt-outs", user=203)
    owner.simulator.variants(forbidden_get="dnc-contact")
    owner.declare_and_apply(DNC)
    assert len(owner.simulator.objects("dnc-contact")) == 1
    owner.declare_and_apply(DNC.replace('["', '["0934890898", "'))  # the new one: the other was taken
    assert len(owner.simulator.objects("dnc-contact")) == 2


def test_what_a_killed_run_made_is_ours_also_as_a_parent(owner: Owner) -> None:
    """Its sections cannot be read, and are created without anybody's word: nothing else can be in a survey of ours."""
    simulator = owner.simulator
    simulator.variants(forbidden_get="section-template")
    owner.declare(SURVEY)
    simulator.hold(1, mode="executed", scope="writes")
    process = victims.start(owner.directory, simulator)
    victims.wait_until_held(process, simulator)
    victims.end(process, signal.SIGKILL)
    simulator.release()
    assert len(simulator.objects("survey-template", name="Promo")) == 1
    assert "survey.promo" in owner.succeed("state", "list").out
    owner.apply("--exclude", "survey.promo")  # which leaves the question open
    plan: dict[str, Any] = owner.plan()
    assert actions(plan) == [("survey.promo", "adopt"), ("section.promo.hi", "create")]
    owner.apply()
    owner.demand_nothing_to_do()
    assert "origin: created" in owner.succeed("state", "show", "survey.promo").out


def test_a_field_that_is_declared_later_is_sent_although_nobody_can_see_it(owner: Owner) -> None:
    owner.simulator.variants(forbidden_get="section-template,alarm")
    sealed = owner.simulator.create("survey-list", name="Sealed", user=203)
    calendar = CALENDAR.replace("SEALED", str(sealed["id"]))
    bare = SURVEY.replace(", script: Hello there", "")
    assert bare != SURVEY
    owner.declare_and_apply(bare, calendar)
    owner.declare(SURVEY, calendar.replace('"0934890883"', '"0934890883", phonenumber_transfer: "0934890884"'))
    plan = owner.plan()
    fields = {each["address"]: each["fields"] for each in plan["changes"]}
    assert fields == {
        "section.promo.hi": [{"path": "script", "before": None, "after": "Hello there"}],
        "alarm.visit": [{"path": "phonenumber_transfer", "before": None, "after": "(sensitive)"}],
    }
    owner.apply()
    owner.demand_nothing_to_do()
    assert [each["script"] for each in owner.simulator.objects("section-template", question="Hello")] == ["Hello there"]
    assert [each["phonenumber_transfer"] for each in owner.simulator.objects("alarm")] == ["0934890884"]


def sections(*keys: str) -> str:
    """A survey of these sections."""
    declared = ", ".join(f"{{key: {key}, type: rating, question: {key.upper()}}}" for key in keys)
    return f"surveys: {{promo: {{name: Promo, sections: [{declared}]}}}}\n"


def test_another_section_cannot_come_first(owner: Owner) -> None:
    owner.declare_and_apply(sections("a", "b"))
    owner.declare(sections("b", "a"))
    owner.simulator.clear_requests()
    said = owner.run("apply", "--auto-approve")
    assert said.code == 1
    assert re.search(r"manifest\.yaml:1:\d+: error: cannot come first: this survey exists.*promo\.b\)", said.err)
    assert owner.simulator.writes() == []


def test_any_other_order_of_sections_is_no_change(owner: Owner) -> None:
    owner.declare_and_apply(sections("a", "b", "c"))
    owner.declare(sections("a", "c", "n", "b"))
    assert actions(owner.plan()) == [("section.promo.n", "create")]
    owner.apply()
    owner.demand_nothing_to_do()
