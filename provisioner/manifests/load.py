"""The order of things: files, alice.yaml, drafts, references, rules, resources. A page that decides nothing itself.

Every stage reports what it finds and goes on, so that one run shows all there is to mend.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from provisioner.error_ids import ErrorId
from provisioner.errors import Diagnostic, ManifestError, Severity
from provisioner.manifests import environments, foreign, references, rules, semantics
from provisioner.manifests.collector import MOST_RESOURCES, collect, declared
from provisioner.manifests.drafts import Diagnostics, Draft, Manifest
from provisioner.manifests.environments import CREDENTIALS, ENVIRONMENT, ENVIRONMENTS
from provisioner.manifests.exclusions import IGNORE_FILE
from provisioner.manifests.fill import Filler
from provisioner.manifests.folder import MOST_BYTES, PROJECT_FILE, Folder, Outside
from provisioner.manifests.for_each import Sets
from provisioner.manifests.nodes import MappingNode, Scalar
from provisioner.manifests.project_file import (
    DEFAULT_ENVIRONMENT,
    Given,
    ProjectFile,
    project_keys,
    read_project,
    require_as_trusted,
)
from provisioner.manifests.selection import selected
from provisioner.manifests.trust import VARIABLE, trusted
from provisioner.manifests.values import Values
from provisioner.manifests.variables import Variables
from provisioner.manifests.yaml_reader import read
from provisioner.messages import did_you_mean, named
from provisioner.model import Address, Finding, Source
from provisioner.phone import NumberFormat
from provisioner.project import Project, Settings
from provisioner.resources import Zones

UTC = ZoneInfo("UTC")
MOST_MEGABYTES = 64  # above that a machine may end the process without a word, as above MOST_RESOURCES
SPLIT = "split it: an alice.yaml of its own, in a folder of its own, for each part, and rows in row files"


def load(
    directory: Path,
    *,
    environment: str | None,
    variables: Mapping[str, str],
    environ: Mapping[str, str],
    offline: bool = False,
) -> Project:
    """Everything the manifests below `directory` say. Raises ManifestError with all that is wrong, sorted.

    `offline`: nobody logs in, so a value of an environment variable that is not set is left out, and told.
    """
    with _collector_at_rest():
        return _load(Folder.at(directory), Given(environment, variables, environ, offline))


def _load(folder: Folder, given: Given) -> Project:
    report = Diagnostics()
    project = _project(folder, given, report)
    project.variables.check()
    manifests, complete = _manifests(folder, project, report)
    drafts = collect(manifests, project_keys(), Sets(project.variables), report)
    foreign.advise(manifests, report)
    for manifest in manifests:
        manifest.root = None  # a draft holds what is its own
    _fill(drafts, project, report)
    if VARIABLE in given.environ:
        semantics.require_strict(drafts, project.settings.safety, report)
    rules.check(project.settings.rules, report)
    _connect(drafts, complete, report)
    semantics.check(drafts, Zones(_zone(project) or UTC, project.zones.get("server_timezone")), report)
    _check_variables(project, report)
    report.finish()
    report.findings += _unset(project)
    variables = project.variables
    private = frozenset(name for name in variables.given if name in variables.private or name not in variables.used)
    for draft in drafts.values():
        draft.keep_private(private)
    # What was read of a resource goes as it is made: not all of both are in memory at once.
    resources = {address: drafts.pop(address).finished() for address in list(drafts)}
    return Project(project.settings, resources, private, tuple(report.findings))


def settings(
    directory: Path, *, environment: str | None, variables: Mapping[str, str], environ: Mapping[str, str]
) -> Settings:
    """What alice.yaml says; no other manifest is opened. Raises ManifestError."""
    folder, report = Folder.at(directory), Diagnostics()
    project = _project(folder, Given(environment, variables, environ), report)
    _report_failures(project, report)
    report.finish()
    return project.settings


def settings_with_rules(
    directory: Path, *, environment: str | None, variables: Mapping[str, str], environ: Mapping[str, str]
) -> Settings:
    """The same offline, with the rules in it looked at; environment variables may be unset. Raises ManifestError."""
    folder, report = Folder.at(directory), Diagnostics()
    project = _project(folder, Given(environment, variables, environ, offline=True), report)
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
    folder, given, report = Folder.at(directory), Given(environment, variables, environ), Diagnostics()
    named = given.overrides
    try:
        project = _project(folder, given, report, emergency=True)
    except ManifestError as error:
        return Settings(folder.root, named.get("endpoint", ""), environment=given.name, state=""), error
    _report_failures(project, report)
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


def declared_environments(directory: Path) -> tuple[str | None, tuple[str, ...]]:
    """The project's name and the names of its environments; ManifestError where alice.yaml cannot be read, or names
    one as files cannot be called after it.

    Whoever runs one of them checks the rest.
    """
    folder, report = Folder.at(directory), Diagnostics()
    manifest, _ = _manifest(folder, folder.root / PROJECT_FILE, report)
    for key, wrong in environments.misnamed(manifest.root):
        report.add(wrong.id, wrong.message, manifest.place(key), path=f"{ENVIRONMENTS}.{key.text}")
    report.finish()
    project = manifest.root.get("project") if isinstance(manifest.root, MappingNode) else None
    return project.text if isinstance(project, Scalar) else None, tuple(environments.names(manifest.root))


def _unknown_environment(given: Given, report: Diagnostics) -> bool:
    """Whether the file says nothing about the environment that was asked for, so that its endpoint is another one's."""
    path = ENVIRONMENT if given.name == DEFAULT_ENVIRONMENT else ENVIRONMENTS
    return any(each.path == path for each in report.diagnostics)


