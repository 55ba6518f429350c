"""What alice.yaml alone says: all that `stop`, `status`, `get` and `environments` need, whatever else is broken."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from provisioner.error_ids import ErrorId
from provisioner.errors import Diagnostic, ManifestError
from provisioner.manifests import environments, foreign, rules
from provisioner.manifests.drafts import Diagnostics, Manifest
from provisioner.manifests.environments import CREDENTIALS, DEFAULT, ENVIRONMENT, ENVIRONMENTS, ProjectInputs
from provisioner.manifests.folder import PROJECT_FILE, Folder, PathNotAllowed
from provisioner.manifests.nodes import MappingNode, Scalar
from provisioner.manifests.project_file import (
    ProjectFile,
    read_project,
    require_as_trusted,
)
from provisioner.manifests.trust import VARIABLE, trusted
from provisioner.manifests.yaml_reader import read
from provisioner.messages import did_you_mean
from provisioner.model import Source
from provisioner.project import Settings


def settings(
    directory: Path, *, environment: str | None, variables: Mapping[str, str], environ: Mapping[str, str]
) -> Settings:
    """What alice.yaml says; no other manifest is opened. Raises ManifestError."""
    folder, report = Folder.at(directory), Diagnostics()
    project = open_project(folder, ProjectInputs(environment, variables, environ), report)
    report_failures(project, report)
    report.finish()
    return project.settings


def settings_with_rules(
    directory: Path, *, environment: str | None, variables: Mapping[str, str], environ: Mapping[str, str]
) -> Settings:
    """The same offline, with the rules in it looked at; environment variables may be unset. Raises ManifestError."""
    folder, report = Folder.at(directory), Diagnostics()
    project = open_project(folder, ProjectInputs(environment, variables, environ, offline=True), report)
    rules.check(project.settings.rules, report)
    report.finish()
    return project.settings


def partial_settings(
    directory: Path, *, environment: str | None, variables: Mapping[str, str], environ: Mapping[str, str]
) -> tuple[Settings, ManifestError | None]:
    """As much of alice.yaml as can be understood, and what is wrong with it: for an emergency.

    Where ALICE_TRUST names a file, that one: what a branch says keeps nobody from stopping, and gets no password.
    `endpoint` is empty where it is not known, `state` where it or its project is not, `credentials` are Unknown where
    they may be others; for the rest defaults stand in.
    """
    folder, given, report = Folder.at(directory), ProjectInputs(environment, variables, environ), Diagnostics()
    named = given.overrides
    try:
        project = open_project(folder, given, report, emergency=True)
    except ManifestError as error:
        return Settings(folder.root, named.get("endpoint", ""), environment=given.name, state=""), error
    report_failures(project, report)
    if not report.diagnostics:
        return project.settings, None
    zones = {name: str(zone) for name, zone in project.zones.items()}  # UTC where there is no such zone
    known = replace(project.settings, timezone=zones.get("timezone", "UTC"))
    known = replace(known, server_timezone=zones.get("server_timezone"))
    if _unknown_credentials(project, given, report):
        known = replace(known, credentials=environments.NOT_UNDERSTOOD)
    if not project.complete or _unknown_environment(given, report):
        known = replace(known, endpoint=named.get("endpoint", ""), endpoint_hidden=False, state="")
    elif project.bad & {"state", "project"} or _misspelt(report, ("state", "project")):
        known = replace(known, state="")
    return known, ManifestError(report.diagnostics)


def _unknown_environment(given: ProjectInputs, report: Diagnostics) -> bool:
    """Whether the file says nothing about the environment that was asked for, so that its endpoint is another one's."""
    path = ENVIRONMENT if given.name == DEFAULT else ENVIRONMENTS
    return any(each.path == path for each in report.diagnostics)


def _unknown_credentials(project: ProjectFile, given: ProjectInputs, report: Diagnostics) -> bool:
    """Whether others may be meant than alice.yaml names as far as it is understood."""
    declared = bool(environments.reserved(project.manifest.root))
    return (declared and _unknown_environment(given, report)) or _misspelt(report, (CREDENTIALS,))


def _misspelt(report: Diagnostics, keys: Sequence[str]) -> bool:
    """Whether one of these may be meant by a key that nobody knows."""
    told = {each.path.rpartition(".")[2] for each in report.diagnostics if _of_the_project(each.path)}
    return any(did_you_mean(name, keys) for name in told)


def _of_the_project(path: str) -> bool:
    """Whether it is a key of the project, or of an environment."""
    return bool(path) and path.count(".") == (2 if path.startswith(f"{ENVIRONMENTS}.") else 0)


