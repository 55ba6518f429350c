"""`--target` and `--exclude`: a part of the plan. What is left out is neither written nor recorded as written."""

from __future__ import annotations

import pytest

from provisioner.inspect.lookup import likely
from tests.factories import address
from tests.ownership.conftest import CAMPAIGN, PHONEBOOK, SURVEY, Owner
from tests.ownership.test_prune import actions

LEADS = "  leads: {name: Leads, description: Some}\n"
DNC = 'dnc_lists: {opt-outs: {name: Opt-outs, numbers: ["0934890899"]}}\n'
SCRUBBED = "    dnc_lists: [opt-outs]\n"
STARTED = "    status: started\n"
PAUSED = "    status: paused\n"


def test_a_start_is_left_out_with_a_section_and_takes_every_section_along(owner: Owner) -> None:
    """A campaign is started with all of its survey's sections and all DNC numbers, or not at all."""
    owner.declare(SURVEY, PHONEBOOK, LEADS, DNC, CAMPAIGN, SCRUBBED, STARTED)
    owner.apply("--exclude", "section.promo.hi")
    assert owner.simulator.objects("campaigns") == []
    owner.apply("--target", "campaign.tet")
    [sealed] = owner.simulator.objects("survey-list", user=203)
    assert len(owner.simulator.objects("sealed-section", survey=sealed["id"])) == 1
    owner.apply()
    owner.demand_nothing_to_do()


def test_rows_go_with_their_phonebook(owner: Owner) -> None:
    owner.declare_and_apply(PHONEBOOK, LEADS)
    more = ', contacts: {rows: [{contact: "0934890822"}]}}'
    owner.declare(PHONEBOOK.replace('"0934890821"', '"0934890823"'), LEADS.replace("}", more))
    plan = owner.plan("--target", "phonebook.leads")
    assert [(rows["address"], rows["add"], rows["remove"]) for rows in plan["rows"]] == [("phonebook.leads", 1, 0)]
    owner.apply("--target", "phonebook.leads")
    assert [rows["add"] for rows in owner.plan()["rows"]] == [1, 0]


def test_an_excluded_change_is_not_recorded_as_done(owner: Owner) -> None:
    owner.declare_and_apply(SURVEY, PHONEBOOK, LEADS)
    owner.declare(
        SURVEY.replace("name: Promo", "description: New\n    name: Promo"), PHONEBOOK, LEADS.replace("Some", "All")
    )
    owner.apply("--exclude", "phonebook.leads")
    plan = owner.plan()
    assert plan["drift"] == []
    assert actions(plan) == [("phonebook.leads", "update")]


def test_an_excluded_start_is_still_a_start_later(owner: Owner) -> None:
    """Recorded as asked for, it would look as if somebody had stopped it since."""
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN, STARTED)
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN, PAUSED)
    owner.declare(SURVEY, PHONEBOOK, CAMPAIGN, STARTED)
    owner.apply("--exclude", "campaign.tet")
    assert actions(owner.plan()) == [("campaign.tet", "update")]
    owner.apply()
    owner.demand_nothing_to_do()


def test_an_excluded_change_of_what_cannot_be_read_is_still_made_later(owner: Owner) -> None:
    owner.simulator.variants(forbidden_get="section-template")
    owner.declare_and_apply(SURVEY, PHONEBOOK)
    owner.declare(SURVEY.replace("Hello there", "Good day"), PHONEBOOK)
    owner.apply("--exclude", "section.promo.hi")
    assert actions(owner.plan()) == [("section.promo.hi", "update")]
    owner.apply()
    owner.demand_nothing_to_do()


def test_what_is_left_out_is_not_adopted(owner: Owner) -> None:
    owner.simulator.create("phonebook", name="Leads", description="Some", user=203)
    owner.declare(PHONEBOOK, LEADS)
    owner.apply("--exclude", "phonebook.leads")
    assert "phonebook.leads" not in owner.succeed("state", "list").out


GUESSES = (
    ("campaign.tett", "campaign.tet"),
    ("campaign.vip", "phonebook.vip"),
    ("campaigns.tet", "campaign.tet"),
    ("kampaign.tet", "campaign.tet"),
    ("tet", "campaign.tet"),
    ("Tett", "campaign.tet"),
    ("promo.hi", "section.promo.hi"),
    ("cdr.tet", "campaign.tet"),
)


@pytest.mark.parametrize(("typed", "meant"), GUESSES)
def test_an_address_that_nobody_knows_is_answered_with_the_one_that_is_near(typed: str, meant: str) -> None:
    known = ("survey.promo", "section.promo.hi", "phonebook.vip", "campaign.tet")
    assert likely(typed, map(address, known)) == f", did you mean '{meant}'?"


def test_it_is_told_before_anything_is_read(owner: Owner) -> None:
    owner.declare(SURVEY, PHONEBOOK, CAMPAIGN)
    said = owner.run("plan", "--target", "tett")
    assert (said.code, said.out) == (1, "")
    assert ", did you mean 'campaign.tet'?" in said.err
    assert owner.simulator.requests() == []


def test_an_error_of_what_is_left_out_ends_nothing(owner: Owner) -> None:
    owner.declare(SURVEY, PHONEBOOK, "  bad: {name: Bad, id: 4711}\n")
    said = owner.run("plan")
    assert (said.code, said.out) == (1, "")
    assert "no phonebook has the id 4711" in said.err
    owner.apply("--exclude", "phonebook.bad")
    assert "phonebook.bad" not in owner.succeed("state", "list").out
