"""`results`: what became of every contact of campaigns, as rows for a table, CSV, JSON or Parquet.

Personal data, because it was asked for. Rows are read from the workspace as they are written, so that a million of them
take no more memory than a few. Everything that is asked of the server is read whole or not at all: a list that is
refused or breaks off is an error, and nobody is told to be waiting for a call because the records cannot be read.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from provisioner.api import Client
from provisioner.errors import ApiError
from provisioner.inspect.lookup import label_of, name_of, startable_kind
from provisioner.inspect.table import Table
from provisioner.messages import count
from provisioner.model import Address, LiveObject
from provisioner.resources import KINDS, Kind, Zones, row_owner
from provisioner.rows import Workspace
from provisioner.rows.formulas import marked, row_writer
from provisioner.rows.results import COLUMNS, MOMENTS, DialledObject, ResultFilter, Results
from provisioner.rows.sql import moment_of

HEADS = {"cause": "hangup_cause", "seconds": "seconds_talked", "first": "first_call", "last": "last_call"}
MOST = 10_000  # rows of a table: nobody reads more, and it is drawn as a whole
BATCH = 1000  # rows that are written at once


def dialled(kind: Kind, live: LiveObject) -> DialledObject:
    """Whom an object dials; ApiError where the server does not say which rows these are."""
    startable = kind.as_startable
    owners, owner_kind = live.fields.get(startable.dials), kind.points_at(startable.dials)
    if not isinstance(owners, tuple):
        raise ApiError(f"{label_of(kind, live)} does not say in a form that can be read which {owner_kind}s it dials")
    all_called = live.fields.get(startable.field) == startable.results.complete
    return DialledObject(live.id, {Address(owner_kind, f"id {owner}"): owner for owner in owners}, all_called)


def _heads() -> list[str]:
    """The columns that every file has."""
    return [startable_kind().title, *(HEADS.get(name, name) for name in COLUMNS)]


@dataclass(frozen=True, slots=True)
class ResultRows:
    """The rows that are wanted of some campaigns, by remote id with the name of each."""

    results: Results
    names: Mapping[int, str]
    wanted: ResultFilter
    zones: Zones

    @classmethod
    def read(
        cls,
        client: Client,
        space: Workspace,
        objects: Sequence[LiveObject],
        wanted: ResultFilter,
        zones: Zones,
        region: str | None,
    ) -> ResultRows:
        """Everything that the server knows of them. Raises ApiError."""
        kind = startable_kind()
        results = Results(space, kind.as_startable.results, region)
        results.load(client, [dialled(kind, live) for live in objects])
        return cls(results, {live.id: name_of(kind, live) or str(live.id) for live in objects}, wanted, zones)

    def counted(self) -> Iterator[str]:
        """`Tết 2027: 114 contacts: 61 answered, 53 noanswer`, of all rows, wanted or not."""
        kind = startable_kind()
        title = KINDS[row_owner(kind.points_at(kind.as_startable.dials)).kind].title
        for id, name in self.names.items():
            counts = self.results.counts(id)
            parts = ", ".join(f"{number:,} {outcome}" for outcome, number in counts.most_common())
            yield f"{name}: {count(counts.total(), title)}" + (f": {parts}" if parts else "")

    def documents(self) -> Iterator[dict[str, Any]]:
        """A row as JSON says it."""
        title = startable_kind().title
        for id, name in self.names.items():
            for *values, variables in self.results.rows(id, self.wanted):
                found = {HEADS.get(key, key): self._plain(key, v) for key, v in zip(COLUMNS, values, strict=True)}
                yield {title: name, f"{title}_id": id, **found, "variables": orjson.loads(variables)}

    def json(self) -> Iterator[str]:
        """The parts of one array."""
        between = "[\n  "
        for document in self.documents():
            yield between + orjson.dumps(document).decode()
            between = ",\n  "
        yield "[]\n" if between.startswith("[") else "\n]\n"

    def csv(self, *, escaped: bool) -> Iterator[str]:
        """The header and batches of lines; `escaped`: what a spreadsheet would calculate is marked as text."""
        variables = self._variables()
        cells, heads = self._cells([*variables]), [*_heads(), *variables.values()]
        yield _lines([heads], escaped)
        while batch := [*islice(cells, BATCH)]:
            yield _lines(batch, escaped)

    def table(self) -> tuple[Table, bool]:
        """The first rows as a table, and whether there are more."""
        variables = self._variables()
        rows = [*islice(self._cells([*variables]), MOST + 1)]
        shown = Table((*_heads(), *variables.values()), tuple(map(tuple, rows[:MOST])))
        return shown.without_empty_columns(), len(rows) > MOST

    def parquet(self, path: Path) -> None:
        """A new file; moments are in UTC, variables columns of text."""
        self.results.copy(self.names, self.wanted, _heads(), self._variables(), path)

    def _cells(self, variables: Sequence[str]) -> Iterator[list[str]]:
        for id, name in self.names.items():
            for *values, held in self.results.rows(id, self.wanted):
                texts = [self._text(key, value) for key, value in zip(COLUMNS, values, strict=True)]
                own = orjson.loads(held) if variables else {}
                yield [name, *texts, *(own.get(variable, "") for variable in variables)]

    def _variables(self) -> dict[str, str]:
        """The columns of all variables, by name; one that is called like another column gets a mark behind."""
        names = {name: None for id in self.names for name in self.results.variables(id, self.wanted)}
        taken, columns = {*_heads()}, dict[str, str]()
        for name in names:
            column = name
            while column in taken:
                column += "_"
            taken.add(column)
            columns[name] = column
        return columns

    def _plain(self, name: str, value: Any) -> Any:
        if name not in MOMENTS:
            return value
        moment = self._moment(value)
        return moment and moment.isoformat(timespec="seconds")

    def _text(self, name: str, value: Any) -> str:
        shown = self._plain(name, value)
        return "" if shown is None else str(shown)

    def _moment(self, microseconds: int | None) -> datetime | None:
        if microseconds is None:
            return None
        return moment_of(microseconds).astimezone(self.zones.project)


def _lines(rows: Sequence[Sequence[str]], escaped: bool) -> str:
    """Lines of CSV."""
    out = io.StringIO()
    write = row_writer(out)
    for row in rows:
        write([marked(cell) for cell in row] if escaped else row)
    return out.getvalue()
