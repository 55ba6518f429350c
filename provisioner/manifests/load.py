"""The order of things: files, alice.yaml, drafts, references, rules, resources. A page that decides nothing itself.

Every stage reports what it finds and goes on, so that one run shows all there is to mend.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from provisioner.error_ids import ErrorId
from provisioner.errors import Diagnostic, ManifestError, Severity
from provisioner.language import gettext
from provisioner.manifests import foreign, references, rules, semantics
from provisioner.manifests.collector import MOST_RESOURCES, collect, declared
from provisioner.manifests.drafts import Diagnostics, Draft, Manifest
from provisioner.manifests.environments import ProjectInputs
from provisioner.manifests.exclusions import IGNORE_FILE
from provisioner.manifests.fill import Filler
from provisioner.manifests.folder import MOST_BYTES, PROJECT_FILE, Folder
from provisioner.manifests.for_each import Sets
from provisioner.manifests.project_file import (
    ProjectFile,
    project_keys,
)
from provisioner.manifests.project_settings import open_manifest, open_project, report_failures
from provisioner.manifests.selection import selected
from provisioner.manifests.trust import VARIABLE
from provisioner.manifests.values import Values
from provisioner.manifests.variables import Variables
from provisioner.messages import did_you_mean, named
from provisioner.model import Address, Finding, Source
from provisioner.phone import NumberFormat
from provisioner.project import Project
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
        return _load(Folder.at(directory), ProjectInputs(environment, variables, environ, offline))


def _load(folder: Folder, given: ProjectInputs) -> Project:
    report = Diagnostics()
    project = open_project(folder, given, report)
    if project.unchosen:  # all of the manifests, side by side, would be told to contradict each other
        report.finish()
    project.variables.check()
    manifests, complete = _manifests(folder, project, report)
    sets = Sets(project.variables)
    drafts = collect(manifests, project_keys(), sets, report)
    foreign.advise(manifests, report)
    for manifest in manifests:
        manifest.root = None  # a draft holds what is its own
    _fill(drafts, project, report)
    if VARIABLE in given.environ:
        semantics.require_strict(drafts, project.settings.safety, report)
    rules.check(project.settings.rules, report)
    _connect(drafts, complete, sets.empty, report)
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
            manifest, usable = open_manifest(folder, path, report)
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


def _zone(project: ProjectFile) -> ZoneInfo | None:
    """The zone of datetimes without offset; when alice.yaml is unreadable any will do to look at the rest."""
    return project.zones.get("timezone") if project.complete else UTC


def _fill(drafts: Mapping[Address, Draft], project: ProjectFile, report: Diagnostics) -> None:
    numbers = NumberFormat(project.settings.region, project.settings.number_format)
    filler = Filler(Values(_zone(project), numbers), project.variables, project.settings, report)
    for draft in drafts.values():
        if not draft.broken:
            filler.fill(draft)


def _connect(
    drafts: Mapping[Address, Draft], complete: bool, empty: Mapping[Address, str], report: Diagnostics
) -> None:
    """References; what is not found may be declared in a file that could not be read, and is then left alone."""
    links = references.links(drafts)
    if complete:
        references.resolve(drafts, [*links, *references.links_of_rows(drafts)], empty, report)
    references.inherit(drafts)
    references.refuse_cycles(drafts, links, report)


def _check_variables(project: ProjectFile, report: Diagnostics) -> None:
    """Variables that fail, and ones of --var that nothing asks for and that look like a misspelt other one."""
    report_failures(project, report)
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
        message = gettext(
            "the environment variable {name} is not set, so what it fills is not checked; plan and apply need it",
            name=name,
        )
        yield Finding("unset-variable", Severity.INFO, message)
