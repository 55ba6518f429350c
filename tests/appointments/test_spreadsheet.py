"""The list as a hospital keeps it: titles above the header, both forms of numbers, a line of totals; dates or texts."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from provisioner.simulator.process import Simulator
from tests.appointments.clinic import clinic
from tests.rows.workbooks import xlsx

OPTIONS = """\
      columns: {key: Mã hẹn, title: Mã BN, start: Giờ hẹn, phone: SĐT}
      datetime_format: "%d/%m/%Y %H:%M"
      duration: 30m
      remind: ["-1d 09:00", "-2h"]
"""
PATIENTS = 25


def cells(*, dates: bool) -> list[list[object]]:
    found: list[list[object]] = [["PHÒNG KHÁM AN TÂM"], ["DANH SÁCH LỊCH HẸN"], []]
    found.append(["STT", "Mã hẹn", "Mã BN", "Giờ hẹn", "SĐT"])
    for place in range(PATIENTS):
        when = datetime(2027, 2, 15 + place % 5, 8 + place % 8, 30)
        number = ("+84 934 890 " if place % 3 else "0934890") + str(801 + place)
        found.append([place + 1, f"H{place}", f"BN{place}", when if dates else f"{when:%d/%m/%Y %H:%M}", number])
    return [*found, ["Tổng cộng", PATIENTS, None, None, None]]


@pytest.mark.parametrize("dates", [True, False])
def test_a_spreadsheet_becomes_alarms_without_a_conversion_by_hand(
    dates: bool, simulator: Simulator, tmp_path: Path
) -> None:
    office = clinic(simulator, tmp_path)
    office.declare(options=OPTIONS)
    manifest = office.directory / "clinic.yaml"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("list.csv", "list.xlsx"), encoding="utf-8")
    (office.directory / "list.xlsx").write_bytes(xlsx({"Lịch hẹn": cells(dates=dates)}))
    assert office.rows()["left_out"] == {"totals": 1}
    office.apply()
    assert sum(office.alarms().values()) == 2 * PATIENTS
    assert office.alarms()["0934890801", "2027-02-14T02:00"] == office.alarms()["0934890802", "2027-02-16T00:30"] == 1
    office.demand_nothing_to_do()
