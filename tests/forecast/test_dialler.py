"""When a campaign may dial, from what its fields say."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path

import pytest

from provisioner.forecast.dialler import Dialler
from provisioner.plan.observed import ActiveCampaign
from provisioner.project import Project, Settings
from provisioner.resources import KINDS
from tests.factories import NOW, Account, situation_of

STARTABLE = KINDS["campaign"].startable


def first_days(**fields: object) -> list[str]:
    """The first three days on which it dials, from ten o'clock in Hanoi on."""
    settings = Settings(Path(), "http://127.0.0.1", timezone="Asia/Ho_Chi_Minh", server_timezone="UTC")
    situation = situation_of(Project(settings, {}), Account())
    dates = {"startingdate": NOW - timedelta(days=3), "expirationdate": NOW + timedelta(days=30)}
    hours = {"daily_start_time": time(10), "daily_stop_time": time(11)}
    assert STARTABLE is not None
    found = Dialler.of(situation).hours(ActiveCampaign(STARTABLE, "campaign", "Tet", {**dates, **hours, **fields}))
    return [] if found is None else [first.isoformat() for first, _ in found.stretches(3)]


@pytest.mark.parametrize("no", [False, 0, "0", "false"])
def test_days_on_which_the_server_does_not_dial_are_left_out(no: object) -> None:
    days = first_days(saturday=no, sunday=no, monday=True)
    assert [day[:10] for day in days] == ["2027-01-15", "2027-01-18", "2027-01-19"]


def test_what_the_server_does_not_show_of_days_is_open() -> None:
    assert [day[:10] for day in first_days(saturday=None)] == ["2027-01-15", "2027-01-16", "2027-01-17"]


def test_hours_are_those_of_the_server_s_clock() -> None:
    assert first_days()[0] == "2027-01-15T03:00:00+00:00"


@pytest.mark.parametrize("field", ["daily_start_time", "expirationdate"])
def test_what_shows_no_hours_is_not_foreseen(field: str) -> None:
    assert first_days(**{field: None}) == []


def test_what_has_expired_is_not_foreseen() -> None:
    assert first_days(expirationdate=NOW) == []
