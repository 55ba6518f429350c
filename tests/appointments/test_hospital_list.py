"""examples/clinic-list as its README and the guide tell it: from the spreadsheet to calls, moved and cancelled ones."""

from __future__ import annotations

import io
import shlex
import shutil
import zipfile
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from provisioner.simulator.process import Simulator
from tests.appointments import hospital_list
from tests.factories import NOW
from tests.operator import Operator
from tests.pipeline import blocks
from tests.rows.workbooks import xlsx

EXAMPLE = hospital_list.FILE.parent
ZONE = NOW.tzinfo
TOP = len(hospital_list.cells()) - hospital_list.PATIENTS - 1  # rows above the first patient's
Office = Callable[..., Operator]


@pytest.fixture
def office(simulator: Simulator, tmp_path: Path) -> Office:
    def opened(**variants: object) -> Operator:
        simulator.reset(now=NOW, variants=variants)
        shutil.copytree(EXAMPLE, tmp_path / "project")
        environ = {"ALICE_ENDPOINT": simulator.endpoint, "CLINIC_PASSWORD": "correct-horse"}
        found = Operator(tmp_path / "project", simulator, now=NOW, environ=environ)
        found.apply()
        return found

    return opened


def save(office: Operator, cells: list[list[Any]]) -> None:
    (office.directory / "lich-hen.xlsx").write_bytes(xlsx({"Lịch hẹn": cells}))


def commands() -> list[list[str]]:
    """What the guide runs after its first steps, in its order, behind `alice-apply`."""
    lines = [line for text in blocks("reminders.md", "sh")[1:] for line in text.split("\n") if line.strip()]
    return [shlex.split(line, comments=True)[1:] for line in lines]


def reminders() -> Counter[tuple[str, datetime]]:
    """Whom the list calls and when, by plain Python."""
    found: Counter[tuple[str, datetime]] = Counter()
    for place in range(hospital_list.PATIENTS):
        start = hospital_list.moment(place).replace(tzinfo=ZONE)
        for moment in (start.replace(hour=9, minute=0) - timedelta(days=1), start - timedelta(hours=2)):
            found[f"0934890{801 + place}", moment] += 1
    return found


def test_the_spreadsheet_is_the_one_that_the_script_makes() -> None:
    def parts(file: io.BytesIO) -> dict[str, bytes]:
        with zipfile.ZipFile(file) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    assert parts(io.BytesIO(hospital_list.FILE.read_bytes())) == parts(io.BytesIO(hospital_list.workbook()))


def test_twelve_lines_and_no_conversion_make_every_call(office: Office) -> None:
    assert len((EXAMPLE / "appointments.yaml").read_text(encoding="utf-8").splitlines()) <= 12
    hospital = office()
    alarms = hospital.simulator.objects("alarm")
    found = Counter(
        (each["alarm_phonenumber"], datetime.fromisoformat(each["date_start_notice"]).astimezone(ZONE))
        for each in alarms
    )
    assert found == reminders() and found.total() == 2 * hospital_list.PATIENTS
    hospital.demand_nothing_to_do()


def test_the_simulator_rings_the_alarms_that_are_due_and_what_has_rung_is_left_alone(office: Office) -> None:
    hospital = office()
    hospital.now = datetime.fromisoformat("2027-02-14T09:00:30+07:00")
    hospital.simulator.clock(hospital.now)
    hospital.simulator.tick(1)
    rung = {each["number"] for each in hospital.simulator.rings() if each["cause"] == "alarm"}
    assert rung == {f"0934890{801 + place}" for place in range(5)}
    said = hospital.succeed("status").out
    assert "Alarms: 45 to ring" in said and "5 alarms whose time is up: 5 success" in said and "of Tái khám: 45" in said
    hospital.demand_nothing_to_do()


def test_an_appointment_that_moves_is_called_about_its_new_time_alone(office: Office) -> None:
    hospital, cells = office(), hospital_list.cells()
    cells[TOP][5] = "16/02/2027 15:00"
    save(hospital, cells)
    hospital.apply()
    moments = {
        each["date_start_notice"][:16]
        for each in hospital.simulator.objects("alarm")
        if each["alarm_phonenumber"] == "0934890801"
    }
    assert moments == {"2027-02-15T02:00", "2027-02-16T06:00"}
    hospital.demand_nothing_to_do()


@pytest.mark.parametrize(("delete", "left"), [("all", 48), ("campaigns", 50)])
def test_the_commands_of_the_guide_apply_the_list_and_cancel_an_appointment(
    delete: str, left: int, office: Office
) -> None:
    hospital, cells = office(delete=delete), hospital_list.cells()
    first, second, look, prune, *more = commands()
    hospital.succeed(*first)
    hospital.succeed(*second, "--auto-approve")
    del cells[TOP]
    save(hospital, cells)
    assert "2 calls of appointments that are not in the list will still ring" in hospital.succeed(*look).out
    manifest = hospital.directory / "appointments.yaml"
    manifest.write_text(manifest.read_text(encoding="utf-8") + "      on_missing: delete\n", encoding="utf-8")
    hospital.succeed(*prune, "--auto-approve")
    assert len(hospital.simulator.objects("alarm")) == left
    said = hospital.succeed(*look).out
    assert ("will still ring" in said) is ("not everything is as declared" in said) is (left == 50)
    hospital.demand_nothing_to_do()
    assert len(more) == 4
    for command in more:
        hospital.succeed(*command)
