"""The private folder of a workspace: the database, what spills from it, and files on their way into it (`Spool`).

Everything in it holds personal data: the folder is readable by its owner only (0700), files are 0600, and all of it is
removed at exit. A run holds a lock on a file in its folder, which the kernel lets go of however the run dies: so the
next run knows what a killed one left behind, and removes it (not on Windows, where there are no such locks).
Must not know what the files mean.
"""

from __future__ import annotations

import io
import itertools
import os
import shutil
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedWriter, FileIO
from itertools import islice
from pathlib import Path
from typing import Any

from provisioner import files
from provisioner.errors import NoRoom
from provisioner.rows.sql import literal

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

HELD = "held"  # the file that a run holds locked
PREFIX = "alice-apply-"  # of the folder

BATCH = 1000  # rows that are spooled at once
UNIT, ESCAPE = "\x1f", "\x1e"

# What stands for a character that would be taken for something else; the mark itself is the last to be put back
_CODES = {"\n": "n", "\r": "r", "\0": "0", UNIT: "u", ESCAPE: "e"}
_ESCAPES = str.maketrans({mark: ESCAPE + code for mark, code in _CODES.items()})
_FIRST = "rows" + "\n"  # duckdb takes a BOM away from the beginning of a file: this line stands before it


class Scratch:
    """`close` removes everything; names are never reused, so threads cannot get at each other's files."""

    def __init__(self) -> None:
        with room():
            sweep(Path(tempfile.gettempdir()), PREFIX)
            self.path = files.make(PREFIX)
            self._held = hold(self.path)
        self._numbers = itertools.count(1)

    def new(self, suffix: str) -> Path:
        """A path nobody else has; the file does not exist yet."""
        return self.path / f"{next(self._numbers)}{suffix}"

    def create(self, path: Path) -> BufferedWriter:
        """A new file that only we can read; raises NoRoom, now and when it is written to."""
        with room():
            return BufferedWriter(_ScratchFile(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"))

    def close(self) -> None:
        """Remove the folder and all in it."""
        files.remove(self.path)
        if self._held is not None:
            os.close(self._held)
            self._held = None


class _ScratchFile(FileIO):
    """Only its own errors are about room: what is written into it may come from files that have others."""

    def write(self, data: Any) -> int:
        with room():
            return super().write(data)

    def close(self) -> None:
        with room():
            super().close()


@contextmanager
def room() -> Iterator[None]:
    """Around whatever makes, fills or removes scratch files: what the system says about them becomes NoRoom."""
    try:
        yield
    except OSError as error:
        raise no_room(error.strerror or type(error).__name__) from None


def no_room(reason: str) -> NoRoom:
    """In one line, with what to do; the reason is the system's, without the path of a file."""
    return NoRoom(f"the temporary folder is full or cannot be used ({reason}): free some space, or set TMPDIR")


def hold(folder: Path) -> int | None:
    """Mark a folder as in use until the returned file descriptor is closed; None where that cannot be done.

    The file gets its name when it is locked already, so that nobody finds it free.
    """
    if fcntl is None:
        return None
    new = folder / f"{HELD}.new"
    file = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    if not _locked(file):
        os.close(file)
        return None
    new.rename(folder / HELD)
    return file


def sweep(parent: Path, prefix: str) -> None:
    """Remove the folders of `parent` that begin with `prefix`, are ours, and are held by nobody any more."""
    for folder in parent.glob(f"{prefix}*") if fcntl is not None else ():
        try:
            ours = folder.lstat().st_uid == os.getuid() and not folder.is_symlink()
            with _opened(folder / HELD) as file:
                if ours and _locked(file):
                    shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # somebody else's, or just removed by its owner


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    file = os.open(path, os.O_RDWR)
    try:
        yield file
    finally:
        os.close(file)


def _locked(file: int) -> bool:
    """Whether the lock is ours now; some network file systems have none."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Spool:
    """A file of rows of so many texts, on their way into duckdb, in which any text comes out as it went in.

    Cells stand between unit separators and rows between line feeds, without quotes; what would be taken for one of
    these, or for a line end, is `escaped`, and putting it back costs time. An empty text comes out as NULL.
    `normal` when all texts are NFC already.
    """

    path: Path
    width: int
    escaped: bool
    normal: bool
    rows: int

    def relation(self, names: Sequence[str]) -> str:
        """The rows as a relation of text columns called so."""
        columns = ", ".join(f"c{index}: 'VARCHAR'" for index in range(self.width))
        cells = ", ".join(f"{self._cell(f'c{index}')} AS {name}" for index, name in enumerate(names))
        return f"""(
            SELECT {cells} FROM read_csv({literal(self.path)}, auto_detect = false, header = false, skip = 1,
                   delim = {literal(UNIT)}, quote = '', escape = '', new_line = '\\n', columns = {{{columns}}}))"""

    def _cell(self, column: str) -> str:
        if not self.escaped:
            return column
        text = column
        for mark, code in _CODES.items():
            text = f"replace({text}, {literal(ESCAPE + code)}, chr({ord(mark)}))"
        return f"CASE WHEN contains({column}, {literal(ESCAPE)}) THEN {text} ELSE {column} END"


def spooled(scratch: Scratch, rows: Iterable[Sequence[str]], width: int) -> Spool | None:
    """Write rows of `width` texts each; None when there are none."""
    path, source = scratch.new(".rows"), iter(rows)
    escaped, normal, count = False, True, 0
    with scratch.create(path) as raw, io.TextIOWrapper(raw, encoding="utf-8", newline="") as text:
        text.write(_FIRST)
        while batch := list(islice(source, BATCH)):
            count += len(batch)
            joined = "\n".join([UNIT.join(row) for row in batch])
            normal = normal and unicodedata.is_normalized("NFC", joined)
            if _confusing(joined, len(batch), width):
                escaped = True
                joined = "\n".join([UNIT.join([cell.translate(_ESCAPES) for cell in row]) for row in batch])
            text.write(joined + "\n")
    if not count:
        path.unlink()
    return Spool(path, width, escaped, normal, count) if count else None


def _confusing(joined: str, rows: int, width: int) -> bool:
    """Whether a cell of these rows holds anything that has a meaning here."""
    marks = "\r" in joined or "\0" in joined or ESCAPE in joined
    return marks or joined.count("\n") != rows - 1 or joined.count(UNIT) != rows * (width - 1)
