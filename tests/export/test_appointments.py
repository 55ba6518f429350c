"""Appointments of a calendar are exported as a list, which nothing has to be done about; what no row can say is not."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from provisioner.export.appointments import Appointment, reminders
from provisioner.model import Address
from provisioner.simulator.process import Simulator
from tests.export.account import adopted, demand_adoption, exported, manifest, newcomer
from tests.export.test_examples import apply_example
from tests.factories import NOW
from tests.operator import Operator
from tests.simulator.client import Api

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
START = datetime(2027, 2, 15, 10, tzinfo=ZONE)
LATER = START + timedelta(days=1, hours=2)


def listed(operator: Operator, key: str) -> list[dict[str, str]]:
    with (operator.directory / "appointments" / f"{key}.csv").open(encoding="utf-8", newline="") as text:
        return [*csv.DictReader(text)]


@pytest.mark.parametrize(
    "variants",
    [
        {},
        {"alarm_text": "digits"},
        {"datetimes": "offset"},
        {"forbidden_list": "alarm"},
        {"forbidden_list": "event"},
    ],
    ids=str,
)
def test_a_hospitals_list_is_exported_and_nothing_has_to_be_done_about_it(
    variants: dict[str, Any], simulator: Simulator, tmp_path: Path
) -> None:
    simulator.reset(now=NOW, variants=variants)
    apply_example(simulator, "clinic-list", tmp_path / "made")
    armed = simulator.arming()
    operator = exported(newcomer(simulator, tmp_path / "taken", "server_timezone: UTC"), "--with-contacts")
    plan = demand_adoption(operator)
    assert simulator.arming() == armed
    if variants in ({}, {"datetimes": "offset"}):
        assert len(listed(operator, "tai-kham")) == 25
        assert 'remind: ["-1d 09:00", "-2h"]' in manifest(operator, "calendars.yaml")
        assert not [each for each in adopted(plan) if each.startswith(("event.", "alarm."))]
        assert "/appointments/" in manifest(operator, ".gitignore").splitlines()


def test_nothing_of_a_list_is_exported_without_being_asked(simulator: Simulator, tmp_path: Path) -> None:
    simulator.reset(now=NOW)
    apply_example(simulator, "clinic-list", tmp_path / "made")
    operator = exported(newcomer(simulator, tmp_path / "taken", "server_timezone: UTC"))
    texts = [path.read_text(encoding="utf-8") for path in operator.directory.rglob("*") if path.is_file()]
    assert not any("0934890" in text or "BN4" in text for text in texts)
    assert not (operator.directory / "appointments").exists()
    assert "50 alarms, which hold telephone numbers" in manifest(operator, "alarms.yaml")
    demand_adoption(operator)


def test_what_no_row_can_say_is_declared_one_by_one(api: Api, operator: Operator) -> None:
    chain = api.calendar_chain()
    simulator = operator.simulator
    simulator.delete("event", chain["event"])

    def event(title: str, day: int, *alarms: tuple[str, int]) -> None:
        made = api.create(
            "event",
            title=title,
            start=f"2027-02-{day}T03:00:00Z",
            end=f"2027-02-{day}T04:00:00Z",
            calendar=chain["calendar"],
            creator=chain["calendar-user"],
        )["id"]
        for number, hour in alarms:
            notice = f"2027-02-{day - 1}T{hour:02}:00:00Z"
            api.create("alarm", event=made, alarm_phonenumber=number, date_start_notice=notice)

    event("=BN1", 15, ("0934890801", 2))
    event("BN2", 16, ("+84934890802", 3))
    event("two numbers", 17, ("0934890803", 2), ("0934890804", 3))
    event("two times", 18, ("0934890805", 2), ("0934890805", 3))
    event("silent", 19)
    operator = exported(operator, "--with-contacts")
    plan = demand_adoption(operator)
    (file,) = (operator.directory / "appointments").iterdir()
    assert [row["title"] for row in listed(operator, file.stem)] == ["'=BN1"]
    assert listed(operator, file.stem)[0]["remind_at"] == "2027-02-14T09:00:00+07:00"
    assert len([each for each in adopted(plan) if each.startswith("event.")]) == 4
    assert len([each for each in adopted(plan) if each.startswith("alarm.")]) == 5


def made(start: datetime, *moments: datetime) -> Appointment:
    return Appointment(Address("event", "one"), (), start, frozenset(moments), {})


def before(start: datetime, *hours: float) -> Appointment:
    return made(start, *(start - timedelta(hours=each) for each in hours))


MORNING = timedelta(days=1)


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ([before(START, 2), before(LATER, 2)], ("-2h",)),
        ([before(START, 1.5, 25), before(LATER, 1.5, 25)], ("-25h", "-1h30m")),
        (
            [made(each, (each - MORNING).replace(hour=9), each - timedelta(hours=2)) for each in (START, LATER)],
            ("-1d 09:00", "-2h"),
        ),
        ([made(each, each.replace(hour=7)) for each in (START, LATER)], ("0d 07:00",)),
        ([before(START, 2), before(LATER, 3)], ()),
        ([before(START, 2), before(LATER, 2, 3)], ()),
        ([before(START, 2)], ()),
        ([before(START, -2), before(LATER, -2)], ()),
        ([before(START, 2 + 1 / 3600), before(LATER, 2 + 1 / 3600)], ()),
        ([], ()),
    ],
)
def test_reminders_are_told_from_what_rings(rows: list[Appointment], wanted: tuple[str, ...]) -> None:
    assert reminders(rows, ZONE) == wanted
