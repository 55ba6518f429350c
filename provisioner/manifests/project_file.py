"""alice.yaml: settings and variables, with the environment, the machine's environment and the command line laid over.

It is all that `stop`, `status` or `get` need, so it is read on its own and works when every other file is broken. The
schema says what may stand in it; here is what a schema cannot know: the chosen environment, time zones, overrides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from provisioner import plugins
from provisioner.error_ids import ErrorId
from provisioner.errors import PluginError
from provisioner.manifests import environments
from provisioner.manifests.drafts import Diagnostics, Manifest
from provisioner.manifests.environments import CREDENTIALS, ENVIRONMENT, ENVIRONMENTS, OVERRIDES, ProjectInputs
from provisioner.manifests.fill import ValueReader
from provisioner.manifests.folder import Folder
from provisioner.manifests.interpolation import TextScope
from provisioner.manifests.nodes import (
    MappingNode,
    Node,
    Path,
    Problem,
    describe,
    find,
    written,
)
from provisioner.manifests.policies import policies
from provisioner.manifests.rules import check_names, rules_of
from provisioner.manifests.schema_validator import SchemaViolation, schema
from provisioner.manifests.shapes import ANY, gate_of, members_of
from provisioner.manifests.trust import TrustedSettings
from provisioner.manifests.variables import Variables
from provisioner.manifests.zones import UnknownZone, zone
from provisioner.messages import did_you_mean, listed, named
from provisioner.model import Source, Unknown
from provisioner.project import CredentialNames, NotifyTarget, Safety, Settings, Waiver
from provisioner.rows.urls import BadUrl, normal
from provisioner.runtime import is_plain_http

VARIABLES, POLICIES, SOURCES, MANIFESTS, RULES = "variables", "policies", "sources", "manifests", "rules"
NOTIFY = "notify"
ZONES = ("timezone", "server_timezone")
PLAIN_HTTP = "allow_plain_http"
UTC = ZoneInfo("UTC")  # for a zone that is wrong or not known: anything does, so that one mistake gives one message


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """What alice.yaml says. With `complete` False it could not be read: settings are defaults, variables unknown.

    `bad` are the keys for whose value a default stands in, because of what was reported. `manifests` are the files,
    folders and patterns that the environment is made of, with their places; None: all. With `unchosen` an environment
    has to be chosen and was not, so nobody knows which manifests and variables count.
    """

    manifest: Manifest
    settings: Settings
    variables: Variables
    zones: Mapping[str, ZoneInfo]
    complete: bool
    bad: frozenset[str] = frozenset()
    manifests: tuple[tuple[str, Source], ...] | None = None
    unchosen: bool = False


def project_keys() -> frozenset[str]:
    """The keys that belong in alice.yaml."""
    return frozenset(schema("project")["properties"])


def read_project(
    folder: Folder, given: ProjectInputs, manifest: Manifest, report: Diagnostics, pinned: TrustedSettings | None = None
) -> ProjectFile:
    """Read and check alice.yaml; whatever is wrong is reported, and a default stands in for it.

    What it says otherwise than the `pinned` file is wrong.
    """
    root = manifest.root
    require_as_trusted(manifest, report, pinned)
    if isinstance(root, MappingNode):
        return _Reading(folder, given, manifest, report, root, pinned.root if pinned else None).result()
    if root is not None:
        message = f"must be a mapping with 'alice: 1' in it, is {describe(root)}"
        report.add(ErrorId.MANIFEST_SHAPE, message, manifest.place(root))
    variables = Variables(folder, given.environ, {}, given.variables, complete=False, offline=given.offline)
    return ProjectFile(manifest, Settings(folder.root, ""), variables, {}, complete=False)


def require_as_trusted(manifest: Manifest, report: Diagnostics, pinned: TrustedSettings | None) -> None:
    """Report what the file says otherwise than the trusted one."""
    root = manifest.root
    for keys, message in pinned.otherwise(root) if pinned else ():
        place = manifest.place(find(root, keys) if root else Problem(1, 1, ""))
        report.add(ErrorId.TRUST_DIFFERS, message, place, path=written(keys))


class _Reading:
    """One reading of alice.yaml."""

    def __init__(
        self, folder: Folder, given: ProjectInputs, manifest: Manifest, report: Diagnostics, root: MappingNode,
        pinned: MappingNode | None,
    ) -> None:  # fmt: skip
        self.folder, self.given, self.manifest, self.report, self.root = folder, given, manifest, report, root
        self.table = self.chosen()
        self.variables = Variables(
            *(folder, given.environ, self.declared(), given.variables),
            offline=given.offline,
            reserved=environments.reserved(root, pinned),
        )
        self.bad: set[str] = set()
        self.hidden = {"state", "endpoint", NOTIFY}  # URLs, which may carry a password
        self.secret: set[str] = set()  # keys with values of the environment
        self.data: dict[str, Any] = {}

    def result(self) -> ProjectFile:
        self.read()
        self.check_schema()
        data = {name: value for name, value in self.data.items() if name not in self.bad}
        zones = self.zones(data)
        self.check_environment()
        self.check_required(data)
        self.check_waivers(data)
        self.check_names()
        self.check_plugins(data)
        known = (self.manifest, self.settings(data, zones), self.variables, zones, True, frozenset(self.bad))
        return ProjectFile(*known, self.manifests(data), self.unchosen)

    def chosen(self) -> MappingNode:
        """The file with the chosen environment laid over it."""
        name, known = self.given.name, environments.names(self.root)
        if name not in known and name != environments.DEFAULT:
            advice = did_you_mean(name, known) or (f"; there are {listed(known)}" if known else "; declare it here")
            place = self.manifest.place(self.root.get(ENVIRONMENTS) or self.root)
            message = f"there is no environment {named(name)}{advice}"
            self.report.add(ErrorId.ENVIRONMENT_UNKNOWN, message, place, path=ENVIRONMENTS)
        return environments.laid_over(self.root, name)

    @property
    def unchosen(self) -> bool:
        """Whether an environment has to be chosen, and was not."""
        return self.given.name == environments.DEFAULT and environments.required(self.root)

    def declared(self) -> dict[str, Node]:
        node = self.table.get(VARIABLES)
        entries = node.entries if isinstance(node, MappingNode) else {}
        return {name: value for name, (_, value) in entries.items()}

    def read(self) -> None:
        """The values of all keys. Variables are expanded where they are used, other environments not at all."""
        members = members_of("project")
        scope = TextScope(self.folder.root, self.manifest.name)
        reader, raw = ValueReader(self.variables, scope), ValueReader(None, scope)
        for name, (_, node) in self.table.entries.items():
            if name in self.given.overrides:
                continue
            if name in (RULES, NOTIFY):  # what is written counts, whatever variables say
                self.data[name] = raw.read(node, members[name])
                continue
            if name in (VARIABLES, ENVIRONMENTS):
                self.data[name] = raw.read(environments.readable(node), members[name])
                continue
            if name in (CREDENTIALS, ENVIRONMENT):
                continue
            reader.begin()
            self.variables.public = name not in self.hidden
            self.data[name] = reader.read(node, members.get(name, ANY))
            if reader.secret:
                self.hidden.add(name)
                self.secret.add(name)
            if reader.failed:
                self.bad.add(name)
            for problem in reader.problems:
                self.report.add(problem.id, problem.message, self.manifest.place(problem), path=name)
        self.data |= self.given.overrides

    def check_schema(self) -> None:
        """Ask the schema once for the chosen values and for every environment, and report each place once."""
        told: set[Source] = set()
        complaints = gate_of("project").complaints(self.data, self.is_hidden)
        for complaint in sorted(complaints, key=lambda complaint: complaint.path[:1] != (ENVIRONMENTS,)):
            name = str(complaint.path[0])
            if name in self.given.overrides:
                self.report.add(complaint.id, complaint.message, None, path=OVERRIDES[name])
            elif name not in self.bad and (place := self.place(complaint)) not in told:
                told.add(place)
                self.report.add(complaint.id, complaint.message, place, path=written(complaint.path))
        self.bad |= {str(complaint.path[0]) for complaint in complaints}

    def is_hidden(self, path: Path) -> bool:
        """Whether a message must not show what stands there."""
        return bool(path) and (path[0] in self.hidden or NOTIFY in path)

    def place(self, complaint: SchemaViolation) -> Source:
        table = self.root if complaint.path[0] == ENVIRONMENTS else self.table
        return self.manifest.place(find(table, complaint.path, key=complaint.key))

    def zones(self, data: dict[str, Any]) -> dict[str, ZoneInfo]:
        found: dict[str, ZoneInfo] = {}
        for name in ZONES:
            try:
                found |= {name: zone(data[name])} if name in data else {}
            except UnknownZone as error:
                message = "is not a known time zone" if name in self.hidden else str(error)
                self.blame((name,), ErrorId.TIMEZONE_UNKNOWN, message)
                found[name] = UTC
            if name in self.bad:
                found[name] = UTC
        return found

    def check_environment(self) -> None:
        """Which one counts, and who logs in; in a file that is read offline nobody does."""
        if environments.misunderstood(self.root):
            self.blame_in_file((ENVIRONMENT,), environments.ONLY_REQUIRED, False, ErrorId.FIELD_VALUE)
        if self.unchosen:
            self.blame_in_file((ENVIRONMENT,), environments.missing(self.root), False, ErrorId.ENVIRONMENT_REQUIRED)
        environments.check_credentials(self.root, self.blame_in_file)
        names = self.credentials()
        if self.given.offline and isinstance(names, CredentialNames) and names.source:
            self.variables.unset |= {name for name in names.given if not self.given.environ.get(name)}

    def credentials(self) -> CredentialNames | Unknown:
        return environments.credentials_of(self.table, self.manifest.place)

    def blame_in_file(self, path: Path, message: str, key: bool, id: ErrorId = ErrorId.CREDENTIALS_INVALID) -> None:
        """At its place in the whole file, whatever environment is chosen."""
        self.report.add(id, message, self.manifest.place(find(self.root, path, key=key)), path=written(path))

    def check_required(self, data: Mapping[str, Any]) -> None:
        """What is needed because of something else."""
        if "endpoint" not in self.data and not self.unchosen:
            known = environments.names(self.root)
            advice = f"; or choose an environment with -e: {listed(known)}" if known else ""
            message = f"is required, for example https://alice.antbuddy.com/rest-api{advice}"
            self.blame(("endpoint",), ErrorId.ENDPOINT_REQUIRED, message)
        if is_plain_http(str(data.get("endpoint", ""))) and not data.get(PLAIN_HTTP):
            self.blame_endpoint(
                f"sends the password and all numbers in plain text: use https://, or set {PLAIN_HTTP}: true"
            )
        if "project" not in self.data and str(data.get("state", "")).startswith("postgresql"):
            message = "is required with a shared database; give this project a name of its own"
            self.blame(("project",), ErrorId.PROJECT_NAME, message)

    def blame_endpoint(self, message: str) -> None:
        """At its place in alice.yaml, or by the name of the environment variable that it comes from."""
        if "endpoint" in self.given.overrides:
            self.report.add(ErrorId.ENDPOINT_PLAIN_HTTP, message, None, path=OVERRIDES["endpoint"])
        else:
            self.blame(("endpoint",), ErrorId.ENDPOINT_PLAIN_HTTP, message)

    def check_waivers(self, data: Mapping[str, Any]) -> None:
        for index, waiver in enumerate(data.get("waivers", ())):
            try:
                date.fromisoformat(waiver["until"])
            except ValueError:
                self.blame(("waivers", index, "until"), ErrorId.FIELD_DATETIME, "is not a valid day")

    def check_names(self) -> None:
        """Of checks and rules in every environment; a rule of one's own has an id that nothing else has."""
        for path, message in check_names(self.root):
            place = find(self.root, path, key=path[-2] == "checks")
            self.report.add(ErrorId.FIELD_UNKNOWN, message, self.manifest.place(place), path=written(path))

    def check_plugins(self, data: Mapping[str, Any]) -> None:
        """A check of another package that has a severity and is not installed would be silently no check."""
        wanted = [name for name, severity in data.get("checks", {}).items() if "." in name and severity != "off"]
        for name in wanted:
            try:
                if name not in plugins.installed(plugins.CHECKS):
                    message = "no installed package has this check: install it, or take it out"
                    self.blame(("checks", name), ErrorId.CHECK_NOT_INSTALLED, message)
            except PluginError as error:
                self.blame(("checks", name), ErrorId.PLUGIN_BROKEN, str(error))

    def blame(self, path: Path, id: ErrorId, message: str) -> None:
        self.report.add(id, message, self.manifest.place(find(self.table, path)), path=written(path))

    def blame_policy(self, path: Path, message: str) -> None:
        self.blame((POLICIES, *path), ErrorId.POLICY_INVALID, message)

    def allowed(self, prefixes: Iterable[str]) -> Iterator[str]:
        """Where row files may be, each in the one way to write it."""
        for index, prefix in enumerate(prefixes):
            try:
                yield normal(prefix)
            except BadUrl as error:
                self.blame((SOURCES, "allow", index), ErrorId.SOURCES_INVALID, str(error))

    def manifests(self, data: Mapping[str, Any]) -> tuple[tuple[str, Source], ...] | None:
        if MANIFESTS not in data:
            return None
        places = (self.manifest.place(find(self.table, (MANIFESTS, index))) for index in range(len(data[MANIFESTS])))
        return tuple(zip(data[MANIFESTS], places, strict=True))

    def targets(self, given: Iterable[Mapping[str, Any]]) -> Iterator[NotifyTarget]:
        """Who is told: by variable, which is no client's password."""
        kept = environments.reserved(self.root)
        for index, each in enumerate(given):
            variable = each.get("url", "").removeprefix("${env.").removesuffix("}")
            if not variable or variable in kept:
                self.blame(
                    (NOTIFY, index),
                    ErrorId.FIELD_REQUIRED,
                    "needs `url: ${env.NAME}`, a variable that no `credentials` name",
                )
            yield NotifyTarget(variable, tuple(each["on"]))

    def settings(self, data: Mapping[str, Any], zones: Mapping[str, ZoneInfo]) -> Settings:
        """The settings; nobody uses them when something was reported."""
        plain = ("project", "timezone", "server_timezone", "region", "number_format", "state", "checks")
        own = {"floor" if limit == "from" else limit: value for limit, value in data.get("safety", {}).items()}
        return Settings(
            directory=self.folder.root,
            endpoint=data.get("endpoint", ""),
            endpoint_hidden="endpoint" in self.secret,
            state_hidden="state" in self.secret,
            environment=self.given.name,
            safety=Safety(**own),
            credentials=self.credentials(),
            sources=tuple(self.allowed(data.get(SOURCES, {}).get("allow", ()))),
            waivers=tuple(
                Waiver(**waiver, source=self.manifest.place(find(self.table, ("waivers", index))))
                for index, waiver in enumerate(data.get("waivers", ()))
            ),
            positions={name: self.manifest.place(node) for name, (_, node) in self.table.entries.items()},
            notify=tuple(self.targets(data.get(NOTIFY, ()))),
            rules=rules_of(data.get(RULES, ()), zones.get("timezone", UTC), self.table, self.manifest, self.report),
            policies=policies(data.get(POLICIES, {}), self.blame_policy),
            **{name: data[name] for name in plain if name in data},
        )
