"""From files to drafts: every collection and every key in it, over all files, in order.

Looks at collections, keys and `for_each`, never at another value. A collection may be spread over files; what belongs
to a parent (sections of a survey) is declared inside it and comes right behind it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from provisioner.error_ids import ErrorId
from provisioner.errors import Diagnostic, ManifestError
from provisioner.manifests.drafts import CHILDREN, Diagnostics, Draft, Manifest, member
from provisioner.manifests.folder import PROJECT_FILE
from provisioner.manifests.for_each import FOR_EACH, KEY, Sets, WrongSet
from provisioner.manifests.nodes import MappingNode, Node, Scalar, Sequence, children, describe
from provisioner.messages import did_you_mean, listed, named
from provisioner.model import Address, Source
from provisioner.resources import COLLECTIONS, KINDS, Kind

MOST_RESOURCES = 200_000  # what fits into 1.5 GB (docs/benchmarks.md#limits)
MANY = 3  # alike mistakes that are told together


def declared(root: Node | None) -> int:
    """How many resources a file declares, those inside others too; counted before anything is made of them."""
    collections = root.entries.items() if isinstance(root, MappingNode) else ()
    bodies = [(COLLECTIONS[name], node) for name, (_, node) in collections if name in COLLECTIONS]
    return sum(1 + _inside(kind, body) for kind, node in bodies for body in children(node))


def _inside(kind: Kind, body: Node) -> int:
    child = CHILDREN.get(kind.name)
    inside = body.get(member(child)) if child and isinstance(body, MappingNode) else None
    return len(children(inside)) if inside else 0


def collect(
    manifests: Iterable[Manifest], project_keys: Iterable[str], sets: Sets, report: Diagnostics
) -> dict[Address, Draft]:
    """All declared resources by address, in order; those of a for_each one for each key."""
    collector = _Collector(report, frozenset(project_keys), sets)
    for manifest in manifests:
        collector.file(manifest)
    for message, source, address in collector.twice.told():
        report.add(ErrorId.MANIFEST_DUPLICATE, message, source, address)
    report.findings += sets.findings.values()
    return collector.drafts


class _Collector:
    """Gathers drafts over all files, to find keys that are declared twice."""

    def __init__(self, report: Diagnostics, project_keys: frozenset[str], sets: Sets) -> None:
        self.report, self.project_keys, self.sets = report, project_keys, sets
        self.drafts: dict[Address, Draft] = {}
        self.twice = Duplicates()
        self.expanded: dict[Address, Source] = {}

    def file(self, manifest: Manifest) -> None:
        root = manifest.root
        if root is None or (isinstance(root, Scalar) and root.value is None):
            return
        if not isinstance(root, MappingNode):
            message = f"must be a mapping of collections such as campaigns:, is {describe(root)}"
            self.report.add(ErrorId.MANIFEST_SHAPE, message, manifest.place(root))
            return
        for name, (key, value) in root.entries.items():
            if name in COLLECTIONS:
                self.collection(manifest, COLLECTIONS[name], value)
            elif not name.startswith("x-"):
                path = named(name).strip("'")
                self.report.add(ErrorId.MANIFEST_COLLECTION, self.unknown(name), manifest.place(key), path=path)

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
            self.report.add(ErrorId.MANIFEST_SHAPE, message, manifest.place(node), path=kind.collection)
            return
        for name, (key, body) in node.entries.items():
            self.resource(manifest, kind, name, manifest.place(key), body)

    def resource(self, manifest: Manifest, kind: Kind, name: str, source: Source, body: Node) -> None:
        if not KEY.fullmatch(name):
            message = f"{named(name)} cannot be a key; use letters, digits, - and _, beginning with a letter or digit"
            self.report.add(ErrorId.MANIFEST_KEY, message, source, path=kind.collection)
            return
        child = CHILDREN.get(kind.name)
        for draft in self.drafted(Draft(kind, Address(kind.name, name), manifest, source, _nothing(body)), body):
            if child and (nested := draft.body.get(member(child))):
                for part in self.parts(draft, child, nested):
                    self.child(draft, child, part)

    def drafted(self, head: Draft, body: Node) -> Iterator[Draft]:
        """The drafts that one declaration makes: one, or one for each key of its for_each."""
        address = head.address
        first = self.drafts[address].source if address in self.drafts else self.expanded.get(address)
        self.twice.declared(head.source)
        if first is not None:
            self.twice.add(head.source, address, first)
            return
        if not isinstance(body, MappingNode):
            empty = isinstance(body, Scalar) and body.value is None
            what = "is empty; declare its fields" if empty else f"must be a mapping of fields, is {describe(body)}"
            self.report.add(ErrorId.MANIFEST_SHAPE, what, head.source, address)
            self.drafts[address] = replace(head, broken=True)
        elif FOR_EACH in body.entries:
            yield from self.each(head)
        else:
            yield self.keep(head)

    def each(self, head: Draft) -> Iterator[Draft]:
        """Those of a for_each; where it is wrong none, and nothing that refers to one is blamed for that."""
        self.expanded[head.address] = head.source
        try:
            found = self.sets.read(head.address, head.body, head.scope)
        except WrongSet as error:
            for problem in error.problems:
                place = problem.source or head.place((FOR_EACH,))
                self.report.add(problem.id, problem.message, place, head.address, FOR_EACH)
            self.drafts[head.address] = replace(head, broken=True)
            return
        for each in found:
            address = head.address.keyed(each.key)
            yield self.keep(Draft(head.kind, address, head.manifest, head.source, head.body, each=each))

    def keep(self, draft: Draft) -> Draft:
        """One more; ManifestError when there are more than fit, whatever else is wrong."""
        if len(self.drafts) >= MOST_RESOURCES:
            message = f"makes more than {MOST_RESOURCES:,} resources of this project, which is the most there may be"
            place, group = draft.place((FOR_EACH,)), draft.address.group
            raise ManifestError([Diagnostic(ErrorId.MANIFEST_TOO_LARGE, message, place, group, FOR_EACH)])
        self.drafts[draft.address] = draft
        return draft

    def parts(self, parent: Draft, child: Kind, node: Node) -> Iterator[MappingNode]:
        """The children's bodies in order."""
        if not isinstance(node, Sequence):
            parent.blame(self.report, ErrorId.MANIFEST_SHAPE, f"must be a list, is {describe(node)}", (member(child),))
            return
        for index, item in enumerate(node.items):
            if isinstance(item, MappingNode):
                yield item
            else:
                message = f"must be a mapping of fields, is {describe(item)}"
                parent.blame(self.report, ErrorId.MANIFEST_SHAPE, message, (member(child), index))

    def child(self, parent: Draft, child: Kind, body: MappingNode) -> None:
        manifest = parent.manifest
        key = body.get("key")
        if not isinstance(key, Scalar) or not KEY.fullmatch(key.text):
            message = "needs a key of letters, digits, - and _, for its address"
            place, path = manifest.place(key or body), f"{member(child)}.key"
            self.report.add(ErrorId.MANIFEST_KEY, message, place, parent.address, path)
            return
        address = Address(child.name, f"{parent.address.key}.{key.text}")
        head = Draft(child, address, manifest, manifest.place(body), body, each=parent.each)
        list(self.drafted(head, body))


