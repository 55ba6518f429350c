"""Resources while they are being read: collected from the files, and with all that is wrong. Thrown away after loading.

`collect` looks at collections and keys, never at a value. A collection may be spread over files, in the order of the
files' names; what belongs to a parent (sections of a survey) is declared inside it and comes right behind it.
Later stages of `load` pass over fields that an earlier one found wrong, so that one mistake gives one message.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import Any

from provisioner.errors import Diagnostic, ManifestError
from provisioner.manifests.copies import Twice
from provisioner.manifests.folder import PROJECT_FILE
from provisioner.manifests.nodes import (
    MappingNode,
    Node,
    Path,
    Problem,
    Scalar,
    Sequence,
    children,
    describe,
    find,
    written,
)
from provisioner.messages import NOT_SHOWN, did_you_mean, listed, named
from provisioner.model import NO_LABELS, Address, Finding, Labels, LifecycleRules, Reference, Resource, Rows, Source
from provisioner.resources import COLLECTIONS, KINDS, AppointmentOwner, Kind, RowOwner
from provisioner.sensitive import Hidden, Origin

KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
# One for all: an empty set is as large as eight fields.
NOT_SENSITIVE: frozenset[str] = frozenset()
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
        self.file, self.names = file, tuple(body.entries)
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


@dataclass(slots=True)
class Diagnostics:
    """Diagnostics of one run, in the order found, and what is worth knowing of manifests that are right."""

    diagnostics: list[Diagnostic] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def finish(self) -> None:
        """Raise when anything was found."""
        if self.diagnostics:
            raise ManifestError(self.diagnostics)

    def add(self, message: str, source: Source | None, address: Address | None = None, path: str = "") -> None:
        self.diagnostics.append(Diagnostic(message, source, address, path))


@dataclass(slots=True)
class Draft:
    """One declared object. `body` is what was written, `fields` and the rest what it means as far as that is known.

    `bad` fields were found wrong; `told` are the exact paths, for rows, where a field is too much to pass over; the
    value of `unread` ones is not known at all. `sensitive` came from the environment, `given` by variables of the
    command line, of which `private` are not shown. A `broken` one has no body to look at, but references still find it.
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
    lifecycle: LifecycleRules = field(default_factory=LifecycleRules)
    sensitive: set[str] = field(default_factory=set)
    given: dict[str, frozenset[str]] = field(default_factory=dict)
    private: set[str] = field(default_factory=set)
    bad: set[str] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)
    told: set[Path] = field(default_factory=set)
    broken: bool = False

    @property
    def unshown(self) -> set[str]:
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

    def blame(self, report: Diagnostics, message: str, path: Path = (), *, key: bool = False) -> None:
        """Report what is wrong at a path, and keep later stages from looking at that field."""
        if path:
            self.bad.add(str(path[0]))
            self.told.add(path)
        report.add(message, self.place(path, key=key), self.address, written(path))

    def finished(self) -> Resource:
        """The resource; only meaningful when nothing was reported."""
        return Resource(
            address=self.address,
            fields={name: self._covered(name, value) for name, value in self.fields.items()},
            source=self.source,
            positions=Positions(self.manifest.name, self.body),
            settings=self.settings or NO_SETTINGS,
            rows=self._covered_rows(self.kind.rows, self.rows),
            appointments=self._covered_rows(self.kind.appointments, self.appointments),
            pin=self.pin,
            renamed_from=self.renamed_from,
            lifecycle=self.lifecycle,
            sensitive=frozenset(self.sensitive | self.private) if self.sensitive or self.private else NOT_SENSITIVE,
            labels={name: str(self._covered("labels", value)) for name, value in self.labels.items()} or NO_LABELS,
        )

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


def declared(root: Node | None) -> int:
    """How many resources a file declares, those inside others too; counted before anything is made of them."""
    collections = root.entries.items() if isinstance(root, MappingNode) else ()
    bodies = [(COLLECTIONS[name], node) for name, (_, node) in collections if name in COLLECTIONS]
    return sum(1 + _inside(kind, body) for kind, node in bodies for body in children(node))


def _inside(kind: Kind, body: Node) -> int:
    child = CHILDREN.get(kind.name)
    inside = body.get(member(child)) if child and isinstance(body, MappingNode) else None
    return len(children(inside)) if inside else 0


