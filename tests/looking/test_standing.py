"""`status` against the simulator: the numbers, and how few requests they take."""

from __future__ import annotations

from collections import Counter
from zoneinfo import ZoneInfo

import pytest

from provisioner.kinds import Zones
from provisioner.looking import standing
from provisioner.looking.standing import Standing
from provisioner.simulator.process import Simulator

from .accounts import campaign, client

ZONES = Zones(ZoneInfo("Asia/Ho_Chi_Minh"))
UNUSUAL = [
    {},
    {"filters": "ignored"},
    {"lists": "bare"},
    {"lists": "results"},
    {"relations": "url"},
    {"order": "shuffled"},
]


def standings(simulator: Simulator, name: str | None = None) -> list[Standing]:
    with client(simulator) as api:
        return standing.standings(api, ZONES, name, {})


@pytest.mark.parametrize("variants", UNUSUAL, ids=lambda given: str(given))
def test_every_campaign_gets_its_own_numbers_whatever_the_server_is_like(
    simulator: Simulator, variants: dict[str, str]
) -> None:
    campaign(simulator, "small", 3)
    campaign(simulator, "large", 25)
    campaign(simulator, "waiting", 4, start=False)
    simulator.tick(6)
    live = {number: Counter[str]() for number in (1243, 1244, 1245)}
    for row in simulator.objects("subscriber-list"):
        live[row["campaign"]][standing_name(row["status"])] += 1
    simulator.variants(**variants)
    found = {each.live.id: each.counts["subscribers"] for each in standings(simulator)}
    assert found == live
    assert found[1244] and found[1244].total() == 25
    assert not found[1245]


def standing_name(code: int) -> str:
    return ("", "pending", "pause", "abort", "fail", "sent", "in_process", "not_authorised", "completed")[code]


def test_a_large_campaign_is_counted_and_not_read(simulator: Simulator) -> None:
    campaign(simulator, "large", 300)
    simulator.tick(60)
    simulator.clear_requests()
    [found] = standings(simulator)
    assert found.counts["subscribers"] is not None
    assert found.counts["subscribers"].total() == 300
    assert len(simulator.requests()) < 25


def test_done_is_what_will_not_be_dialled_any_more(simulator: Simulator) -> None:
    campaign(simulator, "tet", 4)
    for row, status in zip(simulator.objects("subscriber-list"), (8, 4, 6, 1), strict=True):
        simulator.change("subscriber-list", row["id"], status=status)
    [found] = standings(simulator)
    assert standing.document(found, ZONES) | {"cdr": None} == {
        "id": 1243,
        "name": "tet",
        "status": "started",
        "percent_done": 50,
        "subscribers": {"total": 4, "by": {"pending": 1, "fail": 1, "in_process": 1, "completed": 1}},
        "cdr": None,
        "startingdate": "2020-01-01T07:00:00+07:00",
        "expirationdate": "2040-01-01T07:00:00+07:00",
        "daily_start_time": "00:00",
        "daily_stop_time": "23:59:59",
    }


def test_a_campaign_nobody_was_taken_into_has_no_percentage(simulator: Simulator) -> None:
    campaign(simulator, "new", 4, start=False)
    [row] = standing.as_table(standings(simulator), ZONES).rows
    assert row[:6] == ("1243", "new", "paused", "-", "0", "0")


def test_counts_that_may_not_be_read_are_said_to_be_so(simulator: Simulator) -> None:
    campaign(simulator, "tet", 4)
    simulator.variants(forbidden_get="subscriber-list", absent="cdr")
    [row] = standing.as_table(standings(simulator), ZONES).rows
    assert row[3:6] == ("-", "not readable", "not readable")


def test_one_campaign_by_name_or_id(simulator: Simulator) -> None:
    campaign(simulator, "one")
    campaign(simulator, "two")
    assert [each.live.id for each in standings(simulator, "two")] == [1244]
    assert [each.live.id for each in standings(simulator, "1243")] == [1243]
    assert standings(simulator, "three") == []
