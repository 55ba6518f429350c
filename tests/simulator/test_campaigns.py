"""docs/alice-api.md#side-effects: starting, freezing, subscribing, expiring, deleting."""

from datetime import UTC, datetime
from typing import Any

import pytest

from .client import Api

AFTER_EXPIRY = datetime(2027, 2, 1, tzinfo=UTC)
BEFORE_START = datetime(2027, 1, 10, tzinfo=UTC)


def subscribed(api: Api, campaign: int) -> list[str]:
    return [row["duplicate_contact"] for row in api.simulator.objects("subscriber-list", campaign=campaign)]


def test_a_new_campaign_is_paused_and_dials_nobody(api: Api) -> None:
    campaign = api.create("campaigns", phonebook=[api.phonebook_of("0934")])
    api.simulator.tick(600)
    assert campaign["status"] == 2
    assert (api.simulator.rings(), subscribed(api, campaign["id"])) == ([], [])


@pytest.mark.parametrize("status", [1, 2, 3, 4])
def test_any_of_four_statuses_can_follow_any(api: Api, status: int) -> None:
    campaign = api.create("campaigns")["id"]
    assert api.status(campaign, status).json() == {"status": status}
    assert api.one("campaigns", campaign)["status"] == status


@pytest.mark.parametrize("status", [5, 0, "started", None])
def test_other_statuses_cannot_be_asked_for(api: Api, status: Any) -> None:
    answer = api.status(api.create("campaigns")["id"], status)
    assert (answer.status_code, list(answer.json())) == (400, ["status"])


def test_the_status_of_an_unknown_campaign_is_a_json_404(api: Api) -> None:
    answer = api.status(999, 1)
    assert (answer.status_code, list(answer.json())) == (404, ["detail"])


def test_status_answer_may_be_the_object_or_nothing(api: Api) -> None:
    campaign = api.create("campaigns")["id"]
    api.simulator.variants(status_answer="object")
    assert api.status(campaign, 3).json()["name"] == "Tet"
    api.simulator.variants(status_answer="empty")
    answer = api.status(campaign, 2)
    assert (answer.status_code, answer.content) == (204, b"")


def test_status_delay_lets_the_old_status_stand_for_a_while(api: Api) -> None:
    campaign = api.create("campaigns", phonebook=[api.phonebook_of("0934")])["id"]
    api.simulator.variants(status_delay=30)
    assert api.status(campaign, 1).json() == {"status": 1}
    assert (api.one("campaigns", campaign)["status"], subscribed(api, campaign)) == (2, [])
    api.simulator.clock(advance=31)
    assert api.one("campaigns", campaign)["status"] == 1
    assert subscribed(api, campaign) == ["0934"]


def test_starting_freezes_a_copy_whose_id_may_equal_the_templates(api: Api) -> None:
    survey = api.create("survey-template")["id"]
    section = api.create("section-template", survey=survey)["id"]
    campaign = api.started_campaign(object_id=survey)["id"]
    sealed = api.rows("survey-list")[0]
    assert (sealed["name"], sealed["tts_language"], sealed["campaign"]) == ("Welcome", "vi", campaign)
    assert api.one("campaigns", campaign)["object_id"] == sealed["id"] == survey
    api.put("section-template", section, script="Changed")
    assert [row["script"] for row in api.simulator.objects("sealed-section", survey=sealed["id"])] == ["Greeting"]


def test_starting_again_does_not_freeze_again(api: Api) -> None:
    campaign = api.started_campaign()["id"]
    for status in (2, 1):
        api.status(campaign, status)
    assert len(api.rows("survey-list")) == 1


def test_object_id_may_stay_the_templates(api: Api) -> None:
    api.simulator.variants(object_id="unchanged")
    campaign = api.started_campaign()["id"]
    assert api.one("campaigns", campaign)["object_id"] == 350
    assert len(api.rows("survey-list")) == 1


