"""examples/clinic-list/lich-hen.xlsx, as it is made: `python -m tests.appointments.hospital_list` writes it again.

A list as a hospital's office keeps it: titles above the header, a line of totals below, days before months, telephone
numbers in every form, one column for whoever reads it on paper. Every number and every code is invented.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.rows.workbooks import xlsx

FILE = Path(__file__).parents[2] / "examples" / "clinic-list" / "lich-hen.xlsx"
PATIENTS = 25
HEADER = ("STT", "Mã hẹn", "Mã BN", "Khoa", "Bác sĩ", "Ngày giờ hẹn", "Điện thoại", "Ghi chú")
CLINICS = ("Nội tổng quát", "Tim mạch", "Mắt", "Tai Mũi Họng", "Cơ xương khớp")
FIRST = datetime(2027, 2, 15, 10, 0)  # a Monday; nobody is reminded before eight


def number(place: int) -> Any:
    """A telephone number as people write it; the last form is what Excel makes of one that is no text."""
    last = 801 + place
    forms = (f"0934890{last}", f"+84 934 890 {last}", f"0934 890 {last}", f"+84934890{last}", 934890000 + last)
    return forms[place % len(forms)]


def moment(place: int) -> datetime:
    """Five appointments a day, seventy-five minutes apart."""
    return FIRST + timedelta(days=place // 5, minutes=75 * (place % 5))


def cells() -> list[list[Any]]:
    """Every row of the sheet."""
    titles = [["BỆNH VIỆN AN TÂM"], ["DANH SÁCH LỊCH HẸN TÁI KHÁM"], ["Tuần 15/02/2027 - 19/02/2027"], []]
    return [*titles, [*HEADER], *map(_row, range(PATIENTS)), [None, "Tổng cộng", PATIENTS]]


def _row(place: int) -> list[Any]:
    when = f"{moment(place):%d/%m/%Y %H:%M}"
    note = "Nhịn ăn sáng" if place % 7 == 0 else None
    codes = (f"H2027-{place + 1:03}", f"BN{4100 + 37 * place}", CLINICS[place % 5], f"BS{1 + place % 4:02}")
    return [place + 1, *codes, when, number(place), note]


def workbook() -> bytes:
    """The whole file."""
    return xlsx({"Lịch hẹn": cells()})


if __name__ == "__main__":
    FILE.write_bytes(workbook())
