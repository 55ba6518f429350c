"""What of a project goes to another machine: manifests and the texts that they take in, and no row of anybody.

Rows stay where they are: a project that declares them inline or in local files is refused by name and place, as is one
that writes a telephone number in a field. What nobody can tell (a path in a variable) counts as a file of this machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from provisioner.error_ids import ErrorId
from provisioner.errors import Diagnostic, ManifestError
from provisioner.manifests import foreign
from provisioner.manifests.drafts import Diagnostics, Manifest
from provisioner.manifests.exclusions import IGNORE_FILE
from provisioner.manifests.folder import PROJECT_FILE, Folder, PathNotAllowed
from provisioner.manifests.nodes import MappingNode, Node, Scalar, Sequence
from provisioner.manifests.yaml_reader import read
from provisioner.resources import COLLECTIONS, Kind
from provisioner.rows.urls import is_url

ELSEWHERE = ("sql", "campaign")  # rows that no file holds
STAYS = "its rows are on this machine, and are not sent to workers: keep them at a URL, or in a folder they share"
NUMBER = "holds a telephone number, and is not sent to workers: write ${env.NAME}, or use a folder they share"

_TEXT = re.compile(r"\$\{\s*file\.([^}]+)\}")


def bundle(directory: Path) -> Mapping[str, bytes]:
    """The files by name, relative to the project. Raises ManifestError with what cannot go."""
    folder, report = Folder.at(directory), Diagnostics()
    paths = folder.manifests(foreign.ignored(folder, report)).manifests
    found: dict[str, bytes] = {}
    for path in paths:
        content = found[folder.name(path)] = _content(folder, path)
        manifest = Manifest(folder.name(path), path.parent, read(content).root)
        report.diagnostics += _staying(manifest)
        found |= _texts(folder, path.parent, content)
    report.finish()
    ignoring = folder.root / IGNORE_FILE
    return {**found, **({IGNORE_FILE: _content(folder, ignoring)} if ignoring.is_file() else {})}


def _content(folder: Folder, path: Path) -> bytes:
    try:
        return folder.content(path)
    except (OSError, PathNotAllowed) as error:
        raise ManifestError(
            [Diagnostic(ErrorId.MANIFEST_UNREADABLE, f"{folder.name(path)} cannot be sent to workers: {error}")]
        ) from None


def _texts(folder: Folder, base: Path, content: bytes) -> dict[str, bytes]:
    """The files that `${file...}` names; one that is not there is told by whoever reads the manifests."""
    found = {}
    for name in _TEXT.findall(content.decode(errors="replace")):
        try:
            path = folder.inside(base, name.strip())
            found[folder.name(path)] = folder.content(path)
        except (OSError, PathNotAllowed):
            continue
    return found


def _staying(manifest: Manifest) -> Iterator[Diagnostic]:
    """Everything in a manifest that must not leave this machine."""
    root = manifest.root
    if manifest.name == PROJECT_FILE or not isinstance(root, MappingNode):
        return
    for collection in COLLECTIONS.keys() & root.entries.keys():
        table = root.get(collection)
        for key, (_, body) in table.entries.items() if isinstance(table, MappingNode) else ():
            for node, why in _of_resource(COLLECTIONS[collection], body):
                yield Diagnostic(ErrorId.FLEET_STAYS, why, manifest.place(node), path=f"{collection}.{key}")


def _of_resource(kind: Kind, body: Node) -> Iterator[tuple[Node, str]]:
    if not isinstance(body, MappingNode):
        return
    sensitive = {each.name for each in kind.fields if each.sensitive}
    owners = [each.declared for each in (kind.rows, kind.appointments) if each is not None]
    for name, (_, node) in body.entries.items():
        if name in owners and not _elsewhere(node):
            yield node, STAYS
        elif name in sensitive and isinstance(node, Scalar) and "${" not in node.text:
            yield node, NUMBER


def _elsewhere(node: Node) -> bool:
    """Whether rows certainly come from where a worker can get them as well."""
    if isinstance(node, Scalar):
        return is_url(node.text)
    if isinstance(node, Sequence):
        return bool(node.items) and all(isinstance(each, Scalar) and is_url(each.text) for each in node.items)
    files = node.get("file")
    return "rows" not in node.entries and (_elsewhere(files) if files else any(map(node.get, ELSEWHERE)))
