"""Files of other tools in the project's folder: what `.aliceignore` leaves out, and how that is told of the rest.

`docker-compose.yml` is no manifest, but nobody can be sure: a campaign with a misspelt collection must not get lost.
So a file that declares nothing of this tool is an error until somebody says whose it is. Knows no file's meaning.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from provisioner.error_ids import ErrorId
from provisioner.errors import Diagnostic, Severity
from provisioner.language import gettext
from provisioner.manifests.core_schema import nfc
from provisioner.manifests.drafts import Diagnostics, Manifest
from provisioner.manifests.exclusions import IGNORE_FILE, is_pattern
from provisioner.manifests.folder import Folder, Ignored, PathNotAllowed, nothing
from provisioner.manifests.nodes import MappingNode, Node
from provisioner.manifests.yaml_text import Unreadable, decode
from provisioner.messages import count, did_you_mean, named
from provisioner.model import Finding, Source
from provisioner.resources import COLLECTIONS

FEW = 3
_KEY = re.compile(r"^[\s{]*[\"']?([A-Za-z_-]+)[\"']?\s*:", re.MULTILINE)


def ignored(folder: Folder, report: Diagnostics) -> Ignored:
    """What `.aliceignore` leaves out; whatever is wrong with it is reported."""
    path = folder.root / IGNORE_FILE
    if not os.path.lexists(path):
        return nothing
    from pathspec import GitIgnoreSpec

    try:
        lines = nfc(decode(folder.content(path))).splitlines()
    except (OSError, PathNotAllowed, Unreadable) as error:
        message = f"cannot be read: {error.strerror}" if isinstance(error, OSError) else str(error)
        report.add(ErrorId.MANIFEST_IGNORE, message, Source(IGNORE_FILE, 1, 1))
        return nothing
    spec = GitIgnoreSpec.from_lines(line for number, line in enumerate(lines, 1) if _usable(line, number, report))
    whole = all(pattern.include is not False for pattern in spec.patterns)  # else a file below may be wanted after all
    return lambda name: (whole or not name.endswith("/")) and spec.match_file(nfc(name))


def _usable(line: str, number: int, report: Diagnostics) -> bool:
    if is_pattern(line):
        return True
    message = f"{named(line)} is not a pattern that .gitignore would take"
    report.add(ErrorId.MANIFEST_IGNORE, message, Source(IGNORE_FILE, number, 1))
    return False


def declares(root: Node | None, data: bytes) -> bool:
    """Whether a file has a key that is, or is likely to mean, a collection; of one that is not readable, a line."""
    if isinstance(root, MappingNode):
        keys: Iterable[str] = root.entries
    else:
        keys = _KEY.findall(data.decode(errors="replace"))
    return any(key in COLLECTIONS or did_you_mean(key, COLLECTIONS) for key in keys)


def outward(link: str) -> Finding:
    """A folder of another tool, most likely: build systems keep such links beside the sources."""
    message = gettext("the link {link} leads out of the project: no manifest below it is read", link=named(link))
    return Finding("outside-link", Severity.INFO, message, source=Source(link, 1, 1))


def advise(manifests: Sequence[Manifest], report: Diagnostics) -> None:
    """Of a file that declares nothing of ours the first diagnostic stands, with how to leave the file out.

    Of a folder with many such files, and nothing else, the first file.
    """
    foreign = {manifest.name for manifest in manifests if manifest.foreign}
    full = {_top(manifest.name) for manifest in manifests if not manifest.foreign}
    firsts: dict[str, Diagnostic] = {}
    for diagnostic in report.diagnostics:
        if diagnostic.source and diagnostic.source.file in foreign:
            firsts.setdefault(diagnostic.source.file, diagnostic)
    tops = [_top(name) for name in firsts]
    many = {top for top in tops if top not in full and tops.count(top) > FEW}
    report.diagnostics = [each for each in report.diagnostics if each.source is None or each.source.file not in foreign]
    for name, first in firsts.items():
        top = _top(name)
        if top not in many:
            report.diagnostics.append(_with_advice(first, name))
        elif tops.index(top) == list(firsts).index(name):
            others = f" (and {count(tops.count(top) - 1, 'more file')} below {named(top)})"
            report.diagnostics.append(_with_advice(first, top, others))


def _top(name: str) -> str:
    folder, slash, _ = name.partition("/")
    return folder + slash


def _with_advice(diagnostic: Diagnostic, name: str, others: str = "") -> Diagnostic:
    advice = f"{others}; what belongs to another tool is left out by a line {named(name)} in {IGNORE_FILE}"
    return replace(diagnostic, message=diagnostic.message + advice)
