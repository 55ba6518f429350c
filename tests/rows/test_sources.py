"""Row files of every kind become the same rows; what is managed, and what a row declares."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any

import duckdb
import pytest

from provisioner.errors import ManifestError
from provisioner.phone import NO_NUMBER
from tests.rows.conftest import OPT_OUTS, PLACE, VIP, Project
from tests.rows.workbooks import xlsx

TABLE = "phone,first_name,policy_no\n0934890883,Linh,P1\n0934890884,Hà,\n"
COLUMNS = {"contact": "phone", "first_name": "first_name"}
EXPECTED = [(84934890883, "Linh", '{"policy_no":"P1"}'), (84934890884, "Hà", "{}")]


def parquet(path: Path, query: str) -> Path:
    """The rows of a query as a Parquet file."""
    with duckdb.connect() as connection:
        connection.sql(query).write_parquet(str(path))
    return path


FILES = {
    "plain.csv": TABLE.encode(),
    "bom.csv": b"\xef\xbb\xbf" + TABLE.encode(),
    "semicolon.csv": TABLE.replace(",", ";").encode(),
    "windows.csv": TABLE.replace("\n", "\r\n").encode(),
    "mixed-ends.csv": TABLE.replace("\n", "\r\n", 1).encode(),
    "old-mac.csv": TABLE.replace("\n", "\r").encode(),
    "no-last-newline.csv": TABLE.rstrip().encode(),
    "quoted.csv": b'"phone","first_name","policy_no"\n"0934890883","Linh","P1"\n"0934890884","H\xc3\xa0",""\n',
    "blank-lines.csv": (TABLE.replace("\n0934890884", "\n,,\n\n0934890884") + ",,\n\n").encode(),
    "trailing-commas.csv": TABLE.replace("\n", ",\n").encode(),
    "more-commas-below.csv": TABLE.replace("P1\n", "P1,,\n").encode(),
    "tabs.tsv": TABLE.replace(",", "\t").encode(),
    "decomposed.csv": TABLE.replace("Hà", "Ha\u0300").encode(),
    "padded.csv": TABLE.replace("Linh", "\u00a0 Linh\t").replace("phone", " phone ").encode(),
    "packed.csv.gz": gzip.compress(TABLE.encode()),
    "odd [1]* name.csv": TABLE.encode(),
    "lines.jsonl": b'{"phone":"0934890883","first_name":"Linh","policy_no":"P1"}\n\n'
    b'{"phone":"0934890884","first_name":"H\xc3\xa0","policy_no":null,"other":[1]}\n',
    "bom.jsonl": b'\xef\xbb\xbf{"phone":"0934890883","first_name":"Linh","policy_no":"P1"}\n'
    b'{"phone":"0934890884","first_name":"H\xc3\xa0"}\n',
    "cases.jsonl": b'{"phone":"0934890883","Phone":"x","first_name":"Linh","policy_no":"P1"}\n'
    b'{"phone":"0934890884","first_name":"H\xc3\xa0"}\n',
    "packed.jsonl.gz": gzip.compress(
        b'{"phone":"0934890883","first_name":"Linh","policy_no":"P1"}\n{"phone":"0934890884","first_name":"H\xc3\xa0"}\n'
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_the_same_rows_come_out_of_every_text_file(project: Project, name: str) -> None:
    report = project.load(project.write(name, FILES[name]), columns=COLUMNS, variables=("policy_no",))
    assert project.rows("number", "first_name", "variables") == EXPECTED
    assert (report.rows, report.invalid, report.duplicates) == (2, {}, 0)


@pytest.mark.parametrize("packed", [False, True])
def test_the_same_rows_come_out_of_parquet(project: Project, packed: bool) -> None:
    rows = "('0934890883', 'Linh', 'P1'), ('0934890884', 'Hà', NULL)"
    path = parquet(project.root / "a.parquet", f"SELECT * FROM (VALUES {rows}) AS v(phone, first_name, policy_no)")
    if packed:
        path = project.write("packed.parquet.gz", gzip.compress(path.read_bytes()))
    project.load(path, columns=COLUMNS, variables=("policy_no",))
    assert project.rows("number", "first_name", "variables") == EXPECTED


def test_several_files_are_one_source_in_their_order(project: Project) -> None:
    first = project.write("a.csv", "contact\n0934890883\n")
    second = project.write("b.csv", "first_name,contact\nLinh,0934890884\n")
    project.load(first, second)
    assert project.rows("number", "first_name") == [(84934890883, None), (84934890884, "Linh")]


def test_one_column_of_numbers_needs_no_header(project: Project) -> None:
    path = project.write("numbers.csv", b"\xef\xbb\xbf0934890883\n+84 934 890 884\n\n0934890885")
    project.load(path)
    assert project.rows("sent") == ["0934890883", "0934890884", "0934890885"]


def test_a_quoted_cell_may_hold_delimiters_and_line_breaks(project: Project) -> None:
    path = project.write("a.csv", 'contact,description\n0934890883,"one, two\nthree ""four"""\n')
    project.load(path)
    assert project.rows("description") == ['one, two\nthree "four"']


def test_quotes_inside_a_plain_cell_are_text(project: Project) -> None:
    path = project.write("a.csv", 'contact,first_name,email\n0934890883,Linh "Ka" Tran,\n0934890884,"Nam",\n')
    project.load(path)
    assert project.rows("first_name") == ['Linh "Ka" Tran', "Nam"]


