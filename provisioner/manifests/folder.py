"""The project's folder: which files are manifests, and paths that must not lead out of it. Reads no file's content.

A manifest may come from a pull request of somebody who must not be able to read the CI machine's other files through
it, so neither `..` nor a symbolic link gets beyond the folder. A name is the same in every Unicode form: macOS, and
archives made there, write `á` as two characters.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from provisioner.error_ids import ErrorId, Identified
from provisioner.manifests.core_schema import nfc
from provisioner.rows.files import may_be_folder

PROJECT_FILE = "alice.yaml"
SUFFIXES = (".yaml", ".yml")
MAGIC = frozenset("*?[")
MOST_BYTES = 8 << 20  # of a manifest: a hundred times what people write
MOST_DEEP, MOST_MATCHES = 2, 100_000  # of a pattern: each `**` goes through every folder below once more

Ignored = Callable[[str], bool]  # of a name relative to the root; that of a folder ends with a slash


def nothing(name: str) -> bool:
    """Nothing is ignored."""
    return False


def bounded(path: Path, most: int) -> bytes | None:
    """What is in a file; None where that is more than so many bytes, which are all that is read. Raises OSError."""
    with path.open("rb") as stream:
        data = stream.read(most + 1)
    return data if len(data) <= most else None


class PathNotAllowed(Identified, ValueError):
    """A path that is not one inside the project, or of what may not be used."""

    id: ErrorId = ErrorId.PATH_OUTSIDE


@dataclass(slots=True)
class FolderContents:
    """`manifests` sorted by name; `outward` are links to folders outside the project, below which nothing is read.

    `unlisted` are folders that may hold manifests and cannot be listed, with what the system says.
    """

    manifests: list[Path] = field(default_factory=list)
    outward: list[Path] = field(default_factory=list)
    unlisted: dict[Path, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Folder:
    """A project's folder; `root` is absolute and free of symbolic links."""

    root: Path

    @classmethod
    def at(cls, directory: Path) -> Folder:
        return cls(Path(os.path.realpath(directory)))

    def name(self, path: Path) -> str:
        """The path as diagnostics show it: relative to the project, with slashes."""
        return path.relative_to(self.root).as_posix()

    def inside(self, base: Path, text: str) -> Path:
        """The path `text` means in a file of folder `base`; raises PathNotAllowed. The path need not exist."""
        if not text.strip():
            raise PathNotAllowed("is empty; name a file")
        if "\x00" in text or Path(text).is_absolute():
            raise PathNotAllowed("must be a path relative to this file")
        path = Path(os.path.normpath(base / text))
        if not self.holds(path):
            raise PathNotAllowed("leads out of the project; keep the file inside it")
        return self._as_written(path)

    def _as_written(self, path: Path) -> Path:
        """The path with each name in the Unicode form it has on the disk; what is not there stays as it is."""
        found = self.root
        for name in path.relative_to(self.root).parts:
            found = _entry(found, name) or found / name
        return found

    def matching(self, pattern: str) -> list[Path]:
        """What a pattern relative to the root matches, sorted; raises ValueError for one that is none, and OSError."""
        parts = pattern.split("/")
        if any("**" in part and part != "**" for part in parts):
            raise ValueError("'**' must stand alone between slashes")
        if parts.count("**") > MOST_DEEP:
            raise ValueError(f"'**' stands more than {MOST_DEEP} times in it")
        found: dict[Path, None] = {}
        for looked_at, path in enumerate(_matching(self.root, parts), 1):
            found[path] = None
            if looked_at > MOST_MATCHES:
                raise ValueError(f"it matches more than {MOST_MATCHES:,} files and folders: name the folder")
        return sorted(found)

    def holds(self, path: Path) -> bool:
        """Whether a path, and what it links to, lies in the project."""
        return path.is_relative_to(self.root) and Path(os.path.realpath(path)).is_relative_to(self.root)

    def content(self, path: Path) -> bytes:
        """What is in a file; raises PathNotAllowed for a link that leads out of the project, and OSError."""
        if not self.holds(path):
            raise PathNotAllowed("is a symbolic link that leads out of the project; keep the file inside it")
        data = bounded(path, MOST_BYTES)
        if data is None:
            message = f"is larger than {MOST_BYTES >> 20} MB: split it, and keep many rows in a row file"
            raise PathNotAllowed(message, id=ErrorId.MANIFEST_TOO_LARGE)
        return data

    def manifests(self, ignored: Ignored = nothing) -> FolderContents:
        """All that there are.

        A manifest that is a link out of the project is one of them: reading it fails. A link inside the project is
        followed only to what is not read anyway, so nothing is read twice.
        """
        result, found = FolderContents(), dict[str, Path]()
        for link in sorted(self._walk(self.root, found, result, ignored)):
            real = Path(os.path.realpath(link))
            if not link.is_dir():
                found.setdefault(str(real), link)
            elif not self.holds(link):
                result.outward.append(link)
            elif not self._visible(real, ignored):
                list(self._walk(link, found, result, ignored))
        result.manifests = sorted(found.values(), key=self.name)
        return result

    def _visible(self, real: Path, ignored: Ignored) -> bool:
        """Whether the plain walk passes here: no hidden part below the root, and none that is ignored."""
        parts = real.relative_to(self.root).parts
        above = ("/".join(parts[:length]) for length in range(1, len(parts) + 1))
        return not any(part.startswith(".") for part in parts) and not any(ignored(f"{name}/") for name in above)

    def _walk(self, top: Path, found: dict[str, Path], result: FolderContents, ignored: Ignored) -> Iterator[Path]:
        """Add every manifest below `top` to `found`; yield the symbolic links met."""

        def failed(error: OSError) -> None:
            result.unlisted[Path(error.filename)] = error.strerror or type(error).__name__

        for folder, folders, files in os.walk(top, onerror=failed):
            folders[:] = sorted(
                name for name in folders if not name.startswith(".") and not ignored(f"{self._below(folder, name)}/")
            )
            manifests = [
                name
                for name in files
                if name.endswith(SUFFIXES) and not name.startswith(".") and not ignored(self._below(folder, name))
            ]
            for path in (Path(folder, name) for name in (*folders, *manifests)):
                if path.is_symlink() and not ignored(self.name(path)):
                    yield path
                elif path.name in manifests and not path.is_symlink():
                    found.setdefault(os.path.realpath(path), path)

    def _below(self, folder: str, name: str) -> str:
        return self.name(Path(folder, name))


def _entry(folder: Path, name: str) -> Path | None:
    """What is called so in a folder, in whatever Unicode form."""
    if os.path.lexists(folder / name) or name.isascii():
        return folder / name
    try:
        same = sorted(other for other in folder.iterdir() if nfc(other.name) == nfc(name))
    except OSError:  # whoever opens it is told why
        return None
    return same[0] if same else None


def _matching(folder: Path, parts: Sequence[str]) -> Iterator[Path]:
    """A folder that cannot be listed may hold what is looked for, so it is no folder without any."""
    if not parts:
        yield folder
        return
    part, rest = nfc(parts[0]), parts[1:]
    if part == "**":
        yield from _matching(folder, rest)
        for inner in sorted(folder.iterdir()) if may_be_folder(folder) else ():
            if not inner.is_symlink() and may_be_folder(inner):
                yield from _matching(inner, parts)
    elif MAGIC & set(part):
        entries = folder.iterdir() if may_be_folder(folder) else ()
        found = [entry for entry in entries if fnmatchcase(nfc(entry.name), part)]
        yield from (path for entry in found for path in _matching(entry, rest))
    elif (entry := _entry(folder, part)) and os.path.lexists(entry):
        yield from _matching(entry, rest)
