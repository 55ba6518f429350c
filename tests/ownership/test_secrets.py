"""Secrets: written once, recorded as keyed hashes, and a changed one is said with what to do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.ownership.conftest import CALENDAR, SURVEY, Owner


def secret_findings(owner: Owner) -> list[dict[str, Any]]:
    return [each for each in owner.plan()["findings"] if each["id"] == "secret-changed"]


@pytest.fixture
def clinic(owner: Owner) -> Owner:
    sealed = owner.simulator.create("survey-list", name="Sealed", user=203)
    owner.declare_and_apply(SURVEY, CALENDAR.replace("SEALED", str(sealed["id"])))
    return owner


def test_a_changed_password_is_said_and_never_sent(clinic: Owner) -> None:
    assert secret_findings(clinic) == []
    changed = replace(clinic, environ={"BOT_PASSWORD": "battery-staple"})
    changed.apply()  # which does not settle it
    [finding] = secret_findings(changed)
    assert (finding["address"], finding["severity"]) == ("calendar_user.bot", "warning")
    assert "web page" in finding["message"]
    assert "battery-staple" not in str(finding)
    changed.demand_nothing_to_do()


def test_adopting_it_again_settles_it(clinic: Owner) -> None:
    changed = replace(clinic, environ={"BOT_PASSWORD": "battery-staple"})
    [finding] = secret_findings(changed)
    command = finding["message"].partition("`alice-apply ")[2].rstrip("`").split()
    changed.succeed(*command)
    assert secret_findings(changed) == []
    changed.apply()
    assert len(secret_findings(clinic)) == 1


def test_another_key_of_the_hashes_says_nothing(clinic: Owner) -> None:
    other = replace(clinic, environ={"BOT_PASSWORD": "battery-staple", "ALICE_PLAN_KEY": "another"})
    assert secret_findings(other) == []


def test_a_changed_number_is_noticed_where_nothing_can_be_read(clinic: Owner) -> None:
    clinic.simulator.variants(forbidden_get="alarm")
    clinic.demand_nothing_to_do()
    clinic.write("manifest.yaml", (clinic.directory / "manifest.yaml").read_text().replace("0934890883", "0934890885"))
    [change] = clinic.plan()["changes"]
    assert (change["address"], change["action"], change["calls"]) == ("alarm.visit", "update", True)
    assert change["fields"] == [{"path": "alarm_phonenumber", "before": "(sensitive)", "after": "(sensitive)"}]
    clinic.apply()
    clinic.demand_nothing_to_do()
