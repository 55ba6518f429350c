"""The rows of what is exported, as row files beside the manifests: each proven to declare what is on the server.

Not at all without being asked to. A list that the server refuses is a remark, no failure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from provisioner.api.client import Client
from provisioner.errors import Forbidden, RouteMissing
from provisioner.export.appointments import AppointmentList
from provisioner.export.declared import Declared
from provisioner.export.files import write
from provisioner.export.yaml_writer import Commented, literal
from provisioner.messages import count
from provisioner.model import Address
from provisioner.progress import Progress
from provisioner.project import Settings
from provisioner.refresh.rows import LiveRows
from provisioner.resources import KINDS, RowOwner, row_owner
from provisioner.rows import RowCopy, Workspace

NOWHERE = (
    "a number without + has no country while alice.yaml names no `region:` "
    "(set it, and run `export` again with --force)"
)


@dataclass(slots=True)
class ExportedRows:
    """What stands under `contacts` or `numbers` of each owner, remarks by the owners' kind, rows and files.

    `missing` are rows by their kind that are in no file, `nowhere` those of them whose country nobody knows;
    `unlisted` are kinds of rows that the server does not list, with the reason.
    """

    declared: dict[Address, Any] = field(default_factory=dict)
    remarks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    nowhere: Counter[str] = field(default_factory=Counter)
    unlisted: dict[str, str] = field(default_factory=dict)
    files: dict[Address, str] = field(default_factory=dict)
    lists: dict[Address, AppointmentList] = field(default_factory=dict)

    def remark(self, kind: str, sentence: str) -> None:
        """Add a sentence about rows of owners of that kind."""
        self.remarks[kind] = (*self.remarks.get(kind, ()), sentence)

    def add_lists(self, folder: Path, lists: Mapping[Address, AppointmentList]) -> None:
        """Declare these as well, their files written into a folder of ours."""
        for address, each in lists.items():
            write(folder / each.file, each.text)
            self.lists[address], self.declared[address], self.files[address] = each, each.value, each.file

    @property
    def listed(self) -> frozenset[Address]:
        """What stands in a list, and so not for itself."""
        return frozenset(address for each in self.lists.values() for address in (*each.events, *each.alarms))

    def take_back(self, address: Address, reason: str) -> None:
        """Do not declare the rows of an owner; KeyError when they are not. Appointments are events and alarms then."""
        del self.declared[address], self.files[address]
        if self.lists.pop(address, None):
            return
        self.remark(address.kind, f"Not exported: the rows of {address}. {reason[0].upper()}{reason[1:]}.")


def not_asked_for() -> ExportedRows:
    """No rows, which the manifests say."""
    owners = {kind.name: KINDS[kind.rows.kind] for kind in KINDS.values() if kind.rows}
    sentence = "Not exported: {}s. `export --with-contacts` writes them."
    return ExportedRows(remarks={name: (sentence.format(rows.title),) for name, rows in owners.items()})


def write_rows(
    folder: Path, resources: Mapping[Address, Declared], client: Client, settings: Settings, progress: Progress
) -> ExportedRows:
    """Write a file for everything that owns rows into a folder of ours; raises ApiError for what is no refusal."""
    owners: dict[str, dict[Address, int]] = defaultdict(dict)
    for address, declared in resources.items():
        if KINDS[address.kind].rows:
            owners[address.kind][address] = declared.found.id
    found = ExportedRows()
    if owners:
        with Workspace(folder) as space:
            writer = _Writer(folder, space, LiveRows(client, space, settings.region, progress), settings, found)
            for kind, parents in owners.items():
                writer.write(kind, parents)
    return found


@dataclass(frozen=True, slots=True)
class _Writer:
    folder: Path
    space: Workspace
    live: LiveRows
    settings: Settings
    found: ExportedRows

    def write(self, kind: str, parents: Mapping[Address, int]) -> None:
        """The rows of all owners of one kind."""
        owner = row_owner(kind)
        rows = KINDS[owner.kind]
        try:
            self.live.load(kind, parents)
        except (Forbidden, RouteMissing):
            self.found.unlisted[owner.kind] = f"the server does not list {rows.plural}"
            self.found.remark(kind, f"The server does not list {rows.title}s: none could be read.")
            return
        (self.folder / owner.declared).mkdir(mode=0o700, exist_ok=True)
        for address in parents:
            name = f"{owner.declared}/{address.key}.csv"
            copied = self.space.copy_live(address, self.folder / name, number_format=self.settings.number_format)
            self._note(address, owner, name, copied)

    def _note(self, address: Address, owner: RowOwner, name: str, copied: RowCopy) -> None:
        title = KINDS[owner.kind].title
        if copied.rows:
            self.found.files[address] = name
            self.found.declared[address] = Commented(tuple(_comments(copied, title)), _value(name, copied))
            self.found.counts[owner.kind] += copied.rows
        else:
            for number, why in _lost(copied):
                self.found.remark(address.kind, f"Not exported: {count(number, title)} of {address}, because {why}.")
        self.found.missing[owner.kind] += copied.left_out + copied.repeated
        self.found.nowhere[owner.kind] += copied.nowhere


def _comments(copied: RowCopy, title: str) -> list[str]:
    """What the file does not hold."""
    comments = []
    if copied.repeated:
        again = f"on the server, each the number of another one in the file: {count(copied.repeated, title)}"
        comments.append(f"not in the file, but {again}")
    comments += [f"not in the file, because {why}: {count(number, title)}" for number, why in _lost(copied)]
    if not copied.complete:
        comments.append("on_missing: keep, or those would be set inactive")
    return comments


def _lost(copied: RowCopy) -> Iterator[tuple[int, str]]:
    """How many rows no file can say, and why."""
    if copied.nowhere:
        yield copied.nowhere, NOWHERE
    if copied.left_out > copied.nowhere:
        why = "a number or a field of theirs would be refused, or read as something else"
        yield copied.left_out - copied.nowhere, why


def _value(name: str, copied: RowCopy) -> Any:
    """The short form where a file says it all."""
    value: dict[str, Any] = {"file": name}
    if copied.columns:
        value["columns"] = {field: literal(column) for field, column in copied.columns.items()}
    if copied.variables:
        value["variables"] = [literal(variable) for variable in copied.variables]
    if not copied.complete:
        value["on_missing"] = "keep"
    return name if len(value) == 1 else value
