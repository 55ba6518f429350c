"""docs/alice-api.md#values-that-come-back-changed."""

import json
import unicodedata
from typing import Any

import pytest

from .client import Api


def test_every_body_has_an_integer_id_and_the_owners_id(api: Api) -> None:
    for kind in ("survey-template", "phonebook", "campaigns", "dnc-list"):
        body = api.create(kind)
        assert isinstance(body["id"], int)
        assert body["user"] == 203


def test_a_gateway_reads_like_alices_sample(api: Api) -> None:
    gateway = api.one("gateway", 23)
    assert list(gateway)[:4] == ["id", "name", "status", "description"]
    assert (gateway["subdomain"], gateway["gateway_timeouts"], gateway["failover"]) == ("company", "10", None)
    assert gateway["created_date"] == "2027-01-25T03:00:00" + gateway["created_date"][19:]
    assert len(gateway["created_date"]) == len("2019-12-26T04:17:12.673711Z")


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("2027-01-25T09:36:39.045+07:00", "2027-01-25T02:36:39.045000Z"),
        ("2027-01-25T02:36:39.000Z", "2027-01-25T02:36:39Z"),
        ("2027-01-25 02:36", "2027-01-25T02:36:00Z"),
    ],
)
def test_instants_read_back_in_utc_and_lose_a_fraction_of_zero(api: Api, sent: str, read: str) -> None:
    assert api.create("campaigns", startingdate=sent)["startingdate"] == read


@pytest.mark.parametrize(
    ("choice", "read"),
    [
        ("milliseconds", "2027-01-25T02:36:39.000Z"),
        ("microseconds", "2027-01-25T02:36:39.000000Z"),
        ("offset", "2027-01-25T09:36:39+07:00"),
    ],
)
def test_datetimes_may_take_other_forms(api: Api, choice: str, read: str) -> None:
    api.simulator.variants(datetimes=choice)
    assert api.create("campaigns", startingdate="2027-01-25T02:36:39Z")["startingdate"] == read


def test_a_time_reads_back_with_seconds(api: Api) -> None:
    assert api.create("campaigns", daily_start_time="21:00")["daily_start_time"] == "21:00:00"


def test_text_is_trimmed_and_a_number_sent_as_text_becomes_one(api: Api) -> None:
    body = api.create("phonebook", name="  VIP \n", description="line\n")
    assert (body["name"], body["description"]) == ("VIP", "line")
    assert api.create("campaigns", frequency="7")["frequency"] == 7


def test_a_telephone_number_stays_as_it_was_sent(api: Api) -> None:
    phonebook = api.phonebook_of()
    assert api.create("contact", phonebook=phonebook, contact="+84 934-890-883")["contact"] == "+84 934-890-883"
    api.simulator.variants(phone_text="digits")
    assert api.create("contact", phonebook=phonebook, contact="+84 934-890-883")["contact"] == "84934890883"


@pytest.mark.parametrize(
    ("choice", "kept"),
    [
        ("verbatim", "+84 934-890-883"),
        ("digits", "84934890883"),
        ("e164", "+84 934-890-883"),
    ],
)
def test_a_number_of_a_do_not_call_list_is_kept_in_a_form_of_the_servers(api: Api, choice: str, kept: str) -> None:
    api.simulator.variants(dnc_text=choice)
    dnc = api.create("dnc-list")["id"]
    assert api.create("dnc-contact", dnc=dnc, phone_number="+84 934-890-883")["phone_number"] == kept
    of_here = {"verbatim": "0934890885", "digits": "0934890885", "e164": "+84934890885"}[choice]
    assert api.create("dnc-contact", dnc=dnc, phone_number="0934890885")["phone_number"] == of_here


@pytest.mark.parametrize(
    ("choice", "kept"),
    [
        ("verbatim", "0934-890-883"),
        ("digits", "0934890883"),
        ("e164", "+84934890883"),
        ("no-zero", "934890883"),
        ("masked", "0934***3"),
    ],
)
def test_an_alarms_number_is_kept_in_a_form_of_the_servers(api: Api, choice: str, kept: str) -> None:
    event = api.calendar_chain()["event"]
    api.simulator.variants(alarm_text=choice)
    body = {"event": event, "date_start_notice": "2027-02-14T02:00:00Z", "alarm_phonenumber": "0934-890-883"}
    assert api.create("alarm", **body)["alarm_phonenumber"] == kept


@pytest.mark.parametrize(
    ("choice", "email", "name"),
    [
        ("kept", "Mai@Khach.example", "mai  Lê & bé"),
        ("lower-email", "mai@khach.example", "mai  Lê & bé"),
        ("title-case", "Mai@Khach.example", "Mai  Lê & Bé"),
        ("upper-case", "Mai@Khach.example", "MAI  LÊ & BÉ"),
        ("escaped", "Mai@Khach.example", "mai  Lê &amp; bé"),
        ("collapsed", "Mai@Khach.example", "mai Lê & bé"),
        ("cut", "Mai@Khach.example", "mai"),
        ("ascii", "Mai@Khach.example", "mai  L? & b?"),
        ("decomposed", "Mai@Khach.example", unicodedata.normalize("NFD", "mai  Lê & bé")),
        ("stripped", "Mai@Khach.example", "mai  Le & be"),
    ],
)
def test_the_texts_of_a_contact_are_kept_as_the_server_likes(api: Api, choice: str, email: str, name: str) -> None:
    api.simulator.variants(row_texts=choice)
    sent = {"email": "Mai@Khach.example", "first_name": "mai  Lê & bé"}
    contact = api.create("contact", phonebook=api.phonebook_of(), **sent)
    assert (contact["email"], contact["first_name"]) == (email, name)


