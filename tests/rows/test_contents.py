"""A file that is not what its name says is told for what it is, and text in another encoding with what to do."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest

from tests.rows.conftest import OPT_OUTS, Project

FIRST, SECOND = "0934890881", "0934890882"
ROWS = f"contact,first_name\n{FIRST},Nguyễn Thị Hồng\n{SECOND},Trần Văn Đức\n"
TONES = str.maketrans({"ễ": "ê\u0303", "ị": "i\u0323", "ồ": "ô\u0300", "ầ": "â\u0300", "Đ": "Đ", "ứ": "ư\u0301"})
VIETNAMESE = ROWS.translate(TONES).encode("windows-1258")
WESTERN = f"contact,first_name\n{FIRST},José\n{SECOND},Søren\n".encode("windows-1252")


def archive(*names: str) -> bytes:
    """A zip file with these entries."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as packed:
        for name in names:
            packed.writestr(name, "")
    return written.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("vip.csv", archive("[Content_Types].xml", "xl/workbook.xml"), "is an Excel workbook; name it .xlsx"),
        ("vip.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "is an Excel workbook; name it .xls"),
        ("vip.txt", archive("notes.txt"), "is a zip archive"),
        ("vip.csv", b"<!DOCTYPE html>\n<html><body>Sign in</body></html>", "is a web page"),
        ("vip.xls", b"\xef\xbb\xbf\n<html><table><tr><td>0934890881</td></tr></table></html>", "is a web page"),
        ("vip.jsonl", b"<html>", "is a web page"),
        ("vip.csv", b'<?xml version="1.0"?><Workbook/>', "is XML"),
        ("vip.csv", b'{"contact": "0934890881"}\n', "is JSON; name it .jsonl"),
        ("vip.csv", b"PAR1" + bytes(9), "is a Parquet file; name it .parquet"),
        ("vip.csv", gzip.compress(ROWS.encode()), "is packed by gzip; add .gz to its name"),
        ("vip.csv.gz", gzip.compress(gzip.compress(ROWS.encode())), "is packed by gzip"),
        ("vip.csv.gz", ROWS.encode(), "is not packed by gzip"),
        ("vip.csv", b"BZh91AY", "is packed by bzip2"),
        ("vip.csv", b"%PDF-1.7", "is a PDF"),
        ("vip.csv", b"SQLite format 3\0", "is an SQLite database"),
        ("vip.xlsx", ROWS.encode(), "is not a spreadsheet; if it is text, name it .csv"),
        ("vip.xlsx", b"", "is empty"),
        ("vip.ods", archive("notes.txt"), "is a zip archive"),
        ("vip.xlsx", archive("[Content_Types].xml"), "is not a readable spreadsheet"),
        ("vip.parquet", ROWS.encode(), "is not a readable Parquet file"),
        ("vip.parquet", archive("xl/workbook.xml"), "is an Excel workbook"),
        ("vip.csv", ROWS.encode("utf-16-le"), "looks like UTF-16 without a byte order mark; write encoding: utf-16-le"),
        ("vip.csv", ROWS.encode("utf-16-be"), "write encoding: utf-16-be"),
        *((name, b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull") for name in ("vip.xlsx", "vip.ods")),
    ],
    ids=lambda each: "" if isinstance(each, bytes) else each,  # zip and gzip write the time into what they pack
)  # fmt: skip
def test_a_file_is_told_for_what_it_is(project: Project, name: str, content: bytes, told: str) -> None:
    said = project.refusal(project.write(name, content))
    assert told in said and said.startswith(f"{name}:1:1: error: contacts: ")
    assert FIRST not in said and "Sign in" not in said


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_marked_text_is_read_by_itself(project: Project, encoding: str) -> None:
    project.load(project.write("vip.csv", ROWS.encode(encoding)))
    assert project.rows("sent", "first_name") == [(FIRST, "Nguyễn Thị Hồng"), (SECOND, "Trần Văn Đức")]


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("windows-1258", VIETNAMESE),
        ("cp1258", VIETNAMESE),
        ("utf-16-le", ROWS.encode("utf-16-le")),
        ("UTF-16", ROWS.encode("utf-16")),
        ("utf8", ROWS.encode()),
        ("utf-7", ROWS.encode("utf-7")),
    ],
)
def test_text_is_read_in_the_encoding_that_is_declared(project: Project, encoding: str, content: bytes) -> None:
    for name, data in (("vip.csv", content), ("vip.csv.gz", gzip.compress(content))):
        project.load(project.write(name, data), encoding=encoding)
        assert project.rows("sent", "first_name") == [(FIRST, "Nguyễn Thị Hồng"), (SECOND, "Trần Văn Đức")]


def test_json_and_bare_numbers_have_encodings_too(project: Project) -> None:
    text = f'{{"contact": "{FIRST}", "first_name": "José"}}\n'
    project.load(project.write("vip.jsonl", text.encode("windows-1252")), encoding="windows-1252")
    assert project.rows("first_name") == ["José"]
    project.load(project.write("dnc.txt", f"{FIRST}\r\n{SECOND}\r\n".encode("utf-16")), address=OPT_OUTS)
    assert project.rows("sent", address=OPT_OUTS) == [FIRST, SECOND]


@pytest.mark.parametrize(
    ("content", "encoding", "place", "told"),
    [
        (VIETNAMESE, None, "2:16", "byte 35 of the file cannot be read; all of it reads as windows-1258"),
        (WESTERN, None, "2:15", "byte 34 of the file cannot be read; all of it reads as windows-1252"),
        (WESTERN + b"\x81\n", None, "2:15", "byte 34 of the file cannot be read; save it as CSV UTF-8"),
        (ROWS.encode()[:-2] + b"\xe1\xbb", None, "3:23", "cannot be read"),
        (ROWS.encode(), "ascii", "2:16", "is not ASCII text"),
        (WESTERN * 9000, None, "2:15", "byte 34"),
        (b"contact\r\n\r\n" + FIRST.encode() + b"\r" + SECOND.encode() + b"\xff", None, "4:11", "byte 33"),
    ],
)
def test_the_first_byte_that_cannot_be_read_is_told(
    project: Project, content: bytes, encoding: str | None, place: str, told: str
) -> None:
    said = project.refusal(project.write("vip.csv", content), encoding=encoding)
    assert said.startswith(f"vip.csv:{place}: error: contacts: ") and told in said
    assert "Jos" not in said and FIRST not in said


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("vip.csv", {"encoding": "windows-1258"}, "begins with the mark of UTF-8"),
        ("vip.csv", {"encoding": "klingon"}, "has an unknown `encoding`"),
        ("vip.csv", {"encoding": "base64"}, "has an unknown `encoding`"),
        ("vip.csv", {"sheet": 1}, "is not a spreadsheet, and has no `sheet`"),
        ("vip.parquet", {"encoding": "utf-8"}, "is not a text file, and has no `encoding`"),
    ],
)
def test_an_option_that_does_not_fit_the_file_is_told(
    project: Project, name: str, options: dict[str, str], told: str
) -> None:
    assert told in project.refusal(project.write(name, ROWS.encode("utf-8-sig")), **options)
