"""What the header line of a file is, is decided once: whatever `validate` takes a plan reads, and both refuse alike."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

import pytest

from provisioner.errors import ManifestError
from provisioner.manifests.load import load
from provisioner.rows import Workspace
from tests.factories import alice
from tests.rows.workbooks import xlsx

LONG = "x" * (70 << 10)
NUMBERS = ("0934890881", "0934890882")


@dataclass
class Verdict:
    """What is said, and how many rows there are when nothing is."""

    said: str = ""
    rows: int = 0


def validated(root: Path, name: str, content: bytes, rows: str) -> Verdict:
    """As `validate` sees a project with that file, which opens its header and no more."""
    (root / "alice.yaml").write_text(alice(endpoint="http://127.0.0.1:1/rest-api", region="VN"))
    (root / "manifest.yaml").write_text(rows.replace("FILE", name))
    (root / name).write_bytes(content)
    try:
        load(root, environment=None, variables={}, environ={})
    except ManifestError as error:
        return Verdict(error.diagnostics[0].message)
    return Verdict()


def planned(root: Path) -> Verdict:
    """As a plan reads the rows of the same project."""
    project = load(root, environment=None, variables={}, environ={})
    with Workspace(root) as space:
        [owner] = [each for each in project.resources.values() if each.rows is not None]
        try:
            return Verdict(rows=space.load_source(owner.address, owner.rows, region="VN").rows)
        except ManifestError as error:
            return Verdict(error.diagnostics[0].message)


CONTACTS = "phonebooks: {vip: {name: VIP, contacts: FILE}}"
DNC = "dnc_lists: {out: {name: Out, numbers: FILE}}"
POLICY = "phonebooks: {vip: {name: VIP, contacts: {file: FILE, variables: [policy_no]}}}"


@pytest.mark.parametrize(
    ("name", "text", "rows"),
    [
        ("dnc.csv", f"\n\n{NUMBERS[0]}\n{NUMBERS[1]}\n", DNC),
        ("dnc.csv", f"\n,\n\nphone_number\n{NUMBERS[0]}\n{NUMBERS[1]}\n", DNC),
        ("dnc.txt", f"{NUMBERS[0]}\r\n{NUMBERS[1]}\r\n", DNC),
        ("dnc.TXT", f"phone_number\n{NUMBERS[0]}\n{NUMBERS[1]}", DNC),
        ("dnc.tsv", f"{NUMBERS[0]}\n{NUMBERS[1]}\n", DNC),
        ("vip.csv", f'contact,"{LONG}"\n{NUMBERS[0]},\n{NUMBERS[1]},\n', CONTACTS),
        ("vip.csv", f'contact,"ghi\nchú"\n{NUMBERS[0]},\n{NUMBERS[1]},\n', CONTACTS),
        ("vip.csv", f'"con\r\ntact";x\r\n{NUMBERS[0]};\r\n{NUMBERS[1]};\r\n', CONTACTS),
        ("vip.csv", f"sep=|\ncontact|x\n{NUMBERS[0]}|\n{NUMBERS[1]}|\n", CONTACTS),
        ("vip.csv", f"\ufeff\ncontact\n{NUMBERS[0]}\n{NUMBERS[1]}\n", CONTACTS),
        ("vip.jsonl", f'{{"a": "{LONG}"}}\n{{"contact": "{NUMBERS[0]}"}}\n{{"contact": "{NUMBERS[1]}"}}\n', CONTACTS),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("packed", [False, True])
def test_what_is_valid_is_read(tmp_path: Path, name: str, text: str, rows: str, encoding: str, packed: bool) -> None:
    content = text.removeprefix("\ufeff" if encoding == "utf-16" else "").encode(encoding)
    if packed:
        name, content = f"{name}.gz", gzip.compress(content)
    assert validated(tmp_path, name, content, rows) == Verdict()
    found = planned(tmp_path)
    if "jsonl" in name:  # its first line has no number, which only who reads all rows can tell
        assert "telephone number is missing" in found.said or found.rows == len(NUMBERS)
    else:
        assert found == Verdict(rows=len(NUMBERS))


@pytest.mark.parametrize(
    ("name", "content", "rows", "told"),
    [
        (
            "vip.csv",
            f"{NUMBERS[0]}\n".encode(),
            POLICY,
            "'policy_no' of 'vip.csv' is not there; a file without",
        ),
        ("vip.csv", b"", CONTACTS, "is empty"),
        ("vip.csv", b"\n,,\n", CONTACTS, "is empty"),
        ("vip.csv", b'"contact\n0934890881\n', CONTACTS, "has a header line that is not CSV"),
        ("vip.csv", b"x" * (2 << 20), CONTACTS, "has no header line: its first line does not end"),
        ("vip.csv", b"phone\n", CONTACTS, "'contact' of 'vip.csv' is not there; there are phone"),
        ("vip.csv", b"\xff\n", CONTACTS, "is not UTF-8 text"),
        ("vip.json", b"[]", CONTACTS, "must be one of .csv"),
        ("vip.jsonl", b"{}\n", CONTACTS, "'contact' of 'vip.jsonl' is not there"),
    ],
)
def test_what_a_plan_could_not_read_is_not_valid(
    tmp_path: Path, name: str, content: bytes, rows: str, told: str
) -> None:
    assert told in validated(tmp_path, name, content, rows).said


def told(root: Path, content: bytes, options: str, name: str = "vip.csv") -> list[str]:
    """What `validate` has to say about a file that is right."""
    validated(root, name, content, f"phonebooks: {{vip: {{name: VIP, contacts: {{file: FILE, {options}}}}}}}")
    findings = load(root, environment=None, variables={}, environ={}).findings
    assert {each.id for each in findings} <= {"row-header"}
    return [each.message for each in findings]


def test_what_was_taken_for_what_is_told(tmp_path: Path) -> None:
    content = f"Contact,FIRST NAME,status,Ho\u0323 va\u0300 te\u0302n,SO HD\n{NUMBERS[0]},Lan,active,V,7\n".encode()
    pairs = "'Contact' for contact, 'FIRST NAME' for first_name, 'Họ và tên' for họ và tên, 'SO HD' for so_hd"
    assert told(tmp_path, content, 'variables: [họ và tên, "so_hd"]') == [f"'vip.csv': taken: {pairs}"]
    assert told(tmp_path, f"contact\n{NUMBERS[0]}\n".encode(), "on_missing: keep") == []
    broken = f'contact,"Số\nhợp đồng"\n{NUMBERS[0]},7\n'.encode()
    assert told(tmp_path, broken, "variables: {so: Số hợp đồng}") == []


def test_titles_that_were_skipped_are_told(tmp_path: Path) -> None:
    rows = [["DANH SÁCH", None], [], ["contact", "first_name"], [NUMBERS[0], "Lan"], [NUMBERS[1], "Nam"]]
    message = "'vip.xlsx': the columns are named in row 3 of the sheet 'VIP', below 1 row of titles"
    assert told(tmp_path, xlsx({"VIP": rows}), "on_missing: keep", "vip.xlsx") == [message]


@pytest.mark.parametrize(
    ("options", "variables"),
    [
        ('variables: {policy_no: "Số hợp đồng", amount: amount}', '{"amount":"5","policy_no":"7"}'),
        ("variables: {policy_no: số  hợp-đồng}", '{"policy_no":"7"}'),
        ("variables: {a: amount, b: amount}", '{"a":"5","b":"5"}'),
        ("variables: {a: amount}, defaults: {country: VN}", '{"a":"5"}'),
    ],
)
def test_variables_may_be_called_otherwise_than_their_columns(tmp_path: Path, options: str, variables: str) -> None:
    told(tmp_path, f"contact,Số hợp đồng,amount\n{NUMBERS[0]},7,5\n".encode(), options)
    [book] = load(tmp_path, environment=None, variables={}, environ={}).resources.values()
    assert book.rows is not None
    with Workspace(tmp_path) as space:
        space.load_source(book.address, book.rows, region="VN")
        source = space.owned(book.address).source
        with space.cursor() as connection:
            assert connection.execute(f"SELECT variables FROM {source}").fetchall() == [(variables,)]


def test_a_variable_whose_column_is_missing_is_told_where_it_is_named(tmp_path: Path) -> None:
    said = validated(
        tmp_path,
        "vip.csv",
        f"contact\n{NUMBERS[0]}\n".encode(),
        "phonebooks: {vip: {name: VIP, contacts: {file: FILE, variables: {policy_no: policy}}}}",
    ).said
    assert said.startswith("the column 'policy' of 'vip.csv' is not there")
