"""The private folder of a workspace: the database, what spills from it, and files on their way into it.

Everything in it holds personal data: the folder is readable by its owner only (0700), files are 0600, and all of it
is removed at exit; what a killed run left behind, by the next one. Must not know what the files mean.
"""

from __future__ import annotations

import csv
import itertools
import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

from provisioner.contacts import leftovers

PREFIX = "alice-apply-"


class Scratch:
    """`close` removes everything; names are never reused, so threads cannot get at each other's files."""

    def __init__(self) -> None:
        leftovers.sweep(Path(tempfile.gettempdir()), PREFIX)
        self._folder = tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True)
        self.path = Path(self._folder.name).resolve()
        self._held = leftovers.hold(self.path)
        self._numbers = itertools.count(1)

    def new(self, suffix: str) -> Path:
        """A path nobody else has; the file does not exist yet."""
        return self.path / f"{next(self._numbers)}{suffix}"

    def create(self, path: Path) -> BinaryIO:
        """A new file that only we can read."""
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    def table(self, rows: Iterable[Sequence[object]]) -> Path:
        """Rows as a CSV file that `csv_relation` reads back: text is quoted where needed, None is an empty cell."""
        path = self.new(".csv")
        with self.create(path) as raw, open(raw.fileno(), "w", newline="", encoding="utf-8", closefd=False) as text:
            csv.writer(text).writerows(rows)
        return path

    def close(self) -> None:
        """Remove the folder and all in it."""
        self._folder.cleanup()
        if self._held is not None:
            os.close(self._held)
            self._held = None
