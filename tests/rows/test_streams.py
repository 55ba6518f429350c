"""Rows that are no file: every option counts for them as for a file's, and a row of them is told by its number."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from provisioner.errors import ManifestError
from provisioner.model import Rows
from provisioner.rows.records import Record
from provisioner.rows.streams import BadStream, Streamed
from provisioner.rows.tables import SourcePart

from .conftest import PLACE, VIP, Project

PART = SourcePart("the query", PLACE)


@dataclass(frozen=True)
class Rounds:
    """Rows from somewhere; `breaks` after the last one."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    breaks: bool = False
    part: SourcePart = PART

    @contextmanager
    def opened(self) -> Iterator[Streamed]:
        yield Streamed(self.names, self._records())

    def _records(self) -> Iterator[Record]:
        for line, cells in enumerate(self.rows, 1):
            yield line, list(cells), ""
        if self.breaks:
            raise BadStream("the connection broke", PLACE)


NAMES = ("phone", "first_name", "city")
LINH, MINH, NOBODY = ("0934890883", "Linh", "Huế"), ("0934890884", "Minh", "Hà Nội"), ("12", "Nga", "Huế")


def refused(project: Project, stream: Rounds, **options: object) -> str:
    with pytest.raises(ManifestError) as caught:
        project.workspace.load_source(VIP, Rows(PLACE, **options), region="VN", streams=[stream])  # type: ignore[arg-type]
    return str(caught.value)


COLUMNS = {"contact": "phone", "first_name": "first_name"}


def test_options_are_those_of_files(project: Project) -> None:
    rows = Rows(PLACE, columns=COLUMNS, variables=("city",), filter="city <> 'Hà Nội'", invalid="skip")
    stream = Rounds(NAMES, (LINH, MINH, NOBODY))
    report = project.workspace.load_source(VIP, rows, region="VN", streams=[stream])
    assert (report.rows, report.left_out) == (1, {"not-valid": 1, "filter": 1})
    assert project.rows("number", "first_name", "variables") == [(84934890883, "Linh", '{"city":"Huế"}')]


def test_files_and_rows_of_the_manifest_stand_beside_it(project: Project) -> None:
    file = project.write("vip.csv", "contact\n0934890885\n")
    rows = Rows(PLACE, files=(file,), inline=({"contact": "0934890886"},), inline_sources=(PLACE,))
    stream = Rounds(("contact",), (("0934890887",),))
    assert project.workspace.load_source(VIP, rows, region="VN", streams=[stream]).rows == 3


def test_a_row_is_told_by_its_number_and_blamed_on_the_manifest(project: Project) -> None:
    said = refused(project, Rounds(NAMES, (LINH, NOBODY, MINH, LINH)), columns=COLUMNS)
    assert "phonebooks.yaml:3:5: error: contacts: 1 row: not a valid telephone number (row 2 of the query)" in said
    assert "(row 1 of the query and row 4 of the query)" in said
    assert "Linh" not in said and "0934890883" not in said


def test_columns_are_looked_at_before_any_row(project: Project) -> None:
    said = refused(project, Rounds(("fone",), (), breaks=True), columns=COLUMNS)
    assert said.startswith("phonebooks.yaml:3:5: error: contacts: the column 'phone' is not there")


def test_what_breaks_on_the_way_loads_nothing(project: Project) -> None:
    said = refused(project, Rounds(NAMES, (LINH,), breaks=True), columns=COLUMNS)
    assert said == "phonebooks.yaml:3:5: error: contacts: the connection broke (phonebook.vip) [rows-database]"


def test_a_filter_that_does_not_fit(project: Project) -> None:
    said = refused(project, Rounds(NAMES, (LINH,)), columns=COLUMNS, filter="city > 3")
    assert "the filter does not fit" in said


def test_no_rows_at_all(project: Project) -> None:
    stream = Rounds(NAMES, ())
    report = project.workspace.load_source(VIP, Rows(PLACE, columns=COLUMNS), region="VN", streams=[stream])
    assert report.rows == 0
