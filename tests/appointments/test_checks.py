"""What the checks say of a list of appointments: counts and rows, never whom it is about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from provisioner.simulator.process import Simulator
from tests.appointments.clinic import LIST, OPTIONS, Clinic, Row, clinic

GATEWAY = 23  # AliceDevGateway
AT = OPTIONS.replace('      remind: ["-1d 09:00", "-2h"]\n', "").replace("transfer: desk", "remind_at: desk")
POLICY = """\
policies:
  house-rules:
    title: Weekdays alone
    source: decision of the board
    version: 1
    since: 2027-01-04
    purposes: [reminder]
    region: VN
    timezone: Asia/Ho_Chi_Minh
    hours: {every_day: 08:00-17:00, sunday: closed}
"""


@pytest.fixture
def office(simulator: Simulator, tmp_path: Path) -> Iterator[Clinic]:
    """A clinic; whatever was said of its list, nobody was named."""
    made = clinic(simulator, tmp_path)
    yield made
    said = made.run("plan", "--output", "json").out
    assert "BN" not in said and "34890" not in said and '"H' not in said


def found(office: Clinic, check: str, *options: str) -> list[dict[str, Any]]:
    return [each for each in office.plan(*options)["findings"] if each["id"] == check]


def messages(office: Clinic, check: str = "content") -> list[str]:
    return [each["message"] for each in found(office, check)]


def test_reminders_that_are_fine_are_not_mentioned(office: Clinic) -> None:
    office.declare(*LIST[:2])
    assert office.plan()["findings"] == []


def test_reminders_at_night_before_now_and_after_the_beginning(office: Clinic) -> None:
    office.declare(
        ("H1", "BN1", "15/02/2027 09:30", "0934890831", "15/02/2027 06:59"),
        ("H2", "BN2", "15/02/2027 09:30", "0934890832", "15/02/2027 07:00"),
        ("H3", "BN3", "15/02/2027 09:30", "0934890833", "14/02/2027 22:00"),
        ("H4", "BN4", "15/02/2027 09:30", "0934890834", "15/02/2027 09:31"),
        options=AT,
    )
    assert messages(office) == [
        "after the appointment has begun: 1 reminder (list.csv:5); correct them",
        "when people sleep (22:00 to 07:00 in Asia/Ho_Chi_Minh): 2 reminders (list.csv:2, list.csv:4); move them",
    ]
    office.apply()
    assert len(messages(office)) == 2  # they ring all the same


def test_a_reminder_that_is_past_is_told_once(office: Clinic) -> None:
    office.declare(*LIST, ("H9", "BN9", "15/01/2027 13:00", "0934890839", ""))  # now it is 07:00 of that day
    [first, _] = messages(office)
    assert first.startswith("before now, so nobody gets them: 1 reminder (list.csv:5) of new appointments")
    office.apply()
    assert not any("before now" in each for each in messages(office))


def test_a_finding_stands_at_the_list(office: Clinic) -> None:
    office.declare(LIST[2])
    [finding] = found(office, "content")
    assert (finding["severity"], finding["address"]) == ("warning", "calendar.clinic")
    assert finding["source"].startswith("clinic.yaml:10:")


def test_policies_count_as_for_alarms(office: Clinic) -> None:
    with (office.directory / "alice.yaml").open("a") as file:
        file.write(POLICY)
    office.declare(*LIST[:2], ("H4", "BN4", "16/02/2027 10:00", "+6591234567", ""))
    [finding] = found(office, "calling-window")
    assert finding["severity"] == "error"
    assert finding["message"].startswith(
        "outside of allowed hours: 3 reminders (list.csv:2, list.csv:3); house-rules (decision of the board) allows "
        "calls at other times (usually 08:00-17:00 in Asia/Ho_Chi_Minh)"
    )
    assert office.run("apply", "--auto-approve", "--allow-calls").code == 3


def test_one_person_at_two_places(office: Clinic) -> None:
    again: Row = ("H7", "BN7", "15/02/2027 09:45", "+84 934 890 831", "")
    office.declare(*LIST[:2], again, ("H8", "BN1", "15/02/2027 10:15", "0934890831", ""))
    assert messages(office) == [
        "two at the same time: 1 appointment (list.csv:4) of people who have another one then; correct one"
    ]


def test_one_appointment_under_two_keys(office: Clinic) -> None:
    office.declare(*LIST[:2], ("H7", *LIST[0][1:]), ("H8", *LIST[0][1:]))
    [said] = messages(office)
    assert said.startswith("on the list twice, under two keys: 2 appointments (list.csv:4, list.csv:5) with the number")


def test_two_calendars_know_of_each_other(office: Clinic) -> None:
    office.declare(*LIST[:2])
    text = (office.directory / "clinic.yaml").read_text(encoding="utf-8")
    calendar = text.partition("calendars:\n")[2]
    other = calendar.replace("clinic:", "dentist:").replace("Rounds", "Teeth").replace("list.csv", "teeth.csv")
    office.write("clinic.yaml", text + other)
    office.write("teeth.csv", "code,patient,when,tel,desk\nT1,BN1,15/02/2027 09:50,0934890831,\n")
    [finding] = found(office, "content")
    assert finding["address"] == "calendar.dentist" and "teeth.csv:2" in finding["message"]


def test_more_rows_than_are_shown_are_counted(office: Clinic) -> None:
    office.declare(*((f"H{n}", f"BN{n}", "16/02/2027 08:00", f"09348908{n:02}", "") for n in range(31, 41)))
    [said] = messages(office)
    assert "10 reminders (list.csv:2, list.csv:3, list.csv:4, list.csv:5, list.csv:6 and 5 more)" in said


def barred(office: Clinic, *numbers: str) -> None:
    office.write("dnc.yaml", f"dnc_lists:\n  opt-outs: {{name: Opt-outs, numbers: {list(numbers)}}}\n")


def test_reminders_to_numbers_on_a_list_are_counted(office: Clinic) -> None:
    office.declare(*LIST)
    barred(office, "+84934890831", "0934890999")
    [finding] = found(office, "dnc-scrub")
    assert (finding["severity"], finding["address"]) == ("warning", "calendar.clinic")
    assert finding["message"].startswith("to numbers on a DNC list: 2 reminders (list.csv:2); remove these rows")
    barred(office, "0934890999")
    assert found(office, "dnc-scrub") == []


def test_a_list_that_holds_more_than_is_declared_counts_as_it_will_be(office: Clinic) -> None:
    office.declare(*LIST)
    identity = office.simulator.create("dnc-list", name="Opt-outs", user=203)["id"]
    office.simulator.create("dnc-contact", dnc=identity, phone_number="+84934890832")
    office.write("dnc.yaml", "dnc_lists:\n  opt-outs: {name: Opt-outs}\n")
    [finding] = found(office, "dnc-scrub")
    assert "2 reminders (list.csv:3)" in finding["message"]


def test_a_list_that_nobody_can_read_may_hold_anybody(simulator: Simulator, tmp_path: Path) -> None:
    office = clinic(simulator, tmp_path, {"forbidden_get": "dnc-contact"})
    office.declare(*LIST)
    simulator.create("dnc-list", name="Opt-outs", user=203)
    office.write("dnc.yaml", "dnc_lists:\n  opt-outs: {name: Opt-outs}\n")
    [finding] = found(office, "dnc-unread")
    assert (finding["severity"], finding["address"]) == ("warning", "dnc_list.opt-outs")
    office.apply()
    [finding] = found(office, "dnc-unread")
    assert finding["severity"] == "info"  # nobody is called because of this plan


def many(count: int, minutes: int = 0) -> list[Row]:
    """So many appointments, one after another, and all reminders at nine of the day before, or some minutes apart."""
    start = datetime(2027, 2, 15, 9)
    return [
        (
            f"H{n}",
            f"BN{n}",
            f"{start + timedelta(minutes=n):%d/%m/%Y %H:%M}",
            f"0934{890000 + n}",
            f"{start - timedelta(days=1) + timedelta(minutes=n * minutes):%d/%m/%Y %H:%M}",
        )
        for n in range(count)
    ]


def test_more_alarms_in_five_minutes_than_the_gateway_takes(office: Clinic) -> None:
    office.simulator.change("gateway", GATEWAY, maximum_call=10)  # 50 calls of a minute in five minutes
    office.declare(*many(50), options=AT)
    assert found(office, "gateway-load") == []
    office.declare(*many(51), options=AT)
    [finding] = found(office, "gateway-load")
    assert (finding["severity"], finding["address"]) == ("warning", "calendar.clinic")
    assert finding["message"].startswith(
        "gateway AliceDevGateway takes 50 calls in five minutes (a call lasts 60 s, assumed), and 51 reminders ring "
        "from 2027-02-14 09:00 on. Spread the reminders"
    )
    office.declare(*many(51, minutes=1), options=AT)
    assert found(office, "gateway-load") == []
    office.simulator.change("gateway", GATEWAY, maximum_call=None)
    office.declare(*many(51), options=AT)
    assert found(office, "gateway-load") == []


CAMPAIGN = """\
surveys: {hello: {name: Greeting, sections: [{key: hi, type: play_message, question: Greet}]}}
phonebooks: {vip: {name: VIP, contacts: {file: vip.csv}}}
campaigns:
  tet: {name: Tet, survey: hello, phonebooks: [vip], gateway: %s, frequency: 5, status: started,
    startingdate: 2027-02-14T09:00:00+07:00, expirationdate: 2027-02-14T10:00:00+07:00, daily_start_time: 09:00,
    daily_stop_time: 10:00}
"""


@pytest.mark.parametrize(("gateway", "reminders", "told"), [("AliceDevGateway", 25, 0), ("AliceDevGateway", 26, 1)])
def test_a_campaign_that_dials_in_these_minutes_takes_its_share(
    office: Clinic, gateway: str, reminders: int, told: int
) -> None:
    """Ten calls at a time are fifty in five minutes, of which a campaign of five a minute takes the half."""
    office.simulator.change("gateway", GATEWAY, maximum_call=10)
    office.write("vip.csv", "contact\n" + "".join(f"09348{number}\n" for number in range(90000, 90200)))
    office.write("campaign.yaml", CAMPAIGN % gateway)
    office.declare(*many(reminders), options=AT)
    messages_ = messages(office, "gateway-load")
    assert len(messages_) == told
    assert all(
        f"{reminders} reminders ring from 2027-02-14 09:00 on, besides 25 calls of campaigns" in m for m in messages_
    )
    office.write("campaign.yaml", (CAMPAIGN % gateway).replace("frequency: 5, status: started", "frequency: 5"))
    assert messages(office, "gateway-load") == []
