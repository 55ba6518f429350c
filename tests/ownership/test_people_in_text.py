"""Titles and descriptions of appointments name people: they are shown by length, wherever they come from."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioner.simulator.process import Simulator
from tests.cli.echoing import echoing
from tests.factories import NOW
from tests.operator import Operator

MANIFEST = """\
surveys: {hello: {name: Hello, sections: [{key: hi, type: play_message, question: Hi}]}}
phonebooks: {vip: {name: VIP, contacts: {rows: [{contact: "0934890821"}]}}}
campaigns:
  seal: {name: Seal, survey: hello, phonebooks: [vip], gateway: AliceDevGateway, frequency: 10, status: started,
    startingdate: 2027-01-10T08:00:00+07:00, expirationdate: 2027-01-30T17:00:00+07:00, daily_start_time: 08:00,
    daily_stop_time: 17:00}
calendar_settings: {clinic: {label: Clinic, survey: {campaign: seal}, gateway: AliceDevGateway, call_timeout: 60}}
calendar_users: {bot: {username: clinic-bot, password: "${env.BOT_PASSWORD}", calendar_setting: clinic}}
calendars: {clinic: {name: Clinic, user: bot}}
events:
  visit: {title: Khám bà Nguyễn, description: bệnh tim, start: 2027-02-15T09:30:00+07:00,
    end: 2027-02-15T10:00:00+07:00, calendar: clinic}
"""
PEOPLE = ("nguyễn", "bệnh tim", "ông trần", "tiểu đường")


@pytest.fixture
def operator(simulator: Simulator, tmp_path: Path) -> Iterator[Operator]:
    simulator.reset(now=NOW)
    operator = Operator(tmp_path / "project", simulator, now=NOW, environ={"BOT_PASSWORD": "hunter2"})
    operator.write("alice.yaml", f"alice: 1\nendpoint: {simulator.endpoint}\ntimezone: Asia/Ho_Chi_Minh\nregion: VN\n")
    operator.write("main.yaml", MANIFEST)
    yield operator


def unseen(text: str) -> bool:
    return not any(word in text.casefold() for word in PEOPLE)


def test_an_appointment_is_planned_drifts_and_is_recorded_by_length(operator: Operator) -> None:
    plan = operator.plan_text()
    assert "(text of 14 characters)" in plan
    assert "(text of 8 characters)" in plan
    operator.apply()
    operator.demand_nothing_to_do()
    [event] = operator.simulator.objects("event")
    assert event["title"] == "Khám bà Nguyễn"
    operator.simulator.change("event", event["id"], description="ông Trần, tiểu đường")
    drift = operator.succeed("drift").out
    assert "(sensitive) -> (text of 20 characters)" in drift
    shown = operator.succeed("state", "show", "event.visit").out
    state = (operator.directory / ".alice" / "state.db").read_bytes().decode(errors="replace")
    again = operator.succeed("plan", "--output", "json").out
    assert "(text of 20 characters)" in again
    assert unseen(plan + drift + shown + state + again)
    operator.apply()
    assert operator.simulator.objects("event")[0]["description"] == "bệnh tim"
    operator.demand_nothing_to_do()


def test_a_state_of_before_does_not_show_them_either(operator: Operator) -> None:
    operator.apply()
    with sqlite3.connect(operator.directory / ".alice" / "state.db") as state:
        [(fields,)] = state.execute("SELECT fields FROM alice_resources WHERE kind = 'event'").fetchall()
        known = json.dumps({**json.loads(fields), "title": "Khám bà Nguyễn", "description": "bệnh tim"})
        state.execute("UPDATE alice_resources SET fields = ?, digests = '{}' WHERE kind = 'event'", [known])
    assert unseen(operator.succeed("state", "show", "event.visit").out + operator.succeed("drift").out)
    operator.demand_nothing_to_do()


def test_they_are_exported_when_personal_data_is_asked_for(operator: Operator, tmp_path: Path) -> None:
    operator.apply()
    for name, options in (("without", []), ("with", ["--with-contacts"])):
        operator.succeed("export", str(tmp_path / name), *options)
    texts = {
        name: "".join(path.read_text(encoding="utf-8") for path in (tmp_path / name).rglob("*.yaml"))
        for name in ("without", "with")
    }
    assert unseen(texts["without"])
    assert "Khám bà Nguyễn" in texts["with"]
    assert "bệnh tim" in texts["with"]


def test_a_server_that_quotes_it_and_a_reference_by_name_do_not_show_them(operator: Operator) -> None:
    operator.apply()
    alarm = """alarms: {call: {event: {name: Khám bà Nguyễn}, alarm_phonenumber: "0934890883",
      date_start_notice: 2027-02-14T09:00:00+07:00}, none: {event: {name: Ông Trần}, alarm_phonenumber: "0934890884",
      date_start_notice: 2027-02-14T09:00:00+07:00}}"""
    operator.write("alarm.yaml", alarm)
    said = operator.run("plan")
    assert said.code == 1 and "(text of 8 characters)" in said.err
    operator.write("alarm.yaml", alarm.partition(", none:")[0] + "}")
    plan = operator.plan_text()
    assert "(text of 14 characters)" in plan
    assert unseen(said.out + said.err + plan)
    operator.apply()
    operator.demand_nothing_to_do()
    with echoing(operator.simulator) as echo:
        echo.mode = "general"
        project = (operator.directory / "alice.yaml").read_text(encoding="utf-8")
        operator.write("alice.yaml", project.replace(operator.simulator.endpoint, echo.endpoint))
        operator.write("main.yaml", MANIFEST.replace("bệnh tim", "tiểu đường"))
        (operator.directory / ".alice" / "state.db").unlink()
        said = operator.run("apply", "--auto-approve", "--on-error", "continue")
    assert said.code == 4
    assert unseen(said.out + said.err)
