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
