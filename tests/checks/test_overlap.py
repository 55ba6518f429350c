"""People who would be called more than once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.checks.conftest import CAMPAIGN, Desk, phonebook, survey
from tests.factories import NOW

A, B, C, D = (f"093489088{digit}" for digit in range(4))
AS_E164 = "+84934890881"  # is B


def declare(desk: Desk, books: dict[str, list[str]], campaigns: dict[str, dict[str, Any]]) -> None:
    desk.declare(
        surveys={"promo": survey()},
        phonebooks={key: {**phonebook(*numbers), "name": key} for key, numbers in books.items()},
        campaigns={key: {**CAMPAIGN, "name": key.title(), **fields} for key, fields in campaigns.items()},
    )


def messages(desk: Desk) -> list[tuple[str, str, str]]:
    return [(each["severity"], each["address"], each["message"]) for each in desk.findings("overlap")]


def test_a_number_in_two_phonebooks_of_one_campaign_is_called_twice(desk: Desk) -> None:
    declare(desk, {"x": [A, B], "y": [AS_E164, C], "z": [C, B]}, {"tet": {"phonebooks": ["x", "y", "z"]}})
    assert messages(desk) == [
        (
            "warning",
            "campaign.tet",
            "2 numbers are in more than one of its phonebooks and called once for each: phonebook.y and phonebook.z "
            "share 2, phonebook.x and phonebook.y share 1, phonebook.x and phonebook.z share 1. "
            "Keep each number in one of them",
        )
    ]
    impact = desk.plan()["outlook"]["impact"]
    assert (impact["calls"], impact["people"]) == (6, 3)


def test_campaigns_that_dial_on_one_day_are_told_at_the_later_one(desk: Desk) -> None:
    books = {"x": [A, B], "y": [B, C], "z": [B]}
    declare(
        desk, books, {name: {"phonebooks": [book]} for name, book in zip(("one", "two", "three"), books, strict=True)}
    )
    found = messages(desk)
    assert [(severity, address) for severity, address, _ in found] == [
        ("warning", "campaign.two"),
        ("warning", "campaign.three"),
    ]
    assert "1 with One. One number can get 3 calls in a day, more than 1" in found[0][2]
    assert "1 with One, 1 with Two. One number can get 3 calls in a day" in found[1][2]


def test_one_phonebook_in_two_campaigns_is_shared_as_a_whole(desk: Desk) -> None:
    declare(desk, {"x": [A, B, C]}, {"one": {"phonebooks": ["x"]}, "two": {"phonebooks": ["x"]}})
    [(_, _, message)] = messages(desk)
    assert "3 with One. One number can get 2 calls in a day" in message
    impact = desk.plan()["outlook"]["impact"]
    assert (impact["calls"], impact["people"]) == (6, 3)


@pytest.mark.parametrize(
    "second",
    [
        {"startingdate": (NOW + timedelta(days=1)).isoformat()},  # the first has called everybody by then
        {"status": "paused"},
        {"phonebooks": ["y"]},
    ],
    ids=["later", "not started", "others"],
)
def test_campaigns_that_do_not_meet_share_nobody(desk: Desk, second: dict[str, Any]) -> None:
    declare(desk, {"x": [A, B], "y": [C]}, {"one": {"phonebooks": ["x"]}, "two": {"phonebooks": ["x"], **second}})
    assert messages(desk) == []


OURS = {
    "title": "Ours",
    "source": "Handbook",
    "version": 1,
    "since": "2020-01-01",
    "purposes": ["service"],
    "region": "VN",
    "timezone": "Asia/Ho_Chi_Minh",
    "hours": {"every_day": "08:00-17:00"},
    "most_calls": {"calls": 2, "hours": 24},
}


@pytest.mark.parametrize(("hours", "later", "told"), [(24, 1, False), (72, 1, True), (72, 2, True), (72, 5, False)])
def test_a_policy_may_count_calls_within_several_days(desk: Desk, hours: int, later: int, told: bool) -> None:
    desk.configure(policies={"ours": {**OURS, "most_calls": {"calls": 1, "hours": hours}}})
    begins = (NOW + timedelta(days=later)).isoformat()
    campaigns = {"one": {"phonebooks": ["x"], "purpose": "service"}}
    campaigns["two"] = {"phonebooks": ["x"], "purpose": "service", "startingdate": begins}
    declare(desk, {"x": [A, B]}, campaigns)
    said = [message for _, _, message in messages(desk)]
    assert len(said) == told
    assert not told or "dial within 3 days: 2 with One. One number can get 2 calls in 3 days, more than 1" in said[0]


def test_a_policy_may_allow_more_calls_a_day(desk: Desk) -> None:
    desk.configure(policies={"ours": OURS})
    books = {"x": [A], "y": [A], "z": [A]}
    names = ("one", "two", "three")
    declare(desk, books, {n: {"phonebooks": [b], "purpose": "service"} for n, b in zip(names[:2], books, strict=False)})
    assert messages(desk) == []
    declare(desk, books, {n: {"phonebooks": [b], "purpose": "service"} for n, b in zip(names, books, strict=True)})
    assert all("3 calls in a day, more than 2" in message for _, _, message in messages(desk))


def test_what_runs_undeclared_counts_as_well(desk: Desk) -> None:
    declare(desk, {"x": [A, B]}, {"one": {"phonebooks": ["x"]}})
    desk.apply()
    declare(desk, {"x": [A, B]}, {"two": {"phonebooks": ["x"]}})
    [(_, address, message)] = messages(desk)
    assert address == "campaign.two"
    assert "2 with One" in message


def test_rows_that_are_not_managed_are_compared_when_they_get_dialled_else_said_to_be_unknown(desk: Desk) -> None:
    [old] = desk.simulator.create_many("phonebook", [{"user": 203, "name": "Old"}])
    desk.simulator.create_many("contact", [{"phonebook": old, "contact": number} for number in (B, C)])
    declare(desk, {"x": [A, B]}, {"one": {"phonebooks": ["x", {"name": "Old"}]}})
    [(severity, _, message)] = messages(desk)
    assert (severity, "share 1" in message, "{name: Old}" in message) == ("warning", True, True)
    desk.apply()
    [(severity, _, message)] = messages(desk)
    assert (severity, "not compared" in message, "{name: Old}" in message) == ("info", True, True)


def test_no_number_is_told(desk: Desk) -> None:
    declare(desk, {"x": [A, B], "y": [B]}, {"one": {"phonebooks": ["x", "y"]}, "two": {"phonebooks": ["x"]}})
    said = desk.succeed("plan")
    assert not [number for number in (A, B, AS_E164) if number in said.out + said.err]