def test_nothing_is_guessed_into_a_number_or_a_date(project: Project) -> None:
    path = project.write("a.csv", "contact,first_name,code\n0934890883,2020-01-02,007\n")
    project.load(path, variables=("code",), columns={"contact": "contact", "first_name": "first_name"})
    assert project.rows("first_name", "variables") == [("2020-01-02", '{"code":"007"}')]


def test_without_columns_a_column_named_like_a_field_is_the_field(project: Project) -> None:
    project.load(project.write("a.csv", "email,contact,note\na@b.vn,0934890883,x\n"))
    assert project.rows("email", "first_name") == [("a@b.vn", None)]


def test_with_columns_nothing_else_is_managed_but_the_status_is_never_overlooked(project: Project) -> None:
    path = project.write("a.csv", "phone,email,status\n0934890883,a@b.vn,inactive\n")
    project.load(path, columns={"contact": "phone"})
    assert project.rows("email", "active") == [(None, False)]


def test_an_empty_cell_is_declared_and_a_missing_column_is_not(project: Project) -> None:
    project.load(project.write("a.csv", "contact,email\n0934890883,\n"))
    assert project.rows("email", "first_name", "variables") == [("", None, None)]


def test_defaults_fill_empty_cells_and_missing_columns(project: Project) -> None:
    path = project.write("a.csv", "contact,first_name,tier\n0934890883,,\n0934890884,Nam,gold\n")
    project.load(path, variables=("tier",), defaults={"first_name": "bạn", "country": "vn", "tier": "basic"})
    assert project.rows("first_name", "country", "variables") == [
        ("bạn", "VN", '{"tier":"basic"}'),
        ("Nam", "VN", '{"tier":"gold"}'),
    ]


@pytest.mark.parametrize(
    ("written", "active"), [("", True), ("active", True), ("1", True), ("INACTIVE", False), ("0", False)]
)
def test_a_status_is_a_word_or_a_code(project: Project, written: str, active: bool) -> None:
    project.load(project.write("a.csv", f"contact,status\n0934890883,{written}\n"))
    assert project.rows("active") == [active]


def test_rows_of_the_manifest_declare_what_they_hold(project: Project) -> None:
    project.load(
        inline=(
            {"contact": "0934890883", "first_name": "Linh", "status": "active", "variables": {"b": "2", "a": "1"}},
            {"contact": "0934890884", "email": None, "status": "inactive"},
        ),
        inline_sources=(PLACE, PLACE),
    )
    assert project.rows("first_name", "email", "active", "variables") == [
        ("Linh", None, True, '{"a":"1","b":"2"}'),
        (None, "", False, None),
    ]


def test_a_dnc_list_folds_the_same_text_and_keeps_different_ones(project: Project) -> None:
    path = project.write("dnc.csv", "phone_number\n0934890883\n+84934890883\n 0934890883 \n")
    how: dict[str, Any] = {"address": OPT_OUTS, "columns": {"phone_number": "phone_number"}}
    report = project.load(path, number_format="as_is", on_duplicate="first", **how)
    assert project.rows("sent", address=OPT_OUTS) == ["0934890883", "+84934890883"]
    assert report.duplicates == 1
    report = project.load(path, on_duplicate="first", **how)
    assert (project.rows("sent", address=OPT_OUTS), report.duplicates) == (["0934890883"], 2)
    with pytest.raises(ManifestError, match=r"1 number is declared more than once \(dnc\.csv:2 and dnc\.csv:4\)"):
        project.load(path, on_duplicate="error", **how)


def test_a_source_may_be_loaded_again(project: Project) -> None:
    project.load(project.write("a.csv", "contact\n0934890883\n"))
    project.load(project.write("a.csv", "contact\n0934890884\n0934890885\n"))
    assert project.rows("sent") == ["0934890884", "0934890885"]


def test_a_large_file_keeps_its_order_and_places(project: Project) -> None:
    lines = [f"0934{number:06d},{number}" for number in range(200_000)]
    project.load(project.write("a.csv", "contact,first_name\n" + "\n".join(lines) + "\n"))
    source = project.workspace.owned(VIP).source
    assert project.query(f"SELECT count(*) FROM {source} WHERE row <> first_name::BIGINT + 2") == [(0,)]


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_that_leads_out_of_the_project_is_not_followed(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("other") / "a.csv"
    outside.write_text("contact\n0934890883\n")
    (project.root / "a.csv").symlink_to(outside)
    assert "not a file inside the project" in project.refusal(project.root / "a.csv")


LEFT = "phone_number,reason\n0934890881,\n,asked on 3 May\n,\n"


def test_who_asked_not_to_be_called_and_left_no_number_is_not_passed_over(project: Project) -> None:
    files = [
        project.write("dnc.csv", LEFT),
        project.write("dnc.jsonl", b'{"phone_number":"0934890881"}\n{"reason":"asked on 3 May"}\n{"reason":" "}\n'),
        project.write("dnc.xlsx", xlsx({"A": [["phone_number", "reason"], ["0934890881"], [None, "asked on 3 May"]]})),
        parquet(project.root / "dnc.parquet", "SELECT '0934890881' AS phone_number, '' AS reason "
                "UNION ALL SELECT NULL, 'asked on 3 May'"),
    ]  # fmt: skip
    for path in files:
        assert "the telephone number is missing" in project.refusal(path, address=OPT_OUTS), path
        report = project.load(path, address=OPT_OUTS, invalid="skip")
        assert (report.rows, report.invalid) == (1, {NO_NUMBER: 1}), path
