"""Where an export goes: into a new project or an empty part of one, all files or none.

What is written first lies in a folder of its own that nobody else can read, beside the place where it is going.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from provisioner import files
from provisioner.error_ids import ErrorId
from provisioner.errors import UsageError
from provisioner.manifests.drafts import Diagnostics
from provisioner.manifests.folder import PROJECT_FILE, Folder, FolderContents
from provisioner.manifests.foreign import ignored


@dataclass(frozen=True, slots=True)
class ExportTarget:
    """`target` is where files go, `root` the folder of the project it is in; `new`: that has no alice.yaml yet."""

    target: Path
    root: Path
    new: bool

    @classmethod
    def of(cls, project: Path, target: Path) -> ExportTarget:
        """A target with an alice.yaml, or inside the project at hand, belongs to a project; any other is a new one.

        UsageError where a link inside a checkout or a project would lead elsewhere.
        """
        files.require_own_folder(target / PROJECT_FILE)
        target, project = target.resolve(), project.resolve()
        if (target / PROJECT_FILE).exists():
            return cls(target, target, new=False)
        inside = target.is_relative_to(project) and (project / PROJECT_FILE).exists()
        if inside and not any(part.startswith(".") for part in target.relative_to(project).parts):
            return cls(target, project, new=False)
        return cls(target, target, new=True)

    def require_room(self, names: Iterable[str], *, force: bool) -> None:
        """UsageError when a file of these names is there, or another manifest that would declare things twice."""
        ours = {self.target / name for name in names}
        there = sorted(path for path in ours if os.path.lexists(path))
        if there and not force:
            raise UsageError(
                f"{there[0]} already exists: choose another folder, or overwrite with --force", id=ErrorId.FILE_EXISTS
            )
        folder = Folder.at(self.root)
        found = folder.manifests(ignored(folder, Diagnostics())) if self.root.is_dir() else FolderContents()
        for path, why in found.unlisted.items():
            raise UsageError(
                f"{path} may hold manifests of the same project and cannot be listed: {why}", id=ErrorId.FILE_UNREADABLE
            )
        others = [path for path in found.manifests if path not in ours and path.name != PROJECT_FILE]
        if others:
            raise UsageError(
                f"{others[0]} belongs to the same project, and what it declares would be declared twice: "
                "export into a folder outside",
                id=ErrorId.FILE_EXISTS,
            )


@contextmanager
def staged(place: ExportTarget) -> Iterator[Path]:
    """A private folder on the same disk as the target; whatever is in it at the end is removed."""
    beside = next(folder for folder in (place.target, *place.target.parents) if folder.is_dir())
    try:
        stage = files.make(".alice-export-", beside)
    except OSError as error:
        raise UsageError(f"cannot write into {beside}: {error.strerror}", id=ErrorId.FILE_UNWRITABLE) from None
    try:
        yield stage
    finally:
        files.remove(stage)


def write(path: Path, text: str) -> None:
    """A file that only we can read; an older one of ours is replaced."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        files.create(path, text.encode(), files.PRIVATE)
    except OSError as error:
        raise UsageError(f"cannot write {path.name}: {error.strerror}", id=ErrorId.FILE_UNWRITABLE) from None


def publish(stage: Path, place: ExportTarget, names: Iterable[str], *, force: bool) -> None:
    """Move files of the stage into the target; when one cannot be, everything is as it was."""
    move = _Move(stage, place.target, force)
    try:
        for name in names:
            move.file(name)
    except BaseException as error:
        move.back()
        if isinstance(error, OSError):
            raise UsageError(
                f"cannot write into {place.target}: {error.strerror}", id=ErrorId.FILE_UNWRITABLE
            ) from None
        raise


class _Move:
    """Remembers what was done, to undo it."""

    def __init__(self, stage: Path, target: Path, force: bool) -> None:
        self.stage, self.target, self.force = stage, target, force
        self.moved: list[Path] = []
        self.saved: list[tuple[Path, Path]] = []
        self.made: list[Path] = []

    def file(self, name: str) -> None:
        final = self.target / name
        self._folder(final.parent)
        if os.path.lexists(final):
            if not self.force or final.is_dir():
                raise UsageError(
                    f"{final} already exists: choose another folder, or overwrite with --force", id=ErrorId.FILE_EXISTS
                )
            kept = self.stage / f"{len(self.saved)}.old"
            final.replace(kept)
            self.saved.append((kept, final))
        (self.stage / name).replace(final)
        self.moved.append(final)

    def back(self) -> None:
        for path in self.moved:
            path.unlink(missing_ok=True)
        for kept, final in self.saved:
            kept.replace(final)
        for folder in reversed(self.made):
            folder.rmdir()

    def _folder(self, folder: Path) -> None:
        inside = [folder, *folder.parents][: len(folder.relative_to(self.target).parts)]
        if link := next((each for each in inside if each.is_symlink()), None):
            raise UsageError(
                f"{link} is a link, and no link is followed: remove it, or name another folder",
                id=ErrorId.FILE_UNWRITABLE,
            )
        missing = [each for each in (folder, *folder.parents) if not each.exists()]
        for each in reversed(missing):
            each.mkdir(mode=0o700)
            self.made.append(each)