def collect(manifests: Iterable[Manifest], project_keys: Iterable[str], report: Diagnostics) -> dict[Address, Draft]:
    """All declared resources by address, in order."""
    collector = _Collector(report, frozenset(project_keys))
    for manifest in manifests:
        collector.file(manifest)
    for message, source, address in collector.twice.told():
        report.add(message, source, address)
    return collector.drafts


class _Collector:
    """Gathers drafts over all files, to find keys that are declared twice."""

    def __init__(self, report: Diagnostics, project_keys: frozenset[str]) -> None:
        self.report = report
        self.project_keys = project_keys
        self.drafts: dict[Address, Draft] = {}
        self.twice = Twice()

    def file(self, manifest: Manifest) -> None:
        root = manifest.root
        if root is None or (isinstance(root, Scalar) and root.value is None):
            return
        if not isinstance(root, MappingNode):
            self.report.add(
                f"must be a mapping of collections such as campaigns:, is {describe(root)}", manifest.place(root)
            )
            return
        for name, (key, value) in root.entries.items():
            if name in COLLECTIONS:
                self.collection(manifest, COLLECTIONS[name], value)
            elif not name.startswith("x-"):
                self.report.add(self.unknown(name), manifest.place(key), path=named(name).strip("'"))

    def unknown(self, name: str) -> str:
        """What a top-level key that is no collection may have been meant to be."""
        if name in self.project_keys:
            return f"belongs in {PROJECT_FILE}, not in a manifest"
        inside = next((parent for parent, child in CHILDREN.items() if name in (child.name, member(child))), None)
        if inside:
            return f"is declared inside a {inside}, under its {member(CHILDREN[inside])}:"
        singular = KINDS[name].collection if name in KINDS else ""
        guess = f", did you mean '{singular}'?" if singular else did_you_mean(name, COLLECTIONS)
        return f"unknown collection{guess or f'; there are {listed(sorted(COLLECTIONS))}'}"

    def collection(self, manifest: Manifest, kind: Kind, node: Node) -> None:
        if isinstance(node, Scalar) and node.value is None:
            return
        if not isinstance(node, MappingNode):
            message = f"must be a mapping of keys to {kind.title}s, is {describe(node)}"
            self.report.add(message, manifest.place(node), path=kind.collection)
            return
        for name, (key, body) in node.entries.items():
            self.resource(manifest, kind, name, manifest.place(key), body)

    def resource(self, manifest: Manifest, kind: Kind, name: str, source: Source, body: Node) -> None:
        if not KEY.fullmatch(name):
            message = f"{named(name)} cannot be a key; use letters, digits, - and _, beginning with a letter or digit"
            self.report.add(message, source, path=kind.collection)
            return
        draft = self.draft(manifest, kind, Address(kind.name, name), source, body)
        child = CHILDREN.get(kind.name)
        if draft and child and (nested := draft.body.get(member(child))):
            for part in self.parts(draft, child, nested):
                self.child(draft, child, part)

    def draft(self, manifest: Manifest, kind: Kind, address: Address, source: Source, body: Node) -> Draft | None:
        self.twice.declared(source)
        if address in self.drafts:
            self.twice.add(source, address, self.drafts[address].source)
            return None
        if not isinstance(body, MappingNode):
            empty = isinstance(body, Scalar) and body.value is None
            what = "is empty; declare its fields" if empty else f"must be a mapping of fields, is {describe(body)}"
            self.report.add(what, source, address)
            self.drafts[address] = Draft(
                kind, address, manifest, source, MappingNode(body.line, body.column), broken=True
            )
            return None
        found = self.drafts[address] = Draft(kind, address, manifest, source, body)
        return found

    def parts(self, parent: Draft, child: Kind, node: Node) -> Iterator[MappingNode]:
        """The children's bodies in order."""
        if not isinstance(node, Sequence):
            parent.blame(self.report, f"must be a list, is {describe(node)}", (member(child),))
            return
        for index, item in enumerate(node.items):
            if isinstance(item, MappingNode):
                yield item
            else:
                message = f"must be a mapping of fields, is {describe(item)}"
                parent.blame(self.report, message, (member(child), index))

    def child(self, parent: Draft, child: Kind, body: MappingNode) -> None:
        manifest = parent.manifest
        key = body.get("key")
        if not isinstance(key, Scalar) or not KEY.fullmatch(key.text):
            message = "needs a key of letters, digits, - and _, for its address"
            self.report.add(message, manifest.place(key or body), parent.address, f"{member(child)}.key")
            return
        address = Address(child.name, f"{parent.address.key}.{key.text}")
        self.draft(manifest, child, address, manifest.place(body), body)
