"""Filters re-checked on our side."""

from __future__ import annotations

from typing import Any

import pytest

from provisioner.errors import UsageError
from provisioner.inspect.get import keep, queries, unchecked, wanted
from provisioner.resources import KINDS


def kept(kind: str, given: dict[str, str], *objects: dict[str, Any]) -> list[Any]:
    return [each["id"] for each in keep(objects, wanted(KINDS[kind], given))]


def test_a_text_filter_finds_parts_in_any_case_and_spelling() -> None:
    composed, decomposed = {"id": 1, "name": "TẾT 2027"}, {"id": 2, "name": "Te\u0302\u0301t"}
    assert kept("campaign", {"name": "tết"}, composed, decomposed, {"id": 3, "name": "Hè"}) == [1, 2]


def test_an_exact_filter_wants_the_whole_value() -> None:
    assert kept(
        "cdr", {"disposition": "ANSWER"}, {"id": 1, "disposition": "ANSWER"}, {"id": 2, "disposition": "NO"}
    ) == [1]
    assert kept("cdr", {"duration": "3"}, {"id": 1, "duration": 3}, {"id": 2, "duration": 34}) == [1]
    assert kept("cdr", {"alarm": "true"}, {"id": 1, "alarm": True}, {"id": 2, "alarm": False}) == [1]


def test_a_code_may_be_given_by_its_name() -> None:
    running, over = {"id": 1, "status": 1}, {"id": 2, "status": 5}
    assert kept("campaign", {"status": "started"}, running, over) == [1]
    assert kept("campaign", {"status": "5"}, running, over) == [2]
    assert kept("campaign", {"status": "Completed"}, running, over) == [2]
    for spelling in ("in_process", "In process", "in-process", "6"):
        assert kept("subscriber", {"status": spelling}, running, {"id": 3, "status": 6}) == [3]


@pytest.mark.parametrize("form", [7, "7", "http://host/rest-api/phonebook/7/", {"id": 7}, [3, 7]])
def test_a_relation_is_recognised_in_every_form(form: Any) -> None:
    assert kept("contact", {"phonebook": "7"}, {"id": 1, "phonebook": form}, {"id": 2, "phonebook": 8}) == [1]


def test_moments_are_compared_as_instants_and_both_ends_belong() -> None:
    calls = [{"id": hour, "starting_date": f"2027-01-20T{hour:02}:00:00Z"} for hour in range(1, 6)]
    given = {"from_date": "2027-01-20T09:00:00+07:00", "to_date": "2027-01-20T04:00:00Z"}
    assert kept("cdr", given, *calls) == [2, 3, 4]


def test_several_fields_may_match_a_search() -> None:
    assert kept("contact", {"search": "linh"}, {"id": 1, "contact": "09", "first_name": "Linh", "last_name": None}) == [
        1
    ]


def test_what_the_server_does_not_show_is_kept_and_told() -> None:
    filters = wanted(KINDS["subscriber"], {"billsec": "3", "status": "1"})
    shown = [{"id": 1, "status": 1}]
    assert keep(shown, filters) == shown
    assert unchecked(shown, filters) == ["billsec"]


@pytest.mark.parametrize("form", ["http://host/rest-api/contact/7/", "/rest-api/contact/7/", 7, {"id": 7}])
def test_a_number_cannot_be_looked_for_in_an_id_or_a_link(form: Any) -> None:
    filters = wanted(KINDS["subscriber"], {"contact": "0934890883"})
    shown = [{"id": 1, "contact": form}]
    assert keep(shown, filters) == shown and unchecked(shown, filters) == ["contact"]
    assert kept("subscriber", {"contact": "0883"}, {"id": 1, "contact": "0934890883"}, {"id": 2, "contact": None}) == [
        1
    ]


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("cdr", {"from_date": "yesterday"}),
        ("contact", {"phonebook": "vip"}),
        ("campaign", {"status": "running"}),
        ("campaign", {"status": "6"}),
        ("subscriber", {"status": ""}),
        ("subscriber", {"status": "fail,"}),
        ("survey", {"user": "demo"}),
    ],
    ids=["a date", "an id", "a word", "a code", "nothing", "nothing behind a comma", "a user"],
)
def test_a_value_that_nothing_can_match_is_a_usage_error(kind: str, given: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        wanted(KINDS[kind], given)


def test_several_codes_or_words_may_match() -> None:
    objects = [{"id": code, "status": code} for code in range(1, 9)]
    assert kept("subscriber", {"status": "fail, Pending,8"}, *objects) == [1, 4, 8]
    calls = [{"id": 1, "disposition": "BUSY"}, {"id": 2, "disposition": "FAILED"}, {"id": 3, "disposition": "ANSWER"}]
    assert kept("cdr", {"disposition": "busy,failed"}, *calls) == [1, 2]
    asked = wanted(KINDS["subscriber"], {"campaign": "7", "status": "fail,pending,fail"})
    assert queries(asked) == [{"campaign": "7", "status": "4"}, {"campaign": "7", "status": "1"}]


@pytest.mark.parametrize(
    ("kind", "given", "words"),
    [
        (
            "subscriber",
            {"status": "pendin"},
            "--status pendin is not known, did you mean 'pending'? there are pending (1), ",
        ),
        (
            "subscriber",
            {"status": "fail,nonsense"},
            "--status nonsense is not known: there are pending (1), pause (2), ",
        ),
        ("cdr", {"disposition": "no-answr"}, "did you mean 'noanswer'? there are answer, busy, noanswer, cancel, "),
        ("cdr", {"otp": "maybe"}, "--otp maybe is not known: there are true, false"),
    ],
)
def test_an_unknown_word_is_answered_with_those_there_are(kind: str, given: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        wanted(KINDS[kind], given)
    assert words in str(caught.value)


def test_what_is_related_may_be_named() -> None:
    asked = wanted(KINDS["subscriber"], {"campaign": "tet"}, lambda kind, text: [7, 8] if kind == "campaign" else [])
    assert [each["id"] for each in keep([{"id": 1, "campaign": 8}, {"id": 2, "campaign": 9}], asked)] == [1]
    assert wanted(KINDS["subscriber"], {"campaign": "7"})[0].values == ("7",)
