"""`--target` and `--exclude`: a part of the plan. What is left out is neither written nor recorded as written."""

from __future__ import annotations

import pytest

from tests.ownership.conftest import CALENDAR, CAMPAIGN, PHONEBOOK, SURVEY, Owner
from tests.ownership.test_prune import actions

LEADS = "  leads: {name: Leads, description: Some}\n"
DNC = 'dnc_lists: {opt-outs: {name: Opt-outs, numbers: ["0934890899"]}}\n'
SCRUBBED = "    dnc_lists: [opt-outs]\n"
STARTED = "    status: started\n"
PAUSED = "    status: paused\n"


SELECTED = {
    "--target survey.promo": "survey.promo section.promo.hi",
    "--target section.promo.hi": "survey.promo section.promo.hi",
    "--target campaign.tet": "survey.promo section.promo.hi phonebook.vip dnc_list.opt-outs campaign.tet",
    "--target phonebook.vip --target phonebook.leads": "phonebook.vip phonebook.leads",
    "--exclude phonebook.vip": "survey.promo section.promo.hi phonebook.leads dnc_list.opt-outs",
    "--exclude section.promo.hi": "survey.promo phonebook.vip phonebook.leads dnc_list.opt-outs",
    "--exclude dnc_list.opt-outs": "survey.promo section.promo.hi phonebook.vip phonebook.leads",
    "--target campaign.tet --exclude survey.promo": "phonebook.vip dnc_list.opt-outs",
}


def test_a_target_brings_what_it_needs_and_an_exclusion_takes_what_needs_it(owner: Owner) -> None:
    """A campaign is started with all of its survey's sections and all DNC numbers, or not at all."""
    owner.declare(SURVEY, PHONEBOOK, LEADS, DNC, CAMPAIGN, SCRUBBED, STARTED)
    for options, expected in SELECTED.items():
        found = [address for address, _ in actions(owner.plan(*options.split()))]
        assert sorted(found) == sorted(expected.split()), options
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


@pytest.mark.parametrize("option", ["--target", "--exclude", "--restart"])
def test_an_address_that_nobody_knows_is_an_error(owner: Owner, option: str) -> None:
    owner.declare(PHONEBOOK)
    said = owner.run("plan", option, "campaign.nope")
    assert (said.code, said.out) == (1, "")
    assert "campaign.nope is not declared" in said.err


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
def test_an_address_that_nobody_knows_is_answered_with_the_one_that_is_near(
    owner: Owner, typed: str, meant: str
) -> None:
    owner.declare(SURVEY, PHONEBOOK, CAMPAIGN)
    said = owner.run("plan", "--target", typed)
    assert (said.code, said.out) == (1, "")
    assert f", did you mean '{meant}'?" in said.err
    assert owner.simulator.writes() == []


def test_a_kind_alone_is_not_near(owner: Owner) -> None:
    owner.declare(SURVEY, PHONEBOOK, CAMPAIGN)
    for typed in ("campaign.xyz", "phonebook.tx"):
        said = owner.run("plan", "--target", typed)
        assert "see `alice-apply graph`" in said.err and "did you mean" not in said.err


def test_what_is_recorded_only_is_near_too_but_for_no_restart(owner: Owner) -> None:
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN)
    owner.declare(SURVEY, PHONEBOOK)
    for options, guess in ((("--prune", "--target"), "did you mean 'campaign.tet'?"), (("--restart",), "see `alice")):
        assert guess in owner.run("plan", *options, "campaign.tett").err


def test_what_is_never_started_cannot_be_restarted(owner: Owner) -> None:
    owner.declare(PHONEBOOK)
    said = owner.run("plan", "--restart", "phonebook.vip")
    assert (said.code, said.out) == (1, "")
    assert "--restart phonebook.vip: a phonebook is never started" in said.err


def twice(owner: Owner) -> str:
    for _ in range(2):
        owner.simulator.create("phonebook", name="Twice", user=203)
    return "  bad: {name: Twice}\n"


def misnamed(owner: Owner) -> str:
    return CAMPAIGN.replace("  tet:", "  bad:").replace("[vip]", "[{name: Nowhere}]")


def another_name(owner: Owner) -> str:
    """Of a calendar user, which is never updated."""
    sealed = owner.simulator.create("survey-list", name="Sealed", user=203)["id"]
    text = CALENDAR[: CALENDAR.index("calendars:")].replace("SEALED", str(sealed)).replace("bot:", "bad:")
    owner.declare_and_apply(text)
    return text.replace("clinic-bot", "another-bot")


ERRORS = {
    "phonebook.bad": ("several live phonebooks match", twice),
    "phonebook.bad ": ("no phonebook has the id 4711", lambda owner: "  bad: {name: Bad, id: 4711}\n"),
    "campaign.bad": ("no phonebook is named 'Nowhere'", misnamed),
    "calendar_user.bad": ("calendar users are never updated", another_name),
}


@pytest.mark.parametrize("address", ERRORS)
def test_an_error_of_what_is_left_out_ends_nothing(owner: Owner, address: str) -> None:
    message, spoil = ERRORS[address]
    parts = spoil(owner)
    owner.declare(PHONEBOOK, parts if parts.startswith("  ") else "", SURVEY, "" if parts.startswith("  ") else parts)
    said = owner.run("plan")
    assert (said.code, said.out) == (1, "")
    assert message in said.err
    for options in (("--exclude", address.strip()), ("--target", "survey.promo", "--target", "phonebook.vip")):
        plan = owner.plan(*options)
        assert {each for each, _ in actions(plan)} == {"survey.promo", "section.promo.hi", "phonebook.vip"}
        assert "error" not in [each["severity"] for each in plan["findings"]]
    assert owner.run("plan", "--target", address.strip()).code == 1
    owner.apply("--exclude", address.strip())
    assert address.strip() not in owner.succeed("state", "list").out or address == "calendar_user.bad"
