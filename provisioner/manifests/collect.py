"""From files to drafts: which resources are declared where. Looks at collections and keys, never at a value.

A collection may be spread over files; order is that of the files' names, then of the lines. What belongs to a parent
(sections of a survey) is declared inside it and becomes resources of its own, right behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from provisioner.kinds import COLLECTIONS, KINDS, Kind
from provisioner.manifests.drafts import Diagnostics, Draft, Manifest
from provisioner.manifests.folder import PROJECT_FILE
from provisioner.manifests.nodes import MappingNode, Node, Scalar, Sequence, describe
from provisioner.manifests.words import did_you_mean, listed, named
from provisioner.model import Address, Source

KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")

# Kinds that are declared inside another one, by the kind of the parent: sections belong to surveys.
CHILDREN = {kind.field(kind.parent).to: kind for kind in KINDS.values() if kind.parent}  # type: ignore[attr-defined]


def member(child: Kind) -> str:
    """The key of the parent's body under which its children stand."""
    return child.plural.replace("-", "_")


def collect(manifests: Iterable[Manifest], project_keys: Iterable[str], report: Diagnostics) -> dict[Address, Draft]:
    """All declared resources by address, in order."""
    collector = _Collector(report, frozenset(project_keys))
    for manifest in manifests:
        collector.file(manifest)
    return collector.drafts


class _Collector:
    """Gathers drafts over all files, to find keys that are declared twice."""

    def __init__(self, report: Diagnostics, project_keys: frozenset[str]) -> None:
        self.report = report
        self.project_keys = project_keys
        self.drafts: dict[Address, Draft] = {}

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
        if address in self.drafts:
            self.report.add(f"is declared twice, first at {self.drafts[address].source}; keep one", source, address)
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
