"""One loss does not block the rest: what nobody can tell of stops its own address and what depends on it, only.

A creation whose answer was lost, of a kind that the server does not list; an object of such a kind that may be there.
Every message, the next plan and `state` say the same of it, and what they advise settles it.
"""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest

from tests.operator import Said
from tests.ownership.conftest import CALENDAR, CAMPAIGN, PHONEBOOK, SURVEY, Owner
from tests.ownership.test_prune import actions

TWO = """\
surveys:
  promo:
    name: Promo
    sections:
      - {key: hi, type: play_message, question: Hello, script: Hello there}
      - {key: bye, type: play_message, question: Bye}
  other:
    name: Other
    sections: [{key: hi, type: play_message, question: Hello}]
"""
OTHER = CAMPAIGN.replace("  tet:", "  other:").replace("name: Tet", "name: Other").replace("promo", "other")
STARTED = "    status: started\n"
HIDDEN = {"forbidden_get": "section-template"}
LOST = {"fault_rate": 1, "fault_scope": "writes"}
QUICK = ("--timeout", "0.2")
SHORT = ("--timeout", "5")  # the next run waits for twice that, and not for a minute


def campaigns(*texts: str) -> str:
    return texts[0] + "".join(text.removeprefix("campaigns:\n") for text in texts[1:])


def lose(owner: Owner, address: str, fault: str = "drop-after") -> Said:
    """An apply of one address whose creation gets no answer; what the target needs is there already."""
    owner.simulator.variants(faults=fault, **LOST)
    said = owner.run("apply", "--auto-approve", "--allow-calls", "--target", address, *QUICK)
    owner.simulator.variants(faults="")
    time.sleep(0.45)  # twice the time limit: until then it may still be carried out
    assert said.code == 4, said.out + said.err
    return said


def errors(plan: dict[str, Any]) -> dict[str, str]:
    return {each["address"]: each["message"] for each in plan["findings"] if each["severity"] == "error"}


def deferred(plan: dict[str, Any]) -> dict[str, str]:
    return {each["address"]: each["reason"] for each in plan["deferred"]}


def questions(owner: Owner) -> list[str]:
    return sorted(each["question"] for each in owner.simulator.objects("section-template") if each["id"] > 2000)


@pytest.fixture
def lost(owner: Owner) -> Owner:
    """Two surveys are there, and the creation of the first section of one of them had no answer."""
    owner.simulator.variants(**HIDDEN)
    owner.declare(TWO, PHONEBOOK)
    owner.apply("--target", "survey.other", "--target", "phonebook.vip")
    owner.apply("--exclude", "section.promo.hi")
    lose(owner, "section.promo.hi")
    return owner


def test_an_elder_section_that_is_left_out_keeps_the_younger_ones_from_coming_first(owner: Owner) -> None:
    owner.declare(TWO)
    owner.apply("--exclude", "section.promo.hi")
    assert questions(owner) == ["Hello"]
    owner.declare_and_apply(TWO)
    found = owner.simulator.objects("section-template", survey=owner.id_of("survey-template", name="Promo"))
    assert [each["question"] for each in found] == ["Hello", "Bye"]


def test_a_lost_write_stops_its_own_address_and_what_depends_on_it(lost: Owner) -> None:
    lost.declare(
        TWO, PHONEBOOK.replace("name: VIP", "name: VIP, description: Best"), campaigns(CAMPAIGN + STARTED, OTHER)
    )
    plan = lost.plan()
    assert actions(plan) == [("phonebook.vip", "update"), ("campaign.other", "create")]
    assert list(errors(plan)) == ["section.promo.hi"]
    assert deferred(plan) == {
        "section.promo.hi": errors(plan)["section.promo.hi"].partition(": look")[0],
        "section.promo.bye": "waits for section.promo.hi, which is not settled",
        "campaign.tet": "waits for section.promo.hi, which is not settled",
    }
    lost.simulator.clear_requests()
    said = lost.apply()
    assert [each["path"].split("/")[2] for each in lost.simulator.writes()] == ["phonebook", "campaigns"]
    assert re.search(r"deferred create +section\.promo\.hi: in flight: POST, no answer since", said.out)
    lost.demand_nothing_to_do()
    assert "not everything is as declared: see the findings." in lost.plan_text()
    assert lost.run("check").code == 3


def test_what_waits_for_it_starts_nothing_and_what_does_not_does(lost: Owner) -> None:
    lost.declare(TWO, PHONEBOOK, campaigns(CAMPAIGN + STARTED, OTHER + STARTED))
    plan = lost.plan("--allow-calls")
    assert actions(plan) == [("campaign.other", "create")]
    lost.apply()
    assert [each["name"] for each in lost.simulator.objects("campaigns", status=1)] == ["Other"]


@pytest.mark.parametrize("options", [("--exclude", "section.promo.hi"), ("--target", "survey.other")])
def test_it_can_be_left_out_like_any_other(lost: Owner, options: tuple[str, ...]) -> None:
    plan = lost.plan(*options)
    assert (errors(plan), deferred(plan), plan["changes"]) == ({}, {}, [])
    lost.apply(*options)
    assert "section.promo.hi" in lost.succeed("state", "list").out


