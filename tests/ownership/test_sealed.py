"""Calendar settings read a copy of a survey that only a start makes: until then nobody may take another id for it."""

from __future__ import annotations

import pytest

from tests.ownership.conftest import CAMPAIGN, PHONEBOOK, SURVEY, Owner
from tests.ownership.test_prune import actions

STARTED = "    status: started\n"


def setting(survey: str, label: str = "Clinic") -> str:
    own = f"{{label: {label}, survey: {survey}, gateway: AliceDevGateway, call_timeout: 60}}"
    return f"calendar_settings:\n  clinic: {own}\n"


@pytest.fixture(params=["{campaign: tet}", "promo"])
def survey(request: pytest.FixtureRequest) -> str:
    """Either way of naming the copy that starting the campaign makes."""
    return str(request.param)


def test_a_live_setting_gets_the_copy_once_there_is_one(owner: Owner, survey: str) -> None:
    """The campaign's own id was sent instead, which may well be the id of another copy."""
    other = owner.simulator.create("survey-list", name="Other", user=203)["id"]
    owner.declare_and_apply(SURVEY, PHONEBOOK, CAMPAIGN, setting(f"{{id: {other}}}"))
    owner.declare(SURVEY, PHONEBOOK, CAMPAIGN, setting(survey, "Ward"))
    plan = owner.plan()
    assert [change["fields"] for change in plan["changes"]] == [
        [{"path": "label", "before": "Clinic", "after": "Ward"}]
    ]
    assert [each["address"] for each in plan["deferred"]] == ["calendar_setting.clinic"]
    assert "is made when campaign.tet starts, which this plan does not do" in plan["deferred"][0]["reason"]
    owner.apply()
    owner.demand_nothing_to_do()
    [live] = owner.simulator.objects("calendar-setting")
    assert (live["label"], live["survey"]) == ("Ward", other)

    owner.declare(SURVEY, PHONEBOOK, CAMPAIGN, STARTED, setting(survey, "Ward"))
    plan = owner.plan()
    assert actions(plan) == [("campaign.tet", "update"), ("calendar_setting.clinic", "update")]
    assert plan["changes"][1]["fields"] == [
        {"path": "survey", "before": {"name": "Other"}, "after": "(known after apply)"}
    ]
    owner.apply()
    owner.demand_nothing_to_do()
    [copy] = owner.simulator.objects("survey-list", campaign=owner.id_of("campaigns"))
    [live] = owner.simulator.objects("calendar-setting")
    assert live["survey"] == copy["id"]


def test_a_new_setting_shows_that_its_survey_is_yet_to_be_made(owner: Owner, survey: str) -> None:
    owner.declare(SURVEY, PHONEBOOK, CAMPAIGN, STARTED, setting(survey))
    [fields] = [c["fields"] for c in owner.plan()["changes"] if c["address"] == "calendar_setting.clinic"]
    assert {"path": "survey", "before": None, "after": "(known after apply)"} in fields
    owner.apply()
    owner.demand_nothing_to_do()


def test_a_copy_whose_list_is_refused_is_not_waited_for(owner: Owner, survey: str) -> None:
    """It was asked for again and again for two minutes."""
    owner.simulator.variants(forbidden_list="survey-list")
    owner.declare(SURVEY, PHONEBOOK, CAMPAIGN, STARTED, setting(survey))
    said = owner.apply()
    assert "the copy that starting campaign.tet makes cannot be looked up (GET survey-list/" in said.out
    asked = [each for each in owner.simulator.requests() if each["path"] == "/rest-api/survey-list/"]
    assert len(asked) <= 3
    owner.demand_nothing_to_do()