def declared_environments(directory: Path) -> tuple[str | None, tuple[str, ...]]:
    """The project's name and the names of its environments; ManifestError where alice.yaml cannot be read, or names
    one as files cannot be called after it.

    Whoever runs one of them checks the rest.
    """
    folder, report = Folder.at(directory), Diagnostics()
    manifest, _ = open_manifest(folder, folder.root / PROJECT_FILE, report)
    for key, wrong in environments.misnamed(manifest.root):
        report.add(wrong.id, wrong.message, manifest.place(key), path=f"{ENVIRONMENTS}.{key.text}")
    report.finish()
    project = manifest.root.get("project") if isinstance(manifest.root, MappingNode) else None
    return project.text if isinstance(project, Scalar) else None, tuple(environments.names(manifest.root))


def every_environment(
    directory: Path, *, variables: Mapping[str, str], environ: Mapping[str, str]
) -> list[tuple[Settings, tuple[str, ...]]]:
    """What alice.yaml says of each of its environments, with what is wrong or not set there; nobody logs in.

    Without any it is the one that has no name. Raises ManifestError for a file that cannot be read, or is not as the
    trusted one.
    """
    folder, report = Folder.at(directory), Diagnostics()
    given = ProjectInputs(DEFAULT, variables, environ, offline=True)
    path = folder.root / PROJECT_FILE
    pinned = trusted(environ, path)
    manifest = _project_manifest(folder, path, report)
    require_as_trusted(manifest, report, pinned)
    if not isinstance(manifest.root, MappingNode):
        read_project(folder, given, manifest, report)
    report.finish()
    chosen = environments.choices(manifest.root, given.name)
    return [_one_environment(folder, replace(given, environment=name), manifest) for name in chosen]


def _one_environment(folder: Folder, given: ProjectInputs, manifest: Manifest) -> tuple[Settings, tuple[str, ...]]:
    """Only what is said of this one is looked at, so that hundreds cost no more than hundreds."""
    report = Diagnostics()
    alone = replace(manifest, root=environments.alone(manifest.root, given.name))
    project = read_project(folder, given, alone, report)
    report_failures(project, report)
    unset = sorted(project.variables.unset)
    own = f"{ENVIRONMENTS}.{given.name}."
    wrong = (f"{each.path.removeprefix(own)}: {each.message}" for each in report.diagnostics)
    known = replace(project.settings, state="") if project.bad & {"state", "project"} else project.settings
    return known, (*wrong, *(f"{name} is not set" for name in unset))


def open_project(folder: Folder, given: ProjectInputs, report: Diagnostics, *, emergency: bool = False) -> ProjectFile:
    path = folder.root / PROJECT_FILE
    pinned = trusted(given.environ, path)
    if emergency and pinned is not None:
        return read_project(folder, given, Manifest(VARIABLE, folder.root, pinned.root), report)
    return read_project(folder, given, _project_manifest(folder, path, report), report, pinned)


def _project_manifest(folder: Folder, path: Path, report: Diagnostics) -> Manifest:
    if not os.path.lexists(path):
        misnamed = path.with_suffix(".yml").exists()
        advice = "run `alice-apply init`, or name the project's folder with -C"
        advice = "rename alice.yml" if misnamed else advice
        raise ManifestError(
            [Diagnostic(ErrorId.PROJECT_MISSING, f"there is no {PROJECT_FILE} in {folder.root}; {advice}")]
        )
    manifest, usable = open_manifest(folder, path, report)
    if usable and manifest.root is None:
        report.add(ErrorId.MANIFEST_SHAPE, "is empty; it begins with 'alice: 1'", Source(manifest.name, 1, 1))
    return manifest


def open_manifest(folder: Folder, path: Path, report: Diagnostics) -> tuple[Manifest, bool]:
    """One file, and whether it could be read."""
    name = folder.name(path)
    try:
        content = folder.content(path)
        reading = read(content)
    except (OSError, PathNotAllowed) as error:
        if isinstance(error, PathNotAllowed):
            report.add(error.id, str(error), Source(name, 1, 1))
        else:
            report.add(ErrorId.MANIFEST_UNREADABLE, f"cannot be read: {error.strerror}", Source(name, 1, 1))
        return Manifest(name, path.parent, None), False
    manifest = Manifest(name, path.parent, reading.root, not foreign.declares(reading.root, content))
    for problem in reading.problems:
        report.add(problem.id, problem.message, manifest.place(problem))
    return manifest, not reading.broken


def report_failures(project: ProjectFile, report: Diagnostics) -> None:
    for name, messages in project.variables.failures.items():
        for id, message in messages:
            place = project.manifest.place(project.variables.declared[name])
            report.add(id, message, place, path=f"variables.{name}")
