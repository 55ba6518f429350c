"""`manifests:` of alice.yaml: the files, folders and patterns below the project that belong to an environment.

What they leave out is treated as what `.aliceignore` leaves out, so links are followed by the same rule as ever: only
to what is not read anyway. A pattern that selects no manifest is an error: a client whose folder is misspelt would be
an environment without campaigns, and `--prune` would empty the account.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from provisioner.error_ids import ErrorId
from provisioner.manifests.drafts import Diagnostics
from provisioner.manifests.folder import MAGIC, PROJECT_FILE, Folder, FolderContents, Ignored, PathNotAllowed
from provisioner.messages import named
from provisioner.model import Source

KEY = "manifests"
NOTHING = "selects no manifest: name a file, a folder or a pattern; hidden and ignored ones do not count"

Pattern = tuple[str, Source]


@dataclass(frozen=True, slots=True)
class Membership:
    """Names relative to the project: what was chosen, and the folders above it, through which it is reached."""

    chosen: frozenset[str]
    above: frozenset[str]

    @classmethod
    def of(cls, names: frozenset[str]) -> Membership:
        return cls(names, frozenset(part for name in names for part in _parts(name)[:-1]))

    def holds(self, name: str) -> bool:
        """Whether a file or folder was chosen, by itself or by a folder that it is in."""
        return "." in self.chosen or any(part in self.chosen for part in _parts(name))

    def leads(self, name: str) -> bool:
        """Whether it was chosen, or what was chosen lies below it."""
        return name in self.above or self.holds(name)


def selected(
    folder: Folder, patterns: Sequence[Pattern] | None, ignored: Ignored, report: Diagnostics
) -> tuple[FolderContents, bool]:
    """The manifests that belong to the environment, and whether every pattern was understood; None is all of them."""
    if patterns is None:
        return folder.manifests(ignored), True
    names = {pattern: frozenset(_matched(folder, pattern, report)) for pattern in patterns}
    selection = Membership.of(frozenset().union(*names.values()))
    found = folder.manifests(lambda name: not selection.leads(name.rstrip("/")) or ignored(name))
    wrong = [each for each in patterns if not found.unlisted and not _selects(folder, names[each], found, ignored)]
    for text, place in wrong:
        if not any(each.source == place for each in report.diagnostics):
            report.add(ErrorId.MANIFEST_SELECTION, f"{named(text)} {NOTHING}", place, path=KEY)
    return found, not wrong


def _parts(name: str) -> list[str]:
    """The folders on the way to a name, and itself: `a`, `a/b`, `a/b/c`."""
    steps = name.split("/")
    return ["/".join(steps[:length]) for length in range(1, len(steps) + 1)]


def _matched(folder: Folder, pattern: Pattern, report: Diagnostics) -> Iterator[str]:
    """The names that one pattern stands for; what is wrong with it is reported."""
    text, place = pattern
    try:
        path = folder.inside(folder.root, text)
        found = folder.matching(folder.name(path)) if MAGIC & set(text) else [path]
    except PathNotAllowed as error:
        report.add(error.id, str(error).replace("this file", PROJECT_FILE), place, path=KEY)
    except ValueError as error:
        report.add(ErrorId.MANIFEST_SELECTION, f"is not a pattern; {error}", place, path=KEY)
    except OSError as error:
        message = f"leads to a folder that cannot be listed: {error.strerror}"
        report.add(ErrorId.MANIFEST_UNREADABLE, message, place, path=KEY)
    else:
        yield from map(folder.name, found)


def _selects(folder: Folder, names: frozenset[str], found: FolderContents, ignored: Ignored) -> bool:
    """Whether there is a manifest for it; one that is a link to another manifest is read under the other's name."""
    selection = Membership.of(names)
    if any(selection.holds(folder.name(path)) and _counts(folder, path) for path in found.manifests):
        return True
    alone = folder.manifests(lambda name: not selection.leads(name.rstrip("/")) or ignored(name))
    return any(_counts(folder, path) for path in alone.manifests)


def _counts(folder: Folder, path: Path) -> bool:
    return path != folder.root / PROJECT_FILE
