"""When alarms ring, as counts by hour: in plans, on the page, in `status`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from provisioner.simulator.process import Simulator
from tests.appointments.clinic import LIST, OPTIONS, Clinic, clinic

SINGLE = """\
events: {walk-in: {title: BN9, start: 2027-02-15 10:30, end: 2027-02-15 11:00, calendar: clinic}}
alarms: {walk-in: {event: walk-in, alarm_phonenumber: "0934890839", date_start_notice: 2027-02-14 09:20}}
"""
HOURS = [("2027-02-14T09:00:00+07:00", 3), ("2027-02-15T07:00:00+07:00", 1), ("2027-02-15T08:00:00+07:00", 1)]
LAST = [("2027-02-15T09:00:00+07:00", 1), ("2027-02-16T06:00:00+07:00", 1)]


@pytest.fixture
def office(simulator: Simulator, tmp_path: Path) -> Clinic:
    made = clinic(simulator, tmp_path)
    made.write("single.yaml", SINGLE)
    made.declare(*LIST)
    return made


def hours(plan: dict[str, Any]) -> list[tuple[str, int]]:
    return [(each["from"], each["alarms"]) for each in plan["outlook"]["alarm_hours"]]


def test_alarms_of_lists_and_single_ones_are_counted_by_the_hour(office: Clinic, tmp_path: Path) -> None:
    plan = office.plan()
    assert hours(plan) == HOURS + LAST
    text = office.plan_text()
    assert "  2027-02-14: 3 alarms (09:00 3)\n" in text
    assert "  2027-02-15: 3 alarms (07:00 1, 08:00 1, 09:00 1)\n  2027-02-16: 1 alarm (06:00 1)\n" in text
    office.succeed("plan", "--output", f"html={tmp_path}/p.html", "--output", f"markdown={tmp_path}/p.md")
    page = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert "7 in all" in page and "How many alarms ring in an hour" in page
    assert "| 2027-02-15 | 3 | 07:00 1, 08:00 1, 09:00 1 |" in (tmp_path / "p.md").read_text(encoding="utf-8")
    office.apply()
    assert hours(office.plan()) == HOURS + LAST  # whether they are there already or not
    saved = str(tmp_path / "a.plan")
    office.succeed("plan", "--out", saved)
    assert "2027-02-16: 1 alarm (06:00 1)" in office.succeed("show", saved).out


def test_hours_are_those_of_the_projects_clock(office: Clinic) -> None:
    project = (office.directory / "alice.yaml").read_text(encoding="utf-8")
    office.write("alice.yaml", project.replace("Asia/Ho_Chi_Minh", "Asia/Kolkata"))  # half an hour beside ours
    office.write("single.yaml", "")
    office.declare(LIST[0], options=OPTIONS.replace('["-1d 09:00", "-2h"]', '["-1d 09:00", "-45m", "-31m"]'))
    assert hours(office.plan()) == [("2027-02-14T09:00:00+05:30", 1), ("2027-02-15T08:00:00+05:30", 2)]


def test_what_rings_nobody_knows_when_is_counted_apart(office: Clinic) -> None:
    office.write("single.yaml", "")
    office.declare(*LIST[:1])
    office.apply()
    [event] = office.simulator.objects("event")
    office.simulator.create(
        "alarm", event=event["id"], alarm_phonenumber="0934890838", date_start_notice="2027-02-14T03:00:00Z"
    )
    office.simulator.variants(unread_fields="alarm.date_start_notice", unread_form="word")
    found = office.plan()["outlook"]["alarm_hours"]
    assert [each["from"] for each in found] == ["2027-02-14T09:00:00+07:00", "2027-02-15T07:00:00+07:00", None]
    assert "  not known when: 1 alarm\n" in office.plan_text()


def test_the_page_of_status_has_the_alarms_by_hour(office: Clinic) -> None:
    office.apply()
    page = office.directory / "status.html"
    office.succeed("status", "--html", str(page))
    text = page.read_text(encoding="utf-8")
    assert (
        '<h2 id="alarms">Alarms</h2>' in text and '<data value="7">7 alarms</data></b> to ring, the next one on' in text
    )
    assert '>Sun 14 Feb, 09:00</time></th><td class="num">3</td>' in text and '<svg class="chart"' in text
    assert "Rounds" in text and "BN" not in text and "34890" not in text
    office.simulator.variants(forbidden_get="alarm")
    office.succeed("status", "--html", str(page))
    assert "Not known: the server does not list them" in page.read_text(encoding="utf-8")


def test_status_says_what_is_to_ring_and_what_became_of_the_rest(office: Clinic) -> None:
    office.apply()
    said = office.succeed("status").out
    assert "Alarms: 7 to ring, the next one at 2027-02-14 09:00\n  2027-02-14: 3 alarms (09:00 3)\n" in said
    assert "  of Rounds: 7\n" in said and "BN" not in said and "34890" not in said
    office.now = datetime(2027, 2, 14, 2, 1, tzinfo=UTC)
    office.simulator.clock(office.now)
    office.simulator.tick()
    said = office.succeed("status").out
    assert "Alarms: 5 to ring, the next one at 2027-02-14 09:20\n" in said
    assert "2 alarms whose time is up: 2 success\n" in said
    found = json.loads(office.succeed("status", "--alarms", "--output", "json").out)
    assert (found["to_ring"], found["passed"], found["calendars"]) == (5, {"success": 2}, {"Rounds": 5})
    assert found["hours"][0] == {"from": "2027-02-14T09:00:00+07:00", "alarms": 1}
    office.simulator.variants(forbidden_get="alarm")
    assert "Alarms: not known, the server does not list them" in office.succeed("status").out
    found = json.loads(office.succeed("status", "--alarms", "--output", "json").out)
    assert found["to_ring"] is None and found["not_known"]
