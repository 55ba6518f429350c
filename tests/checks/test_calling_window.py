"""Calling hours: by law and by one's own packs, where the called people are, as the server understands them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.checks.conftest import CAMPAIGN, Desk, phonebook, survey
from tests.factories import NOW

CHECK = "calling-window"
VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
HOUSE = {
    "title": "Our own hours",
    "source": "decision of the board",
    "version": "1",
    "since": "2027-01-01",
    "purposes": ["survey", "reminder"],
    "region": "VN",
    "timezone": "Asia/Ho_Chi_Minh",
    "hours": {"every_day": "08:00-17:00", "saturday": ["09:00-11:00", "13:00-15:00"], "sunday": "closed"},
    "holidays": {"2027-01-20": "closed"},
}
ADVERTISING = {**CAMPAIGN, "purpose": "advertising"}


def declare(desk: Desk, *numbers: str, **fields: Any) -> None:
    """One campaign, with what differs from advertising 08:00-17:00."""
    campaign = {name: value for name, value in {**ADVERTISING, **fields}.items() if value is not None}
    desk.declare(
        surveys={"promo": survey()},
        phonebooks={"vip": phonebook(*(numbers or ("0934890841",)))},
        campaigns={"tet": campaign},
    )


def test_hours_that_the_law_allows_are_not_mentioned(desk: Desk) -> None:
    declare(desk)
    assert desk.findings(CHECK) == []


def test_advertising_after_five_is_an_error_that_names_the_law_and_the_line(desk: Desk) -> None:
    declare(desk, daily_stop_time="20:00")
    (found,) = desk.findings(CHECK)
    assert (found["severity"], found["address"]) == ("error", "campaign.tet")
    assert found["message"] == (
        "calls 17:00-20:00 in Asia/Ho_Chi_Minh on 15 of 16 days, first on 2027-01-15, but vn-advertising "
        "(Decree 91/2020/ND-CP of 14 August 2020, article 13) allows calls 08:00-17:00: set daily_stop_time to 17:00, "
        "or waive this where the person called has agreed otherwise"
    )
    text = (desk.directory / "main.yaml").read_text()
    line, column = map(int, found["source"].split(":")[1:])
    assert text.splitlines()[line - 1][column - 1 :].startswith('"20:00"')
    assert CHECK in desk.refusal()


def test_before_eight_is_blamed_on_the_other_end(desk: Desk) -> None:
    declare(desk, daily_start_time="07:15")
    (found,) = desk.findings(CHECK)
    assert "calls 07:15-08:00" in found["message"]
    assert "set daily_start_time to 08:00" in found["message"]


def test_a_window_that_lies_outside_altogether_cannot_be_cut(desk: Desk) -> None:
    declare(desk, daily_start_time="18:00", daily_stop_time="20:00")
    assert "choose hours that are allowed" in desk.findings(CHECK)[0]["message"]


@pytest.mark.parametrize(
    ("purpose", "hours", "severity", "words"),
    [
        (None, ("08:00", "20:00"), "info", "does not keep to vn-advertising (advertising), and has no `purpose`"),
        (None, ("08:00", "17:00"), None, ""),
        ("service", ("08:00", "20:00"), None, ""),
        ("service", ("08:00", "22:30"), "info", "calls people outside 07:00-22:00 in Asia/Ho_Chi_Minh"),
    ],
)
def test_where_no_purpose_says_which_law_it_is_an_info(
    desk: Desk, purpose: str | None, hours: tuple[str, str], severity: str | None, words: str
) -> None:
    declare(desk, purpose=purpose, daily_start_time=hours[0], daily_stop_time=hours[1])
    found = desk.findings(CHECK)
    assert [each["severity"] for each in found] == ([severity] if severity else [])
    assert words in "".join(each["message"] for each in found)


def test_a_pack_of_the_project_with_weekdays_and_holidays(desk: Desk) -> None:
    desk.configure(policies={"house": HOUSE})
    declare(
        desk, purpose="survey", startingdate="2027-01-16T08:00:00+07:00", expirationdate="2027-01-21T17:00:00+07:00"
    )
    messages = [each["message"] for each in desk.findings(CHECK)]
    house = "but house (decision of the board) allows"
    assert messages == [
        f"calls 08:00-09:00, 11:00-13:00 and 15:00-17:00 in Asia/Ho_Chi_Minh on 2027-01-16, {house} "
        "calls 09:00-11:00 and 13:00-15:00: declare one campaign for each part of the day, or pause it on those days",
        f"calls 08:00-17:00 in Asia/Ho_Chi_Minh on 2 of 6 days, first on 2027-01-17, {house} "
        "no calls on that day: pause it on those days, or end it before them",
    ]


def weekend(desk: Desk, opens: str, closes: str, **hours: str) -> list[str]:
    """What is said of a campaign of eleven days with two Saturdays and a Sunday, under hours that differ by weekday."""
    week = {"every_day": "08:00-18:00", "saturday": "09:00-12:00", "sunday": "closed", **hours}
    desk.configure(policies={"house": {**HOUSE, "hours": week, "holidays": {}}})
    dates = {"startingdate": "2027-01-20T08:00:00+07:00", "expirationdate": "2027-01-30T20:00:00+07:00"}
    declare(desk, purpose="survey", daily_start_time=opens, daily_stop_time=closes, **dates)
    return [each["message"].replace(" in Asia/Ho_Chi_Minh", "") for each in desk.findings(CHECK)]


def test_hours_that_differ_by_weekday_are_one_finding_each_and_mended_together(desk: Desk) -> None:
    weekdays, saturdays, sunday = weekend(desk, "08:00", "20:00")
    because = "because a campaign has the same hours on every day"
    assert weekdays == (
        "calls 18:00-20:00 on 8 of 11 days, first on 2027-01-20, but house (decision of the board) allows calls "
        f"08:00-18:00: set daily_stop_time to 12:00, {because}"
    )
    assert saturdays == (
        "calls 08:00-09:00 and 12:00-20:00 on 2 of 11 days, first on 2027-01-23, but house (decision of the board) "
        "allows calls 09:00-12:00: set daily_start_time to 09:00 and daily_stop_time to 12:00, "
        f"{because}, or pause it on those days"
    )
    assert sunday.startswith("calls 08:00-20:00 on 2027-01-24, but house (decision of the board) allows no calls")
    (sunday,) = weekend(desk, "09:00", "12:00")  # the advice is right
    assert "allows no calls on that day" in sunday


def test_hours_that_exclude_each_other_are_kept_by_no_campaign(desk: Desk) -> None:
    found = weekend(desk, "08:00", "18:00", every_day="13:00-18:00", sunday="13:00-18:00")
    assert [message.split(": ")[1] for message in found] == [
        "a campaign has the same hours on every day",
        "a campaign has the same hours on every day",
    ]
    assert all(message.endswith("declare one campaign for the days of each of the hours") for message in found)


def test_the_hours_of_several_policies_are_mended_together(desk: Desk) -> None:
    house = {**HOUSE, "purposes": ["advertising"], "hours": {"every_day": "09:00-16:00"}, "holidays": {}}
    desk.configure(policies={"house": house})
    declare(desk, daily_stop_time="20:00")
    assert [each["message"].split(": ")[1].split(", or")[0] for each in desk.findings(CHECK)] == [
        "set daily_start_time to 09:00 and daily_stop_time to 16:00",
        "set daily_stop_time to 16:00",
    ]


def test_nothing_but_holidays(desk: Desk) -> None:
    desk.configure(policies={"house": {**HOUSE, "holidays": {"2027-01-18": "closed", "2027-01-19": "closed"}}})
    declare(
        desk, purpose="survey", startingdate="2027-01-18T08:00:00+07:00", expirationdate="2027-01-19T17:00:00+07:00"
    )
    (found,) = desk.findings(CHECK)
    assert "on 2 days, first on 2027-01-18" in found["message"]
    assert found["message"].endswith("allows no calls on that day: choose other dates")


@pytest.mark.parametrize(("numbers", "fires"), [(("+33612345678",), False), (("+33612345678", "0934890841"), True)])
def test_the_law_of_a_country_is_about_numbers_of_that_country(
    desk: Desk, numbers: tuple[str, ...], fires: bool
) -> None:
    declare(desk, *numbers, daily_stop_time="20:00")
    assert bool(desk.findings(CHECK)) is fires


def test_the_clock_is_that_of_the_people_called(desk: Desk) -> None:
    paris = {
        **HOUSE,
        "purposes": ["advertising"],
        "region": "FR",
        "timezone": "Europe/Paris",
        "hours": {"every_day": "08:00-17:00"},
        "holidays": {},
    }
    desk.configure(policies={"fr": paris})
    declare(desk, "+33612345678")
    (found,) = desk.findings(CHECK)
    assert "calls 02:00-08:00 in Europe/Paris" in found["message"]
    declare(desk, "+33612345678", daily_start_time="14:00", daily_stop_time="23:00")
    assert desk.findings(CHECK) == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"startingdate": "2027-01-20T18:00:00+07:00", "expirationdate": "2027-01-21T07:00:00+07:00"},
            "never calls, because its daily window 08:00-17:00 does not open before it expires",
        ),
        ({"expirationdate": "2027-01-15T17:00:00+07:00", "now": "2027-01-15T18:00:00+07:00"}, None),
        (
            {"expirationdate": "2027-01-15T23:00:00+07:00", "now": "2027-01-15T18:00:00+07:00"},
            "never calls, because its daily window 08:00-17:00 does not open before it expires",
        ),
    ],
)
def test_a_window_that_never_opens_is_an_error_whatever_its_purpose(
    desk: Desk, fields: dict[str, Any], words: str | None
) -> None:
    desk.now = datetime.fromisoformat(fields.pop("now", NOW.isoformat()))
    declare(desk, purpose="service", **fields)
    found = desk.findings(CHECK)
    assert [(each["severity"], words in each["message"]) for each in found] == ([("error", True)] if words else [])
    if words:
        assert "never calls" in desk.refusal()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"daily_start_time": "21:00", "daily_stop_time": "08:00"}, "a window over midnight never opens"),
        ({"startingdate": "2027-02-10T08:00:00+07:00"}, "must be later than startingdate"),
        ({"daily_start_time": "05:00", "daily_stop_time": "09:00"}, "is 22:00-02:00 in the server's time zone UTC"),
    ],
)
def test_what_can_be_seen_without_the_account_is_an_error_of_validate(
    desk: Desk, fields: dict[str, Any], words: str
) -> None:
    declare(desk, **fields)
    said = desk.run("validate")
    assert said.code == 1 and words in said.err


def test_a_campaign_that_has_called_and_has_nothing_left_is_no_mistake(desk: Desk) -> None:
    declare(desk, expirationdate="2027-01-15T23:00:00+07:00")
    desk.apply()
    desk.now = NOW + timedelta(hours=9)
    desk.simulator.clock(desk.now)
    assert desk.findings(CHECK) == []
    desk.demand_nothing_to_do()


def test_what_stops_is_not_refused_and_gets_in_nobodys_way(desk: Desk) -> None:
    declare(desk)
    desk.apply()
    [campaign] = desk.simulator.objects("campaigns")
    desk.simulator.change("campaigns", campaign["id"], daily_stop_time="13:00")  # 20:00 in Vietnam
    declare(desk, daily_stop_time="20:00", status="paused")
    assert [each["severity"] for each in desk.findings(CHECK)] == ["warning"]
    desk.apply()
    desk.demand_nothing_to_do()
    declare(desk, daily_stop_time="20:00")
    assert [each["severity"] for each in desk.findings(CHECK)] == ["error"]
    assert CHECK in desk.refusal()
    declare(desk, daily_stop_time="20:00", status="ended")
    assert desk.findings(CHECK) == []
    desk.apply()
    desk.demand_nothing_to_do()


def test_alarms_are_reminders(desk: Desk) -> None:
    desk.configure(policies={"house": HOUSE})

    def alarm(number: str, notice: str) -> dict[str, str]:
        return {"event": "checkup", "alarm_phonenumber": number, "date_start_notice": notice}

    event = {"title": "Check-up", "start": "2027-02-15 09:30", "end": "2027-02-15 10:00", "calendar": "clinic"}
    alarms = {
        "sunday": alarm("0934890841", "2027-02-14 09:00"),
        "late": alarm("0934890841", "2027-02-12 17:30"),
        "right": alarm("0934890841", "2027-02-12 09:00"),
        "abroad": alarm("+33612345678", "2027-02-14 09:00"),
    }
    desk.declare(
        surveys={"promo": survey()},
        phonebooks={"vip": phonebook("0934890841")},
        campaigns={"tet": {**CAMPAIGN, "purpose": "service"}},
        calendar_settings={
            "clinic": {"label": "C", "survey": {"campaign": "tet"}, "gateway": "AliceDevGateway", "call_timeout": 60}
        },
        calendar_users={"bot": {"username": "bot", "password": "${env.PASS}", "calendar_setting": "clinic"}},
        calendars={"clinic": {"name": "C", "user": "bot"}},
        events={"checkup": event},
        alarms=alarms,
    )
    desk.environ = {"PASS": "correct-horse"}
    found = {each["address"]: each["message"] for each in desk.findings(CHECK)}
    assert found == {
        "alarm.sunday": "rings at 09:00 on 2027-02-14 in Asia/Ho_Chi_Minh, but house (decision of the board) allows "
        "no calls on that day: choose another time",
        "alarm.late": "rings at 17:30 on 2027-02-12 in Asia/Ho_Chi_Minh, but house (decision of the board) allows "
        "calls 08:00-17:00: choose another time",
    }


def test_legal_hours_are_in_the_outlook_for_the_reports(desk: Desk) -> None:
    desk.configure(
        policies={
            "house": {**HOUSE, "purposes": ["advertising"], "hours": {"every_day": ["09:00-12:00", "13:00-18:00"]}}
        }
    )
    declare(desk)
    assert desk.plan()["outlook"]["legal_hours"] == [
        {"address": "campaign.tet", "from": "09:00", "to": "12:00"},
        {"address": "campaign.tet", "from": "13:00", "to": "17:00"},
    ]
    declare(desk, purpose="service")
    assert desk.plan()["outlook"]["legal_hours"] == []


@pytest.mark.parametrize(
    ("zone", "opens", "closes", "fires"),
    [
        ("UTC", "08:00", "17:00", False),
        ("UTC", "08:00", "19:00", True),
        ("Asia/Ho_Chi_Minh", "08:00", "17:00", False),
        ("Europe/Madrid", "08:00", "17:00", True),  # after its clocks have changed an hour early
        ("Europe/Madrid", "10:00", "17:00", False),
    ],
)
def test_it_says_what_the_dialler_will_do(desk: Desk, zone: str, opens: str, closes: str, fires: bool) -> None:
    desk.simulator.reset(now=NOW, variants={"server_tz": zone})
    desk.configure(server_timezone=zone, checks={CHECK: "warning"})
    numbers = [f"09348908{index}" for index in range(10, 60)]
    dates = {"startingdate": "2027-03-20T08:00:00+07:00", "expirationdate": "2027-04-05T17:00:00+07:00"}
    declare(desk, *numbers, daily_start_time=opens, daily_stop_time=closes, frequency=1, **dates)
    assert bool(desk.findings(CHECK)) is fires
    desk.apply()
    for day in (27, 29):
        for hour in range(24):
            desk.simulator.clock(datetime(2027, 3, day, hour, 30, tzinfo=UTC))
            desk.simulator.tick(60)
    clocks = [datetime.fromisoformat(ring["time"]).astimezone(VIETNAM).time() for ring in desk.simulator.rings()]
    assert len(clocks) > 10
    assert any(not time(8) <= clock <= time(17) for clock in clocks) is fires