def test_every_place_says_the_same_of_it_and_what_is_advised_settles_it(owner: Owner) -> None:
    owner.simulator.variants(**HIDDEN)
    owner.declare(SURVEY)
    owner.apply("--exclude", "section.promo.hi")
    said = lose(owner, "section.promo.hi")
    listed = owner.succeed("state", "list").out
    fact = re.search(r"in flight: POST, no answer since [0-9T:.-]+Z", listed)
    assert fact
    message = errors(owner.plan())["section.promo.hi"]
    assert message == (
        f"{fact[0]}; the server does not list sections, so it may exist: look in Alice's web page, then run "
        "`alice-apply state adopt section.promo.hi ID`, or `alice-apply state adopt section.promo.hi --absent` "
        "if there is none"
    )
    assert message in said.out
    assert "run apply again to settle it" not in said.out
    assert fact[0].removeprefix("in flight: ") in owner.succeed("state", "show", "section.promo.hi").out
    assert fact[0] in owner.run("state", "rm", "section.promo.hi").err
    again = json.loads(owner.succeed("apply", "--auto-approve", "--output", "json").out)
    assert [(each["result"], each["message"]) for each in again["outcomes"] if each["result"] != "done"] == [
        ("deferred", message)
    ]
    [made] = owner.simulator.objects("section-template", survey=351)
    owner.succeed("state", "adopt", "section.promo.hi", str(made["id"]))
    owner.apply()
    owner.demand_nothing_to_do()
    assert "in flight" not in owner.succeed("state", "list").out


def test_a_stop_waits_for_nothing(owner: Owner) -> None:
    """Its survey gets another section, whose creation was lost: the campaign is paused all the same."""
    owner.simulator.variants(**HIDDEN)
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN, STARTED)
    more = SURVEY.replace("script: Hello there}]", "script: Hello there}, {key: bye, type: play_message, question: B}]")
    owner.declare(more, PHONEBOOK, CAMPAIGN, STARTED)
    lose(owner, "section.promo.bye")
    faster = CAMPAIGN.replace("frequency: 10", "frequency: 20")
    owner.declare(more, PHONEBOOK, faster, "    status: paused\n")
    plan = owner.plan()
    [change] = plan["changes"]
    assert [(each["path"], each["after"]) for each in change["fields"]] == [("status", "paused")]
    assert deferred(plan)["campaign.tet"] == "waits for section.promo.bye, which is not settled"
    owner.apply()
    [campaign] = owner.simulator.objects("campaigns", user=203)
    assert (campaign["status"], campaign["frequency"]) == (2, 10)
    owner.demand_nothing_to_do()
    owner.succeed("state", "adopt", "section.promo.bye", str(owner.id_of("section-template", question="B")))
    owner.apply()
    assert owner.simulator.row("campaigns", campaign["id"])["frequency"] == 20


def test_what_may_be_there_already_stops_only_its_own_address(owner: Owner) -> None:
    """The state was lost, so the survey was only adopted."""
    owner.simulator.create("survey-template", name="Promo", user=203)
    owner.simulator.variants(**HIDDEN)
    owner.declare(SURVEY, PHONEBOOK, CAMPAIGN, STARTED)
    plan = owner.plan()
    assert errors(plan)["section.promo.hi"].startswith(
        "nothing is recorded of it and the server does not list sections, so it may exist already: write `id:`, or run "
    )
    assert actions(plan) == [("survey.promo", "adopt"), ("phonebook.vip", "create")]
    assert set(deferred(plan)) == {"section.promo.hi", "campaign.tet"}
    owner.apply()
    owner.demand_nothing_to_do()
    owner.succeed("state", "adopt", "section.promo.hi", "--absent")
    owner.apply()
    owner.demand_nothing_to_do()
    assert len(owner.simulator.objects("section-template", survey=351)) == 1


def test_nothing_is_pruned_that_may_be_what_is_not_settled(owner: Owner) -> None:
    """A section of a survey that we did not make got another key and question."""
    survey = owner.simulator.create("survey-template", name="Promo", user=203)["id"]
    number = owner.simulator.create("section-template", survey=survey, type=1, question="Hello")["id"]
    owner.simulator.variants(delete="all", **HIDDEN)
    owner.declare(SURVEY)
    owner.succeed("state", "adopt", "section.promo.hi", str(number))
    owner.apply()
    owner.declare(SURVEY.replace("key: hi", "key: hello").replace("question: Hello", "question: Good day"))
    plan = owner.plan("--prune", "--max-remove-percent", "100")
    assert (list(errors(plan)), actions(plan)) == (["section.promo.hello"], [])
    [kept] = [each for each in plan["findings"] if each["id"] == "undeclared"]
    assert "stays, because it may be what is not settled" in kept["message"]
    owner.succeed("state", "mv", "section.promo.hi", "section.promo.hello")
    assert actions(owner.plan()) == [("section.promo.hello", "update")]


