"""Rows of spreadsheets: which sheet, which header, and cells as they hold them and not as they look."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from provisioner.errors import ManifestError
from provisioner.manifests.load import load
from provisioner.plan.model import EMPTY, FILTERED, TOTALS
from provisioner.rows import reasons
from tests.factories import alice
from tests.rows.conftest import OPT_OUTS, Project
from tests.rows.workbooks import Failed, Formula, Rows, ods, xls, xlsb, xlsx

FIRST, SECOND = 934890881, 934890882
PLAIN: Rows = [["contact", "first_name"], [FIRST, "Lan"], ["0934890882", "Nam"]]
EXPECTED = [("0934890881", "Lan"), ("0934890882", "Nam")]


def one(*rows: list[Any]) -> bytes:
    """A workbook of one sheet."""
    return xlsx({"Khách": rows})


@pytest.mark.parametrize(
    ("suffix", "write"), [("xlsx", xlsx), ("xlsm", xlsx), ("xls", xls), ("xlsb", xlsb), ("ods", ods)]
)
@pytest.mark.parametrize("packed", [False, True])
def test_every_form_of_a_spreadsheet_is_read(
    project: Project, suffix: str, write: Callable[[Mapping[str, Rows]], bytes], packed: bool
) -> None:
    data = write({"Khách": PLAIN})
    path = project.write(f"vip.{suffix}.gz", gzip.compress(data)) if packed else project.write(f"vip.{suffix}", data)
    project.load(path)
    assert project.rows("sent", "first_name") == EXPECTED
    project.load(path, number_format="as_is")  # which sends what is written: a number gets its zero back here too
    assert project.rows("sent", "first_name") == EXPECTED


def test_what_is_inside_counts_and_not_which_spreadsheet_the_name_says(project: Project) -> None:
    project.load(project.write("vip.xls", xlsx({"a": PLAIN})))
    assert project.rows("sent", "first_name") == EXPECTED


def test_cells_are_what_they_hold(project: Project) -> None:
    cells = {
        "a": 12.0, "b": 1.5, "c": date(2027, 1, 20), "d": datetime(2027, 1, 20, 9, 30), "e": time(9, 30),
        "f": True, "g": Formula("B2*2", 30), "h": Formula("A1&B1", "x y"), "i": Failed(), "j": "  x ", "k": 10**17,
        "l": -3, "m": "007",
    }  # fmt: skip
    path = project.write("vip.xlsx", one(["contact", *cells], ["0934890881", *cells.values()]))
    project.load(path, variables=tuple(cells))
    expected = (
        '{"a":"12","b":"1.5","c":"2027-01-20","d":"2027-01-20 09:30:00","e":"09:30:00","f":"true","g":"30","h":"x y",'
        '"j":"x","k":"1e+17","l":"-3","m":"007"}'
    )
    assert project.rows("variables") == [expected]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("9.35E+08", reasons.EXCEL_EXPONENT),
        ("934890883.0", reasons.EXCEL_DECIMALS),
        (1e300, reasons.EXCEL_EXPONENT),
        (934890883.5, reasons.NOT_VALID),
        (True, reasons.NOT_VALID),
        (Failed(), reasons.NO_NUMBER),
        (date(2027, 1, 20), reasons.NOT_VALID),
        (12, reasons.NOT_VALID),
    ],
)
def test_what_is_no_number_is_told_by_row_and_reason(project: Project, cell: Any, reason: str) -> None:
    path = project.write("vip.xlsx", one(["contact", "first_name"], [FIRST, "Lan"], [cell, "Nam"]))
    said = project.refusal(path)
    told = f"{reasons.explained(reason)} (phonebook.vip) [{reasons.error_id(reason)}]"
    assert said == f"vip.xlsx:3:1: error: contacts: 1 row: {told}"


@pytest.mark.parametrize(
    ("region", "cell", "sent"),
    [
        ("VN", 934890883, "0934890883"),
        ("VN", 84934890883, "0934890883"),
        ("VN", 2838221234, "02838221234"),
        ("VN", 19001234, "19001234"),
        ("IT", 612345678, "0612345678"),
        ("IT", 3471234567, "3471234567"),
        ("GB", 7911123456, "07911123456"),
    ],
)
def test_a_number_gets_its_zero_back_where_that_is_certain(project: Project, region: str, cell: int, sent: str) -> None:
    path = project.write("vip.xlsx", one(["contact", "first_name"], [cell, "Lan"]))
    project.load(path, region=region)
    assert project.rows("sent") == [sent]


def test_a_text_gets_no_zero(project: Project) -> None:
    path = project.write("vip.xlsx", one(["contact", "first_name"], ["612345678", "Lan"]))
    assert project.load(path, region="IT", invalid="skip").left_out == {reasons.LOST_ZERO: 1}


@pytest.mark.parametrize(
    "titles",
    [
        [["DANH SÁCH KHÁCH HÀNG", None, None]],
        [[], ["Danh sách", None, None], [None, "Ngày", date(2027, 1, 20)], []],
        [["Contact", "Status", None]],  # looks like a header, and has fewer of the columns that are wanted
    ],
)
def test_titles_above_the_header_are_skipped(project: Project, titles: list[list[Any]]) -> None:
    rows = [["Số ĐT", "Tên", "Status"], [FIRST, "Lan", "active"], [SECOND, None, "inactive"]]
    path = project.write("vip.xlsx", one(*titles, *rows))
    project.load(path, columns={"contact": "Số ĐT", "first_name": "Tên"})
    assert project.rows("sent", "active") == [("0934890881", True), ("0934890882", False)]


def test_a_sheet_may_begin_anywhere(project: Project) -> None:
    path = project.write(
        "vip.xlsx", one([], [], [None, None, "contact", "x"], [None, None, FIRST, "a"], [None, None, 12])
    )
    assert project.refusal(path).startswith("vip.xlsx:5:1: error")
    project.load(path, invalid="skip")
    assert project.rows("sent") == ["0934890881"]


def test_a_sheet_of_numbers_alone_has_no_header(project: Project) -> None:
    path = project.write("dnc.xlsx", one([FIRST], ["0934890882"], [None], [FIRST]))
    assert project.load(path, address=OPT_OUTS, on_duplicate="first").left_out == {"duplicate": 1, EMPTY: 1}
    assert project.rows("sent", address=OPT_OUTS) == ["0934890881", "0934890882"]


@pytest.mark.parametrize(
    "total",
    [
        ["Tổng cộng", None, 3000],
        [None, "TỔNG:", 3000],
        [2, "Total", 3000],
        ["Grand total", None, Formula("SUM(C2:C3)", 3000)],
        ["Cộng", "", ""],
    ],
)
def test_empty_rows_and_totals_are_left_out_and_counted(project: Project, total: list[Any]) -> None:
    head = ["contact", "first_name", "amount"]
    path = project.write("vip.xlsx", one(head, [FIRST, "Lan", 1000], [], [" "], [SECOND, "Nam", 2000], total, [], []))
    report = project.load(path)
    assert report.rows == 2 and report.left_out == {EMPTY: 2, TOTALS: 1}
    report = project.load(path, filter="first_name = 'Lan'")
    assert report.rows == 1 and report.left_out == {EMPTY: 2, TOTALS: 1, FILTERED: 1}


def test_somebody_who_is_called_like_a_total_is_somebody(project: Project) -> None:
    path = project.write("vip.xlsx", one(["contact", "first_name"], [FIRST, "Tổng"], ["0934890882", "Total"]))
    assert project.load(path).rows == 2


def test_empty_lines_of_text_files_are_counted_too(project: Project) -> None:
    path = project.write("vip.csv", f"contact,first_name\n0{FIRST},Lan\n,\n\n , \n0{SECOND},Nam\n,,\n")
    assert project.load(path).left_out == {EMPTY: 3}
    path = project.write("vip.csv", f"contact,first_name,x\n0{FIRST},Lan,\n,,1\n0{SECOND},Nam,2\n")  # duckdb reads it
    assert project.load(path).left_out == {EMPTY: 1}


SHEETS: Mapping[str, Rows] = {"Notes": [], "VIP": PLAIN, "Cũ": PLAIN, "0934890881": []}


@pytest.mark.parametrize("sheet", ["VIP", "2", " VIP ", "Cu\u0303", "3"])
def test_a_sheet_is_named_or_numbered(project: Project, sheet: str) -> None:
    project.load(project.write("vip.xlsx", xlsx(SHEETS)), sheet=sheet)
    assert project.rows("sent", "first_name") == EXPECTED


@pytest.mark.parametrize(
    ("sheets", "sheet", "told"),
    [
        (SHEETS, None, "has several sheets with rows; say which: sheet: NAME; there are 'VIP', 'Cũ'"),
        (SHEETS, "VIPS", "has no sheet 'VIPS', did you mean 'VIP'?"),
        (SHEETS, "9", "has no sheet '9'; there are 'Notes', 'VIP', 'Cũ', (not shown)"),
        (SHEETS, "0", "has no sheet '0'"),
        (SHEETS, "Notes", "has no rows in the sheet 'Notes'"),
        ({"a": [], "b": []}, None, "has no sheet with rows"),
    ],
)
def test_a_sheet_that_cannot_be_taken_is_told(
    project: Project, sheets: Mapping[str, Rows], sheet: str | None, told: str
) -> None:
    assert told in project.refusal(project.write("vip.xlsx", xlsx(sheets)), sheet=sheet)


def test_the_only_sheet_with_rows_is_the_one(project: Project) -> None:
    project.load(project.write("vip.xlsx", xlsx({"a": [], "b": PLAIN, "c": []})))
    assert project.rows("sent", "first_name") == EXPECTED
    hidden = project.write("vip.xlsx", xlsx({"a": PLAIN, "b": PLAIN}, hidden=["b"]))
    assert "has several sheets with rows" in project.refusal(hidden)


def test_columns_that_are_missing_are_told_without_a_cell(project: Project) -> None:
    said = project.refusal(project.write("vip.xlsx", one(["phone", "ten"], [FIRST, "Lan"])))
    assert "the column 'contact' is not there; there are phone, ten" in said
    said = project.refusal(project.write("vip.xlsx", one([FIRST, "Lan"], [SECOND, "Nam"])))
    assert "the first line looks like data" in said and "Lan" not in said


def test_a_manifest_names_sheet_and_encoding(tmp_path: Path) -> None:
    (tmp_path / "alice.yaml").write_text(alice(endpoint="http://127.0.0.1:1/rest-api", region="VN"))
    (tmp_path / "vip.xlsx").write_bytes(xlsx(SHEETS))
    manifest = tmp_path / "manifest.yaml"

    def loaded(options: str) -> Any:
        manifest.write_text(f"phonebooks: {{vip: {{name: VIP, contacts: {{file: vip.xlsx, {options}}}}}}}")
        [book] = load(tmp_path, environment=None, variables={}, environ={}).resources.values()
        return book.rows

    assert loaded("sheet: VIP").sheet == "VIP" and loaded("sheet: 2").sheet == "2"
    for options, told in (
        ("variables: [x]", "'vip.xlsx' has several sheets with rows"),
        ("sheet: 9", "'vip.xlsx' has no sheet '9'"),
        ("sheet: VIP, encoding: windows-1252", "is not a text file"),
        ("encoding: klingon", "manifest.yaml:1:68: error: contacts.encoding: is not a known encoding"),
    ):
        with pytest.raises(ManifestError) as caught:
            loaded(options)
        assert told in str(caught.value)
