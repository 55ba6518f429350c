"""The impact line: who is called because of a plan, and who is called anyway."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.checks.conftest import CAMPAIGN, Desk, phonebook, survey
from tests.factories import NOW

NUMBERS = [f"09348908{number:02}" for number in range(30)]


def declare(desk: Desk, contacts: int = 20, **fields: Any) -> None:
    desk.declare(
        surveys={"promo": survey()},
        phonebooks={"vip": phonebook(*NUMBERS[:contacts])},
        campaigns={"tet": {**CAMPAIGN, **fields}},
    )


def line(desk: Desk, *options: str) -> str:
    """The last of a plan."""
    return desk.succeed("plan", *options).out.splitlines()[-1]


WHEN = "from 2027-01-15 09:00 to 2027-01-30 17:00 +07:00, on gateway AliceDevGateway."


def test_before_during_and_after(desk: Desk) -> None:
    declare(desk, status="paused")
    assert line(desk) == "Rings: nothing."
    declare(desk)
    desk.simulator.variants(server_tz="Asia/Ho_Chi_Minh")
    desk.write("alice.yaml", (desk.directory / "alice.yaml").read_text().replace("UTC", "Asia/Ho_Chi_Minh"))
    assert line(desk) == f"Impact: at most 20 calls to 20 people, {WHEN}"
    desk.apply()
    desk.demand_nothing_to_do()
    assert line(desk) == f"Rings: nothing new; running already: at most 20 calls to 20 people, {WHEN}"
    desk.simulator.clock(NOW + timedelta(minutes=1))
    desk.simulator.tick(60)
    assert "at most 10 calls to 10 people" in line(desk)
    declare(desk, contacts=23)
    anyway = f"running already: at most 10 calls to 10 people, {WHEN}"
    assert line(desk) == f"Impact: at most 3 calls to 3 people, {WHEN.removesuffix('.')}; {anyway}"
    assert desk.plan()["outlook"]["running"]["calls"] == 10
    declare(desk, frequency=20)
    assert line(desk) == f"Impact: at most 10 calls to 10 people, {WHEN}"
    declare(desk, status="paused")
    assert line(desk) == "Rings: nothing."
    desk.apply()
    declare(desk, contacts=23)
    assert line(desk) == f"Impact: at most 13 calls to 13 people, {WHEN}"


def test_alarms_are_counted(desk: Desk) -> None:
    moment = "2027-02-14T09:00:00+07:00"
    desk.environ = {"CLINIC_PASSWORD": "correct-horse"}
    desk.declare(
        surveys={"promo": survey()},
        phonebooks={"vip": phonebook(*NUMBERS[:2])},
        campaigns={"tet": CAMPAIGN},
        calendar_settings={
            "s": {"label": "S", "survey": {"campaign": "tet"}, "gateway": "AliceBackupGateway", "call_timeout": 60}
        },
        calendar_users={"u": {"username": "u", "password": "${env.CLINIC_PASSWORD}", "calendar_setting": "s"}},
        calendars={"c": {"name": "C", "user": "u"}},
        events={"e": {"title": "E", "start": "2027-02-15T09:00:00+07:00", "end": "2027-02-15T10:00:00+07:00",
                      "calendar": "c"}},
        alarms={"a": {"event": "e", "alarm_phonenumber": NUMBERS[5], "date_start_notice": moment}},
    )  # fmt: skip
    outlook = desk.plan()["outlook"]
    assert outlook["alarms"] == [{"address": "alarm.a", "at": moment}]
    assert outlook["impact"] == {
        "calls": 3,
        "people": 3,
        "from": NOW.isoformat(),
        "to": moment,
        "gateways": ["AliceBackupGateway", "AliceDevGateway"],
        "calls_at_least": 3,
        "people_at_least": 2,
        "not_known": [],
    }
    desk.apply()
    desk.demand_nothing_to_do()
    outlook = desk.plan()["outlook"]
    assert outlook["impact"]["calls"] == 0
    assert outlook["running"] == {
        "calls": 3,
        "people": 3,
        "from": NOW.isoformat(),
        "to": moment,
        "gateways": ["AliceBackupGateway", "AliceDevGateway"],
        "calls_at_least": 3,
        "people_at_least": 2,
        "not_known": [],
    }


def test_no_more_calls_than_fit_in_and_more_where_they_are_repeated(desk: Desk) -> None:
    declare(desk, status="paused", expirationdate="2027-01-15T15:01:00+07:00", daily_start_time="15:00")
    desk.apply()
    [tet] = [row["id"] for row in desk.simulator.objects("campaigns") if row["name"] == "Tet"]
    declare(desk, expirationdate="2027-01-15T15:01:00+07:00", daily_start_time="15:00")
    assert "at most 10 calls to 10 people" in line(desk)
    declare(desk)
    desk.simulator.change("campaigns", tet, maxretry=2)
    assert "at most 60 calls to 20 people" in line(desk)
