"""docs/alice-api.md#writes: required fields, lengths, choices, rules, create answers, the kinds of PUT."""

from typing import Any

import pytest

from .client import DEFAULTS, Api

REQUIRED = {
    "survey-template": {"name"},
    "section-template": {"type", "survey", "question"},
    "phonebook": {"name"},
    "contact": {"phonebook", "contact", "status"},
    "dnc-list": {"name"},
    "dnc-contact": {"dnc", "phone_number"},
    "campaigns": set(DEFAULTS["campaigns"]),
    "calendar-setting": {"label", "call_timeout", "survey", "aleg_gateway"},
    "calendar-user": {"username", "password", "calendar_setting"},
    "calendar": {"name", "user"},
    "event": {"title", "start", "end", "creator", "calendar"},
    "alarm": {"alarm_phonenumber", "event"},
}


@pytest.mark.parametrize("kind", REQUIRED)
def test_what_alices_page_calls_required_is_required(api: Api, kind: str) -> None:
    answer = api.send("POST", f"{kind}/", {})
    assert (answer.status_code, set(answer.json())) == (400, REQUIRED[kind])


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("survey-template", "name", "x" * 91),
        ("survey-template", "tts_language", "xx"),
        ("section-template", "question", "x" * 501),
        ("section-template", "type", 11),
        ("phonebook", "name", ""),
        ("contact", "contact", "0" * 91),
        ("contact", "email", "not an address"),
        ("contact", "country", "XX"),
        ("contact", "status", 2),
        ("contact", "first_name", "x" * 121),
        ("contact", "phonebook", 999),
        ("dnc-list", "name", "x" * 51),
        ("dnc-contact", "phone_number", "0" * 121),
        ("campaigns", "name", "x" * 101),
        ("campaigns", "callerid", "x" * 81),
        ("campaigns", "phonebook", 293),
        ("campaigns", "phonebook", [999]),
        ("campaigns", "aleg_gateway", 25),
        ("campaigns", "object_id", -1),
        ("campaigns", "startingdate", "tomorrow"),
        ("calendar-setting", "label", "x" * 81),
        ("calendar-user", "username", "two words"),
        ("calendar", "name", "x" * 201),
        ("event", "title", "x" * 256),
        ("alarm", "alarm_phonenumber", "0" * 51),
    ],
)
def test_lengths_choices_and_foreign_objects_are_field_errors(api: Api, kind: str, field: str, value: Any) -> None:
    answer = api.post(kind, **{field: value})
    assert answer.status_code == 400
    assert field in answer.json()


def test_nearly_nothing_is_unique(api: Api) -> None:
    phonebook, dnc = api.phonebook_of(), api.create("dnc-list")["id"]
    for _ in range(2):
        api.create("phonebook")
        api.create("survey-template")
        api.create("contact", phonebook=phonebook)
        api.create("dnc-contact", dnc=dnc)


def test_contact_unique_refuses_a_number_twice_in_one_phonebook(api: Api) -> None:
    phonebook = api.phonebook_of("0934890883")
    api.simulator.variants(contact_unique="on")
    assert list(api.post("contact", phonebook=phonebook).json()) == ["non_field_errors"]
    assert api.post("contact", phonebook=api.create("phonebook")["id"]).status_code == 201
    own = api.rows("contact", phonebook=phonebook)[0]["id"]
    assert api.put("contact", own, contact="0934890883", status=1).status_code == 200


def test_a_campaigns_name_must_be_new_on_post_but_not_on_put(api: Api) -> None:
    first, other = api.create("campaigns", name="one"), api.create("campaigns", name="two")
    answer = api.post("campaigns", name="one")
    assert (answer.status_code, answer.json()) == (400, {"non_field_errors": ["The Campaign name duplicated!"]})
    assert api.put("campaigns", other["id"], name="one").status_code == 200
    api.simulator.variants(campaign_name_rule="off")
    assert api.post("campaigns", name="one").status_code == 201
    api.simulator.variants(campaign_name_rule="always")
    assert api.put("campaigns", first["id"], name="one").status_code == 400


def test_rules_are_checked_only_after_the_fields(api: Api) -> None:
    api.create("campaigns")
    assert list(api.post("campaigns", frequency="fast").json()) == ["frequency"]
    assert list(api.post("campaigns").json()) == ["non_field_errors"]


def test_frequency_has_a_limit(api: Api) -> None:
    assert api.post("campaigns", frequency=101).json() == {"non_field_errors": ["Frequency limit of 100 exceeded."]}
    api.simulator.variants(max_frequency=200)
    assert api.post("campaigns", frequency=101).status_code == 201


def test_at_the_limit_of_campaigns_updates_are_refused_too(api: Api) -> None:
    api.simulator.variants(max_campaigns=2)
    first = api.create("campaigns", name="one")["id"]
    api.create("campaigns", name="two")
    for answer in (api.post("campaigns", name="three"), api.put("campaigns", first, description="changed")):
        assert answer.json() == {"non_field_errors": ["Too many campaigns. Max allowed 2"]}


def test_nothing_checks_dates_survey_or_emptiness_of_a_campaign(api: Api) -> None:
    odd = {"startingdate": "2030-01-01T00:00:00Z", "expirationdate": "2020-01-01T00:00:00Z", "object_id": 999999}
    assert api.post("campaigns", phonebook=[], **odd).status_code == 201