def _unknown_credentials(project: ProjectFile, given: Given, report: Diagnostics) -> bool:
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


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Half a million values are made and kept; looking through them for garbage again and again doubles the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def every_environment(
    directory: Path, *, variables: Mapping[str, str], environ: Mapping[str, str]
) -> list[tuple[Settings, tuple[str, ...]]]:
    """What alice.yaml says of each of its environments, with what is wrong or not set there; nobody logs in.

    Without any it is the one that has no name. Raises ManifestError for a file that cannot be read, or is not as the
    trusted one.
    """
    folder, report = Folder.at(directory), Diagnostics()
    given = Given(DEFAULT_ENVIRONMENT, variables, environ, offline=True)
    path = folder.root / PROJECT_FILE
    pinned = trusted(environ, path)
    manifest = _project_manifest(folder, path, report)
    require_as_trusted(manifest, report, pinned)
    if not isinstance(manifest.root, MappingNode):
        read_project(folder, given, manifest, report)
    report.finish()
    chosen = environments.choices(manifest.root, given.name)
    return [_one_environment(folder, replace(given, environment=name), manifest) for name in chosen]


def _one_environment(folder: Folder, given: Given, manifest: Manifest) -> tuple[Settings, tuple[str, ...]]:
    """Only what is said of this one is looked at, so that hundreds cost no more than hundreds."""
    report = Diagnostics()
    alone = replace(manifest, root=environments.alone(manifest.root, given.name))
    project = read_project(folder, given, alone, report)
    _report_failures(project, report)
    unset = sorted(project.variables.unset)
    own = f"{ENVIRONMENTS}.{given.name}."
    wrong = (f"{each.path.removeprefix(own)}: {each.message}" for each in report.diagnostics)
    known = replace(project.settings, state="") if project.bad & {"state", "project"} else project.settings
    return known, (*wrong, *(f"{name} is not set" for name in unset))


def _project(folder: Folder, given: Given, report: Diagnostics, *, emergency: bool = False) -> ProjectFile:
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
    manifest, usable = _manifest(folder, path, report)
    if usable and manifest.root is None:
        report.add(ErrorId.MANIFEST_SHAPE, "is empty; it begins with 'alice: 1'", Source(manifest.name, 1, 1))
    return manifest


def _manifests(folder: Folder, project: ProjectFile, report: Diagnostics) -> tuple[list[Manifest], bool]:
    """All other files of the environment, and whether every one of them could be read."""
    found, count = [], 0
    there, known = selected(folder, project.manifests, foreign.ignored(folder, report), report)
    _require_few_bytes(there.manifests)
    report.findings += (foreign.outward(folder.name(link)) for link in there.outward)
    for path, why in there.unlisted.items():
        message = f"this folder cannot be listed, and manifests may be in it: {why}; if not, name it in {IGNORE_FILE}"
        report.add(ErrorId.MANIFEST_UNREADABLE, message, Source(folder.name(path), 1, 1))
    for path in there.manifests:
        if path.name == PROJECT_FILE and path.parent != folder.root:
            message = (
                f"a second project file; {PROJECT_FILE} belongs only in the project's folder: move or remove this one"
            )
            report.add(ErrorId.PROJECT_SECOND, message, Source(folder.name(path), 1, 1))
        elif path.name != PROJECT_FILE:
            manifest, usable = _manifest(folder, path, report)
            found.append((manifest, usable))
            count += declared(manifest.root)
            _require_few_resources(count, manifest)
    return [manifest for manifest, _ in found], known and not there.unlisted and all(usable for _, usable in found)