@pytest.mark.parametrize("answer", ["no-id", "empty", "blank"])
def test_an_answer_without_an_id_is_no_lost_answer(owner: Owner, answer: str) -> None:
    owner.simulator.variants(**HIDDEN)
    owner.declare(SURVEY)
    owner.apply("--exclude", "section.promo.hi")
    owner.simulator.variants(create_answer=answer)
    said = owner.run("apply", "--auto-approve", *QUICK)
    assert said.code == 4
    assert "in flight: POST, answered without an id at 20" in said.out
    assert "so it exists, under an unknown id" in said.out
    assert "no answer" not in said.out
    assert "answered without an id at 20" in owner.succeed("state", "list").out
    assert "so it exists" in errors(owner.plan())["section.promo.hi"]
    owner.apply()
    [made] = owner.simulator.objects("section-template", survey=351)
    owner.succeed("state", "adopt", "section.promo.hi", str(made["id"]))
    owner.apply()
    owner.demand_nothing_to_do()


CHAIN = ("calendar_user.bot", "calendar.rounds", "event.visit", "alarm.visit")


def test_a_calendar_user_that_was_lost_stops_its_chain_and_no_campaign(owner: Owner) -> None:
    sealed = owner.simulator.create("survey-list", name="Sealed", user=203)
    owner.simulator.variants(calendar_user_create="500-after-commit", forbidden_get="calendar-user")
    owner.declare(SURVEY, PHONEBOOK, CALENDAR.replace("SEALED", str(sealed["id"])))
    said = owner.run("apply", "--auto-approve", "--allow-calls", *SHORT)
    assert said.code == 4
    plan = owner.plan()
    assert tuple(deferred(plan)) == CHAIN
    owner.apply()
    owner.demand_nothing_to_do()
    [user] = owner.simulator.objects("calendar-user", username="clinic-bot")
    owner.succeed("state", "adopt", "calendar_user.bot", str(user["id"]))
    owner.apply()
    owner.demand_nothing_to_do()
    assert len(owner.simulator.objects("alarm")) == 1


def test_a_name_that_is_taken_after_a_lost_answer_says_who_took_it(owner: Owner) -> None:
    """Somebody was wrong who said that there is none."""
    sealed = owner.simulator.create("survey-list", name="Sealed", user=203)
    owner.simulator.variants(calendar_user_create="500-after-commit", forbidden_get="calendar-user")
    owner.declare(CALENDAR.replace("SEALED", str(sealed["id"])))
    assert owner.run("apply", "--auto-approve", "--allow-calls", *QUICK).code == 4
    time.sleep(0.45)
    owner.succeed("state", "adopt", "calendar_user.bot", "--absent")
    said = owner.run("apply", "--auto-approve", "--allow-calls")
    assert said.code == 4
    assert "it was noted as absent; there is one after all: look up its id in Alice's web page" in said.out
    assert "`alice-apply state adopt calendar_user.bot ID`" in said.out
    [user] = owner.simulator.objects("calendar-user", username="clinic-bot")
    owner.succeed("state", "adopt", "calendar_user.bot", str(user["id"]))
    owner.apply()
    owner.demand_nothing_to_do()


def test_a_name_that_is_taken_after_a_500_says_that_the_500_took_it(owner: Owner) -> None:
    """The list does not show what the first request made, so it was sent again; and by the next run once more."""
    sealed = owner.simulator.create("survey-list", name="Sealed", user=203)
    owner.simulator.variants(calendar_user_create="500-after-commit", list_hides="calendar-user")
    owner.declare(CALENDAR.replace("SEALED", str(sealed["id"])))
    for _ in range(2):
        said = owner.run("apply", "--auto-approve", "--allow-calls", *QUICK)
        assert said.code == 4
        message = r"in flight: POST, no answer since \S+; that request has probably made it: look up its id in Alice's"
        assert re.search(message, said.out), said.out
    assert len(owner.simulator.objects("calendar-user", username="clinic-bot")) == 1
    owner.succeed("state", "adopt", "calendar_user.bot", str(owner.id_of("calendar-user", username="clinic-bot")))
    owner.apply()
    owner.demand_nothing_to_do()


def test_of_an_unsettled_dnc_list_everybody_who_would_be_dialled_may_be_on_it(owner: Owner) -> None:
    """Nothing rings beside it; what rings not goes on."""
    lists = 'dnc_lists: {opt-outs: {name: Opt-outs, numbers: ["0934890899"]}}\n'
    owner.simulator.variants(forbidden_get="dnc-list")
    owner.declare(SURVEY, PHONEBOOK, CAMPAIGN, STARTED, lists)
    said = owner.run("apply", "--auto-approve", "--allow-calls")
    assert said.code == 3
    assert "refused: unsettled: nothing is recorded of it" in said.err
    assert owner.simulator.writes() == []
    owner.apply("--target", "phonebook.vip")
