"""Waivers: what is accepted stays visible and refuses nothing, until its day; idle ones and old ones are told of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.checks.conftest import CAMPAIGN, Desk, phonebook, survey
from tests.factories import NOW

LISTED = {
    "surveys": {"promo": survey()},
    "phonebooks": {"vip": phonebook("0934890841", "0934890842")},
    "dnc_lists": {"opt-outs": {"name": "Opt-outs", "numbers": ["0934890842"]}},
    "campaigns": {"tet": CAMPAIGN},
}


def waiver(**changes: str) -> dict[str, str]:
    wanted = {"check": "dnc-scrub", "address": "phonebook.vip", "reason": "agreed in writing", "until": "2027-01-15"}
    return {**wanted, **changes}


def waive(desk: Desk, *waivers: dict[str, str], **declared: Any) -> None:
    desk.configure(waivers=list(waivers))
    desk.declare(**{**LISTED, **declared})


def test_a_waived_error_stays_visible_and_does_not_refuse(desk: Desk) -> None:
    waive(desk, waiver())
    (found,) = desk.findings("dnc-scrub")
    assert found["waived"] and found["severity"] == "error"
    assert found["message"].endswith(" (waived until 2027-01-15: agreed in writing)")
    assert found["justification"] == "agreed in writing (until 2027-01-15)"
    said = desk.run("check")
    assert said.code == 0
    assert "[dnc-scrub waived]" in said.out
    desk.apply()
    desk.demand_nothing_to_do()


def test_its_day_is_the_last_one_and_then_it_counts_no_more(desk: Desk) -> None:
    waive(desk, waiver())
    desk.now = NOW + timedelta(hours=14, minutes=59)  # still the 15th where the project is
    assert desk.findings("waiver") == []
    desk.now = NOW + timedelta(hours=15)
    assert not desk.findings("dnc-scrub")[0]["waived"]
    (found,) = desk.findings("waiver")
    assert (found["severity"], found["address"], found["source"]) == ("warning", "phonebook.vip", "alice.yaml:7:11")
    assert found["message"] == (
        "the waiver of dnc-scrub ran out on 2027-01-15 and the finding counts again: fix its cause, or renew it"
    )
    assert "dnc-scrub" in desk.refusal()


def test_the_longer_of_two_waivers_counts(desk: Desk) -> None:
    waive(desk, waiver(until="2027-01-20"), waiver(until="2027-01-01"))
    assert desk.findings("dnc-scrub")[0]["waived"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"address": "phonebook.vap"}, "matches no finding: remove it, or correct its address"),
        ({"check": "overlap"}, "matches no finding: remove it, or correct its address"),
        ({"check": "overlap", "until": "2027-01-01"}, "ran out on 2027-01-01 and is not needed: remove it"),
    ],
    ids=["address", "check", "past"],
)
def test_a_waiver_of_nothing_is_told_and_waives_nothing(desk: Desk, changes: dict[str, str], message: str) -> None:
    waive(desk, waiver(**changes))
    (found,) = desk.findings("waiver")
    assert found["severity"] == "info" and found["message"].endswith(message)
    assert "dnc-scrub" in desk.refusal()


def test_what_planning_itself_says_cannot_be_waived(desk: Desk) -> None:
    waive(desk, waiver(check="stopped-outside"))
    said = desk.run("validate")
    assert said.code == 1
    assert "waivers[0].check: unknown name; there are dnc-scrub, " in said.err
    assert "calling-window, " in said.err and "stopped-outside," not in said.err


def test_an_error_refuses_neither_a_stop_nor_numbers_that_must_not_be_called(desk: Desk) -> None:
    waive(desk, waiver())
    desk.apply()
    desk.configure()
    paused = {**CAMPAIGN, "status": "paused"}
    lists = {"opt-outs": {"name": "Opt-outs", "numbers": ["0934890842", "0934890849"]}}
    desk.declare(**{**LISTED, "campaigns": {"tet": paused}, "dnc_lists": lists})
    desk.apply()
    desk.demand_nothing_to_do()


@pytest.mark.parametrize("severity", ["warning", "info", "off"])
def test_a_severity_of_the_project_takes_the_place_of_the_usual_one(desk: Desk, severity: str) -> None:
    desk.configure(checks={"dnc-scrub": severity})
    desk.declare(**LISTED)
    assert [each["severity"] for each in desk.findings("dnc-scrub")] == [severity] * (severity != "off")
    assert desk.run("check").code == 0
    desk.apply()
