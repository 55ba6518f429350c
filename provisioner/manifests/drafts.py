"""Resources while they are being read (`collector`), with all that is wrong. Thrown away after loading.

Later stages of `load` pass over fields that an earlier one found wrong, so that one mistake gives one message.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import Any

from provisioner.error_ids import ErrorId
from provisioner.errors import Diagnostic, ManifestError
from provisioner.manifests.interpolation import Each, TextScope
from provisioner.manifests.nodes import (
    MappingNode,
    Node,
    Path,
    Problem,
    find,
    written,
)
from provisioner.messages import NOT_SHOWN, named
from provisioner.model import (
    NO_LABELS,
    UNRESTRICTED,
    Address,
    Finding,
    Labels,
    LifecycleRules,
    Reference,
    Resource,
    Rows,
    Source,
)
from provisioner.resources import KINDS, AppointmentOwner, Kind, RowOwner
from provisioner.sensitive import Hidden, Origin

# One for all: an empty set is as large as eight fields.
NOTHING_GIVEN: Mapping[str, frozenset[str]] = MappingProxyType({})
NO_SETTINGS: Mapping[str, Any] = MappingProxyType({})

# Kinds that are declared inside another one, by the kind of the parent: sections belong to surveys.
CHILDREN = {kind.field(kind.parent).to: kind for kind in KINDS.values() if kind.parent}  # type: ignore[attr-defined]


@dataclass(slots=True)
class Manifest:
    """A file that was read: its name in diagnostics, its folder, its content; `foreign`: it may be another tool's."""

    name: str
    folder: FilePath
    root: Node | None
    foreign: bool = False

    def place(self, node: Node | Problem) -> Source:
        """Where a node of this file is."""
        return Source(self.name, node.line, node.column)


class Positions(Mapping[str, Source]):
    """Where each field of a resource was written. Numbers only, so that a file's nodes do not outlive its loading."""

    __slots__ = ("file", "names", "places")

    def __init__(self, file: str, body: MappingNode) -> None:
        self.file, self.names = file, _shared(tuple(body.entries))
        self.places = array("I", [part for _, value in body.entries.values() for part in (value.line, value.column)])

    def __getitem__(self, name: str) -> Source:
        if name not in self.names:
            raise KeyError(name)
        first = 2 * self.names.index(name)
        return Source(self.file, *self.places[first : first + 2])

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


@lru_cache(maxsize=1024)
def _shared(names: tuple[str, ...]) -> tuple[str, ...]:
    """The same fields are written of many resources."""
    return names


@dataclass(slots=True)
class Diagnostics:
    """Diagnostics of one run, in the order found, and what is worth knowing of manifests that are right."""

    diagnostics: list[Diagnostic] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def finish(self) -> None:
        """Raise when anything was found."""
        if self.diagnostics:
            raise ManifestError(self.diagnostics)

    def add(
        self, id: ErrorId, message: str, source: Source | None, address: Address | None = None, path: str = ""
    ) -> None:
        self.diagnostics.append(Diagnostic(id, message, source, address, path))


@dataclass(slots=True)
class Draft:
    """One declared object. `body` is what was written, `fields` and the rest what it means as far as that is known.

    `bad` fields were found wrong; `told` are the exact paths, for rows, where a field is too much to pass over; the
    value of `unread` ones is not known at all. `sensitive` came from the environment, `given` by variables of the
    command line, of which `private` are not shown. `each` is what it is made of by a for_each. A `broken` one has no
    body to look at, but references still find it.
    """

    kind: Kind
    address: Address
    manifest: Manifest
    source: Source
    body: MappingNode
    fields: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    rows: Rows | None = None
    appointments: Rows | None = None
    pin: int | None = None
    renamed_from: str | None = None
    labels: Labels = field(default_factory=lambda: NO_LABELS)
    lifecycle: LifecycleRules = UNRESTRICTED
    sensitive: frozenset[str] = frozenset()
    given: Mapping[str, frozenset[str]] = field(default_factory=lambda: NOTHING_GIVEN)
    private: frozenset[str] = frozenset()
    bad: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()
    told: frozenset[Path] = frozenset()
    each: Each | None = None
    broken: bool = False

    @property
    def scope(self) -> TextScope:
        """What its texts may name."""
        return TextScope(self.manifest.folder, self.manifest.name, self.each)

    @property
    def unshown(self) -> frozenset[str]:
        """Fields that no message quotes: of --var it is known only in the end whether it is private."""
        return self.sensitive | self.given.keys()

    def keep_private(self, variables: Collection[str]) -> None:
        """Hide what these variables of the command line gave, wherever it stands."""
        self.private |= {name for name, given in self.given.items() if not given.isdisjoint(variables)}

    def place(self, path: Path, *, key: bool = False) -> Source:
        """Where the value at a path was written, or its key; what was not written is blamed on what holds it."""
        if not path or path[0] not in self.body.entries:
            return self.source
        return self.manifest.place(find(self.body, path, key=key))

    def quoted(self, name: str, text: str) -> str:
        """A part of a field's value for a message; not what came from the environment or may be personal."""
        return NOT_SHOWN if name in self.unshown else named(text)

    def blame(self, report: Diagnostics, id: ErrorId, message: str, path: Path = (), *, key: bool = False) -> None:
        """Report what is wrong at a path, and keep later stages from looking at that field."""
        if path:
            self.bad |= {str(path[0])}
            self.told |= {path}
        report.add(id, message, self.place(path, key=key), self.address, written(path))

    def finished(self) -> Resource:
        """The resource; only meaningful when nothing was reported."""
        return Resource(
            address=self.address,
            fields=self._shown(),
            source=self.source,
            positions=Positions(self.manifest.name, self.body),
            settings=self.settings or NO_SETTINGS,
            rows=self._covered_rows(self.kind.rows, self.rows),
            appointments=self._covered_rows(self.kind.appointments, self.appointments),
            pin=self.pin,
            renamed_from=self.renamed_from,
            lifecycle=self.lifecycle,
            sensitive=self.sensitive | self.private,
            labels={name: str(self._covered("labels", value)) for name, value in self.labels.items()} or NO_LABELS,
        )

    def _shown(self) -> dict[str, Any]:
        """The fields, which of most drafts hold nothing that is to be covered; moved away from what goes with these."""
        if not self.sensitive and not self.private:
            return dict(self.fields)
        return {name: self._covered(name, value) for name, value in self.fields.items()}

    def _covered(self, name: str, value: Any) -> Any:
        """A text with where it came from. What is secret by its kind is shown by nobody anyway, and read by many."""
        origins = [Origin.ENVIRONMENT] if name in self.sensitive else []
        origins += [Origin.VARIABLE] if name in self.private else []
        secret = any(field.name == name and field.sensitive for field in self.kind.fields)
        return _hidden(value, origins) if origins and not secret else value

    def _covered_rows(self, owner: RowOwner | AppointmentOwner | None, rows: Rows | None) -> Rows | None:
        """The rows; where a private variable is in their declaration no message quotes it."""
        return replace(rows, unshown=owner.declared in self.private) if owner and rows else rows


def _hidden(value: Any, origins: Collection[Origin]) -> Any:
    """A value whose texts are hidden; keys are written out where they are declared."""
    if isinstance(value, tuple):
        return tuple(_hidden(part, origins) for part in value)
    if isinstance(value, Reference) and value.by == "name":
        return replace(value, value=_hidden(value.value, origins))
    return Hidden(value, *origins) if isinstance(value, str) else value


def member(child: Kind) -> str:
    """The key of the parent's body under which its children stand."""
    return child.plural.replace("-", "_")
