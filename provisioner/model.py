"""The nouns: frozen values that every other module passes around. No I/O, no knowledge of YAML, HTTP or SQL.

The way of a value: a manifest becomes `Resource`s (desired), API payloads become `LiveObject`s (live), the state store
holds `Recorded`s; planning compares the three into a `Plan`; applying turns its changes into `Outcome`s.

Field values are in *manifest shape* everywhere between the ends: text is NFC and trimmed (empty is None), codes are
names, datetimes are aware, daily times are in the project's time zone, relations are `Reference`s when declared and
remote ids when live.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from pathlib import Path
from typing import Any

# What a field may hold in manifest shape: text, numbers, booleans, None, datetimes, times, `Reference`s or remote ids,
# mappings, and tuples of these (a list that nobody can change).
Value = Any
Fields = Mapping[str, Any]

SENSITIVE = "(sensitive)"
KNOWN_AFTER_APPLY = "(known after apply)"


_CODE = re.compile(r"(?!null$)[\w-]+")


@dataclass(frozen=True, slots=True)
class Unknown:
    """What is there and could not be read or understood: it may be anything, so it closes gates and opens none.

    Three things are told apart wherever something was asked of the account: a value (known), None or an empty tuple
    (known to be absent), and this, with the `reason` for people: a code, a status, never a text that somebody typed.
    """

    reason: str

    def __str__(self) -> str:
        return f"({self.told})"

    @property
    def told(self) -> str:
        """`unknown code 11`, or why else it is not known."""
        return f"unknown code {self.reason}" if _CODE.fullmatch(self.reason) else f"not known: {self.reason}"


NOT_SHOWN = Unknown("not shown")  # what a field that an answer leaves out reads as, where that decides something


def members(value: Any) -> tuple[Any, ...]:
    """The members of a list field as far as they are known: whoever decides by them asks for `Unknown` first."""
    return () if value is None or isinstance(value, Unknown) else tuple(value)


def may_hold(value: Any, wanted: Collection[Any]) -> bool:
    """Whether a list field holds one of these; one that cannot be read may."""
    return isinstance(value, Unknown) or any(each in wanted for each in members(value))


@dataclass(frozen=True, order=True, slots=True)
class Address:
    """`kind.key`, the identity of a resource inside the tool. A section's key is `survey-key.section-key`."""

    kind: str
    key: str

    def __str__(self) -> str:
        return f"{self.kind}.{self.key}"

    @classmethod
    def parse(cls, text: str) -> Address:
        """Inverse of `str`; raises ValueError when there is no dot, an empty part or a sign that cannot be printed."""
        kind, dot, key = text.partition(".")
        if not (kind and dot and key and text.isprintable()):
            raise ValueError(f"{text!r} is not an address like campaign.tet-2027")
        return cls(kind, key)