@pytest.mark.parametrize(
    ("choice", "kept"),
    [
        ("kept", {"code": "007", "amount": "5.50", "who": "customer"}),
        ("numbers", {"code": 7, "amount": 5.5, "who": "customer"}),
        ("cut", {"code": "007", "amount": "5.50", "who": "cust"}),
    ],
)
def test_the_variables_of_a_contact_are_kept_as_the_server_likes(api: Api, choice: str, kept: dict[str, Any]) -> None:
    api.simulator.variants(row_variables=choice)
    sent = json.dumps({"code": "007", "amount": "5.50", "who": "customer"})
    contact = api.create("contact", phonebook=api.phonebook_of(), additional_vars=sent)
    assert json.loads(contact["additional_vars"]) == kept


def test_a_missing_country_reads_back_empty(api: Api) -> None:
    contact = api.create("contact", phonebook=api.phonebook_of(), country=None)
    assert (contact["country"], contact["email"]) == ("", None)


def test_text_empty_null_reads_empty_texts_as_null(api: Api) -> None:
    phonebook = api.create("phonebook", description="")
    assert phonebook["description"] == ""
    api.simulator.variants(text_empty="null")
    assert api.one("phonebook", phonebook["id"])["description"] is None
    assert api.create("contact", phonebook=phonebook["id"])["country"] is None


@pytest.mark.parametrize(
    ("choice", "phonebooks", "gateway"),
    [
        ("int", [293], 23),
        ("str", ["293"], "23"),
        ("url", ["{endpoint}/phonebook/293/"], "{endpoint}/gateway/23/"),
        ("nested", [{"id": 293}], {"id": 23}),
    ],
)
def test_relations_read_back_in_four_forms_and_are_written_as_ids(
    api: Api, choice: str, phonebooks: list[Any], gateway: Any
) -> None:
    api.simulator.variants(relations=choice)
    campaign = api.create("campaigns", phonebook=[api.create("phonebook")["id"]])
    texts = json.loads(json.dumps([phonebooks, gateway]).replace("{endpoint}", api.simulator.endpoint))
    assert [campaign["phonebook"], campaign["aleg_gateway"]] == texts


def test_a_relation_may_be_sent_as_numeric_text(api: Api) -> None:
    dnc = api.create("dnc-list")["id"]
    assert api.create("dnc-contact", dnc=str(dnc))["dnc"] == dnc


def test_dnc_relation_string_refuses_an_integer(api: Api) -> None:
    dnc = api.create("dnc-list")["id"]
    api.simulator.variants(dnc_relation="string")
    assert api.post("dnc-contact", dnc=dnc).json() == {"dnc": ["Not a valid string."]}
    assert api.post("dnc-contact", dnc=str(dnc)).status_code == 201


@pytest.mark.parametrize(
    ("choice", "read"),
    [("id", 203), ("username", "demo"), ("url", "{endpoint}/users/203/"), ("nested", {"id": 203})],
)
def test_user_field_chooses_how_the_owner_reads_back(api: Api, choice: str, read: Any) -> None:
    api.simulator.variants(user_field=choice)
    expected = read.replace("{endpoint}", api.simulator.endpoint) if isinstance(read, str) else read
    assert api.create("phonebook")["user"] == expected


def test_user_field_may_be_absent_except_where_it_is_a_calendar_user(api: Api) -> None:
    chain = api.calendar_chain()
    api.simulator.variants(user_field="absent")
    assert "user" not in api.create("phonebook")
    assert api.one("calendar", chain["calendar"])["user"] == chain["calendar-user"]


@pytest.mark.parametrize("sent", ['{"policy_no": "7"}', {"policy_no": "7"}])
def test_additional_vars_go_in_as_text_or_object(api: Api, sent: Any) -> None:
    contact = api.create("contact", phonebook=api.phonebook_of(), additional_vars=sent)
    assert json.loads(contact["additional_vars"]) == {"policy_no": "7"}
    api.simulator.variants(additional_vars="object")
    assert api.one("contact", contact["id"])["additional_vars"] == {"policy_no": "7"}
    api.simulator.variants(additional_vars="null")
    assert api.one("contact", contact["id"])["additional_vars"] is None


def test_additional_vars_must_be_json_and_empty_is_null(api: Api) -> None:
    phonebook = api.phonebook_of()
    assert list(api.post("contact", phonebook=phonebook, additional_vars="{bad").json()) == ["additional_vars"]
    assert api.create("contact", phonebook=phonebook, additional_vars="")["additional_vars"] is None


def test_a_sections_script_is_overwritten_by_its_question_on_create_only(api: Api) -> None:
    survey = api.create("survey-template")["id"]
    section = api.create("section-template", survey=survey, question="Greeting", script="Hello")
    assert section["script"] == "Greeting"
    assert api.put("section-template", section["id"], script="Hello").json()["script"] == "Hello"
    api.simulator.variants(script_on_create="kept")
    assert api.create("section-template", survey=survey, script="Hello")["script"] == "Hello"


def test_the_first_section_created_has_the_lowest_order_and_order_cannot_be_set(api: Api) -> None:
    survey = api.create("survey-template")["id"]
    orders = [api.create("section-template", survey=survey, order=1)["order"] for _ in range(3)]
    assert orders == sorted(set(orders))


def test_unknown_and_read_only_keys_are_ignored(api: Api) -> None:
    body = api.create("phonebook", id=7, user=104, created_date="2020-01-01T00:00:00Z", colour="red")
    assert (body["id"], body["user"]) == (293, 203)
    assert not body["created_date"].startswith("2020")
    assert "colour" not in body
