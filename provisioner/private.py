"""Folders that hold personal data while a command runs, by name, so that no way out of it leaves one behind.

Whoever makes one removes it; `remove_all` is for a process that has to end at once and unwinds nothing. What even a
kill leaves behind is swept by the next run (`contacts.leftovers`).
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FOLDERS: set[Path] = set()


def make(prefix: str, folder: Path | None = None) -> Path:
    """A new folder that only we can read, in `folder` or where temporary files go. Raises OSError."""
    made = Path(tempfile.mkdtemp(prefix=prefix, dir=folder)).resolve()
    _FOLDERS.add(made)
    return made


def remove(folder: Path) -> None:
    """The folder and all in it; what cannot be removed stays."""
    shutil.rmtree(folder, ignore_errors=True)
    _FOLDERS.discard(folder)


@contextmanager
def made(prefix: str, folder: Path | None = None) -> Iterator[Path]:
    """`make`, and `remove` at the end of the block."""
    path = make(prefix, folder)
    try:
        yield path
    finally:
        remove(path)


def remove_all() -> None:
    """Everything that was made and not removed; from any thread, and whatever the others do."""
    for folder in list(_FOLDERS):
        remove(folder)


atexit.register(remove_all)
