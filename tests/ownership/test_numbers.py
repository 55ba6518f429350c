"""Alarms on a server that rewrites telephone numbers: each is made once, whatever happens, and the plan is at rest."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from provisioner.simulator.process import Simulator
from tests.factories import NOW
from tests.operator import Operator

SETTINGS = """alice: 1
project: numbers
endpoint: {endpoint}
timezone: Asia/Ho_Chi_Minh
region: VN
number_format: {form}
"""
CHAIN = """
surveys:
  reminder: {name: Reminder, sections: [{key: hi, type: play_message, question: Hi, script: Hello}]}
phonebooks:
  nobody: {name: Nobody}
campaigns:
  seal:
    {name: Seal, survey: reminder, phonebooks: [nobody], gateway: AliceDevGateway, frequency: 1, status: started,
     startingdate: 2027-01-10T08:00:00+07:00, expirationdate: 2027-01-30T17:00:00+07:00,
     daily_start_time: 08:00, daily_stop_time: 17:00}
calendar_settings:
  clinic: {label: Clinic, survey: {campaign: seal}, gateway: AliceDevGateway, call_timeout: 60}
calendar_users:
  bot: {username: clinic-bot, password: "${env.CLINIC_PASSWORD}", calendar_setting: clinic}
calendars:
  clinic: {name: Clinic, user: bot}
events:
  checkup: {title: Checkup, start: 2027-02-15T09:30:00+07:00, end: 2027-02-15T10:00:00+07:00, calendar: clinic}
"""
ALARMS = """
alarms:
  linh:
    {event: checkup, alarm_phonenumber: "%s", date_start_notice: 2027-02-14T09:00:00+07:00,
     phonenumber_transfer: "%s"}
  lan: {event: checkup, alarm_phonenumber: "0934890999", date_start_notice: 2027-02-14T09:00:00+07:00}
"""


@pytest.fixture
def operator(simulator: Simulator, tmp_path: Path) -> Operator:
    simulator.reset(now=NOW)
    operator = Operator(tmp_path, simulator, now=NOW, environ={"CLINIC_PASSWORD": "correct-horse"})
    operator.write("alice.yaml", SETTINGS.format(endpoint=simulator.endpoint, form="national"))
    operator.write("chain.yaml", CHAIN)
    operator.write("alarms.yaml", ALARMS % ("0934890883", "0934890884"))
    return operator


def alarms(operator: Operator) -> list[str]:
    return sorted(row["alarm_phonenumber"] for row in operator.simulator.objects("alarm"))


@pytest.mark.parametrize("rule", ["digits", "e164", "no-zero"])
@pytest.mark.parametrize("form", ["national", "e164"])
def test_an_alarm_whose_number_is_rewritten_is_made_once(operator: Operator, rule: str, form: str) -> None:
    operator.write("alice.yaml", SETTINGS.format(endpoint=operator.simulator.endpoint, form=form))
    operator.simulator.variants(alarm_text=rule)
    operator.apply()
    assert len(alarms(operator)) == 2
    operator.demand_nothing_to_do()
    assert operator.succeed("drift", "--detailed-exitcode").code == 0
    shutil.rmtree(operator.directory / ".alice")
    operator.demand_nothing_to_do()
    operator.apply()
    operator.demand_nothing_to_do()
    assert operator.succeed("drift", "--detailed-exitcode").code == 0
    assert len(alarms(operator)) == 2


def test_the_rewritten_number_of_an_alarm_is_told_once_and_not_shown(operator: Operator) -> None:
    operator.simulator.variants(alarm_text="e164")
    operator.apply()
    found = [each for each in operator.plan()["findings"] if each["id"] == "rewritten-numbers"]
    assert {(each["address"], each["severity"]) for each in found} == {
        ("alarm.linh", "warning"),
        ("alarm.lan", "warning"),
    }
    assert "890883" not in str(found)


def test_another_number_is_a_change_and_so_is_one_of_staff(operator: Operator) -> None:
    operator.simulator.variants(alarm_text="e164")
    operator.apply()
    operator.write("alarms.yaml", ALARMS % ("0934890777", "0934890884"))
    (change,) = operator.plan()["changes"]
    assert (change["address"], change["calls"]) == ("alarm.linh", True)
    operator.apply()
    assert alarms(operator) == ["+84934890777", "+84934890999"]
    operator.demand_nothing_to_do()
    (row,) = operator.simulator.objects("alarm", alarm_phonenumber="+84934890777")
    operator.simulator.change("alarm", row["id"], alarm_phonenumber="+84934890555")
    assert [each["address"] for each in operator.plan()["changes"]] == ["alarm.linh"]


@pytest.mark.parametrize("fault", ["drop-after", "500-after"])
def test_a_lost_answer_makes_no_second_alarm(operator: Operator, fault: str) -> None:
    (operator.directory / "alarms.yaml").rename(operator.directory / "later.txt")
    operator.simulator.variants(alarm_text="e164")
    operator.apply()
    (operator.directory / "later.txt").rename(operator.directory / "alarms.yaml")
    operator.simulator.variants(faults=fault, fault_every=1, fault_scope="writes")
    operator.run("apply", "--auto-approve", "--allow-calls", "--timeout", "2")
    operator.simulator.variants(faults="")
    operator.apply()
    assert alarms(operator) == ["+84934890883", "+84934890999"]
    operator.demand_nothing_to_do()


def test_an_alarm_with_hidden_digits_may_be_the_declared_one(operator: Operator) -> None:
    operator.simulator.variants(alarm_text="masked")
    operator.write("alarms.yaml", ALARMS.partition("  lan:")[0] % ("0934890883", "0934890884"))
    operator.apply()
    operator.demand_nothing_to_do()
    shutil.rmtree(operator.directory / ".alice")
    said = operator.run("apply", "--auto-approve", "--allow-calls")
    assert said.code == 1
    assert "alarm.linh" in said.err and "`id:`" in said.err
    assert len(alarms(operator)) == 1
