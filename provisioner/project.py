"""A project as it is declared: its settings, what is allowed in it, and its resources. Frozen values, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from typing import Any

from provisioner.model import SENSITIVE, Address, Finding, Resource, Source, Unknown


@dataclass(frozen=True, slots=True)
class Safety:
    """Thresholds: percentages of live rows or of recorded resources, from `floor` members on."""

    max_update_percent: int = 30
    max_remove_percent: int = 30
    floor: int = 10


@dataclass(frozen=True, slots=True)
class Waiver:
    """An accepted finding of a check: it stays visible and stops refusing, `until` a date (ISO, inclusive)."""

    check: str
    address: str
    reason: str
    until: str
    source: Source | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class RuleExample:
    """What a rule has to say (`expect`: pass, fail or error) of something planned; values in manifest shape.

    What of `rows` and `plan` is left out is zero or empty; `action` is `create` where `before` is None, else `update`.
    """

    expect: str
    resource: Mapping[str, Any]
    name: str = ""
    before: Mapping[str, Any] | None = None
    action: str = ""
    rows: Mapping[str, int] | None = None
    plan: Mapping[str, Any] = field(default_factory=dict)
    source: Source | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ProjectRule:
    """A rule of one's own about what a plan leaves behind, in CEL: where `when` is true, `require` has to be.

    `kind` limits it to resources of one kind; `positions` are the places of its expressions.
    """

    id: str
    require: str
    severity: str
    message: str
    kind: str = ""
    when: str = ""
    examples: tuple[RuleExample, ...] = ()
    source: Source | None = field(default=None, compare=False)
    positions: Mapping[str, Source] = field(default_factory=dict, compare=False)


ClockSpan = tuple[time, time]


@dataclass(frozen=True, slots=True)
class Policy:
    """When people may be called, and how often: a law, or a rule of one's own.

    It is about calls with one of `purposes` to numbers of `region` (ISO 3166), from the day `since` on. `hours` are
    the open stretches (from, to) of every weekday, Monday first, `holidays` those of single days in their place, in
    `timezone`, the one of the people called; a day without any is closed. One number gets at most `most_calls` calls
    within `per_hours` hours (None: any number). `unless` says what makes an exception of it.
    """

    name: str
    title: str
    source: str
    version: str
    since: date
    purposes: tuple[str, ...]
    region: str
    timezone: str
    hours: tuple[tuple[ClockSpan, ...], ...]
    holidays: Mapping[date, tuple[ClockSpan, ...]] = field(default_factory=dict)
    most_calls: int | None = None
    per_hours: int = 24
    unless: str = ""

    def open_on(self, day: date) -> tuple[ClockSpan, ...]:
        """When people may be called on one day where they are, in order; the whole day before the rule is in force."""
        if day < self.since:
            return ((time.min, time.max),)
        return self.holidays.get(day, self.hours[day.weekday()])


@dataclass(frozen=True, slots=True)
class CredentialNames:
    """The environment variables that say who logs in; an empty name is one that does not count here.

    Names alone, no values: these are asked for by what logs in (`api.credentials_from`). `user` is a user name that
    stands in alice.yaml, in place of a variable. `source` is where `credentials:` stands; None: there is none.
    """

    username: str = "ALICE_USERNAME"
    password: str = "ALICE_PASSWORD"
    token: str = "ALICE_TOKEN"
    user: str = ""
    source: Source | None = field(default=None, compare=False)

    @property
    def given(self) -> tuple[str, ...]:
        """The names that count."""
        return tuple(filter(None, (self.username, self.password, self.token)))

    @property
    def advice(self) -> str:
        """What to do without a value."""
        pair = " and ".join(filter(None, (self.username, self.password)))
        return f"set {', or '.join(filter(None, (pair, self.token)))}"


@dataclass(frozen=True, slots=True)
class NotifyTarget:
    """Who is told of which events: the environment variable that holds where, and their names."""

    variable: str
    on: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """`alice.yaml` after the environment and the command line have been laid over it.

    `position(path)` is where a key was written; what came from elsewhere has none of its own. `endpoint_hidden`: the
    address of Alice holds a value of the environment, so it is never shown; `state_hidden` likewise.
    `sources` are prefixes of URLs at
    which row files may be. `credentials` are `Unknown` where alice.yaml has some that cannot be understood: then nobody
    logs in, with others' neither.
    """

    directory: Path
    endpoint: str
    project: str | None = None
    environment: str = "default"
    timezone: str = "UTC"
    server_timezone: str | None = None
    region: str | None = None
    number_format: str = "national"
    state: str = "sqlite:///.alice/state.db"
    safety: Safety = Safety()
    checks: Mapping[str, str] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()
    policies: tuple[Policy, ...] = ()
    rules: tuple[ProjectRule, ...] = ()
    positions: Mapping[str, Source] = field(default_factory=dict, compare=False)
    endpoint_hidden: bool = False
    state_hidden: bool = False
    sources: tuple[str, ...] = ()
    notify: tuple[NotifyTarget, ...] = ()
    credentials: CredentialNames | Unknown = CredentialNames()

    @property
    def endpoint_shown(self) -> str:
        """The address of Alice as people see it."""
        return SENSITIVE if self.endpoint_hidden else self.endpoint

    def position(self, path: str) -> Source:
        """Where a key was written, else where the file begins."""
        return self.positions.get(path, Source("alice.yaml", 1, 1))


@dataclass(frozen=True, slots=True)
class Project:
    """Everything the manifests say: settings, and resources by address in declared order.

    `private` are the variables of the command line whose values reached a row, a number or a password, or nothing.
    `findings` are about what is written, known before anything is asked of Alice.
    """

    settings: Settings
    resources: Mapping[Address, Resource]
    private: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()
