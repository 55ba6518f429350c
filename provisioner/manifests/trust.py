"""ALICE_TRUST: the alice.yaml of the protected branch, against which that of the branch at hand is held.

A CI job that has credentials plans what anybody may have written. Where they are sent, where the state is, which checks
refuse and what is waived is decided by the trusted file: what the branch says otherwise is an error that names the keys
and shows no value. Every key is pinned, those of other environments and those to come too, but what is in FREE.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from provisioner.error_ids import ErrorId
from provisioner.errors import Diagnostic, ManifestError
from provisioner.manifests.folder import MOST_BYTES, bounded
from provisioner.manifests.nodes import MappingNode, Node, Scalar, Sequence, children
from provisioner.manifests.nodes import Path as Keys
from provisioner.manifests.yaml_reader import read

VARIABLE = "ALICE_TRUST"
FREE = frozenset({"variables"})  # texts for manifests; those that a pinned value uses are pinned
ADVICE = "take alice.yaml of the protected branch, for example with `git show origin/main:alice.yaml`"

_USED = re.compile(r"\$\{\s*(var|file)\.([^}]*)")


@dataclass(frozen=True, slots=True)
class TrustedSettings:
    """What the trusted file says."""

    root: MappingNode

    def otherwise(self, branch: Node | None) -> Iterator[tuple[Keys, str]]:
        """(keys, what is wrong) of everything that `branch` says otherwise."""
        here = branch if isinstance(branch, MappingNode) else MappingNode(1, 1)
        used = _variables(self.root) | _variables(here)
        for keys in _different((), _pinned(self.root, used), _pinned(here, used)):
            yield keys, f"is not as in the file that {VARIABLE} names, which decides it"


def trusted(environ: Mapping[str, str], project_file: Path) -> TrustedSettings | None:
    """The trusted file; None if no one asked for one. Raises ManifestError: without it nothing is trusted."""
    name = environ.get(VARIABLE)
    if name is None:
        return None
    if not name.strip():
        raise _unusable(f"is set and empty: {ADVICE}, or unset it")
    path = Path(name)
    try:
        if os.path.lexists(project_file) and path.samefile(project_file):
            raise _unusable(f"names the very file that is to be held against it: {ADVICE}")
        content = bounded(path, MOST_BYTES)
    except (OSError, ValueError) as error:
        raise _unusable(f"names a file that cannot be read: {getattr(error, 'strerror', None) or 'no path'}") from None
    reading = None if content is None else read(content)
    if reading is None or reading.problems or not isinstance(reading.root, MappingNode):
        raise _unusable(f"names a file that is not an alice.yaml: {ADVICE}")
    if any(kind == "file" for kind, _ in _uses(_pinned(reading.root, _variables(reading.root)))):
        raise _unusable("pins a value by ${file...}, and the file would be that of the branch: write the value out")
    return TrustedSettings(reading.root)


def _unusable(what: str) -> ManifestError:
    return ManifestError([Diagnostic(ErrorId.TRUST_FILE, f"{VARIABLE} {what}")])


def _variables(root: MappingNode) -> set[str]:
    """Those that pinned values use; of `${var.a.b}` it is a."""
    return {name.partition(".")[0].strip() for kind, name in _uses(_pinned(root, set())) if kind == "var"}


def _pinned(root: MappingNode, used: set[str]) -> MappingNode:
    """The file without what is free, at the top and in every environment."""
    kept = _without_free(root, used)
    environments = root.get("environments")
    if isinstance(environments, MappingNode):
        entries = {
            name: (key, _without_free(node, used) if isinstance(node, MappingNode) else node)
            for name, (key, node) in environments.entries.items()
        }
        kept.entries["environments"] = (
            root.entries["environments"][0],
            MappingNode(environments.line, environments.column, entries),
        )
    return kept


def _without_free(table: MappingNode, used: set[str]) -> MappingNode:
    found = {name: entry for name, entry in table.entries.items() if name not in FREE}
    for name in FREE & table.entries.keys():
        key, node = table.entries[name]
        entries = node.entries if isinstance(node, MappingNode) else {}
        if needed := {each: entries[each] for each in entries if each in used}:
            found[name] = (key, MappingNode(node.line, node.column, needed))
    return MappingNode(table.line, table.column, found)


def _uses(node: Node) -> Iterator[tuple[str, str]]:
    """The variables and files that stand in the texts of a node."""
    if isinstance(node, Scalar):
        yield from ((kind, name.strip()) for kind, name in _USED.findall(node.text))
    for child in children(node):
        yield from _uses(child)


def _different(keys: Keys, trusted: Node | None, branch: Node | None) -> Iterator[Keys]:
    """The keys whose values are not the same; a list is one value."""
    if isinstance(trusted, MappingNode) and isinstance(branch, MappingNode):
        for name in dict.fromkeys([*branch.entries, *trusted.entries]):
            yield from _different((*keys, name), trusted.get(name), branch.get(name))
    elif not _same(trusted, branch):
        yield keys


def _same(one: Node | None, other: Node | None) -> bool:
    if isinstance(one, Scalar) and isinstance(other, Scalar):
        return (one.text, type(one.value)) == (other.text, type(other.value))
    if isinstance(one, Sequence) and isinstance(other, Sequence):
        pairs = zip(one.items, other.items, strict=False)
        return len(one.items) == len(other.items) and all(_same(*pair) for pair in pairs)
    if isinstance(one, MappingNode) and isinstance(other, MappingNode):
        return not any(_different((), one, other))
    return one is None and other is None
