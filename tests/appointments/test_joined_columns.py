"""A date in one column and the time in another, as reception desks keep them: texts, or the cells of a spreadsheet."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.reminders import Agenda
from provisioner.rows.appointments.cells import CellReader
from provisioner.simulator.process import Simulator
from tests.appointments.clinic import Clinic, clinic
from tests.rows.workbooks import xlsx

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
START = "${row.Ngày} ${row.Giờ}"
FORM = '      datetime_format: "%d/%m/%Y %H:%M"\n'
OPTIONS = f"""\
      columns: {{key: Mã, title: BN, start: "{START}", phone: SĐT}}
      duration: 30m
      remind: ["-2h"]
"""
HEADER = ("Mã", "BN", "Ngày", "Giờ", "SĐT")
DAY, HOUR = date(2027, 2, 15), time(9, 30)
RINGS = {("0934890831", "2027-02-15T00:30"): 1}


@pytest.fixture
def office(simulator: Simulator, tmp_path: Path) -> Clinic:
    return clinic(simulator, tmp_path)


def declare(office: Clinic, file: str, rows: list[tuple[Any, ...]], options: str) -> None:
    office.declare(options=options)
    manifest = (office.directory / "clinic.yaml").read_text(encoding="utf-8")
    office.write("clinic.yaml", manifest.replace("list.csv", file))
    path = office.directory / file
    if file.endswith(".csv"):
        path.write_text("\n".join(",".join(map(str, row)) for row in (HEADER, *rows)) + "\n", encoding="utf-8")
    elif file.endswith(".xlsx"):
        path.write_bytes(xlsx({"Lịch": [["PHÒNG KHÁM"], HEADER, *rows]}))
    else:
        [row] = rows
        cells = ", ".join(f"? AS {name}" for name in HEADER)
        duckdb.execute(f"COPY (SELECT {cells}) TO '{path}' (FORMAT parquet)", [*row])


@pytest.mark.parametrize(
    ("file", "day", "hour", "form"),
    [
        ("list.csv", "15/02/2027", "09:30", FORM),
        ("list.csv", "2027-02-15", "9:30", ""),
        ("list.xlsx", "15/02/2027", "09:30", FORM),
        ("list.xlsx", DAY, HOUR, FORM),
        ("list.xlsx", DAY, HOUR, ""),
        ("list.xlsx", DAY, "09:30", FORM),
        ("list.xlsx", "15/02/2027", HOUR, FORM),
        ("list.xlsx", DAY, "9h30", FORM.replace("%H:%M", "%Hh%M")),
        ("list.parquet", DAY, HOUR, ""),
        ("list.parquet", datetime(2027, 2, 15), HOUR, FORM),
    ],
    ids=lambda value: str(value).strip() or "ISO 8601",
)
def test_a_date_and_a_time_make_one_moment(office: Clinic, file: str, day: object, hour: object, form: str) -> None:
    declare(office, file, [("H1", "BN1", day, hour, "0934890831")], OPTIONS + form)
    office.apply()
    assert office.alarms() == RINGS
    assert office.events() == {("BN1", "2027-02-15T02:30"): 1}
    office.demand_nothing_to_do()


def test_the_end_and_a_reminder_may_share_the_day_and_be_left_empty(office: Clinic) -> None:
    ends, rings = '"${row.Ngày} ${row.Xong}"', '"${row.Ngày} ${row.Nhắc}"'
    columns = f'{{key: Mã, title: BN, start: "{START}", end: {ends}, remind_at: {rings}, phone: SĐT}}'
    office.declare(
        ("H1", "BN1", "15/02/2027", "09:30", "0934890831", "11:00", "08:00"),
        ("H2", "BN2", "15/02/2027", "10:30", "0934890832", "", ""),
        header=",".join((*HEADER, "Xong", "Nhắc")),
        options=f'      columns: {columns}\n      duration: 30m\n      remind: ["-2h"]\n{FORM}',
    )
    office.apply()
    assert office.alarms() == {("0934890831", "2027-02-15T01:00"): 1, ("0934890832", "2027-02-15T01:30"): 1}
    ended = {each["title"]: each["end"][11:16] for each in office.simulator.objects("event")}
    assert ended == {"BN1": "04:00", "BN2": "04:00"}
    office.demand_nothing_to_do()


@pytest.mark.parametrize(
    ("day", "hour", "why"),
    [
        ("15/02/2027", "", "a cell of those that make the start is empty"),
        ("", "09:30", "a cell of those that make the start is empty"),
        ("", "", "the start is missing"),
        ("15/02/2027", "sáng", "the start is not a date as `datetime_format`"),
        ("31/02/2027", "09:30", "the start is not a date as `datetime_format`"),
    ],
    ids=["no time", "no day", "nothing", "a word", "no such day"],
)
def test_what_is_no_moment_is_invalid_with_its_row(office: Clinic, day: str, hour: str, why: str) -> None:
    rows = [("H1", "BN1", "15/02/2027", "09:30", "0934890831"), ("H2", "BN2", day, hour, "0934890832")]
    declare(office, "list.csv", rows, OPTIONS + FORM)
    said = office.run("plan")
    assert said.code == 1 and f"list.csv:3:1: error: appointments: 1 row: {why}" in said.err and "BN2" not in said.err


def test_a_time_that_is_empty_beside_the_midnight_of_a_date_is_none(office: Clinic) -> None:
    declare(office, "list.parquet", [("H1", "BN1", datetime(2027, 2, 15), None, "0934890831")], OPTIONS + FORM)
    said = office.run("plan")
    assert said.code == 1 and "a cell of those that make the start is empty" in said.err


@pytest.mark.parametrize("command", ["validate", "plan"])
def test_a_column_that_is_not_there_is_blamed_on_the_text_that_names_it(office: Clinic, command: str) -> None:
    rows = [("H1", "BN1", "15/02/2027", "09:30", "0934890831")]
    declare(office, "list.csv", rows, OPTIONS.replace("Giờ}", "Giơ hẹn}") + FORM)
    manifest = (office.directory / "clinic.yaml").read_text(encoding="utf-8").splitlines()
    [line] = [number for number, text in enumerate(manifest, 1) if "columns:" in text]
    column = manifest[line - 1].index('"${row') + 1
    said = office.run(command)
    assert said.code == 1
    assert (
        f"clinic.yaml:{line}:{column}: error: " in said.err
        and "the column 'Giơ hẹn' of 'list.csv' is not there" in said.err
    )


DAYS, HOURS = ("%d/%m/%Y", "%d-%m-%y", "%Y.%m.%d"), ("%H:%M", "%Hh%M", "%I:%M %p", "%H:%M:%S")


@given(
    moment=st.datetimes(datetime(2027, 1, 1), datetime(2068, 12, 31)).map(lambda found: found.replace(microsecond=0)),
    forms=st.tuples(st.sampled_from(DAYS), st.sampled_from(HOURS)),
    between=st.sampled_from([" ", ", ", " lúc "]),
    own=st.tuples(st.booleans(), st.booleans()),
)
def test_any_moment_is_read_back_whichever_of_its_cells_are_a_spreadsheets_own(
    moment: datetime, forms: tuple[str, str], between: str, own: tuple[bool, bool]
) -> None:
    day, hour = forms
    moment = moment if "%S" in hour else moment.replace(second=0)
    agenda = Agenda(joined=(("start", START),), form=f"{day}{between}{hour}")
    written = ["%Y-%m-%d" if own[0] else day, "%H:%M:%S" if own[1] else hour]
    cells = [moment.strftime(form) for form in written]
    read = CellReader(agenda, ZONE, "VN", "national").moment(between.join(cells))
    assert read == moment.replace(tzinfo=ZONE)
