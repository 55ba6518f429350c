"""What is wrong with rows is said with reason and place, all at once, and without quoting any of them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from provisioner.model import Source
from provisioner.rows import reasons, records
from tests.rows.conftest import OPT_OUTS, Project
from tests.rows.test_sources import parquet

SECRETS = ("0934890", "934890", "Linh", "linh@", "Huỳnh")


def assert_private(text: str) -> None:
    """No number, name or e-mail of the files of these tests."""
    assert not [secret for secret in SECRETS if secret in text], text


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ("934890883.0,Linh,,,active", reasons.EXCEL_DECIMALS),
        ("9.35E+08,Linh,,,", reasons.EXCEL_EXPONENT),
        (",Linh,,,", reasons.NO_NUMBER),
        ("0934890883 x5,Linh,,,", reasons.EXTENSION),
        ("0934890883,Linh,linh@,,", reasons.EMAIL),
        ("0934890883,Linh,linh@vn,,", reasons.EMAIL),
        ("0934890883,Linh,linh..h@x.vn,,", reasons.EMAIL),
        (f"0934890883,Linh,{'l' * 70}@x.vn1,,", reasons.too_long("email")),
        (f"0934890883,{'Linh' * 31},,,", reasons.too_long("first_name")),
        ("0934890883,Linh,,Vietnam,", reasons.COUNTRY),
        ("0934890883,Linh,,,maybe", reasons.STATUS),
        ("0934890883,Linh", records.CELLS),
        ("0934890883,Linh,,,,,x", records.CELLS),
    ],
)
def test_an_invalid_row_is_named_with_its_reason(project: Project, cells: str, reason: str) -> None:
    path = project.write("a.csv", f"contact,first_name,email,country,status\n0934890001,,,,\n{cells}\n")
    said = project.refusal(path)
    told = f"{reasons.explained(reason)} (phonebook.vip) [{reasons.error_id(reason)}]"
    assert said == f"a.csv:3:1: error: contacts: 1 row: {told}"
    assert_private(said)
    assert project.load(path, invalid="skip").invalid == {reason: 1}
    assert project.rows("sent") == ["0934890001"]


def test_every_limit_is_met_exactly(project: Project) -> None:
    cells = f"0934890883,{'x' * 120},{'a' * 64}@example.vn,VN"
    project.load(project.write("a.csv", f"contact,last_name,email,country\n{cells}\n"))
    assert len(project.rows("sent")) == 1


def test_invalid_rows_are_counted_by_reason_with_the_first_few_places(project: Project) -> None:
    bad = "\n".join(["9.35E+08"] * 8 + ["12345"])
    said = project.refusal(project.write("sub/a.csv", f"contact\n0934890883\n{bad}\n"))
    first, second = said.splitlines()
    assert "8 rows: Excel" in first
    assert "(sub/a.csv:3, sub/a.csv:4, sub/a.csv:5, sub/a.csv:6, sub/a.csv:7 and 3 more)" in first
    assert second.startswith("sub/a.csv:11:1: error: contacts: 1 row: not a valid telephone number")


def test_problems_of_all_files_are_said_at_once(project: Project) -> None:
    said = project.refusal(
        project.write("a.csv", "phone\nx\n"),
        project.write("b.csv", b"contact\n\xff\n"),
        project.write("c.csv", ""),
        project.write("d.xlsx", "x"),
        project.root / "missing.csv",
    )
    assert [line.split(": ", 1)[0] for line in said.splitlines()] == [
        "a.csv:1:1",
        "b.csv:2:1",
        "c.csv:1:1",
        "d.xlsx:1:1",
        "missing.csv:1:1",
    ]


@pytest.mark.parametrize(
    ("name", "content", "words", "line"),
    [
        ("a.csv", b"contact,first_name\n\xff934890883,Linh\n", "not UTF-8", 2),
        ("a.csv", "contact,first_name\n0934890883,Linh\n".encode("utf-16-le"), "write encoding: utf-16-le", 1),
        ("a.csv", b'contact,first_name\n0934890883,"Linh\n0934890884,Nam\n', "a quoted cell that is not closed", 2),
        ("a.csv", b'contact,first_name\n0934890883,"Linh"x\n', "a quoted cell that is not closed", 2),
        ("a.csv", b"0934890883,Linh\n0934890884,Nam\n", "the first line looks like data", 1),
        ("a.csv", b"Linh,0934890883\n", "the first line looks like data", 1),
        ("a.csv", b"\n\n", "is empty", 1),
        ("a.csv", b"contact,contact\n0934890883,x\n", "is there twice", 1),
        ("a.csv", b"phone,ten\n0934890883,Linh\n", "the column 'contact' is not there; there are phone, ten", 1),
        ("a.csv", b"phone,linh@x.vn\n0934890883,Linh\n", "the first line looks like data", 1),
        ("a.jsonl", b'{"phone":"0934890883"}\n', "the column 'contact' is not there; there are phone", 1),
        ("a.csv.gz", gzip.compress(b"contact\n" + b"0934890883\n" * 9, mtime=0)[:-9], "not a complete gzip", 1),
        ("a.csv.gz", b"contact\n0934890883\n", "remove .gz from its name", 1),
        ("a.parquet", b"contact\n0934890883\n", "not a readable Parquet file", 1),
        ("a.parquet.gz", b"contact\n0934890883\n", "remove .gz from its name", 1),
        ("a.json", b"[]", "must be one of .csv", 1),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_named(
    project: Project, name: str, content: bytes, words: str, line: int
) -> None:
    said = project.refusal(project.write(name, content))
    assert said.startswith(f"{name}:{line}:1: error: contacts: ") and words in said
    assert_private(said)


def test_missing_columns_and_variables_are_all_named(project: Project) -> None:
    path = project.write("a.csv", "phone,ten\n0934890883,Linh\n")
    said = project.refusal(path, columns={"contact": "phone", "email": "mail"}, variables=("policy_no", "ten"))
    assert "the column 'mail' is not there; there are phone, ten" in said
    assert "the column 'policy_no' is not there; there are phone, ten" in said


def test_a_broken_json_line_is_an_invalid_row(project: Project) -> None:
    path = project.write(
        "a.jsonl", b'{"contact":"0934890883"}\n["Linh"]\n{"contact":"0934890884"\n{"contact":"0934890885"}\n'
    )
    said = project.refusal(path)
    assert "2 rows: not a JSON object (a.jsonl:2, a.jsonl:3)" in said
    assert_private(said)
    project.load(path, invalid="skip")
    assert project.rows("sent") == ["0934890883", "0934890885"]


def test_numbers_that_parquet_holds_as_numbers_are_seen_through(project: Project) -> None:
    path = parquet(project.root / "a.parquet", "SELECT 934890883.0::DOUBLE AS contact")
    assert "with decimals" in project.refusal(path)
    parquet(path, "SELECT 934890883 AS contact")
    project.load(path)
    assert project.rows("sent") == ["0934890883"]


def test_duplicates_stop_the_plan_unless_it_is_said_which_stays(project: Project) -> None:
    path = project.write(
        "a.csv", "contact,first_name\n0934890883,Linh\n0934890884,Nam\n+84934890883,Lan\n0934 890 883,Hoa\n"
    )
    said = project.refusal(path)
    assert "1 number is declared more than once (a.csv:2 and a.csv:5)" in said and "on_duplicate" in said
    assert_private(said)
    assert project.load(path, on_duplicate="first").duplicates == 2
    assert project.rows("first_name") == ["Linh", "Nam"]
    project.load(path, on_duplicate="last")
    assert project.rows("first_name") == ["Nam", "Hoa"]


def test_a_row_of_the_manifest_is_blamed_where_it_stands(project: Project) -> None:
    rows = ({"contact": "0934890883"}, {"contact": "0934890884", "email": "linh"})
    places = (Source("p.yaml", 4, 9), Source("p.yaml", 5, 9))
    said = project.refusal(inline=rows, inline_sources=places)
    assert said.startswith("p.yaml:5:9: error: contacts: 1 row: not a valid e-mail address (phonebook.")


def test_numbers_of_a_dnc_list_are_checked_too(project: Project) -> None:
    path = project.write("dnc.csv", "0934890883\n9.35E+08\n")
    said = project.refusal(path, address=OPT_OUTS, columns={"phone_number": "phone_number"})
    assert said.startswith("dnc.csv:2:1: error: numbers: 1 row: Excel") and said.endswith(
        "(dnc_list.opt-outs) [rows-number]"
    )


def test_a_long_number_as_it_is_written_is_too_long_for_the_server(project: Project) -> None:
    path = project.write("a.csv", f"contact\n0934{' ' * 100}890883\n")
    assert project.load(path, number_format="as_is", invalid="skip").invalid == {reasons.too_long("contact"): 1}


def test_a_folder_or_an_unreadable_file_is_no_traceback(project: Project, tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    assert "not a file inside the project" in project.refusal(tmp_path / "a.csv")
