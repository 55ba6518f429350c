"""Folders of runs that were killed and could not remove them: the next run of the same user does.

A run holds a lock on a file in its folder, which the kernel lets go of when the run dies, however it dies. Where there
are no such locks (Windows) nothing is swept.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

HELD = "held"


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
