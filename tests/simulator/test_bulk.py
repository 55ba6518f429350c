"""bulkcontact: errors inside a 200, rows in turn until one is refused. See docs/alice-api.md#bulk-contacts."""

from typing import Any

import pytest

from .client import Api


def bulk(api: Api, phonebook: int, *numbers: str, **fields: Any) -> Any:
    rows = [{"contact": number, "status": 1, **fields} for number in numbers]
    return api.send("POST", "bulkcontact/", {"phonebook": phonebook, "contacts": rows})


def numbers_of(api: Api, phonebook: int) -> list[str]:
    return [row["contact"] for row in api.simulator.objects("contact", phonebook=phonebook)]


def test_bulk_answers_neither_ids_nor_counts(api: Api) -> None:
    phonebook = api.phonebook_of()
    answer = bulk(api, phonebook, "0934", "0935")
    assert (answer.status_code, answer.json()) == (200, {"result": "Bulk contacts are created"})
    assert numbers_of(api, phonebook) == ["0934", "0935"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "Phonebook is not selected!"),
        ({"phonebook": 292, "contacts": [{"contact": "1", "status": 1}]}, "Phonebook is not valid!"),
        ({"phonebook": "x", "contacts": [{"contact": "1", "status": 1}]}, "Phonebook is not valid!"),
        ({"phonebook": 293, "contacts": []}, "Data set is empty"),
        ({"phonebook": 293}, "Data set is empty"),
    ],
)
def test_errors_come_as_http_200(api: Api, body: dict[str, Any], error: str) -> None:
    api.create("phonebook")
    answer = api.send("POST", "bulkcontact/", body)
    assert (answer.status_code, answer.json()) == (200, {"error": error})


def test_bulk_stops_at_the_first_number_that_is_in_any_phonebook_and_keeps_the_rows_before(api: Api) -> None:
    api.phonebook_of("0935")
    target = api.phonebook_of()
    answer = bulk(api, target, "0934", "0935", "0936")
    assert (answer.status_code, answer.json()) == (200, {"error": "The contact duplicated (0935)!\n"})
    assert numbers_of(api, target) == ["0934"]


def test_a_number_twice_in_one_request_is_a_duplicate_too(api: Api) -> None:
    phonebook = api.phonebook_of()
    assert "error" in bulk(api, phonebook, "900", "900").json()
    assert numbers_of(api, phonebook) == ["900"]


def test_another_tenants_number_is_no_duplicate(api: Api) -> None:
    assert "result" in bulk(api, api.phonebook_of(), "0900000000").json()


@pytest.mark.parametrize(
    ("choice", "kept"),
    [
        ("any-phonebook", ["0934"]),
        ("same-phonebook", ["0934", "0935", "0936"]),
        ("allowed", ["0934", "0935", "0936"]),
        ("all-or-nothing", []),
    ],
)
def test_bulk_duplicates_chooses_what_counts_and_what_stays(api: Api, choice: str, kept: list[str]) -> None:
    api.phonebook_of("0935")
    target = api.phonebook_of()
    api.simulator.variants(bulk_duplicates=choice)
    bulk(api, target, "0934", "0935", "0936")
    assert numbers_of(api, target) == kept


def test_allowed_duplicates_may_be_within_the_request(api: Api) -> None:
    api.simulator.variants(bulk_duplicates="allowed")
    phonebook = api.phonebook_of()
    bulk(api, phonebook, "900", "900")
    assert numbers_of(api, phonebook) == ["900", "900"]


def test_duplicates_are_compared_as_they_are_stored(api: Api) -> None:
    api.simulator.variants(phone_text="digits")
    phonebook = api.phonebook_of("+84 934")
    assert bulk(api, phonebook, "84-934").json() == {"error": "The contact duplicated (84934)!\n"}


