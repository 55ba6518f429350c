"""One export, from the account to the files. Reads only; nothing is moved to its place before all of it is proven."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from provisioner.api.client import Client
from provisioner.api.reader import Reader
from provisioner.export.appointments import lists_of
from provisioner.export.declared import Rejections, declare
from provisioner.export.documents import Contents, file_name, ignore_file, manifests, project_file
from provisioner.export.files import ExportTarget, publish, staged, write
from provisioner.export.rows import ExportedRows, not_asked_for, write_rows
from provisioner.export.selection import Chosen, ambiguous, choose, exported_kinds, keys_of, needed_kinds, slug
from provisioner.export.verify import Objection, objections, with_objections
from provisioner.language import gettext
from provisioner.manifests.folder import PROJECT_FILE
from provisioner.progress import NoProgress, Progress
from provisioner.project import Settings
from provisioner.refresh.account import read_kinds, with_details
from provisioner.resources import COLLECTIONS, KINDS, Zones

PARALLELISM = 8  # requests at once, as in a plan
V = TypeVar("V")
MANIFESTS = tuple(file_name(kind) for kind in COLLECTIONS.values())


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What was asked for. `user` is whose objects are ours where nothing else tells."""

    place: ExportTarget
    with_contacts: bool = False
    force: bool = False
    user: str | None = None


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: files, and objects and rows by the title of their kind.

    `left_out` could not be declared, `withheld` was not asked for. `secrets` are the environment variables that the
    manifests name; `ignore` are lines for a .gitignore that was there already and is as it was. Of rows `missing` are
    in no file, `nowhere` those of them that may be once alice.yaml names a region. `unlisted` could not be read from
    the server, with the reason: any number of them may exist.
    """

    files: tuple[str, ...]
    counts: Mapping[str, int]
    left_out: Mapping[str, int]
    withheld: Mapping[str, int]
    secrets: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    missing: Mapping[str, int] = field(default_factory=dict)
    nowhere: Mapping[str, int] = field(default_factory=dict)
    unlisted: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Exporter:
    """All that an export works with. `users` are known forms of our own user."""

    client: Client
    settings: Settings
    users: frozenset[str]
    now: datetime
    progress: Progress = field(default_factory=NoProgress)

    def export(self, wanted: ExportOptions) -> Exported:
        """Read the account and write it into its place; raises ApiError and UsageError and then has written nothing."""
        place, force = wanted.place, wanted.force
        place.require_room(MANIFESTS, force=force)
        contents = self._account(wanted)
        with staged(place) as stage:
            write(stage / PROJECT_FILE, project_file(self._named(place)))
            contents = self._proven(stage, contents)
            rows = self._rows(stage, contents) if wanted.with_contacts else not_asked_for()
            contents = self._with_rows(stage, contents, rows)
            stale = [name for name in MANIFESTS if (place.target / name).exists()]
            names = [*([PROJECT_FILE] if place.new else []), *_write(stage, contents, stale), *rows.files.values()]
            ignored, lines = ignore_file(stage, place.target, contents)
            publish(stage, place, [*names, *ignored], force=force)
        return _summary(contents, rows, (*names, *ignored), lines)

    def _account(self, wanted: ExportOptions) -> Contents:
        """What is there, and what of it is exported; nothing is declared yet."""
        kinds, reader = exported_kinds(), Reader(self.client, Zones.of(self.settings))
        users = self.client.identity() | self.users
        with self.progress.phase(gettext("reading"), None) as advance:
            live = read_kinds(reader, needed_kinds(kinds), users, PARALLELISM, advance)
        chosen = choose(live, kinds, wanted.user)
        startable = [(each.kind, each.id) for each in chosen if KINDS[each.kind].startable]
        live = with_details(live, reader, startable, (), PARALLELISM)
        withheld: Mapping[str, int] = {}
        if not wanted.with_contacts:
            chosen, withheld = _impersonal(chosen)
        return Contents(chosen, live, withheld=withheld)

    def _named(self, place: ExportTarget) -> Settings:
        return replace(self.settings, project=self.settings.project or slug(place.root.name) or None)

    def _proven(self, stage: Path, contents: Contents) -> Contents:
        """Everything declared in a way that nothing objects to."""
        chosen, live = contents.chosen, contents.live
        keys = keys_of(chosen)
        rejections = Rejections(pinned=frozenset(ambiguous(live, exported_kinds())))
        while True:
            contents = replace(contents, declaration=declare(chosen, keys, live, rejections, self.now))
            found = self._objections(stage, contents)
            if not found:
                return contents
            rejections = with_objections(rejections, contents.declaration, found)

    def _rows(self, stage: Path, contents: Contents) -> ExportedRows:
        declaration = contents.declaration
        found = write_rows(stage, declaration.resources, self.client, self.settings, self.progress)
        found.add_lists(stage, lists_of(declaration, contents.live, self.settings, self.now))
        return found

    def _with_rows(self, stage: Path, contents: Contents, rows: ExportedRows) -> Contents:
        """With the rows declared; those of an owner that something objects to are taken back."""
        whole = contents.declaration
        while True:
            left = whole.without(rows.listed)
            contents = replace(contents, declaration=left, rows=rows.declared, remarks=rows.remarks)
            found = self._objections(stage, contents)
            for each in found:
                rows.take_back(each.address, each.reason)
            if not found:
                return contents

    def _objections(self, stage: Path, contents: Contents) -> tuple[Objection, ...]:
        _write(stage, contents)
        environ = dict.fromkeys(_secrets(contents), "x")
        return objections(stage, contents.live, self.now, environ)


def _write(stage: Path, contents: Contents, always: Iterable[str] = ()) -> list[str]:
    """The manifests, and no older ones; their names."""
    for name in MANIFESTS:
        (stage / name).unlink(missing_ok=True)
    files = manifests(contents, always)
    for name, text in files.items():
        write(stage / name, text)
    return [*files]


def _impersonal(chosen: Chosen) -> tuple[Chosen, dict[str, int]]:
    """Without the objects of personal kinds, which are counted."""
    objects = {name: () if KINDS[name].about_people else found for name, found in chosen.objects.items()}
    withheld = {name: len(found) for name, found in chosen.objects.items() if found and not objects[name]}
    return replace(chosen, objects=objects), withheld


def _secrets(contents: Contents) -> tuple[str, ...]:
    return tuple(name for each in contents.declaration.resources.values() for name in each.secrets)


def _summary(contents: Contents, rows: ExportedRows, files: tuple[str, ...], ignore: tuple[str, ...]) -> Exported:
    addresses = (*contents.declaration.resources, *rows.listed)
    written = Counter(address.kind for address in addresses) + rows.counts
    left_out = Counter(name for name, _ in contents.declaration.gone)
    counts, lost, withheld = (_by_title(each) for each in (written, left_out, contents.withheld))
    missing, nowhere = _by_title(rows.missing), _by_title(rows.nowhere)
    unlisted = _by_title(_unlisted(contents) | rows.unlisted)
    return Exported(files, counts, lost, withheld, _secrets(contents), ignore, missing, nowhere, unlisted)


def _unlisted(contents: Contents) -> dict[str, str]:
    """Why the server shows nothing of a kind that would be exported."""
    doubts = ((kind.name, contents.live.unread(kind.name)) for kind in exported_kinds())
    return {name: doubt.reason for name, doubt in doubts if doubt is not None}


def _by_title(told: Mapping[str, V]) -> dict[str, V]:
    return {kind.title: told[kind.name] for kind in KINDS.values() if told.get(kind.name)}