@dataclass(frozen=True, order=True, slots=True)
class Source:
    """A place in a file; line and column count from 1, the file is relative to the project."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        """A file name that is no text (bytes of another encoding) is written out: JSON and XML cannot hold it."""
        file = self.file if self.file.isascii() else self.file.encode(errors="backslashreplace").decode()
        return f"{file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Reference:
    """A relation as it was written: `by` says how the object is named.

    key       a resource of this project (`value` is its key)
    name, id  an object that is not managed here
    campaign  only for sealed surveys: the copy that starting that campaign of this project makes

    `bare`: a name that was written without `{name: }`, where no key is possible.
    """

    kind: str
    by: str
    value: str | int
    bare: bool = field(default=False, compare=False)

    @property
    def written(self) -> Any:
        """The form in the manifest: a bare key or name, or a mapping such as `{name: Old list}`."""
        return self.value if self.by == "key" or self.bare else {self.by: self.value}


@dataclass(frozen=True, slots=True)
class Rows:
    """Where the rows of a phonebook or a DNC list come from; the rows themselves are read by `contacts` only.

    `files` are existing files inside the project (globs expanded), `inline` are mappings of text in manifest shape,
    `columns` maps fields to column names, `source` is the place to blame. `unshown`: names of files, columns and what
    stands in the filter may hold what is not shown.
    """

    source: Source
    files: tuple[Path, ...] = ()
    inline: tuple[Mapping[str, Any], ...] = ()
    inline_sources: tuple[Source, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    variables: tuple[str, ...] = ()
    defaults: Mapping[str, str] = field(default_factory=dict)
    filter: str | None = None
    on_missing: str = "deactivate"
    on_duplicate: str = "error"
    invalid: str = "error"
    dnc: str = "error"
    unshown: bool = False


@dataclass(frozen=True, slots=True)
class LifecycleRules:
    """What the user forbids the tool to do with a resource."""

    prevent_delete: bool = False
    ignore_changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resource:
    """One declared object. `fields` holds what is managed, `settings` what is for the tool alone (not sent).

    `position(path)` is where a field was written; `sensitive` names the fields whose value came from `${env.X}`.
    """

    address: Address
    fields: Fields
    source: Source
    positions: Mapping[str, Source] = field(default_factory=dict, compare=False)
    settings: Mapping[str, Any] = field(default_factory=dict)
    rows: Rows | None = None
    pin: int | None = None
    renamed_from: str | None = None
    lifecycle: LifecycleRules = LifecycleRules()
    sensitive: frozenset[str] = frozenset()

    def position(self, path: str) -> Source:
        """Where the field was written, else where the resource begins."""
        return self.positions.get(path, self.source)

    @property
    def rows_source(self) -> Source:
        """Where its rows are declared, else where the resource begins."""
        return self.rows.source if self.rows else self.source

    def references(self) -> Iterator[tuple[str, Reference]]:
        """Every relation with the path of its field."""
        yield from _references(self.fields)

    def mentions(self) -> Iterator[tuple[str, Reference]]:
        """The relations, then what settings refer to."""
        yield from _references(self.fields)
        yield from _references(self.settings)


def _references(values: Mapping[str, Any]) -> Iterator[tuple[str, Reference]]:
    for path, value in values.items():
        for part in value if isinstance(value, tuple | list) else (value,):
            if isinstance(part, Reference):
                yield path, part


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


Stretch = tuple[time, time]


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
    hours: tuple[tuple[Stretch, ...], ...]
    holidays: Mapping[date, tuple[Stretch, ...]] = field(default_factory=dict)
    most_calls: int | None = None
    per_hours: int = 24
    unless: str = ""

    def open_on(self, day: date) -> tuple[Stretch, ...]:
        """When people may be called on one day where they are, in order; the whole day before the rule is in force."""
        if day < self.since:
            return ((time.min, time.max),)
        return self.holidays.get(day, self.hours[day.weekday()])


@dataclass(frozen=True, slots=True)
class Settings:
    """`alice.yaml` after the environment and the command line have been laid over it.

    `position(path)` is where a key was written; what came from elsewhere has none of its own.
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
    positions: Mapping[str, Source] = field(default_factory=dict, compare=False)

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


@dataclass(frozen=True, slots=True)
class LiveObject:
    """One object of the account as the API shows it now, in manifest shape.

    A field missing from `fields` is one the server does not show. Relations are remote ids (a list is a sorted
    tuple). `payload` is the answer as it came, for what must be sent back untouched; it is never printed.
    """

    kind: str
    id: int
    fields: Fields
    user: str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def shows(self, name: str) -> bool:
        """Whether a field is shown in a form that is understood; one that is left out is not known to be empty."""
        return not isinstance(self.fields.get(name, NOT_SHOWN), Unknown)


