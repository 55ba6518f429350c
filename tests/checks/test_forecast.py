"""Forecast and dialler are one rule: what a plan foresees is what the simulator's dialler then does."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.checks.conftest import ALICE, CAMPAIGN, Desk, phonebook, survey
from tests.factories import NOW

MINUTE = timedelta(minutes=1)
HALF = timedelta(seconds=30)


def numbers(count: int) -> list[str]:
    return [f"09348{number:05}" for number in range(count)]


def declare(desk: Desk, contacts: int, **fields: Any) -> None:
    campaign = {**CAMPAIGN, "daily_start_time": "09:00", "daily_stop_time": "09:30", **fields}
    desk.declare(
        surveys={"promo": survey()}, phonebooks={"vip": phonebook(*numbers(contacts))}, campaigns={"tet": campaign}
    )


def foreseen(desk: Desk) -> dict[str, Any]:
    [campaign] = desk.plan()["outlook"]["campaigns"]
    return dict(campaign)


def dial(desk: Desk, until: datetime) -> datetime | None:
    """Tick once in every minute around nine o'clock, on every day; when the last call was made."""
    last, day = None, NOW
    while day < until:
        for minute in range(-1, 32):
            moment = day + minute * MINUTE + HALF
            if NOW <= moment < until:
                desk.simulator.clock(moment)
                last = moment if desk.simulator.tick(60) else last
        day += timedelta(days=1)
    return last


@pytest.mark.parametrize("zone", ["UTC", "Asia/Ho_Chi_Minh"])
@pytest.mark.parametrize(
    ("contacts", "fields"),
    [
        (70, {"frequency": 1}),  # not even in two days of half an hour each
        (50, {"frequency": 1}),  # on the second day
        (50, {"frequency": 3, "gateway": "AliceBackupGateway"}),  # which takes one call at a time
        (21, {"frequency": 2}),  # on the first
    ],
)
def test_the_dialler_does_what_was_foreseen(desk: Desk, zone: str, contacts: int, fields: dict[str, Any]) -> None:
    desk.simulator.variants(server_tz=zone)
    desk.simulator.change("gateway", 24, maximum_call=1)
    project = ALICE.format(endpoint=desk.simulator.endpoint)
    desk.write("alice.yaml", project.replace("server_timezone: UTC", f"server_timezone: {zone}"))
    expiry = NOW + timedelta(days=1, minutes=20)
    declare(desk, contacts, expirationdate=expiry.isoformat(), **fields)
    campaign = foreseen(desk)
    desk.apply()
    last = dial(desk, expiry)
    assert last is not None
    assert len(desk.simulator.rings()) == campaign["reached"] == campaign["curve"][-1][1]
    assert campaign["curve"][0] == [NOW.isoformat(), 0]
    if campaign["finishes"]:
        assert abs(datetime.fromisoformat(campaign["finishes"]) - last) <= MINUTE
        assert (campaign["reached"], campaign["curve"][-1][0]) == (contacts, campaign["finishes"])
    else:
        assert campaign["reached"] < contacts


def test_on_the_way_it_counts_who_is_still_to_be_called(desk: Desk) -> None:
    expiry = NOW + timedelta(days=1, minutes=20)
    declare(desk, 70, frequency=1, expirationdate=expiry.isoformat())
    desk.apply()
    desk.simulator.variants(server_tz="UTC")
    dial(desk, NOW + timedelta(hours=1))
    desk.now = NOW + timedelta(hours=1)
    campaign = foreseen(desk)
    assert (campaign["contacts"], campaign["reached"], campaign["rings"]) == (40, 20, 0)
    desk.demand_nothing_to_do()


@pytest.mark.parametrize(
    ("hidden", "contacts"), [({"forbidden_get": "subscriber-list"}, None), ({"lists": "bare"}, 60)], ids=str
)
def test_where_the_server_does_not_count_who_is_pending_they_are_read_or_not_known(
    desk: Desk, hidden: dict[str, str], contacts: int | None
) -> None:
    declare(desk, 70, frequency=1)
    desk.apply()
    desk.simulator.variants(**hidden)
    dial(desk, NOW + timedelta(minutes=10))
    assert foreseen(desk)["contacts"] == contacts


