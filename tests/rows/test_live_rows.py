"""The server's rows in any form a server gives them. See docs/alice-api.md#lists."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner.errors import Inconsistent
from provisioner.model import Address
from provisioner.rows import live_rows
from provisioner.rows.sql import cleaned
from tests.rows.conftest import OPT_OUTS, VIP, Project

LEADS = Address("phonebook", "leads")


def live(project: Project, *columns: str, address: Address = VIP) -> list[Any]:
    return project.query(f"SELECT {', '.join(columns)} FROM {project.workspace.owned(address).live} ORDER BY id")


@pytest.mark.parametrize(
    "relation",
    [
        7,
        "7",
        "http://host/rest-api/phonebook/7/",
        "/rest-api/phonebook/7",
        {"id": 7, "name": "x"},
        {"url": "http://h/phonebook/7/"},
    ],
)
def test_a_relation_is_read_in_every_form(project: Project, relation: Any) -> None:
    project.live({"contact": "0934890883", "phonebook": relation})
    assert live(project, "id", "number") == [(1, 84934890883)]


@pytest.mark.parametrize("status", [1, "1", True])
def test_an_active_status_is_read_in_every_form(project: Project, status: Any) -> None:
    project.live({"contact": "0934890883", "status": status}, {"contact": "0934890884", "status": 0})
    assert live(project, "active") == [(True,), (False,)]


@pytest.mark.parametrize("status", [7, "paused", None, "", {"code": 0}])
def test_a_status_that_nobody_knows_counts_as_active(project: Project, status: Any) -> None:
    """It may be called: what is not known is not nothing."""
    project.live({"contact": "0934890883", "status": status}, {"contact": "0934890884"})
    assert live(project, "active") == [(True,), (True,)]


@pytest.mark.parametrize("relation", [None, "", {}, "somewhere", {"name": "VIP"}])
@pytest.mark.parametrize("address", [VIP, OPT_OUTS], ids=["phonebook", "list"])
def test_a_row_that_does_not_say_whose_it_is_is_there_and_left_alone(
    project: Project, relation: Any, address: Address
) -> None:
    field, parent = ("contact", "phonebook") if address is VIP else ("phone_number", "dnc")
    project.load(address=address, inline=({field: "0934890883"}, {field: "0934890884"}))
    project.live(
        {field: "0934890883", parent: relation, "status": 0, "first_name": "Lan"},
        {field: "0934890889", parent: relation, "status": 1},
        address=address,
    )
    change = project.workspace.difference(address)
    assert (change.add, change.change, change.remove, change.unchanged) == (1, 0, 0, 1)
    assert project.workspace.counts(address).unsure == (1 if address is VIP else 2)


def test_a_row_that_is_surely_ours_goes_before_one_that_is_not(project: Project) -> None:
    project.load(inline=({"contact": "0934890883"},))
    project.live({"contact": "0934890883", "phonebook": None, "status": 1}, {"contact": "0934890883", "status": 1})
    change = project.workspace.difference(VIP)
    assert (change.add, change.change, change.remove, change.unchanged) == (0, 0, 0, 1)


@pytest.mark.parametrize("text", ["\ufeff0934890883", " 0934890883\u200b", "\u00a0\u202a0934890883\u202c\n"])
def test_marks_that_nobody_sees_are_no_part_of_a_live_number(project: Project, text: str) -> None:
    project.load(inline=({"contact": "0934890883"},))
    project.live({"contact": text, "status": 1})
    assert live(project, "number") == [(84934890883,)]
    assert not project.workspace.difference(VIP).writes


@pytest.mark.parametrize("text", ["a\u2028b", '"', ",", "\ufeff", "0934890884 0934890885"])
def test_a_live_number_that_nobody_can_read_is_counted(project: Project, text: str) -> None:
    project.load(inline=({"contact": "0934890883"},), on_missing="keep")
    project.live({"contact": text, "status": 1}, {"contact": "0934890883", "status": 1})
    assert not project.workspace.difference(VIP).writes
    assert project.workspace.counts(VIP).unread == 1


@pytest.mark.parametrize(
    "found", ['{"b":"2","a":"1"}', '{ "a" : 1, "b": "2", "c": null }', {"a": "1", "b": 2, "c": ""}]
)
def test_variables_are_compared_as_parsed(project: Project, found: Any) -> None:
    project.live({"contact": "0934890883", "additional_vars": found})
    assert live(project, "variables") == [('{"a":"1","b":"2"}',)]


def test_variables_as_read_are_kept_for_the_put(project: Project) -> None:
    project.live({"contact": "0934890883", "additional_vars": '{"a": 1}'}, {"contact": "1", "additional_vars": None})
    assert live(project, "variables", "raw") == [('{"a":"1"}', '{"a": 1}'), ("{}", None)]


def test_texts_are_nfc_trimmed_and_null_is_empty(project: Project) -> None:
    project.live({"contact": " 0934890883 ", "first_name": "Ha\u0300 \n", "last_name": None})
    assert live(project, "sent", "first_name", "last_name") == [("0934890883", "Hà", "")]


def test_what_nobody_can_declare_is_kept_as_it_came(project: Project) -> None:
    odd = {"city": "Huế", "vip": False, "score": 1.5, "o'd\"d": {"id": 5}, "tags": [1]}
    project.live({"contact": "0934890883", **odd, "state": None, "created_date": "2027"}, {"contact": "0934890884"})
    (first,), (second,) = live(project, "rest")
    assert json.loads(first) == {**odd, "state": None}
    assert set(json.loads(second).values()) == {None}


def test_keys_that_differ_in_capitals_only_are_one(project: Project) -> None:
    project.live({"contact": "0934890883", "CITY": "Huế", "city": "Huế", "Contact": "another"})
    [(rest,)] = live(project, "rest")
    assert list(json.loads(rest).values()) == ["Huế"]


def test_an_id_may_be_in_the_url_only(project: Project) -> None:
    page = [{"url": "http://host/rest-api/contact/99/", "phonebook": 7, "contact": "0934890883"}]
    project.workspace.load_live({VIP: 7}, [page], region="VN")
    assert live(project, "id") == [(99,)]


def test_rows_without_any_id_cannot_be_compared(project: Project) -> None:
    with pytest.raises(Inconsistent):
        project.workspace.load_live({VIP: 7}, [[{"phonebook": 7, "contact": "0934890883"}]])


def test_rows_of_other_parents_are_dropped_and_counted(project: Project) -> None:
    page = [
        {"id": number, "phonebook": number % 3, "contact": f"093489{number:04d}", "status": 1} for number in range(9)
    ]
    report = project.workspace.load_live({VIP: 1}, [page[:4], [], page[4:]], region="VN")[VIP]
    assert (report.rows, report.foreign) == (3, 6)


def test_one_listing_serves_several_phonebooks(project: Project) -> None:
    page = [
        {"id": number, "phonebook": number % 3, "contact": f"093489{number:04d}", "status": 1} for number in range(9)
    ]
    reports = project.workspace.load_live({VIP: 1, LEADS: 2}, iter([page]), region="VN")
    assert {address.key: report.rows for address, report in reports.items()} == {"vip": 3, "leads": 3}
    assert live(project, "id", address=LEADS) == [(2,), (5,), (8,)]


def test_a_row_that_two_pages_repeat_is_one_row_as_last_seen(project: Project) -> None:
    row = {"id": 1, "phonebook": 7, "contact": "0934890883", "first_name": "Old"}
    pages = [[row], [{**row, "first_name": "New"}]]
    assert project.workspace.load_live({VIP: 7}, pages, region="VN")[VIP].rows == 1
    assert live(project, "first_name") == [("New",)]


def test_answers_replace_what_was_read_under_their_ids(project: Project) -> None:
    project.live({"contact": "0934890883", "first_name": "Old"}, {"contact": "0934890884"})
    project.workspace.merge_live(VIP, 7, [[{"id": 1, "phonebook": 7, "contact": "0934890883", "first_name": "New"}]])
    assert live(project, "id", "first_name") == [(1, "New"), (2, "")]


def test_numbers_of_a_dnc_list_are_kept_as_their_text(project: Project) -> None:
    project.live({"phone_number": "+84 934890883"}, {"phone_number": "abc"}, address=OPT_OUTS)
    assert live(project, "sent", "number", address=OPT_OUTS) == [("+84 934890883", 84934890883), ("abc", None)]


def test_odd_texts_come_through_whole(project: Project) -> None:
    odd = 'quote " comma , line\nbreak \\ slash \u0001 \u2028 😀 {"a":1} ]'
    project.live({"contact": "0934890883", "description": odd, "additional_vars": {"k": odd}})
    assert live(project, "description", "variables") == [(odd, live_rows.canonical({"k": odd}))]


TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(TEXTS, TEXTS, min_size=1, max_size=4))
def test_variables_in_sql_are_the_text_that_python_makes(project_free: Any, mapping: dict[str, str]) -> None:
    names = {name: f"cleaned_{index}" for index, name in enumerate(mapping)}
    trimmed = [live_rows._text(value) for value in mapping.values()]
    columns = ", ".join(f"?::VARCHAR AS {column}" for column in names.values())
    found = project_free.execute(f"SELECT {live_rows.composed(names)} FROM (SELECT {columns})", trimmed).fetchall()
    assert found == [(live_rows.canonical(mapping),)]
    assert live_rows.canonical(orjson.dumps(mapping).decode()) == live_rows.canonical(mapping)


def test_a_cell_is_cleaned_in_sql_as_in_python(project_free: Any) -> None:
    """Any character of the first quarter of the plane, which has all blanks, alone and at either end."""
    marks = [mark for mark in map(chr, range(1, 0x4000)) if unicodedata.category(mark) != "Cn"]
    texts = ["", *(text for mark in marks for text in (mark, f"{mark}b", f"b{mark}", f" {mark} b {mark}"))]
    query = f"SELECT text, {cleaned('text')} FROM (SELECT unnest(?::VARCHAR[]) AS text)"
    found = project_free.execute(query, [texts]).fetchall()
    assert found == [(text, unicodedata.normalize("NFC", text.strip())) for text in texts]


@pytest.fixture(scope="module")
def project_free() -> Any:
    import duckdb

    with duckdb.connect() as connection:
        yield connection
