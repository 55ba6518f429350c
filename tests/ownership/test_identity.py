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


def test_a_pin_means_that_object_whatever_it_is_called(owner: Owner) -> None:
    namesake, other = (owner.simulator.create("phonebook", name=name, user=203)["id"] for name in ("VIP", "Other"))
    owner.declare(BOOK.replace("name: VIP", f"name: VIP, id: {other}"))
    [change] = owner.plan()["changes"]
    assert (change["action"], change["fields"][0]) == ("adopt", {"path": "name", "before": "Other", "after": "VIP"})
    owner.apply()
    owner.demand_nothing_to_do()
    assert owner.simulator.row("phonebook", other)["description"] == "Best"
    assert owner.simulator.row("phonebook", namesake)["description"] != "Best"


def test_a_pin_counts_more_than_a_record(owner: Owner) -> None:
    owner.declare_and_apply(BOOK)
    other = owner.simulator.create("phonebook", name="Other", user=203)["id"]
    owner.declare_and_apply(BOOK.replace("name: VIP", f"name: Second, id: {other}"))
    assert sorted(book["name"] for book in owner.simulator.objects("phonebook", user=203)) == ["Second", "VIP"]


def test_a_pin_to_nothing_is_an_error_at_its_place(owner: Owner) -> None:
    owner.declare("phonebooks:\n  vip:\n    name: VIP\n    id: 4711\n")
    said = owner.run("plan")
    assert said.code == 1
    assert said.err.startswith("manifest.yaml:4:9: error: id: no phonebook has the id 4711 on the server")


def test_what_is_recorded_is_found_under_another_name(owner: Owner) -> None:
    owner.declare_and_apply(BOOK)
    owner.simulator.change("phonebook", owner.id_of("phonebook", name="VIP"), name="Changed by hand")
    owner.declare_and_apply(BOOK)
    assert [book["name"] for book in owner.simulator.objects("phonebook", user=203)] == ["VIP"]


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


def test_several_of_one_name_are_an_error_until_one_is_pinned(owner: Owner) -> None:
    first, second = (owner.simulator.create("phonebook", name="VIP", user=203)["id"] for _ in range(2))
    owner.declare(BOOK)
    said = owner.run("plan")
    assert said.code == 1
    assert f"several live phonebooks match (ids {first}, {second}): pin one with `id:` (phonebook.vip)" in said.err
    owner.declare_and_apply(BOOK.replace("name: VIP", f"name: VIP, id: {second}"))
    owner.declare_and_apply(BOOK)  # by now its record tells which


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


def test_two_addresses_on_one_object_are_an_error(owner: Owner) -> None:
    number = owner.simulator.create("phonebook", name="VIP", user=203)["id"]
    owner.declare(f"phonebooks:\n  vip: {{name: VIP, id: {number}}}\n  best: {{name: Best, id: {number}}}\n")
    assert owner.run("plan").code == 1
    owner.declare_and_apply("phonebooks: {vip: {name: VIP}}\n")
    owner.declare(f"phonebooks:\n  vip: {{name: VIP}}\n  best: {{name: Best, id: {number}}}\n")
    said = owner.run("plan")
    assert said.code == 1
    assert re.search(rf"is the same live phonebook \(id {number}\) as phonebook\.\w+: declare it once", said.err)
    assert len(owner.simulator.objects("phonebook", user=203)) == 1


def test_what_was_deleted_on_the_server_is_planned_again(owner: Owner) -> None:
    owner.declare_and_apply(SURVEY, BOOK)
    owner.simulator.delete("phonebook", owner.id_of("phonebook", name="VIP"))
    [change] = owner.plan()["changes"]
    assert (change["address"], change["action"], change["reason"]) == (
        "phonebook.vip",
        "create",
        "was recorded, and is gone from the server",
    )
    owner.declare_and_apply(SURVEY, BOOK)


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


def test_the_plan_says_what_was_not_read(owner: Owner) -> None:
    owner.simulator.variants(forbidden_get="section-template")
    owner.declare_and_apply(SURVEY)
    [finding] = [each for each in owner.plan()["findings"] if each["id"] == "not-read"]
    assert (finding["severity"], finding["message"]) == (
        "info",
        "the server does not list sections: 1 not read, taken to be as recorded",
    )


def test_dnc_numbers_that_cannot_be_read_are_sent_once_more_without_asking(owner: Owner) -> None:
    owner.simulator.create("dnc-list", name="Opt-outs", user=203)
    owner.simulator.variants(forbidden_get="dnc-contact")
    owner.declare_and_apply(DNC)
    assert len(owner.simulator.objects("dnc-contact")) == 1
    owner.declare_and_apply(DNC.replace('["', '["0934890898", "'))  # all of them: nobody can see which are there
    assert len(owner.simulator.objects("dnc-contact")) == 3


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


def test_a_misspelt_renamed_from_is_told_with_what_it_may_have_meant(owner: Owner) -> None:
    owner.declare_and_apply(BOOK)
    other = BOOK.replace("vip:", "best:").replace("name: VIP", "name: Best, renamed_from: vipp")
    owner.declare(other)
    found = [each for each in owner.plan()["findings"] if each["id"] == "renamed-from"]
    assert [(each["severity"], each["address"]) for each in found] == [("warning", "phonebook.best")]
    assert found[0]["message"] == (
        "nothing is recorded as phonebook.vipp, so a new phonebook is made; "
        "recorded and no longer declared: phonebook.vip"
    )
    owner.declare_and_apply(other)
    assert "renamed-from" not in [each["id"] for each in owner.plan()["findings"]]


@pytest.mark.parametrize("hides", ["forbidden_get", "missing_get"])
def test_a_field_that_is_declared_later_is_sent_although_nobody_can_see_it(owner: Owner, hides: str) -> None:
    owner.simulator.variants(**{hides: "section-template,alarm"})
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


@pytest.mark.parametrize("how", ["as usual", "with an empty state", "unread"])
@pytest.mark.parametrize("wanted", ["b a", "n a b"])
def test_another_section_cannot_come_first(owner: Owner, wanted: str, how: str) -> None:
    owner.declare_and_apply(sections("a", "b"))
    if how == "with an empty state":
        (owner.directory / ".alice" / "state.db").unlink()
    if how == "unread":
        owner.simulator.variants(forbidden_get="section-template")
    owner.declare(sections(*wanted.split()))
    owner.simulator.clear_requests()
    said = owner.run("apply", "--auto-approve")
    first = wanted.split()[0]
    assert said.code == 1
    assert re.search(rf"manifest\.yaml:1:\d+: error: cannot come first: this survey exists.*promo\.{first}\)", said.err)
    assert "declare a new survey" in said.err.lower()
    assert owner.simulator.writes() == []


@pytest.mark.parametrize("wanted", ["a c b", "a b n", "a n b", "b"])
def test_any_other_order_of_sections_is_no_change(owner: Owner, wanted: str) -> None:
    owner.declare_and_apply(sections("a", "b", "c"))
    owner.declare(sections(*wanted.split()))
    assert actions(owner.plan()) == [("section.promo.n", "create")] * wanted.count("n")
    owner.apply()
    owner.demand_nothing_to_do()
