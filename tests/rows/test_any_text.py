"""Over all of Unicode: what was written into a row file is what is read, each row at its line, and no number is lost.

What is expected comes from what was written, never from a second reader: a row begins where an editor shows it, and
its cells are the texts that went into them.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, product
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from provisioner.messages import plain
from provisioner.model import Rows
from provisioner.phone import read
from provisioner.rows import Workspace
from provisioner.rows.columns import ColumnOptions
from provisioner.rows.files import RowFile
from provisioner.rows.files import cells_of as plain_cells
from provisioner.rows.headers import read_header
from provisioner.rows.records import CELLS, LONG, NOT_AN_OBJECT, NUL
from provisioner.rows.scratch import spooled
from provisioner.rows.sheets import open_sheet
from provisioner.rows.sources import Loading, fill
from tests.rows.conftest import PLACE, VIP

ODD = (
    "\ufeff\u200b\u00ad\u2028\u2029\x85\x0b\x0c\x1c\x1d\x1e\x1f\r\n\t,;\"' \u00a0\\#0NULL\u0301\u1100\u1161\U0001f600\0"
)
CALM = st.characters(exclude_categories=["Cs"], exclude_characters='\r\n\0"')
ANY = st.sampled_from(ODD) | st.characters(exclude_categories=["Cs"])
NUMBERS = ("0934890881", "+84934890882", "\ufeff0934890883", "0934890884\n0934890885", "0934890886\r", "12", "")
STATUSES = ("active", "inactive", "INACTIVE", "inactive\u200b", "\ufeff0", "1", "0", "", "maybe")
NAMES = ("contact", "Status", "description")
WANTED = ColumnOptions("contact", ("contact", "status", "description"))

Row = tuple[str, ...]


@dataclass(frozen=True)
class Written:
    """A delimited file as somebody's program writes it; `ends` are the line ends of the rows, in turn."""

    rows: list[Row]
    delimiter: str
    ends: list[str]
    bom: str
    quoted: bool
    last_end: bool

    @property
    def lines(self) -> list[str]:
        """The header and the rows, without their ends."""
        return [self._line(row) for row in (NAMES, *self.rows)]

    @property
    def text(self) -> str:
        ends = [self.ends[index % len(self.ends)] for index in range(len(self.lines))]
        ends[-1] = ends[-1] if self.last_end else ""
        return self.bom + "".join(line + end for line, end in zip(self.lines, ends, strict=True))

    def expected(self) -> dict[int, Row]:
        """The cells of what is not blank, by the line it begins at."""
        found, before = {}, self.lines[0] + self.ends[0]
        for index, (row, line) in enumerate(zip(self.rows, self.lines[1:], strict=True), 1):
            if any(map(str.strip, row)):
                found[1 + line_ends(before + line[:1]) - line_ends(line[:1])] = row
            before += line + self.ends[index % len(self.ends)]
        return found

    def _line(self, row: Row) -> str:
        return self.delimiter.join(map(self._cell, row))

    def _cell(self, text: str) -> str:
        if self.quoted or any(mark in text for mark in f'\r\n{self.delimiter}"'):
            return '"' + text.replace('"', '""') + '"'
        return text