@pytest.mark.parametrize(
    ("status", "rule"),
    [("paused", {}), ("started", {}), ("started", {"lists": "bare"}), ("started", {"filters": "ignored"})],
    ids=str,
)
def test_a_phonebook_that_is_not_managed_is_counted_on_the_server(
    desk: Desk, status: str, rule: dict[str, str]
) -> None:
    [old] = desk.simulator.create_many("phonebook", [{"user": 203, "name": "Old"}])
    desk.simulator.create_many("contact", [{"phonebook": old, "contact": number} for number in numbers(25)])
    campaign = {**CAMPAIGN, "phonebooks": [{"id": old}], "status": status}
    desk.declare(surveys={"promo": survey()}, campaigns={"tet": campaign})
    assert foreseen(desk)["contacts"] == 25
    desk.apply()
    desk.simulator.variants(**rule)
    assert foreseen(desk)["contacts"] == 25


def test_what_does_not_finish_says_what_would(desk: Desk) -> None:
    declare(desk, 70, frequency=1, expirationdate=(NOW + timedelta(days=1, minutes=20)).isoformat())
    [finding] = desk.findings("forecast")
    assert finding["severity"] == "warning"
    assert finding["message"] == (
        "it reaches 50 of 70 contacts (71 %) until it expires on 2027-01-16 09:20. "
        "Frequency 2 or an expiry 1 day later would reach all"
    )
    assert finding["address"] == "campaign.tet"


@pytest.mark.parametrize(("fields", "cured"), [({"frequency": 2}, True), ({"frequency": 1}, False)])
def test_what_it_advises_helps_and_nothing_less_does(desk: Desk, fields: dict[str, Any], cured: bool) -> None:
    declare(desk, 70, expirationdate=(NOW + timedelta(days=1, minutes=20)).isoformat(), **fields)
    assert bool(desk.findings("forecast")) is not cured


def test_a_window_that_is_over_for_good_reaches_nobody(desk: Desk) -> None:
    declare(desk, 5, daily_start_time="07:00", daily_stop_time="08:00", expirationdate="2027-01-15T20:00:00+07:00")
    [finding] = desk.findings("forecast")
    assert "never open" in finding["message"]
    assert foreseen(desk)["windows"] == []


def test_a_draft_is_an_info_and_says_if(desk: Desk) -> None:
    declare(desk, 70, frequency=1, status="paused", expirationdate=(NOW + timedelta(days=1)).isoformat())
    [finding] = desk.findings("forecast")
    assert finding["severity"] == "info"
    assert finding["message"].startswith("if it is started, ")


def test_min_reach_refuses_a_start_that_reaches_too_few(desk: Desk) -> None:
    declare(desk, 70, frequency=1, expirationdate=(NOW + timedelta(days=1, minutes=20)).isoformat())
    assert "campaign.tet would reach 71 %" in desk.refusal("--min-reach", "72")
    assert desk.run("check", "--min-reach", "72").code == 3
    assert desk.run("check", "--min-reach", "71").code == 0
    desk.apply("--min-reach", "71")
    desk.demand_nothing_to_do()
    assert desk.run("apply", "--auto-approve", "--min-reach", "100").code == 0  # nothing starts any more


def test_min_reach_is_part_of_a_saved_plan(desk: Desk) -> None:
    declare(desk, 70, frequency=1, expirationdate=(NOW + timedelta(days=1, minutes=20)).isoformat())
    plan = str(desk.directory / "plan.json")
    desk.succeed("plan", "--out", plan, "--min-reach", "95", "--allow-calls")
    assert desk.run("apply", plan).code == 3
    assert desk.run("apply", plan, "--min-reach", "50").code == 1