@dataclass(frozen=True, slots=True)
class Listing:
    """All live objects of a kind, or the reason why the server does not show them."""

    kind: str
    objects: tuple[LiveObject, ...] = ()
    unreadable: str | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What we last applied to one address. `fields` are JSON values; sensitive ones are in `digests` (keyed hashes).

    `ignored` maps a path to what was sent and what the server kept instead ({"sent": ..., "received": ...});
    `forms` likewise for text that the server rewrites and that counts as equal. `protected`: it was declared with
    `lifecycle.prevent_delete`, which outlives its declaration.
    """

    address: Address
    remote_id: int
    fields: Fields = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    depends_on: tuple[Address, ...] = ()
    ignored: Mapping[str, Any] = field(default_factory=dict)
    forms: Mapping[str, Any] = field(default_factory=dict)
    created: bool = False
    user: str | None = None
    protected: bool = False


class Action(StrEnum):
    """What a change does to its address."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    ADOPT = "adopt"
    FORGET = "forget"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field before and after, in manifest shape; None is absent."""

    path: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Change:
    """One step on one address.

    create   fields: every declared one, before is None       remote_id None until applied
    update   fields: those that differ                        remote_id of the live object
    replace  fields: those that differ                        remote_id of the object that goes
    adopt    fields: those that differ, often none            remote_id of the live object
    delete, forget                                            no fields
    `calls`: telephones ring because of it. `reason` explains and is never read by code.
    """

    address: Address
    action: Action
    fields: tuple[FieldChange, ...] = ()
    calls: bool = False
    reason: str = ""
    remote_id: int | None = None

    @property
    def writes(self) -> bool:
        """Whether anything is sent to Alice."""
        return self.action is not Action.FORGET and (self.action is not Action.ADOPT or bool(self.fields))


DUPLICATE, LISTED, FILTERED = "duplicate", "do-not-call", "filter"  # why a valid row is left out


@dataclass(frozen=True, slots=True)
class RowChange:
    """What happens to the rows of one phonebook or DNC list: counts, and a keyed digest of the change set.

    `left_out` counts the declared rows that are not compared, by reason: the codes of invalid rows
    (`contacts.reasons`), and DUPLICATE, LISTED, FILTERED.
    """

    address: Address
    add: int = 0
    change: int = 0
    remove: int = 0
    unchanged: int = 0
    invalid: int = 0
    duplicate: int = 0
    calls: int = 0
    digest: str = ""
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def writes(self) -> bool:
        """Whether any row is sent to Alice."""
        return bool(self.add or self.change or self.remove)


@dataclass(frozen=True, slots=True)
class Deferred:
    """An address that has to wait for something nobody in this plan makes."""

    address: Address
    reason: str


@dataclass(frozen=True, order=True, slots=True)
class Link:
    """One address, and another that must be there before it."""

    address: Address
    needs: Address


@dataclass(frozen=True, slots=True)
class Drift:
    """Fields that differ between what we recorded and what is live, not by us; none: it is gone. For people only."""

    address: Address
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check or the planner has to say about an address; an error refuses what it is about.

    `justification`: why it was waived, and until when.
    """

    id: str
    severity: str
    message: str
    address: Address | None = None
    source: Source | None = None
    waived: bool = False
    justification: str = ""


@dataclass(frozen=True, slots=True)
class Calls:
    """What would ring: campaigns started, active contacts newly dialled, alarms."""

    campaigns: int = 0
    contacts: int = 0
    alarms: int = 0


@dataclass(frozen=True, slots=True)
class Bound:
    """How many there are, as far as it is known: at least `least`, at most `most`.

    `most` None: nobody knows how many more there are, and `reason` says why. Never a number that may be too small.
    """

    least: int = 0
    most: int | None = 0
    reason: str = ""

    @classmethod
    def exact(cls, number: int) -> Bound:
        """So many, no more and no less."""
        return cls(number, number)

    @classmethod
    def at_most(cls, number: int) -> Bound:
        """Perhaps fewer."""
        return cls(0, number)

    @classmethod
    def unknown(cls, reason: str, least: int = 0) -> Bound:
        """Perhaps more, and nobody knows how many."""
        return cls(least, None, reason)

    def __bool__(self) -> bool:
        """Whether there may be any."""
        return self.most != 0

    def __add__(self, other: Bound) -> Bound:
        most = None if self.most is None or other.most is None else self.most + other.most
        return Bound(self.least + other.least, most, self.reason or other.reason)

    def times(self, number: int) -> Bound:
        """Each of them so often at most."""
        return Bound(self.least, None if self.most is None else self.most * number, self.reason)

    def capped(self, limit: Bound) -> Bound:
        """Not more than the limit allows; an unknown limit allows any number."""
        if limit.most is None:
            return self
        most = None if self.most is None else min(self.most, limit.most)
        return Bound(min(self.least, limit.most), most, self.reason)

    def less(self, part: Bound) -> Bound:
        """The others, when some of them are taken away."""
        least = 0 if part.most is None else max(0, self.least - part.most)
        return Bound(least, None if self.most is None else max(0, self.most - part.least), self.reason)


NONE = Bound()