def line_ends(text: str) -> int:
    """Of any sort, as an editor counts them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").count("\n")


def rows_of(marks: st.SearchStrategy[str]) -> st.SearchStrategy[list[Row]]:
    texts = st.text(marks, max_size=8)
    whole = st.tuples(st.sampled_from(NUMBERS) | texts, st.sampled_from(STATUSES) | texts, texts)
    ragged = st.lists(texts, min_size=1, max_size=5).map(tuple)
    return st.lists(whole | whole | whole | ragged, min_size=1, max_size=12)


def files_of(marks: st.SearchStrategy[str], quoted: st.SearchStrategy[bool]) -> st.SearchStrategy[Written]:
    one_sort = st.sampled_from((["\n"], ["\r\n"], ["\r"]))
    return st.builds(
        Written,
        rows=rows_of(marks),
        delimiter=st.sampled_from((",", ";", "\t")),
        ends=one_sort | st.lists(st.sampled_from(("\n", "\r\n", "\r")), min_size=2, max_size=3),
        bom=st.sampled_from(("", "\ufeff")),
        quoted=quoted,
        last_end=st.booleans(),
    )


FILES = (
    files_of(ANY, st.booleans())
    | files_of(CALM, st.just(False))
    | files_of(CALM | st.sampled_from(',;\t" '), st.booleans())
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with Workspace(tmp_path_factory.mktemp("project")) as opened:
        yield opened


def saved(workspace: Workspace, name: str, text: str) -> Path:
    path = workspace.root / name
    path.write_bytes(text.encode())
    return path


def as_read(workspace: Workspace, path: Path) -> dict[int, tuple[Row, str | None]]:
    """(cells, reason) by line, of what is not blank."""
    with workspace.cursor() as connection:
        sheet = open_sheet(connection, RowFile(path), path.name, workspace.scratch, WANTED)
        cells = ", ".join(f"coalesce(__{index}, '')" for index in range(len(sheet.columns)))
        found = connection.execute(f"SELECT __line, {sheet.bad}, {cells} FROM {sheet.relation}").fetchall()
    return {line: (tuple(row), bad or None) for line, bad, *row in found if bad or any(map(str.strip, row))}


def filled(workspace: Workspace, path: Path) -> dict[int, tuple[int | None, bool | None, str, str | None]]:
    """(number, active, description, reason) by line, of every row of the source table."""
    owned = workspace.owned(VIP)
    owned.rows, owned.region = Rows(PLACE, (path,)), "VN"
    with workspace.cursor() as connection:
        fill(Loading(connection, workspace.scratch, workspace.root, owned))
        found = connection.execute(f"SELECT row, number, active, description, reason FROM {owned.source}").fetchall()
    return {owned.place(row).line: tuple(rest) for row, *rest in found}


def usable(row: Row) -> tuple[Row, str | None]:
    """The cells under the header, and what is wrong with them."""
    cells = (*row[:3], *[""] * (3 - len(row)))
    ragged = len(row) < 3 or any(map(str.strip, row[3:]))
    nul = any("\0" in cell for cell in cells)
    return tuple(cell.replace("\0", "") for cell in cells), CELLS if ragged else NUL if nul else None


def round_trip(workspace: Workspace, file: Written) -> None:
    path = saved(workspace, "any.csv", file.text)
    header = read_header(RowFile(path), WANTED)
    assert header is not None
    assert (header.names, header.delimiter, header.lines) == (NAMES, file.delimiter, 1)
    assert as_read(workspace, path) == {line: usable(row) for line, row in file.expected().items()}


def numbered(workspace: Workspace, file: Written) -> None:
    """Every row comes with a number or with a reason, and who is inactive stays so."""
    expected = {line: usable(row) for line, row in file.expected().items()}
    found = filled(workspace, saved(workspace, "numbers.csv", file.text))
    assert found.keys() == {line for line, (cells, bad) in expected.items() if bad or any(map(plain, cells))}
    for line, (number, active, description, reason) in found.items():
        (contact, status, note), bad = expected[line]
        assert number == read(plain(contact), "VN").number
        assert reason is not None if number is None else (bad is None or reason == bad)
        if reason is None:
            said = "".join(mark for mark in status.casefold() if mark.isalnum() and mark.isascii())
            assert description == plain(note)
            assert active is (said in ("", "active", "1"))
            assert said in ("", "active", "1", "inactive", "0")


def round_trip_of_json(workspace: Workspace, rows: list[Row], ends: str) -> None:
    """With escapes or without, by turns; half of a surrogate pair is no text that could be sent."""
    lines = [
        json.dumps(dict(zip(NAMES, row, strict=False)), ensure_ascii=index % 2 == 0 or "\ud83d" in "".join(row))
        for index, row in enumerate(rows)
    ]
    expected: dict[int, tuple[Row, str | None]] = {}
    for line, row in enumerate(rows, 1):
        cells, reason = usable((*row, "", "")[:3])
        if "\ud83d" in "".join(row[:3]):
            expected[line] = ("", "", ""), NOT_AN_OBJECT
        elif reason or any(map(str.strip, cells)):
            expected[line] = cells, reason
    first = json.dumps(dict.fromkeys(NAMES, ""))
    path = saved(workspace, "any.jsonl", ends.join([*lines, first]))
    assert as_read(workspace, path) == expected


EXAMPLES = (
    Written([("\ufeff0934890881", "inactive", "\ufeff")], ",", ["\n"], "", False, False),
    Written([("0934890884\n0934890885", "", "x"), ("0934890881", "0", "a\r\nb")], ";", ["\r\n"], "\ufeff", False, True),
    Written([("0934890881", "0", "a\r"), ("", "", ""), ("0934890882",)], ",", ["\n", "\r"], "", True, False),
)
JSON_ROWS = rows_of(ANY | st.just("\ud83d"))


@settings(max_examples=200, deadline=None)
@given(file=FILES)
@example(EXAMPLES[0])
@example(EXAMPLES[1])
@example(EXAMPLES[2])
def test_a_row_file_is_read_as_it_was_written(workspace: Workspace, file: Written) -> None:
    round_trip(workspace, file)


@settings(max_examples=40, deadline=None)
@given(file=FILES)
@example(EXAMPLES[0])
@example(EXAMPLES[1])
@example(EXAMPLES[2])
def test_no_row_is_without_a_number_and_without_a_reason(workspace: Workspace, file: Written) -> None:
    numbered(workspace, file)


@settings(max_examples=150, deadline=None)
@given(rows=JSON_ROWS, ends=st.sampled_from(("\n", "\r\n")))
def test_json_lines_are_read_as_they_were_written(workspace: Workspace, rows: list[Row], ends: str) -> None:
    round_trip_of_json(workspace, rows, ends)


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(st.tuples(st.text(ANY, max_size=8), st.text(ANY, max_size=8)), min_size=1, max_size=20))
def test_every_text_survives_the_spool(workspace: Workspace, rows: list[tuple[str, str]]) -> None:
    spool = spooled(workspace.scratch, rows, 2)
    assert spool is not None
    with workspace.cursor() as connection:
        found = connection.execute(f"SELECT a, b FROM {spool.relation(('a', 'b'))}").fetchall()
    assert [(a or "", b or "") for a, b in found] == rows


@pytest.mark.parametrize("marks", ['a", ', 'a";\ufeff'])
def test_duckdb_reads_plain_quoted_lines_as_csv_does(workspace: Workspace, marks: str) -> None:
    """Every line of up to six of these characters that is taken for plain."""
    delimiter = marks[2]
    lines = map("".join, chain.from_iterable(product(marks, repeat=length) for length in range(1, 7)))
    by_width = defaultdict[int, list[str]](list)
    for line in filter(str.strip, lines):
        if plain_cells(delimiter).fullmatch(line + "\n"):
            (cells,) = csv.reader([line], delimiter=delimiter, strict=True)
            if any(map(str.strip, cells)):
                by_width[len(cells)].append(line)
    assert max(by_width) > 4
    for width, chosen in by_width.items():
        names = ["contact", *map("x{}".format, range(1, width))]
        path = saved(workspace, "small.csv", "\n".join([delimiter.join(names), *chosen]))
        with workspace.cursor() as connection:
            sheet = open_sheet(
                connection, RowFile(path), path.name, workspace.scratch, ColumnOptions("contact", ("contact",))
            )
            cells = ", ".join(f"coalesce(__{index}, '')" for index in range(width))
            found = connection.execute(f"SELECT {cells} FROM {sheet.relation} ORDER BY __line").fetchall()
        assert sheet.source is not None, "not read by duckdb"
        assert [list(row) for row in found] == list(csv.reader(chosen, delimiter=delimiter, strict=True))


@pytest.mark.parametrize(
    ("lines", "bad"),
    [
        (['{"contact":"0934890881","a":{}', '"b":2}', '{"contact":"1","a":"2"},{"contact":"1","a":"2"}'], [1, 2, 3]),
        (['{"contact":[{}', '{}],"a":"1"}', '{"contact":"1","a":"2"},{"contact":"1","a":"2"}'], [1, 2, 3]),
        (['{"contact":"0934890881","a":"x', 'y"}', '{"contact":"0934890882","a":"2"}'], [1, 2]),
        (['{"contact":"0934890881","a" :"1","a":"2"}', '{"contact":"0934890882","a":"2"}'], [1]),
        (['{"contact":"0934890881","a":"b:"}', '{"contact":"1","contact":"2"}'], [2]),
        (['{"contact":"0934890881","a":"\\":"}', '{"contact":"0934890882","a":"1"}'], []),
    ],
)
def test_lines_of_json_are_each_taken_by_themselves(workspace: Workspace, lines: list[str], bad: list[int]) -> None:
    path = saved(workspace, "few.jsonl", "\n".join([*lines, '{"contact":"0934890889","a":"z","description":""}']))
    found = as_read(workspace, path)
    assert [line for line, (_, reason) in found.items() if reason] == bad


def test_values_of_json_are_written_as_they_are(workspace: Workspace) -> None:
    lines = ['{"contact":"1","a":1.50,"b":null,"c":true}', '{"contact":"2","a":12,"b":1E3,"c":"12:30"}']
    for chosen in (lines, ['{"contact":"2","a":12,"b":null,"c":"12:30"}', *lines]):
        found = as_read(workspace, saved(workspace, "values.jsonl", "\n".join(chosen)))
        assert [cells for cells, _ in found.values()][-2:] == [("1", "1.50", "", "true"), ("2", "12", "1E3", "12:30")]


@pytest.mark.parametrize(
    ("name", "last"), [("long.csv", "0934890882,,{}"), ("long.jsonl", '{{"contact":"0934890882","a":"{}"}}')]
)
def test_a_last_line_of_more_than_40_mb_without_an_end_is_told(workspace: Workspace, name: str, last: str) -> None:
    first = "contact,status,a" if name.endswith("csv") else '{"contact":"0934890881","a":"x"}'
    path = saved(workspace, name, first + "\n" + last.format("y" * (41 << 20)))
    assert as_read(workspace, path)[2][1] == LONG


@pytest.mark.soak
@settings(max_examples=1000, deadline=None)
@given(file=FILES)
def test_many_row_files_are_read_as_they_were_written(workspace: Workspace, file: Written) -> None:
    round_trip(workspace, file)
    numbered(workspace, file)


@pytest.mark.soak
@settings(max_examples=1000, deadline=None)
@given(rows=JSON_ROWS, ends=st.sampled_from(("\n", "\r\n")))
def test_many_json_lines_are_read_as_they_were_written(workspace: Workspace, rows: list[Row], ends: str) -> None:
    round_trip_of_json(workspace, rows, ends)