def test_freeze_never_shows_no_sealed_survey_but_dials(api: Api) -> None:
    api.simulator.variants(freeze="never")
    campaign = api.started_campaign("0934")["id"]
    assert (api.rows("survey-list"), api.one("campaigns", campaign)["object_id"]) == ([], 350)
    assert api.simulator.tick(60) == 1


def test_a_delayed_freeze_comes_after_the_delay_inside_the_window_only(api: Api) -> None:
    api.simulator.variants(freeze="delayed", freeze_delay=20)
    api.simulator.clock(BEFORE_START)
    campaign = api.started_campaign("0934")["id"]
    api.simulator.clock(advance=3600)
    assert (api.rows("survey-list"), subscribed(api, campaign)) == ([], [])
    api.simulator.clock(datetime(2027, 1, 25, tzinfo=UTC))
    assert len(api.rows("survey-list")) == 1
    assert subscribed(api, campaign) == ["0934"]


def test_a_delayed_freeze_waits_for_its_delay(api: Api) -> None:
    api.simulator.variants(freeze="delayed", freeze_delay=20)
    api.started_campaign("0934")
    assert api.rows("survey-list") == []
    api.simulator.clock(advance=21)
    assert len(api.rows("survey-list")) == 1


def test_starting_with_a_dangling_survey_crashes_after_the_status_is_saved(api: Api) -> None:
    campaign = api.create("campaigns", object_id=999999)["id"]
    answer = api.status(campaign, 1)
    assert (answer.status_code, answer.headers["Content-Type"][:9]) == (500, "text/html")
    assert api.one("campaigns", campaign)["status"] == 1
    assert api.simulator.tick(60) == 0


@pytest.mark.parametrize("variants", [{"freeze": "delayed", "freeze_delay": 0}, {"status_delay": 1}])
def test_a_dangling_survey_crashes_in_the_background_without_a_word(api: Api, variants: dict[str, object]) -> None:
    api.simulator.variants(**variants)
    campaign = api.create("campaigns", object_id=999999)["id"]
    assert api.status(campaign, 1).status_code == 200
    api.simulator.clock(advance=5)
    assert api.one("campaigns", campaign)["status"] == 1
    assert api.rows("survey-list") == []


def test_a_survey_can_be_sealed_in_the_web_page_without_a_campaign(api: Api) -> None:
    sealed = api.simulator.create("survey-list", name="Sealed by hand")["id"]
    assert api.one("survey-list", sealed)["campaign"] is None


def test_only_active_contacts_are_subscribed_and_a_number_twice_is_called_twice(api: Api) -> None:
    first, second = api.phonebook_of("0934", "0934"), api.phonebook_of("0934")
    api.create("contact", phonebook=first, contact="0935", status=0)
    campaign = api.create("campaigns", phonebook=[first, second])["id"]
    api.status(campaign, 1)
    assert subscribed(api, campaign) == ["0934", "0934", "0934"]


def test_a_contact_created_while_the_campaign_runs_is_subscribed_at_once(api: Api) -> None:
    campaign = api.started_campaign()
    phonebook = campaign["phonebook"][0]
    api.create("contact", phonebook=phonebook, contact="0934")
    api.create("contact", phonebook=phonebook, contact="0935", status=0)
    rows = [{"contact": "0936", "status": 1}]
    api.send("POST", "bulkcontact/", {"phonebook": phonebook, "contacts": rows})
    assert subscribed(api, campaign["id"]) == ["0934", "0936"]


def test_a_contact_added_while_paused_is_never_dialled(api: Api) -> None:
    campaign = api.started_campaign("0934")
    api.status(campaign["id"], 2)
    api.create("contact", phonebook=campaign["phonebook"][0], contact="0935")
    api.status(campaign["id"], 1)
    api.simulator.tick(600)
    assert [ring["number"] for ring in api.simulator.rings()] == ["0934"]


def test_a_phonebook_attached_later_is_imported_at_the_next_tick_and_only_once(api: Api) -> None:
    campaign = api.started_campaign("0934")
    added = api.phonebook_of("0935")
    both = [*campaign["phonebook"], added]
    api.put("campaigns", campaign["id"], phonebook=both)
    assert subscribed(api, campaign["id"]) == ["0934"]
    api.simulator.tick(0)
    assert subscribed(api, campaign["id"]) == ["0934", "0935"]


