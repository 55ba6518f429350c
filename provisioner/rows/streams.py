"""Rows that come from elsewhere than a file of the project: what whoever fetches them hands to `rows`.

A stream goes record by record into the spool of `rows.scratch`, in bounded memory, and is a sheet like any other from
then on: columns, defaults, filter, invalid rows and duplicates are those of files. `provisioner.sources` has those of
databases. Must not know where records come from.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from provisioner.error_ids import ErrorId
from provisioner.model import Source
from provisioner.rows.files import BadFile
from provisioner.rows.records import Record
from provisioner.rows.scratch import Scratch
from provisioner.rows.tables import SourcePart


class BadStream(BadFile):
    """Rows that cannot be had. The message is for people and quotes nothing from there; `place` is what to blame."""

    id: ErrorId = ErrorId.ROWS_DATABASE

    def __init__(self, message: str, place: Source, *, id: ErrorId | None = None) -> None:
        super().__init__(message, id=id)
        self.place = place


@dataclass(frozen=True, slots=True)
class Streamed:
    """An open stream: the names of its columns, and its records, numbered from 1 (see `records.Record`)."""

    names: tuple[str, ...]
    records: Iterator[Record]


@runtime_checkable
class RowDownload(Protocol):
    """A row file elsewhere. `part` is what people call it."""

    @property
    def part(self) -> SourcePart: ...

    def fetched(self, scratch: Scratch) -> Path:
        """A copy in the folder of the run, with the ending of its name; raises BadStream."""


class RowStream(Protocol):
    """Rows from elsewhere. `part` is what people call them, and where the manifest declares them."""

    @property
    def part(self) -> SourcePart: ...

    def opened(self) -> AbstractContextManager[Streamed]:
        """The rows, to be read once, in a thread of its own; raises BadStream now and while they are read."""