def _require_few_bytes(manifests: Iterable[Path]) -> None:
    """Asked before anything is read; ManifestError. A file that is too large by itself is not read, and told alone."""
    sizes = [path.stat().st_size for path in manifests if path.is_file()]
    size = sum(each for each in sizes if each <= MOST_BYTES) / (1 << 20)
    if size > MOST_MEGABYTES:
        message = f"the manifests of this project are {size:,.0f} MB, and may be {MOST_MEGABYTES} MB together: {SPLIT}"
        raise ManifestError([Diagnostic(ErrorId.MANIFEST_TOO_LARGE, message)])


def _require_few_resources(count: int, manifest: Manifest) -> None:
    """Asked after each file, as a file is bounded; ManifestError, whatever else is wrong."""
    if count > MOST_RESOURCES:
        message = (
            f"with this file the project declares {count:,} resources, and may declare {MOST_RESOURCES:,}: {SPLIT}"
        )
        raise ManifestError([Diagnostic(ErrorId.MANIFEST_TOO_LARGE, message, Source(manifest.name, 1, 1))])


def _manifest(folder: Folder, path: Path, report: Diagnostics) -> tuple[Manifest, bool]:
    """One file, and whether it could be read."""
    name = folder.name(path)
    try:
        content = folder.content(path)
        reading = read(content)
    except (OSError, Outside) as error:
        if isinstance(error, Outside):
            report.add(error.id, str(error), Source(name, 1, 1))
        else:
            report.add(ErrorId.MANIFEST_UNREADABLE, f"cannot be read: {error.strerror}", Source(name, 1, 1))
        return Manifest(name, path.parent, None), False
    manifest = Manifest(name, path.parent, reading.root, not foreign.declares(reading.root, content))
    for problem in reading.problems:
        report.add(problem.id, problem.message, manifest.place(problem))
    return manifest, not reading.broken


def _zone(project: ProjectFile) -> ZoneInfo | None:
    """The zone of datetimes without offset; when alice.yaml is unreadable any will do to look at the rest."""
    return project.zones.get("timezone") if project.complete else UTC


def _fill(drafts: Mapping[Address, Draft], project: ProjectFile, report: Diagnostics) -> None:
    numbers = NumberFormat(project.settings.region, project.settings.number_format)
    filler = Filler(Values(_zone(project), numbers), project.variables, project.settings, report)
    for draft in drafts.values():
        if not draft.broken:
            filler.fill(draft)


def _connect(drafts: Mapping[Address, Draft], complete: bool, report: Diagnostics) -> None:
    """References; what is not found may be declared in a file that could not be read, and is then left alone."""
    links = references.links(drafts)
    if complete:
        references.resolve(drafts, [*links, *references.links_of_rows(drafts)], report)
    references.inherit(drafts)
    references.refuse_cycles(drafts, links, report)


def _check_variables(project: ProjectFile, report: Diagnostics) -> None:
    """Variables that fail, and ones of --var that nothing asks for and that look like a misspelt other one."""
    _report_failures(project, report)
    variables = project.variables
    known = {*variables.declared, *variables.used}
    for name in variables.given:
        guess = "" if name in known else did_you_mean(name, known)
        if guess:
            report.add(ErrorId.VARIABLE_UNDEFINED, f"undefined variable {named(name)}{guess}", None, path="--var")
    for name in _keyed(variables):
        message = f"{name} is in a key of a for_each, which is shown, and where values are not shown; use two variables"
        report.add(ErrorId.FOR_EACH, message, None, path="--var")


def _keyed(variables: Variables) -> Iterator[str]:
    """Variables of the command line that are in an address, and also where values are not shown."""
    return (name for name in sorted(variables.private & variables.keyed) if name in variables.given)


def _unset(project: ProjectFile) -> Iterator[Finding]:
    """What could not be looked at without the environment variables of the machine that logs in."""
    for name in sorted(project.variables.unset):
        message = f"the environment variable {name} is not set, so what it fills is not checked; plan and apply need it"
        yield Finding("unset-variable", Severity.INFO, message)


def _report_failures(project: ProjectFile, report: Diagnostics) -> None:
    for name, messages in project.variables.failures.items():
        for id, message in messages:
            place = project.manifest.place(project.variables.declared[name])
            report.add(id, message, place, path=f"variables.{name}")
