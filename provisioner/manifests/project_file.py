"""alice.yaml: settings and variables, with the environment, the machine's environment and the command line laid over.

It is all that `stop`, `status` or `get` need, so it is read on its own and works when every other file is broken. The
schema says what may stand in it; here is what a schema cannot know: time zones, the chosen environment, overrides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from provisioner.errors import Diagnostic, ManifestError
from provisioner.manifests.drafts import Manifest, Report
from provisioner.manifests.folder import PROJECT_FILE, Folder
from provisioner.manifests.gate import Gate
from provisioner.manifests.nodes import Node, Path, Scalar, Sequence, Table, describe, find, overlay, written
from provisioner.manifests.overrides import override
from provisioner.manifests.schemas import schema
from provisioner.manifests.shapes import ANY, Reader, shape
from provisioner.manifests.variables import Unresolved, Variables
from provisioner.manifests.words import did_you_mean, listed
from provisioner.manifests.yaml_reader import read
from provisioner.manifests.zones import zone_problem
from provisioner.model import Safety, Settings, Source, Waiver

DEFAULT = "default"
VARIABLES, ENVIRONMENTS = "variables", "environments"


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """What alice.yaml says. With `complete` False it could not be read, and variables may be missing."""

    settings: Settings
    variables: Variables
    keys: frozenset[str]
    complete: bool


@dataclass(frozen=True, slots=True)
class Given:
    """What does not come from files: the chosen environment, `--var`, environment variables."""

    environment: str | None
    variables: Mapping[str, str]
    environ: Mapping[str, str]

    @property
    def name(self) -> str:
        """The environment: what was asked for, else ALICE_ENV, else `default`."""
        return self.environment or self.environ.get("ALICE_ENV") or DEFAULT


def load(folder: Folder, given: Given, report: Report) -> ProjectFile:
    """Read alice.yaml. Raises only when there is none; everything else is reported."""
    manifest = _manifest(folder, report)
    table = manifest.root if isinstance(manifest.root, Table) else Table(1, 1)
    keys = frozenset(schema("project")["properties"])
    if manifest.root is not None and not isinstance(manifest.root, Table):
        report.add(f"must be a mapping, is {describe(manifest.root)}", manifest.place(manifest.root))
    complete = isinstance(manifest.root, Table)
    reader = _ProjectReader(manifest, given, report)
    if not complete:
        return ProjectFile(reader.settings(folder, {}), Variables(folder, given.environ, {}, given.variables, False), keys, False)
    merged = reader.chosen(table)
    variables = Variables(folder, given.environ, _declared(merged), given.variables)
    reader.check_environments(table)
    return ProjectFile(reader.settings(folder, reader.data(merged, variables)), variables, keys, True)