def _nothing(body: Node) -> MappingNode:
    """What stands for a body until it is known to be one."""
    return body if isinstance(body, MappingNode) else MappingNode(body.line, body.column)


class Duplicate(NamedTuple):
    """An address where it is declared again, and where it was declared first."""

    source: Source
    address: Address
    first: Source


class Duplicates:
    """Gathers what is declared, in the order of reading.

    Whoever copies a file to begin a new one declares every address in it twice: a hundred alike lines about that hide
    what else is wrong, so a file that has most of its addresses from another one is told once.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], list[Duplicate]] = {}
        self._declared = Counter[str]()

    def declared(self, source: Source) -> None:
        """An address is declared there, for the first time or not."""
        self._declared[source.file] += 1

    def add(self, source: Source, address: Address, first: Source) -> None:
        """One that was declared before, at `first`."""
        self._found.setdefault((source.file, first.file), []).append(Duplicate(source, address, first))

    def told(self) -> Iterator[tuple[str, Source, Address | None]]:
        """What is wrong, where, and about which address if it is about one."""
        for (file, other), found in self._found.items():
            if file != other and len(found) >= MANY and 2 * len(found) >= self._declared[file]:
                number = f"{len(found):,} addresses are declared twice"
                yield f"{file} looks like a copy of {other}: {number}; keep one of the files", found[0].source, None
            else:
                yield from ((f"is declared twice, first at {each.first}; keep one", *each[:2]) for each in found)
