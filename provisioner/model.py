"""The nouns: frozen values that every other module passes around. No I/O, no knowledge of YAML, HTTP or SQL.

The way of a value: a manifest becomes `Resource`s (desired), API payloads become `LiveObject`s (live), the state store
holds `Recorded`s; planning compares the three into a `Plan`; applying turns its changes into `Outcome`s.

Field values are in *manifest shape* everywhere between the ends: text is NFC and trimmed (empty is None), codes are
names, datetimes are aware, daily times are in the project's time zone, relations are `Reference`s when declared and
remote ids when live.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Any

from provisioner.language import gettext
from provisioner.reminders import Agenda

# What a field may hold in manifest shape: text, numbers, booleans, None, datetimes, times, `Reference`s or remote ids,
# mappings, and tuples of these (a list that nobody can change).
Value = Any
Fields = Mapping[str, Any]
Labels = Mapping[str, str]

SENSITIVE = "(sensitive)"
KNOWN_AFTER_APPLY = "(known after apply)"
NO_LABELS: Labels = MappingProxyType({})  # one for all

_CODE = re.compile(r"(?!null$)[\w-]+")
_INSTANCE = re.compile(r"\[([^\]]*)\]")


@dataclass(frozen=True, slots=True)
class Unknown:
    """What is there and could not be read or understood: it may be anything, so it closes gates and opens none.

    Three things are told apart wherever something was asked of the account: a value (known), None or an empty tuple
    (known to be absent), and this, with the `reason` for people: a code, a status, never a text that somebody typed.
    """

    reason: str

    def __str__(self) -> str:
        return gettext("({doubt})", doubt=self.told)

    @property
    def told(self) -> str:
        """`unknown code 11`, or why else it is not known."""
        if _CODE.fullmatch(self.reason):
            return gettext("unknown code {code}", code=self.reason)
        return gettext("not known: {reason}", reason=self.reason)


# What a field that an answer leaves out reads as, where that decides something.
NOT_SHOWN = Unknown(gettext("not shown"))


def members(value: Any) -> tuple[Any, ...]:
    """The members of a list field as far as they are known: whoever decides by them asks for `Unknown` first."""
    return () if value is None or isinstance(value, Unknown) else tuple(value)


def may_hold(value: Any, wanted: Collection[Any]) -> bool:
    """Whether a list field holds one of these; one that cannot be read may."""
    return isinstance(value, Unknown) or any(each in wanted for each in members(value))


@dataclass(frozen=True, order=True, slots=True)
class Address:
    """`kind.key`, the identity of a resource inside the tool. A section's key is `survey-key.section-key`.

    What a for_each makes has its key in brackets: `campaign.tet[hanoi]`, `section.welcome[hanoi].greeting`.
    """

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
        return cls(sys.intern(kind), key)

    def keyed(self, key: str) -> Address:
        """The address of what a for_each makes for a key."""
        return Address(self.kind, f"{self.key}[{key}]")

    @property
    def group(self) -> Address:
        """The declaration that it comes from, which has one address for all keys of a for_each."""
        return Address(self.kind, _INSTANCE.sub("", self.key)) if "[" in self.key else self

    @property
    def instance(self) -> str:
        """Its key of a for_each, `hanoi`; of one inside another both, `hanoi/morning`; "" without any."""
        return "/".join(_INSTANCE.findall(self.key))

    @property
    def names(self) -> tuple[Address, ...]:
        """Every address that names it: its own first, and those of all that a for_each makes, which lack a key."""
        if "[" not in self.key:
            return (self,)
        forms = [(part, part.partition("[")[0]) if "[" in part else (part,) for part in self.key.split(".")]
        return tuple(Address(self.kind, ".".join(parts)) for parts in product(*forms))


def covered(named: Iterable[Address], known: Iterable[Address]) -> frozenset[Address]:
    """Those of the known that somebody has named, one by one or all of a for_each at once."""
    wanted = frozenset(named)
    return frozenset(each for each in known if not wanted.isdisjoint(each.names)) if wanted else wanted


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
class Query:
    """Rows that a database is asked for: one SELECT and the URL, which is never shown, with the places of both."""

    text: str = field(repr=False)
    database: str = field(repr=False)
    source: Source
    database_source: Source


@dataclass(frozen=True, slots=True)
class SecondRound:
    """Rows that something that was started has dialled, by what became of each.

    Those with one of the `outcomes` and at most so many attempts, less whoever answered any of `reached_by`. All of
    these have to be at rest unless `allow_running`. `source` is the place to blame.
    """

    of: Reference
    outcomes: tuple[str, ...]
    source: Source
    most_attempts: int | None = None
    reached_by: tuple[Reference, ...] = ()
    allow_running: bool = False


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A row file elsewhere, by its URL in the one way to write it, where it is declared, and what `sources` allows."""

    url: str
    source: Source
    allowed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """Where rows (contacts, DNC numbers, appointments) come from; the rows themselves are read by `rows` only.

    `files` are existing files inside the project (globs expanded), `inline` are mappings of text in manifest shape,
    `columns` maps fields to column names, `variable_columns` variables that are called otherwise than their columns,
    `source` is the place to blame. `unshown`: names of files, columns and what
    stands in the filter may hold what is not shown. `encoding` is that of text files, `sheet` one of a spreadsheet's.
    `query` asks a database for rows, `remote` are files elsewhere.
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
    encoding: str | None = None
    sheet: str | None = None
    agenda: Agenda | None = None
    variable_columns: Mapping[str, str] = field(default_factory=dict)
    query: Query | None = None
    second_round: SecondRound | None = None
    remote: tuple[RemoteFile, ...] = ()


@dataclass(frozen=True, slots=True)
class LifecycleRules:
    """What the user forbids the tool to do with a resource."""

    prevent_delete: bool = False
    ignore_changes: tuple[str, ...] = ()


UNRESTRICTED = LifecycleRules()


@dataclass(frozen=True, slots=True)
class Resource:
    """One declared object. `fields` holds what is managed, `settings` what is for the tool alone (not sent).

    `labels` tell objects apart for rules, targeting and reports, and are no part of what is compared or agreed to; a
    value that is not to be shown is `(sensitive)` there.
    `position(path)` is where a field was written; `sensitive` names the fields whose value came from `${env.X}`.
    """

    address: Address
    fields: Fields
    source: Source
    positions: Mapping[str, Source] = field(default_factory=dict, compare=False)
    settings: Mapping[str, Any] = field(default_factory=dict)
    rows: Rows | None = None
    appointments: Rows | None = None
    pin: int | None = None
    renamed_from: str | None = None
    lifecycle: LifecycleRules = UNRESTRICTED
    sensitive: frozenset[str] = frozenset()
    labels: Labels = field(default_factory=lambda: NO_LABELS)

    def position(self, path: str) -> Source:
        """Where the field was written, else where the resource begins."""
        return self.positions.get(path, self.source)

    @property
    def rows_source(self) -> Source:
        """Where its rows are declared, else where the resource begins."""
        return (self.rows or self.appointments or self).source

    def references(self) -> Iterator[tuple[str, Reference]]:
        """Every relation with the path of its field."""
        yield from _references(self.fields)

    def mentions(self) -> Iterator[tuple[str, Reference]]:
        """The relations, then what settings refer to."""
        yield from _references(self.fields)
        yield from _references(self.settings)


def _references(values: Mapping[str, Any]) -> Iterator[tuple[str, Reference]]:
    for path, value in values.items():
        if isinstance(value, Reference):
            yield path, value
        elif isinstance(value, (tuple, list)):
            yield from ((path, part) for part in value if isinstance(part, Reference))


@dataclass(frozen=True, slots=True)
class LiveObject:
    """One object of the account as the API shows it now, in manifest shape.

    A field missing from `fields` is one the server does not show. Relations are remote ids (a list is a sorted
    tuple). `payload` is what of the answer is not in them, as it came, to be sent back; it is never printed.
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
