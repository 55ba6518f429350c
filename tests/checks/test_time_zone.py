"""Time zones: what is declared, what is sent, and the clock that the server turns out to have."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provisioner.checks.time_zone import CallTimes, common_moves
from tests.checks.conftest import CAMPAIGN, Desk, phonebook, survey
from tests.factories import NOW

CHECK = "time-zone"
NUMBERS = [f"09348908{index}" for index in range(10, 60)]


def declare(desk: Desk, *numbers: str, **fields: Any) -> None:
    desk.declare(
        surveys={"promo": survey()},
        phonebooks={"vip": phonebook(*(numbers or NUMBERS[:1]))},
        campaigns={"tet": {**CAMPAIGN, "purpose": "service", **fields}},
    )


def told(desk: Desk) -> list[tuple[str, str, str, str]]:
    found = desk.findings(CHECK)
    return [(each["severity"], each["address"], each["source"].split(":")[0], each["message"]) for each in found]


def test_without_server_timezone_it_says_what_that_may_mean_once_for_the_project(desk: Desk) -> None:
    desk.configure(server_timezone=None)
    other = {**CAMPAIGN, "name": "Other", "purpose": "service"}
    desk.declare(
        surveys={"promo": survey()},
        phonebooks={"vip": phonebook(NUMBERS[0])},
        campaigns={"tet": {**CAMPAIGN, "purpose": "service"}, "other": other},
    )
    assert desk.findings(CHECK) == [
        {
            "id": CHECK,
            "severity": "warning",
            "address": "campaign.tet",
            "source": "alice.yaml:4:11",
            "message": "`server_timezone` is unset, so daily windows are sent as declared in Asia/Ho_Chi_Minh: if the "
            "server keeps UTC, 08:00-17:00 will be 15:00-00:00. See when calls were really made "
            "(`alice-apply get cdr`), and set it in alice.yaml",
            "waived": False,
            "justification": None,
        }
    ]
    desk.apply()
    desk.demand_nothing_to_do()
    assert len(desk.findings(CHECK)) == 1


def test_a_project_without_campaigns_has_no_windows(desk: Desk) -> None:
    desk.configure(server_timezone=None)
    desk.declare(phonebooks={"vip": phonebook(NUMBERS[0])})
    assert desk.findings(CHECK) == []


def test_what_is_sent_stands_beside_what_is_declared_while_it_is_sent(desk: Desk) -> None:
    declare(desk)
    sent = "08:00-17:00 in Asia/Ho_Chi_Minh is sent as 01:00-10:00 in UTC, where the server is"
    assert told(desk) == [("info", "campaign.tet", "main.yaml", sent)]
    desk.apply()
    [campaign] = desk.simulator.objects("campaigns")
    assert (campaign["daily_start_time"], campaign["daily_stop_time"]) == ("01:00:00", "10:00:00")
    assert told(desk) == []
    declare(desk, daily_stop_time="16:00")
    assert [message for *_, message in told(desk)] == [sent.replace("17:00", "16:00").replace("10:00", "09:00")]


def test_nothing_is_said_where_both_are_in_one_zone(desk: Desk) -> None:
    desk.configure(server_timezone="Asia/Ho_Chi_Minh")
    declare(desk)
    assert told(desk) == []


MARCH, BEFORE = ("2027-03-20", "2027-04-05"), ("2027-03-20", "2027-03-26")


@pytest.mark.parametrize(
    ("project", "server", "dates", "words"),
    [
        ("Asia/Ho_Chi_Minh", "Europe/Madrid", MARCH, "from 2027-03-28 on 09:00-17:00 will be 08:00-16:00"),
        ("Europe/Madrid", "UTC", MARCH, "from 2027-03-28 on 09:00-17:00 will be 10:00-18:00"),
        ("Europe/Madrid", "Europe/Berlin", MARCH, ""),
        ("Asia/Ho_Chi_Minh", "Europe/Madrid", BEFORE, ""),
    ],
)
def test_clocks_that_change_inside_a_campaign_move_its_window(
    desk: Desk, project: str, server: str, dates: tuple[str, str], words: str
) -> None:
    desk.configure(timezone=project, server_timezone=server)
    declare(
        desk,
        *NUMBERS[:40],
        frequency=1,
        startingdate=f"{dates[0]} 08:00",
        expirationdate=f"{dates[1]} 23:00",
        daily_start_time="09:00",
        daily_stop_time="17:00",
    )
    warnings = [message for severity, *_, message in told(desk) if severity == "warning"]
    assert [words in message for message in warnings] == ([True] if words else [])


def test_the_dialler_does_what_the_warning_says(desk: Desk) -> None:
    """Clocks in Madrid change on 28 March; in Vietnam they do not."""
    desk.simulator.reset(now=NOW, variants={"server_tz": "Europe/Madrid"})
    desk.configure(server_timezone="Europe/Madrid")
    dates = {"startingdate": "2027-03-20 08:00", "expirationdate": "2027-04-05 23:00"}
    declare(desk, *NUMBERS, frequency=1, daily_start_time="09:00", daily_stop_time="17:00", **dates)
    desk.apply()
    local = ZoneInfo("Asia/Ho_Chi_Minh")
    rung: dict[int, list[time]] = {}
    for day in (27, 29):
        for hour in range(24):
            desk.simulator.clock(datetime(2027, 3, day, hour, 30, tzinfo=UTC))
            desk.simulator.tick(60)
    for ring in desk.simulator.rings():
        moment = datetime.fromisoformat(ring["time"]).astimezone(local)
        rung.setdefault(moment.day, []).append(moment.time())
    assert {day: (min(clocks).hour, max(clocks).hour) for day, clocks in rung.items()} == {27: (9, 16), 29: (8, 15)}


@pytest.mark.parametrize(
    ("server", "declared"), [("UTC", "Asia/Ho_Chi_Minh"), ("UTC", None), ("Asia/Ho_Chi_Minh", "UTC")]
)
def test_recorded_calls_show_the_clock_of_the_server(desk: Desk, server: str, declared: str | None) -> None:
    desk.simulator.reset(now=NOW, variants={"server_tz": server})
    desk.configure(server_timezone=declared, checks={CHECK: "info"})
    declare(desk, *NUMBERS, startingdate="2027-01-10T08:00:00+07:00", frequency=5)
    desk.apply()
    for hour in range(24):
        desk.simulator.clock(datetime(2027, 1, 16, hour, 30, tzinfo=UTC))
        desk.simulator.tick(60)
    desk.now = datetime(2027, 1, 17, 2, tzinfo=UTC)
    desk.simulator.clock(desk.now)
    desk.configure(server_timezone=declared)
    (found,) = [each for each in desk.findings(CHECK) if each["severity"] == "error"]
    keeps = "UTC" if server == "UTC" else "UTC+07:00"
    assert f"all are inside by a clock that keeps {keeps}" in found["message"]
    assert (found["address"], found["source"].split(":")[0]) == ("campaign.tet", "main.yaml")
    assert not any(number in found["message"] for number in NUMBERS)
    declare(desk, *NUMBERS, startingdate="2027-01-10T08:00:00+07:00", frequency=6)
    assert CHECK in desk.refusal()
    desk.configure(server_timezone=server)
    assert not [each for each in desk.findings(CHECK) if each["severity"] == "error"]
    desk.apply()
    desk.demand_nothing_to_do()


def test_a_server_that_hides_its_records_is_not_judged_and_not_taken_to_have_none(desk: Desk) -> None:
    desk.configure(server_timezone="Asia/Ho_Chi_Minh")
    declare(desk)
    desk.apply()
    assert told(desk) == []
    desk.simulator.create_many("cdr", [{"campaign": None, "phone_number": number} for number in NUMBERS[:15]])
    desk.simulator.variants(filters="ignored")
    [(severity, *_, message)] = told(desk)
    assert (severity, message.partition(": ")[0]) == ("info", "whether calls are made within the window is not known")
    desk.simulator.variants(filters="honoured", forbidden_get="cdr")
    assert [severity for severity, *_ in told(desk)] == ["info"]


# What the times of calls say


def calls(*clocks: str, zone: str = "Asia/Ho_Chi_Minh", window: tuple[int, int] = (8, 17)) -> CallTimes:
    """Calls at times of day in UTC."""
    moments = tuple(datetime.fromisoformat(f"2027-01-15T{clock}:00+00:00") for clock in clocks)
    return CallTimes(moments, ZoneInfo(zone), time(window[0]), time(window[1]))


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(-12, 12), st.integers(0, 14), st.integers(1, 9), st.lists(st.floats(0, 1), min_size=1, max_size=9))
def test_the_clock_that_made_the_calls_is_among_those_that_may_have(
    offset: int, opens: int, length: int, parts: list[float]
) -> None:
    closes = min(opens + length, 23)
    begin = datetime(2027, 1, 15, opens, tzinfo=UTC) - timedelta(hours=offset)
    moments = tuple(begin + part * timedelta(hours=closes - opens) for part in parts)
    found = CallTimes(moments, ZoneInfo("UTC"), time(opens), time(closes))
    assert offset in found.moves()
    assert (0 in found.moves()) == (found.outside == 0)


def test_calls_all_over_a_window_leave_one_clock_only() -> None:
    found = calls("08:01", "12:00", "16:59")
    assert found.moves() == {-7} and found.outside == 2
    assert found.clock(-7) == "UTC" and found.clock(0) == "UTC+07:00"


@pytest.mark.parametrize(("zone", "clock"), [("Asia/Kolkata", "UTC+05:30"), ("America/St_Johns", "UTC-03:30")])
def test_clocks_with_half_hours_are_named(zone: str, clock: str) -> None:
    assert calls("12:00", zone=zone).clock(0) == clock


def test_calls_a_moment_after_closing_are_no_evidence() -> None:
    assert calls("01:00", "10:03").outside == 0


def test_a_server_has_one_clock() -> None:
    narrow, wide = calls("08:01", "16:59"), calls("11:00", window=(0, 22))
    assert common_moves([narrow, wide]) == {-7}
    assert common_moves([calls("02:00", "09:59"), narrow]) == frozenset()  # one of the windows was another one then
    assert common_moves([calls("00:00", "12:00", "23:00")]) == frozenset()  # it fits no clock at all
