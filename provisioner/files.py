"""Files that commands write are made new: whole or not at all, through no link, over nothing that is not ours.

The folder may come from a branch of somebody who must not be able to have a file of this machine written over, or our
words written where another step reads them: a link is refused, also as a folder on the way, and what is there is
replaced only if it is known to be of the same sort. What is no file at all, and was named by the user, is written to:
a pipe, a device, `/dev/stdout`. Private folders hold personal data while a command runs, and no way out leaves one
behind; what even a kill leaves is swept by the next run (`rows.scratch`).
"""

from __future__ import annotations

import atexit
import os
import re
import secrets
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from provisioner.error_ids import ErrorId
from provisioner.errors import UsageError

PRIVATE, PUBLIC = 0o600, 0o666  # for us alone; for whom the umask allows
TOPS = (".git", "alice.yaml")  # what lies at the top of a checkout, and of a project
HEAD = 4096  # bytes that are enough to know a file of ours by

_STREAM = re.compile(r"/(?:dev|proc/self)/fd/(\d+)")
_STREAMS = {"/dev/stdout": 1, "/dev/stderr": 2}

Ours = Callable[[bytes], bool]  # whether a file that begins so may be replaced

_FOLDERS: set[Path] = set()  # the private ones that are there now


def require_replaceable(path: Path, ours: Ours) -> None:
    """Raises UsageError for a place that `write` would refuse; known before anything is sent, not after."""
    if _descriptor(path) is not None or _is_device(path):
        return
    if path.is_symlink():
        raise _linked(path, path)
    require_own_folder(path)
    _require_ours(path, ours)


def require_own_folder(path: Path) -> None:
    """Raises UsageError where a link of a checkout or a project leads to the folder of this file."""
    if link := next((each for each in _folders(path) if each.is_symlink()), None):
        raise _linked(path, link)


def _linked(path: Path, link: Path) -> UsageError:
    return UsageError(
        f"cannot write {path}: {link} is a link, and no link is followed: remove it first", id=ErrorId.FILE_UNWRITABLE
    )


def write(path: Path, content: bytes, ours: Ours, mode: int = PUBLIC) -> None:
    """Make the file, or leave all as it was when something fails. Raises UsageError."""
    write_parts(path, (content,), ours, mode)


def write_parts(path: Path, parts: Iterable[bytes], ours: Ours, mode: int = PUBLIC) -> None:
    """The same of a file that comes in parts, which may raise errors of their own."""
    require_replaceable(path, ours)
    try:
        if (stream := _stream(path)) is not None:
            with os.fdopen(stream, "wb") as file:
                file.writelines(parts)
        else:
            _replace(path, parts, mode)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}", id=ErrorId.FILE_UNWRITABLE) from None


def create(path: Path, content: bytes, mode: int = PUBLIC) -> None:
    """A file where nothing is, a link neither. Raises OSError."""
    _create(path, (content,), mode)


def _create(path: Path, parts: Iterable[bytes], mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.writelines(parts)


def head(path: Path) -> bytes:
    """How a regular file begins, not through a link; nothing if there is none. Raises OSError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return b""
    with os.fdopen(descriptor, "rb") as file:
        return file.read(HEAD)


def _replace(path: Path, parts: Iterable[bytes], mode: int) -> None:
    """By a file beside it whose name nobody can know before."""
    beside = path.with_name(f".alice-{secrets.token_hex(8)}.part")
    try:
        _create(beside, parts, mode)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _require_ours(path: Path, ours: Ours) -> None:
    try:
        if path.is_dir():
            raise UsageError(f"cannot write {path}: it is a folder", id=ErrorId.FILE_UNWRITABLE)
        begins = head(path)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}", id=ErrorId.FILE_UNWRITABLE) from None
    if begins and not ours(begins):
        raise UsageError(
            f"cannot write {path}: the existing file was not created by alice-apply: choose another file, or remove it",
            id=ErrorId.FILE_UNWRITABLE,
        )


def _folders(path: Path) -> list[Path]:
    """Those on the way to it below the top of a checkout or a project, or the working folder."""
    here = Path.cwd()
    above = [*reversed((here / path).parents)]
    top = next((n for n, each in enumerate(above) if each == here or _is_top(each)), len(above))
    return above[top + 1 :]


def _is_top(folder: Path) -> bool:
    return any(os.path.lexists(folder / name) for name in TOPS)


def _stream(path: Path) -> int | None:
    """What is written to as it is: a descriptor of ours, a pipe or a device."""
    number = _descriptor(path)
    if number is not None:
        return os.dup(number)
    return os.open(path, os.O_WRONLY | os.O_NOCTTY | os.O_CLOEXEC) if _is_device(path) else None


def _descriptor(path: Path) -> int | None:
    """The number in `/dev/fd/63`; a shell gives such a name to what it reads from us."""
    found = _STREAM.fullmatch(str(path))
    return int(found[1]) if found else _STREAMS.get(str(path))


def _is_device(path: Path) -> bool:
    """A pipe or a device; a link to one only where the system keeps them."""
    try:
        mode = (path.stat() if path.is_relative_to("/dev") else path.lstat()).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)


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
