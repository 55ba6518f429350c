"""The .gitignore that is offered beside personal data: written where there is none, else lines for whoever has one."""

from __future__ import annotations

from pathlib import Path

from provisioner.errors import UsageError
from provisioner.exporting.documents import Contents, file_name
from provisioner.exporting.files import write
from provisioner.kinds import KINDS

NAME = ".gitignore"
HEAD = "# Telephone numbers and names of people: take a line out only where a repository may hold them."


def ignore_file(stage: Path, target: Path, contents: Contents) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The file's name if one was written into the stage, and the lines that one in the target lacks."""
    lines = _lines(contents)
    if not lines:
        return (), ()
    if not (target / NAME).exists():
        write(stage / NAME, "\n".join((HEAD, *lines)) + "\n")
        return (NAME,), ()
    try:
        known = {line.strip().strip("/") for line in (target / NAME).read_text(encoding="utf-8").splitlines()}
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"cannot read {target / NAME}") from None
    return (), tuple(line for line in lines if line.strip("/") not in known)


def _lines(contents: Contents) -> tuple[str, ...]:
    """Folders of row files, and manifests whose every object is about a person."""
    owners = (KINDS[address.kind].rows for address in contents.rows)
    folders = {f"/{owner.declared}/" for owner in owners if owner}
    kinds = {address.kind for address in contents.declaration.resources}
    return tuple(sorted(folders | {f"/{file_name(KINDS[kind])}" for kind in kinds if KINDS[kind].personal}))