@pytest.mark.parametrize(("choice", "text"), [("no-id", None), ("empty", "{}"), ("blank", "")])
def test_a_create_may_answer_without_an_id(api: Api, choice: str, text: str | None) -> None:
    api.simulator.variants(create_answer=choice)
    answer = api.post("phonebook")
    assert answer.status_code == 201
    assert "id" not in answer.text.replace("created", "")
    assert text is None or answer.text == text
    assert len(api.rows("phonebook")) == 1


def test_an_answer_may_show_only_the_id_or_what_was_sent(api: Api) -> None:
    survey = api.create("survey-template")["id"]
    section = {"survey": survey, "type": 1, "question": "Q", "script": "S"}
    api.simulator.variants(create_answer="id", put_answer="empty")
    number = api.post("section-template", **section).json()["id"]
    assert api.put("section-template", number, script="T").json() == {}
    api.simulator.variants(create_answer="sent", put_answer="sent", immutable_fields="section-template.script")
    answer = api.post("section-template", **section).json()
    assert api.put("section-template", answer["id"], script="T").json()["script"] == "T"
    assert answer["script"] == "S" and api.simulator.row("section-template", answer["id"])["script"] == "Q"


def test_create_status_200(api: Api) -> None:
    api.simulator.variants(create_status="200")
    assert api.post("phonebook").status_code == 200


def test_a_partial_put_keeps_what_it_is_not_sent(api: Api) -> None:
    campaign = api.create("campaigns", description="kept", phonebook=[api.phonebook_of()])
    after = api.put("campaigns", campaign["id"], name="Renamed").json()
    changed = {name for name in campaign if campaign[name] != after[name]}
    assert changed == {"name", "updated_date"}
    contact = api.create("contact", phonebook=campaign["phonebook"][0], first_name="Linh")
    assert api.put("contact", contact["id"], contact="0935", status=0).json()["first_name"] == "Linh"


def test_a_put_of_an_undocumented_kind_is_drfs_own_and_wants_the_required_fields(api: Api) -> None:
    survey = api.create("survey-template", description="kept")["id"]
    assert list(api.put("survey-template", survey, description="x").json()) == ["name"]
    assert api.put("survey-template", survey, name="New").json()["description"] == "kept"


def test_a_strict_put_asks_for_every_required_field(api: Api) -> None:
    campaign = api.create("campaigns")
    api.simulator.variants(put="strict")
    answer = api.put("campaigns", campaign["id"], name="Renamed")
    assert set(answer.json()) == REQUIRED["campaigns"] - {"name"}
    assert api.put("campaigns", campaign["id"], **DEFAULTS["campaigns"]).status_code == 200


def test_a_resetting_put_resets_what_it_is_not_sent(api: Api) -> None:
    campaign = api.started_campaign("0934", description="kept", callerid="19001234")
    api.simulator.variants(put="resetting")
    body = {"name": "Tet", "aleg_gateway": 23, "object_id": campaign["object_id"]}
    after = api.put("campaigns", campaign["id"], **body).json()
    assert (after["status"], after["phonebook"], after["frequency"]) == (2, [], 10)
    assert after["startingdate"].startswith("2027-01-25T03:00")
    assert (after["callerid"], after["description"]) == ("", "kept")
    assert set(api.put("campaigns", campaign["id"]).json()) == {"name", "aleg_gateway", "object_id"}


def test_a_resetting_put_can_set_the_status_it_is_sent(api: Api) -> None:
    campaign = api.started_campaign()
    api.simulator.variants(put="resetting")
    body = {**DEFAULTS["campaigns"], "phonebook": campaign["phonebook"], "status": 1}
    assert api.put("campaigns", campaign["id"], **body).json()["status"] == 1


def test_a_resetting_put_rings_an_alarm_again(api: Api) -> None:
    event = api.calendar_chain()["event"]
    alarm = api.create("alarm", event=event)
    api.simulator.tick()
    api.simulator.variants(put="resetting")
    api.put("alarm", alarm["id"], alarm_phonenumber="0934890883", event=event)
    api.simulator.tick()
    assert len([ring for ring in api.simulator.rings() if ring["cause"] == "alarm"]) == 2


def test_a_put_on_an_unknown_id_is_a_404_or_creates(api: Api) -> None:
    assert api.put("phonebook", 999, name="New").status_code == 404
    api.simulator.variants(put_missing="creates")
    assert api.put("phonebook", 999, name="New").json()["id"] == 293


def test_immutable_fields_are_ignored_with_a_200(api: Api) -> None:
    survey = api.create("survey-template")["id"]
    campaign, section = api.create("campaigns"), api.create("section-template", survey=survey)
    api.simulator.variants(immutable_fields="campaigns.aleg_gateway,section-template.question")
    answer = api.put("campaigns", campaign["id"], aleg_gateway=24, name="Renamed")
    assert (answer.status_code, answer.json()["aleg_gateway"], answer.json()["name"]) == (200, 23, "Renamed")
    assert api.put("section-template", section["id"], question="Other").json()["question"] == "Greeting"


def test_status_is_not_part_of_a_campaigns_body_unless_it_is_writable(api: Api) -> None:
    assert api.create("campaigns", name="one", status=1)["status"] == 2
    api.simulator.variants(status_field="writable")
    two = api.create("campaigns", name="two", status=1, phonebook=[api.phonebook_of("0934")])
    assert two["status"] == 1
    assert [row["campaign"] for row in api.rows("subscriber-list")] == [two["id"]]
    assert api.put("campaigns", two["id"], status=3).json()["status"] == 3