def test_what_is_done_to_contacts_takes_no_subscriber_back(api: Api) -> None:
    campaign = api.started_campaign("0934", "0935", "0936")
    first, second, _ = (row["id"] for row in api.rows("contact"))
    api.simulator.variants(delete="all")
    api.put("contact", first, contact="0999", status=0)
    api.send("DELETE", f"contact/{second}/")
    api.put("campaigns", campaign["id"], phonebook=[])
    api.send("DELETE", f"phonebook/{campaign['phonebook'][0]}/")
    assert subscribed(api, campaign["id"]) == ["0934", "0935", "0936"]
    api.simulator.tick(60)
    assert len(api.simulator.rings()) == 3


def test_activation_subscribes_only_where_the_variant_says_so(api: Api) -> None:
    campaign = api.started_campaign()
    phonebook = campaign["phonebook"][0]
    ids = [api.create("contact", phonebook=phonebook, contact=number, status=0)["id"] for number in ("0934", "0935")]
    api.put("contact", ids[0], contact="0934", status=1)
    api.simulator.variants(activation="subscribes")
    api.put("contact", ids[1], contact="0935", status=1)
    assert subscribed(api, campaign["id"]) == ["0935"]


def test_max_subscribers_cuts_an_import_off(api: Api) -> None:
    api.simulator.variants(max_subscribers=2)
    campaign = api.started_campaign("1", "2", "3")
    assert subscribed(api, campaign["id"]) == ["1", "2"]


def test_subscribers_read_as_number_or_id(api: Api) -> None:
    campaign = api.started_campaign("0934")
    row = api.rows("subscriber-list")[0]
    assert (row["contact"], row["campaign"], row["status"]) == ("0934", campaign["id"], 1)
    api.simulator.variants(subscriber_contact="id")
    assert api.rows("subscriber-list")[0]["contact"] == api.rows("contact")[0]["id"]


def test_an_expired_campaign_turns_into_4_and_starting_it_flaps(api: Api) -> None:
    campaign = api.started_campaign()["id"]
    paused = api.create("campaigns", name="paused")["id"]
    api.simulator.clock(AFTER_EXPIRY)
    assert [api.one("campaigns", id)["status"] for id in (campaign, paused)] == [4, 4]
    assert api.status(campaign, 1).json() == {"status": 1}
    assert api.one("campaigns", campaign)["status"] == 4


def test_a_deleted_campaign_leaves_its_sealed_survey_and_its_subscribers(api: Api) -> None:
    campaign = api.started_campaign("0934")["id"]
    assert api.send("DELETE", f"campaigns/{campaign}/").status_code == 204
    assert [row["campaign"] for row in api.rows("survey-list")] == [None]
    assert api.rows("subscriber-list") == []
    assert [row["campaign"] for row in api.simulator.objects("subscriber-list")] == [None]
    assert api.simulator.tick(600) == 0


def test_a_deleted_dnc_list_takes_the_campaigns_that_use_it_along(api: Api) -> None:
    dnc, campaign = api.create("dnc-list")["id"], api.create("campaigns")["id"]
    api.simulator.change("campaigns", campaign, dnc=dnc)
    api.simulator.variants(delete="all")
    api.send("DELETE", f"dnc-list/{dnc}/")
    assert api.get(f"campaigns/{campaign}/").status_code == 404


def test_a_deleted_survey_template_leaves_campaigns_dangling(api: Api) -> None:
    survey = api.create("survey-template")["id"]
    campaign = api.create("campaigns", object_id=survey)["id"]
    api.create("section-template", survey=survey)
    api.simulator.variants(delete="all")
    api.send("DELETE", f"survey-template/{survey}/")
    assert api.one("campaigns", campaign)["object_id"] == survey
    assert api.rows("section-template") == []
