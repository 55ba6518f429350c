"""The private folder of a workspace: the database, what spills from it, and files on their way into it.

Everything in it holds personal data: the folder is readable by its owner only (0700), files are 0600, and all of it
is removed at exit; what a killed run left behind, by the next one. Must not know what the files mean.
"""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedWriter, FileIO
from pathlib import Path
from typing import Any

from provisioner import private
from provisioner.contacts import leftovers
from provisioner.errors import NoRoom

PREFIX = "alice-apply-"


class Scratch:
    """`close` removes everything; names are never reused, so threads cannot get at each other's files."""

    def __init__(self) -> None:
        with room():
            leftovers.sweep(Path(tempfile.gettempdir()), PREFIX)
            self.path = private.make(PREFIX)
            self._held = leftovers.hold(self.path)
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
        private.remove(self.path)
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
