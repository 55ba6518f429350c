"""Which files of the project's folder are nobody's business: hidden ones, and what ignore files leave out of git.

A text of `${file.PATH}` is sent to Alice and stands in plans that go round. `.env`, `.git/config` and what a job has
put beside the sources hold credentials of the machine, and whoever writes a manifest may not be allowed to see these.
Git's rules: a deeper file wins over a higher one, and what lies in an excluded folder cannot be taken in again.

Ignore files come with the branch too, so with ALICE_TRUST they cannot be what keeps the files of the job from it: then
a text must be as git's index has it. What the branch holds itself is nothing new to whoever wrote it.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from provisioner.error_ids import ErrorId
from provisioner.manifests.core_schema import nfc
from provisioner.manifests.folder import Folder, PathNotAllowed, bounded

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

IGNORE_FILE = ".aliceignore"  # of this tool
IGNORE_FILES = (".gitignore", IGNORE_FILE)
MAX_IGNORE_FILE = 1_000_000
GIT_TIMEOUT = 20.0
LARGEST = 1 << 20  # what is larger is no text anyway
_PLAIN = ("100644", "100755")
_ADVICE = "with ALICE_TRUST a branch gets the texts that it holds itself, as the job may have secrets beside them"
_HIDDEN = "is hidden: a name that begins with a dot is for tools, and may hold their credentials; use another file"


@dataclass(frozen=True)
class Exclusions:
    """What a project's folder keeps to itself; ignore files are read once each.

    `hostile`: the ignore files may be those of somebody who wants to read what they exclude.
    """

    folder: Folder
    hostile: bool = False
    _specs: dict[Path, GitIgnoreSpec | None] = field(default_factory=dict)

    def refuse(self, path: Path) -> None:
        """Raise PathNotAllowed for a file whose text must not be used, by its name or by what it links to."""
        for each in self._ways(path):
            if by := self._excluded_by(each):
                message = f"is excluded by {by}: what git does not keep may be secret; use another file"
                raise PathNotAllowed(message, id=ErrorId.PATH_EXCLUDED)
        if self.hostile and (self._top / ".git").exists():
            require_committed(path, self._top)

    def refuse_rows(self, path: Path) -> None:
        """Raise PathNotAllowed for a row file that is hidden, or a link to what is kept to the machine.

        Row files are kept out of git on purpose: they hold personal data. But a link that is in git was made by
        somebody who may not be allowed to see what it leads to.
        """
        name, *real = self._ways(path)
        for each in real if not self._excluded_by(name) else ():
            if by := self._excluded_by(each):
                message = f"links to what is excluded by {by}, which may be secret; name the file itself"
                raise PathNotAllowed(message, id=ErrorId.PATH_EXCLUDED)

    def _ways(self, path: Path) -> list[Path]:
        """A path, and what it links to; raises PathNotAllowed where one of them is hidden."""
        ways = list(dict.fromkeys((path, Path(os.path.realpath(path)))))
        if any(part.startswith(".") for each in ways for part in each.relative_to(self.folder.root).parts):
            raise PathNotAllowed(_HIDDEN, id=ErrorId.PATH_EXCLUDED)
        return ways

    def _excluded_by(self, path: Path) -> str:
        """The ignore file that leaves a path out; "" when none does."""
        top = self._top
        for each in (*reversed(path.parents), path):
            if each != top and each.is_relative_to(top) and (by := self._says(each, top, is_folder=each != path)):
                return by
        return ""

    @property
    def _top(self) -> Path:
        """Where git begins to look for ignore files: the root of the repository, else of the project."""
        root = self.folder.root
        return next((each for each in (root, *root.parents) if (each / ".git").exists()), root)

    def _says(self, path: Path, top: Path, *, is_folder: bool) -> str:
        """What the ignore files above say of one path, the last word being that of the deepest."""
        said = ""
        for folder in reversed([each for each in path.parents if each.is_relative_to(top)]):
            name = nfc(path.relative_to(folder).as_posix()) + ("/" if is_folder else "")
            for file in (folder / ignore for ignore in IGNORE_FILES):
                spec = self._spec(file)
                verdict = spec.check_file(name).include if spec else None
                said = said if verdict is None else self._called(file) if verdict else ""
        return said

    def _called(self, file: Path) -> str:
        return os.path.relpath(file, self.folder.root)

    def _spec(self, file: Path) -> GitIgnoreSpec | None:
        """The patterns of an ignore file; one that cannot be read may exclude anything."""
        if file not in self._specs:
            self._specs[file] = _spec(_lines(file, self._called(file))) if os.path.lexists(file) else None
        return self._specs[file]


def _lines(file: Path, called: str) -> Sequence[str]:
    try:
        data = bounded(file, MAX_IGNORE_FILE)
    except OSError as error:
        message = f"may be excluded by {called}, which cannot be read: {error.strerror}"
        raise PathNotAllowed(message, id=ErrorId.PATH_EXCLUDED) from None
    if data is None:
        message = f"may be excluded by {called}, which is larger than {MAX_IGNORE_FILE:,} bytes"
        raise PathNotAllowed(message, id=ErrorId.PATH_EXCLUDED)
    return nfc(data.decode(errors="replace").removeprefix("\ufeff")).splitlines()


def _spec(lines: Sequence[str]) -> GitIgnoreSpec:
    """Lines that are no pattern exclude nothing, in git too."""
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(filter(is_pattern, lines))


def is_pattern(line: str) -> bool:
    """Whether a line of an ignore file is one that git understands."""
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True


def require_committed(path: Path, top: Path) -> None:
    """Raise PathNotAllowed for a file that is not as git's index has it; `top` is the folder of the repository."""
    file = Path(os.path.realpath(path))
    data = bounded(file, LARGEST)
    found = _listed(file, top)
    if not found or found[0] not in _PLAIN:
        raise PathNotAllowed(f"is not in git: {_ADVICE}", id=ErrorId.PATH_NOT_COMMITTED)
    if data is not None and found[1] != _hash(data, len(found[1])):
        raise PathNotAllowed(f"is not as it is in git: {_ADVICE}", id=ErrorId.PATH_NOT_COMMITTED)


def _listed(file: Path, top: Path) -> list[str]:
    """Mode and hash of a file in git's index; empty where it is not there. PathNotAllowed where git is silent."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("ALICE_")}
    command = ["git", "--literal-pathspecs", "ls-files", "--stage", "-z", "--", str(file)]
    try:
        done = subprocess.run(command, cwd=top, env=environ, capture_output=True, timeout=GIT_TIMEOUT, check=True)
    except (OSError, subprocess.SubprocessError):
        message = f"may not be in git, which does not answer `git ls-files` here: {_ADVICE}"
        raise PathNotAllowed(message, id=ErrorId.PATH_NOT_COMMITTED) from None
    return done.stdout.decode("utf-8", "replace").partition("\t")[0].split()


def _hash(data: bytes, length: int) -> str:
    """The name that git gives to a content, in either of its formats."""
    return hashlib.new("sha1" if length == 40 else "sha256", b"blob %d\x00" % len(data) + data).hexdigest()
