"""What the random projects have found, each as a plain story."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from provisioner.simulator.process import Simulator
from tests.factories import NOW, alice
from tests.operator import Operator

PROJECT = alice("found")
CAMPAIGN = """{{name: {name}, survey: {survey}, phonebooks: [{phonebooks}], gateway: AliceDevGateway, frequency: 10,
     startingdate: 2027-01-10T08:00:00+07:00, expirationdate: 2027-01-30T17:00:00+07:00,
     daily_start_time: 08:00, daily_stop_time: 17:00{more}}}"""


def campaign(name: str, *, survey: str = "hello", phonebooks: str = "vip", more: str = "") -> str:
    return CAMPAIGN.format(name=name, survey=survey, phonebooks=phonebooks, more=more)


@pytest.fixture
def operator(simulator: Simulator, tmp_path: Path) -> Operator:
    simulator.reset(now=NOW)
    operator = Operator(tmp_path, simulator, now=NOW)
    operator.write("alice.yaml", PROJECT.format(endpoint=simulator.endpoint))
    return operator


def test_new_phonebooks_of_a_campaign_get_their_ids_in_any_order(operator: Operator) -> None:
    """The ids of what is attached were compared in the order of the keys."""
    operator.write(
        "main.yaml",
        f"""
surveys: {{hello: {{name: Hello}}}}
phonebooks: {{c: {{name: C}}, b: {{name: B}}, a: {{name: A}}}}
campaigns:
  tet: {campaign("Tet", phonebooks="a, b, c")}
""",
    )
    operator.apply("--parallelism", "1")
    [row] = operator.simulator.objects("campaigns")
    assert len(row["phonebook"]) == 3
    operator.demand_nothing_to_do()


def test_a_calendar_setting_with_a_survey_that_nothing_starts_waits(operator: Operator) -> None:
    """An address was sent where the id of a sealed copy belongs."""
    operator.write(
        "main.yaml",
        """
surveys: {hello: {name: Hello}}
calendar_settings: {clinic: {label: Clinic, survey: hello, gateway: AliceDevGateway, call_timeout: 60}}
""",
    )
    [deferred] = operator.plan()["deferred"]
    assert deferred["address"] == "calendar_setting.clinic"
    assert "nothing declared here makes one of hello" in deferred["reason"]
    operator.apply()
    assert operator.simulator.objects("calendar-setting") == []
    operator.demand_nothing_to_do()


def test_a_calendar_setting_keeps_its_survey_while_another_field_changes(operator: Operator) -> None:
    """An address was sent where the id of a sealed copy belongs, in the PUT of what else had changed."""
    manifest = f"""
surveys: {{hello: {{name: Hello}}, bye: {{name: Bye}}}}
phonebooks: {{vip: {{name: VIP}}}}
campaigns: {{first: {campaign("First", more=", status: started")}}}
calendar_settings: {{clinic: {{label: Clinic, survey: hello, gateway: AliceDevGateway, call_timeout: 60}}}}
"""
    operator.write("main.yaml", manifest)
    operator.apply("--allow-calls")
    [before] = operator.simulator.objects("calendar-setting")
    changed = manifest.replace("Clinic, survey: hello", "Clinic, survey: bye").replace(
        "call_timeout: 60", "call_timeout: 30"
    )
    operator.write("main.yaml", changed)
    [deferred] = operator.plan()["deferred"]
    assert "nothing declared here makes one of bye" in deferred["reason"]
    operator.apply("--max-update-percent", "100")
    [after] = operator.simulator.objects("calendar-setting")
    assert (after["survey"], after["call_timeout"]) == (before["survey"], 30)
    operator.demand_nothing_to_do()


def test_of_two_campaigns_with_one_survey_the_one_that_starts_makes_the_copy(operator: Operator) -> None:
    """The first campaign was waited for, so that the next plan was not empty."""
    operator.write(
        "main.yaml",
        f"""
surveys: {{hello: {{name: Hello}}}}
phonebooks: {{vip: {{name: VIP}}}}
campaigns:
  first: {campaign("First")}
  second: {campaign("Second", more=", status: started")}
calendar_settings: {{clinic: {{label: Clinic, survey: hello, gateway: AliceDevGateway, call_timeout: 60}}}}
""",
    )
    operator.apply()
    [setting] = operator.simulator.objects("calendar-setting")
    [sealed] = operator.simulator.objects("survey-list")
    assert setting["survey"] == sealed["id"]
    operator.demand_nothing_to_do()


def test_calendars_of_two_calendar_users_are_found_again_without_a_state(operator: Operator) -> None:
    """A calendar's `user` is a calendar user, and was taken for the user of the account."""
    operator.environ = {"CLINIC_PASSWORD": "correct-horse"}
    operator.write(
        "main.yaml",
        f"""
surveys: {{hello: {{name: Hello}}}}
phonebooks: {{vip: {{name: VIP}}}}
campaigns:
  first: {campaign("First", more=", status: started")}
calendar_settings: {{clinic: {{label: Clinic, survey: hello, gateway: AliceDevGateway, call_timeout: 60}}}}
calendar_users:
  one: {{username: bot-1, password: "${{env.CLINIC_PASSWORD}}", calendar_setting: clinic}}
  two: {{username: bot-2, password: "${{env.CLINIC_PASSWORD}}", calendar_setting: clinic}}
calendars: {{one: {{name: One, user: one}}, two: {{name: Two, user: two}}}}
""",
    )
    operator.apply()
    shutil.rmtree(operator.directory / ".alice")
    operator.demand_nothing_to_do()
