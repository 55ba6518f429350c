"""Random row files of every format against random rows of the server: a plan counts what plain Python counts."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner.errors import ManifestError
from provisioner.model import Rows
from provisioner.rows import Workspace
from provisioner.rows.sql import literal, quoted
from tests.rows import reference
from tests.rows.conftest import OPT_OUTS, PLACE, VIP
from tests.rows.reference import Declared, Live
from tests.rows.test_diff import FORMS, live_rows, payload, query

NUMBERS = st.integers(934890880, 934890889)
COLUMNS = {
    "first_name": ["", "A", "B"],
    "email": ["", "a@x.vn", "b@x.vn", "bad"],
    "status": ["", "active", "inactive", "0", "1"],
    "a": ["", "1", "2"],
    "b": ["", "x;y,z", 'quo"ted'],
}
TEXT = {"csv": ",", "semicolon.csv": ";", "tsv": "\t"}
FORMATS = [*TEXT, "jsonl", "parquet"]
Cells = dict[str, str]


@dataclass(frozen=True)
class File:
    """A format, and rows by column; the first cell is the number as it is written."""

    form: str
    packed: bool
    rows: list[Cells]

    def write(self, folder: Path, index: int) -> Path:
        path = folder / f"rows-{index}.{self.form}"
        path.write_bytes(b"" if self.form == "parquet" else self._text())
        if self.form == "parquet":
            self._parquet(path)
        if not self.packed:
            return path
        packed = path.with_name(f"{path.name}.gz")
        packed.write_bytes(gzip.compress(path.read_bytes()))
        return packed

    def _text(self) -> bytes:
        if self.form == "jsonl":
            return b"".join(orjson.dumps(row) + b"\n" for row in self.rows)
        text = io.StringIO()
        lines = csv.DictWriter(text, list(self.rows[0]), delimiter=TEXT[self.form])
        lines.writeheader()
        lines.writerows(self.rows)
        return text.getvalue().encode()

    def _parquet(self, path: Path) -> None:
        columns = [*self.rows[0]]  # the others may hold them in another order
        rows = ", ".join(f"({', '.join(literal(row[name]) for name in columns)})" for row in self.rows)
        names = ", ".join(map(quoted, columns))
        with duckdb.connect() as connection:
            connection.sql(f"SELECT * FROM (VALUES {rows}) AS t ({names})").write_parquet(str(path))


@dataclass(frozen=True)
class Source:
    """Files with the same columns, and how they are to be read."""

    files: list[File]
    columns: list[str]
    filter: str | None
    on_duplicate: str
    on_missing: str
    variables: tuple[str, ...] = field(default=())

    def declared(self) -> list[Declared]:
        """The rows as plain Python has them, what the filter takes out left out."""
        rows = [row for file in self.files for row in file.rows]
        return [_declared(row, self) for row in rows if self.filter is None or row["first_name"] != "B"]


def _declared(row: Cells, source: Source) -> Declared:
    number = int("".join(filter(str.isdigit, row["contact"]))[-9:])
    return Declared(
        number=84_000_000_000 + number,
        text=row["contact"],
        active=row.get("status", "") not in ("inactive", "0"),
        fields={name: row[name] for name in reference.TEXTS if name in row},
        variables={name: row[name] for name in source.variables} if source.variables else None,
        bad=row.get("email") == "bad",
    )


@st.composite
def sources(draw: st.DrawFn) -> Source:
    columns = [name for name in COLUMNS if draw(st.booleans())]
    files = [draw(files_with(columns)) for _ in range(draw(st.integers(1, 2)))]
    return Source(
        files=files,
        columns=columns,
        filter="first_name <> 'B'" if "first_name" in columns and draw(st.booleans()) else None,
        on_duplicate=draw(st.sampled_from(["error", "first", "last"])),
        on_missing=draw(st.sampled_from(["deactivate", "keep"])),
        variables=tuple(name for name in ("a", "b") if name in columns),
    )


@st.composite
def files_with(draw: st.DrawFn, columns: list[str]) -> File:
    row = st.fixed_dictionaries(
        {"contact": st.builds(str.format, st.sampled_from(FORMS), NUMBERS)}
        | {name: st.sampled_from(COLUMNS[name]) for name in columns}
    )
    return File(draw(st.sampled_from(FORMATS)), draw(st.booleans()), draw(st.lists(row, min_size=1, max_size=8)))


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with Workspace(tmp_path_factory.mktemp("project")) as opened:
        yield opened


@settings(max_examples=40, deadline=None)
@given(source=sources(), live=live_rows())
def test_the_difference_equals_the_rules_in_plain_python(
    workspace: Workspace, source: Source, live: list[Live]
) -> None:
    files = tuple(file.write(workspace.root, index) for index, file in enumerate(source.files))
    rows = Rows(
        PLACE,
        files,
        variables=source.variables,
        filter=source.filter,
        on_duplicate=source.on_duplicate,
        on_missing=source.on_missing,
        invalid="skip",
    )
    declared = source.declared()
    valid = [row.number for row in declared if not row.bad]
    if source.on_duplicate == "error" and len(set(valid)) < len(valid):
        with pytest.raises(ManifestError, match="declared more than once"):
            workspace.load_source(VIP, rows, region="VN")
        return
    workspace.load_source(VIP, rows, region="VN")
    workspace.load_live({VIP: 7}, [[payload(row) for row in live]])
    change = workspace.difference(VIP, rings=True)
    expected = reference.compare(declared, live, source.on_missing, source.on_duplicate)
    table = workspace.owned(VIP).difference
    assert {n for (n,) in query(workspace, f"SELECT number FROM {table} WHERE action = 'add'")} == expected.add
    assert {id for (id,) in query(workspace, f"SELECT id FROM {table} WHERE action = 'change'")} == set(expected.change)
    assert {id for (id,) in query(workspace, f"SELECT id FROM {table} WHERE action = 'remove'")} == expected.remove
    assert (change.unchanged, change.invalid, change.duplicate, change.calls) == (
        expected.unchanged,
        expected.invalid,
        expected.duplicate,
        expected.rings,
    )


@settings(max_examples=30, deadline=None)
@given(
    files=st.lists(files_with([]), min_size=1, max_size=2),
    live=st.lists(st.builds(str.format, st.sampled_from(["0{}", "+84{}"]), NUMBERS), max_size=8),
    number_format=st.sampled_from(["national", "e164", "as_is"]),
)
def test_a_dnc_list_gets_the_texts_it_lacks_and_loses_none(
    workspace: Workspace, files: list[File], live: list[str], number_format: str
) -> None:
    paths = tuple(file.write(workspace.root, index) for index, file in enumerate(files))
    rows = Rows(PLACE, paths, columns={"phone_number": "contact"}, on_duplicate="first")
    workspace.load_source(OPT_OUTS, rows, region="VN", number_format=number_format)
    workspace.load_live({OPT_OUTS: 7}, [[{"id": i, "dnc": 7, "phone_number": text} for i, text in enumerate(live, 1)]])
    change, counts = workspace.difference(OPT_OUTS), workspace.counts(OPT_OUTS)
    declared = [as_sent(row["contact"], number_format) for file in files for row in file.rows]
    missing = set(declared) - set(live)
    table = workspace.owned(OPT_OUTS).difference
    assert {text for (text,) in query(workspace, f"SELECT sent FROM {table}")} == missing
    assert (change.add, change.change, change.remove) == (len(missing), 0, 0)
    assert (change.unchanged, change.duplicate) == (len(set(declared)) - len(missing), len(declared) - len({*declared}))
    assert counts.kept == sum(text not in set(declared) for text in live)


def as_sent(written: str, number_format: str) -> str:
    """A Vietnamese mobile number as the project's format wants it."""
    digits = "".join(filter(str.isdigit, written))[-9:]
    return {"national": f"0{digits}", "e164": f"+84{digits}", "as_is": written.strip()}[number_format]