class Whose(StrEnum):
    """Who answers for what dials: this project, another one of the account, or another user of Alice."""

    DECLARED = "declared"
    UNDECLARED = "undeclared"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Course:
    """How the calls of one campaign will run from now on, by the rule of docs/alice-api.md#calling-window.

    `label` is its name on Alice, `address` None when it is not declared here, `whose` says who declares it. `starts`:
    it runs after this plan, or may, or else would only if somebody started it; `status` is how a live one stands, ""
    for one that is not there yet; `doubt` says why it is not known whether it runs. `contacts` are those still to be
    called; `rings` those of them that are called because of this plan.
    `windows` are the first stretches (from, to) in which it may dial, in order, from now until expiry; there is a most.
    `curve` are points (moment, calls made until then), straight between them, until it finishes or expires.
    `reached` are the contacts called by expiry (None: not known), `finishes` the moment of the last call or None.
    `needed_frequency` and `needed_days` say what would finish it in time, each alone; None when nothing is needed or
    nothing would help.
    """

    label: str
    gateway: str
    frequency: int
    contacts: Bound
    expires: datetime
    address: Address | None = None
    starts: bool = True
    rings: Bound = NONE
    windows: tuple[tuple[datetime, datetime], ...] = ()
    curve: tuple[tuple[datetime, int], ...] = ()
    reached: int | None = 0
    finishes: datetime | None = None
    needed_frequency: int | None = None
    needed_days: int | None = None
    whose: Whose = Whose.DECLARED
    doubt: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """What one gateway has to carry: calls per hour in `hours` (start of the hour, calls), by all its campaigns.

    `limit` are the calls it takes at a time, `hold` the seconds a call is taken to last, `measured` how many call
    records say so (0: an assumption). `peak` are the most calls at a time within any five minutes, `peak_at` when
    these begin, `peak_of` the labels of the campaigns that make it. Of each campaign `hours` has the first days only.
    """

    gateway: str
    limit: int | None
    hold: int
    measured: int = 0
    hours: tuple[tuple[datetime, int], ...] = ()
    peak: float = 0.0
    peak_at: datetime | None = None
    peak_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Impact:
    """Who is called: so many calls to so many people, between two moments, over these gateways (by name).

    Whoever is in two phonebooks is one person, as far as that is known. `doubts` say what is not known of it.
    """

    calls: Bound = NONE
    people: Bound = NONE
    first: datetime | None = None
    last: datetime | None = None
    gateways: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anybody may be called."""
        return bool(self.calls) or bool(self.doubts)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What will happen to people once the plan is applied.

    `impact` is what this plan makes ring, `running` what else goes on ringing, declared here or not, `undeclared` the
    part of that which nobody declares here; `total` is all of it. `alarms` are the moments at which alarms ring, by
    address, with a stand-in (`alarm.#909`) for one that has none; `legal` daily hours (from, to) by address, where a
    policy gives some, in the zone of the people called.
    """

    courses: tuple[Course, ...] = ()
    loads: tuple[Load, ...] = ()
    alarms: tuple[tuple[Address, datetime], ...] = ()
    legal: tuple[tuple[Address, time, time], ...] = ()
    impact: Impact = Impact()
    running: Impact = Impact()
    undeclared: Impact = Impact()
    total: Impact = Impact()


@dataclass(frozen=True, slots=True)
class Plan:
    """What apply would do, in order. Everything that is shown or saved is derived from this.

    `links` say what depends on what, as far as something here touches it; `timezone` is the project's, the one in which
    moments are shown to people; `checks` are the ids of those that ran, whether or not they found anything.
    """

    tool_version: str
    project: str | None
    environment: str
    endpoint: str
    created_at: datetime
    options: Mapping[str, Any] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    rows: tuple[RowChange, ...] = ()
    deferred: tuple[Deferred, ...] = ()
    drift: tuple[Drift, ...] = ()
    findings: tuple[Finding, ...] = ()
    calls: Calls = Calls()
    outlook: Outlook = Outlook()
    fingerprint: str = ""
    refusals: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    timezone: str = "UTC"
    checks: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """True when apply would send no write at all."""
        return not any(change.writes for change in self.changes) and not any(rows.writes for rows in self.rows)

    @property
    def rings(self) -> bool:
        """True when anything in it makes telephones ring."""
        return any(change.calls for change in self.changes) or any(rows.calls for rows in self.rows)

    def summary(self) -> dict[str, int]:
        """How many addresses per action, rows not included; keys in the order of `Action`."""
        actions = [change.action for change in self.changes]
        return {action.value: actions.count(action) for action in Action}


class Result(StrEnum):
    """How applying one change ended."""

    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"
    DEFERRED = "deferred"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one change; `action` is an `Action`, or `rows` for the rows of an address."""

    address: Address
    action: str
    result: Result
    message: str = ""
