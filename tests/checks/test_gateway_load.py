"""Calls at a time on a gateway that campaigns share."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.checks.conftest import CAMPAIGN, Desk, phonebook, survey
from tests.factories import NOW

GATEWAY = 24  # AliceBackupGateway


def numbers(first: int, count: int = 40) -> list[str]:
    return [f"09348{number:05}" for number in range(first, first + count)]


def declare(desk: Desk, **second: Any) -> None:
    """Two campaigns of forty contacts each, all called within five minutes."""
    campaign = {**CAMPAIGN, "gateway": "AliceBackupGateway", "frequency": 8}
    books = {"north": phonebook(*numbers(0)), "south": phonebook(*numbers(100))}
    desk.declare(
        surveys={"promo": survey()},
        phonebooks={name: {**book, "name": name} for name, book in books.items()},
        campaigns={
            "north": {**campaign, "name": "North", "phonebooks": ["north"]},
            "south": {**campaign, "name": "South", "phonebooks": ["south"], "frequency": 9, **second},
        },
    )


def load(desk: Desk) -> dict[str, Any]:
    [found] = desk.plan()["outlook"]["gateways"]
    return dict(found)


def test_campaigns_that_meet_are_added_up(desk: Desk) -> None:
    declare(desk)
    [finding] = desk.findings("gateway-load")
    assert finding["message"] == (
        "gateway AliceBackupGateway takes 10 calls at a time and would have to carry 16 at 2027-01-15 09:00, of North, "
        "South (a call lasts 60 s, assumed). Lower a frequency, or let them dial at different hours"
    )
    assert (finding["severity"], finding["address"]) == ("warning", "campaign.south")
    assert finding["source"].startswith("main.yaml:1:")


def test_campaigns_that_do_not_meet_are_not(desk: Desk) -> None:
    declare(desk, daily_start_time="13:00")
    assert desk.findings("gateway-load") == []
    assert load(desk)["peak"] == 8.0


def test_one_that_nobody_starts_is_no_load(desk: Desk) -> None:
    declare(desk, status="paused")
    assert desk.findings("gateway-load") == []


def test_a_gateway_that_does_not_tell_its_limit_is_left_alone(desk: Desk) -> None:
    desk.simulator.change("gateway", GATEWAY, maximum_call=None)
    declare(desk)
    assert desk.findings("gateway-load") == []
    assert (load(desk)["limit"], load(desk)["peak"]) == (None, 16.0)


def test_what_runs_undeclared_counts_as_well(desk: Desk) -> None:
    declare(desk)
    desk.apply()
    campaign = {**CAMPAIGN, "gateway": "AliceBackupGateway", "frequency": 3, "phonebooks": [{"name": "north"}]}
    desk.declare(surveys={"promo": survey()}, campaigns={"late": {**campaign, "name": "Late"}})
    [finding] = desk.findings("gateway-load")
    assert "of Late, North, South" in finding["message"]
    assert finding["address"] == "campaign.late"


def test_how_long_a_call_lasts_is_taken_from_call_records(desk: Desk) -> None:
    declare(desk)
    desk.apply()
    desk.simulator.clock(NOW + timedelta(minutes=1))
    desk.simulator.tick(60)
    desk.now = NOW + timedelta(minutes=2)
    records = [row for row in desk.simulator.objects("cdr") if row["used_gateway"] == GATEWAY]
    first_pages = [row for name in {row["campaign"] for row in records} for row in records if row["campaign"] == name]
    assert len(first_pages) == 17  # fewer than a page each
    found = load(desk)
    assert found["hold_records"] == 17
    assert found["hold_seconds"] == round(sum(row["duration"] for row in first_pages) / 17)


def test_calls_per_hour_are_those_of_the_contacts(desk: Desk) -> None:
    declare(desk, daily_start_time="13:00")
    hours = load(desk)["hours"]
    assert hours == [["2027-01-15T09:00:00+07:00", 40], ["2027-01-15T13:00:00+07:00", 40]]