def test_bulk_fields_five_drops_description_and_variables(api: Api) -> None:
    phonebook = api.phonebook_of()
    extras = {"first_name": "Linh", "description": "a customer", "additional_vars": {"policy_no": "7"}}
    bulk(api, phonebook, "0934", **extras)
    api.simulator.variants(bulk_fields="all")
    bulk(api, phonebook, "0935", **extras)
    five, everything = api.rows("contact", phonebook=phonebook)
    assert (five["first_name"], five["description"], five["additional_vars"]) == ("Linh", None, None)
    assert (everything["description"], everything["additional_vars"]) == ("a customer", '{"policy_no": "7"}')


def test_an_invalid_row_ends_the_request_like_a_duplicate(api: Api) -> None:
    phonebook = api.phonebook_of()
    rows = [{"contact": "0934", "status": 1}, {"contact": "0935"}, {"contact": "0936", "status": 1}]
    answer = api.send("POST", "bulkcontact/", {"phonebook": phonebook, "contacts": rows})
    assert (answer.status_code, list(answer.json())) == (200, ["error"])
    assert numbers_of(api, phonebook) == ["0934"]


def test_bulk_answer_400_has_partial_rows_and_201_is_for_success(api: Api) -> None:
    phonebook = api.phonebook_of()
    api.simulator.variants(bulk_answer="400")
    answer = bulk(api, phonebook, "0934", "0934")
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert numbers_of(api, phonebook) == ["0934"]
    api.simulator.variants(bulk_answer="201")
    assert bulk(api, phonebook, "0935").status_code == 201
    assert bulk(api, phonebook, "0935").status_code == 200


def test_bulk_max_is_a_413_that_saves_nothing(api: Api) -> None:
    phonebook = api.phonebook_of()
    api.simulator.variants(bulk_max=2)
    answer = bulk(api, phonebook, "1", "2", "3")
    assert (answer.status_code, answer.headers["Content-Type"][:9]) == (413, "text/html")
    assert "result" in bulk(api, phonebook, "1", "2").json()
    assert numbers_of(api, phonebook) == ["1", "2"]


def test_max_contacts_is_checked_by_bulk_only(api: Api) -> None:
    phonebook = api.phonebook_of("1", "2")
    api.simulator.variants(max_contacts=2)
    assert "too many contacts" in bulk(api, phonebook, "3").json()["error"]
    api.create("contact", phonebook=phonebook, contact="3")


def test_a_thousand_rows_take_one_request_and_the_log_counts_them(api: Api) -> None:
    phonebook = api.phonebook_of()
    assert "result" in bulk(api, phonebook, *(f"09{number:08}" for number in range(1000))).json()
    last = api.simulator.requests()[-1]
    assert (last["path"], last["rows"], last["write"]) == ("/rest-api/bulkcontact/", 1000, True)
    assert len(numbers_of(api, phonebook)) == 1000


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"first_name": "Linh Chi", "last_name": "Huỳnh", "email": "linh@example.com"},
        {"first_name": "", "email": ""},
        {"first_name": " Linh "},
        {"first_name": "x" * 121},
        {"email": "Linh.Chi@example.com"},
        {"email": "linh@example"},
        {"email": "linh@exam_ple.com"},
        {"email": "a" * 70 + "@example.com"},
        {"status": "1"},
        {"status": True},
        {"status": 2},
        {"contact": " 0936 "},
        {"contact": ""},
    ],
)
def test_a_row_is_taken_in_bulk_as_it_is_taken_alone(api: Api, fields: dict[str, Any]) -> None:
    """Plain rows take a short cut past the serializer; what comes out must not show it."""
    alone, together = api.phonebook_of(), api.phonebook_of()
    api.simulator.variants(bulk_duplicates="same-phonebook")
    row = {"contact": "0936", "status": 1, **fields}
    api.send("POST", "contact/", {"phonebook": alone, **row})
    api.send("POST", "bulkcontact/", {"phonebook": together, "contacts": [row]})
    names = ("contact", "status", "first_name", "last_name", "email")
    kept = [[row[name] or "" for name in names] for row in api.simulator.objects("contact", phonebook=alone)]
    assert [[r[n] or "" for n in names] for r in api.simulator.objects("contact", phonebook=together)] == kept
