"""What a kind is: a declaration that the generic layers read. They never mention a kind by name.

A kind file holds one `KIND` and, where the API is odd, small pure functions on values in manifest shape.
See docs/alice-api.md#resources and #side-effects.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from provisioner.model import Fields, LiveObject, Unknown
from provisioner.project import Settings
from provisioner.resources.fields import Choice, DailyTime, Field, Relation, Text, Update, remote_id, shift
from provisioner.resources.startable import Lifecycle

Writable = Mapping[str, Mapping[str, Any]] | None  # what OPTIONS says of the fields that a client may write
RELATION = "field"  # what DRF's OPTIONS calls the type of one

# What servers set themselves; asked only where OPTIONS does not say what is read-only.
COMPUTED = frozenset({"id", "url", "user", "created_date", "updated_date"})


@dataclass(frozen=True, slots=True)
class Zones:
    """The zone manifests speak, and the one daily windows are in on the server (None: sent as declared)."""

    project: ZoneInfo
    server: ZoneInfo | None = None

    @classmethod
    def of(cls, settings: Settings) -> Zones:
        """The zones that a project names."""
        server = ZoneInfo(settings.server_timezone) if settings.server_timezone else None
        return cls(ZoneInfo(settings.timezone), server)

    def local(self, value: Any) -> Any:
        """A datetime in the project's zone, the one that people read; anything else as it is."""
        return value.astimezone(self.project) if isinstance(value, datetime) else value

    def to_server(self, moment: Any) -> timedelta:
        """What to add to a project-zone time of day, with the offsets in force at `moment`; nothing without one."""
        if self.server is None or not isinstance(moment, datetime):
            return timedelta(0)
        local, remote = moment.astimezone(self.project).utcoffset(), moment.astimezone(self.server).utcoffset()
        return (remote or timedelta(0)) - (local or timedelta(0))


@dataclass(frozen=True, slots=True)
class Filter:
    """A documented list filter: its name, and how a row is re-checked on our side (docs/alice-api.md#filters).

    `how`: exact | contains | from | to | related. `fields` are the wire fields it looks at. `choices` are all values
    there are; `codes` those of a coded field by their names, either of which people may write. `to` is the kind of what
    is related, where people may write its key or its name as well.
    """

    name: str
    help: str
    fields: tuple[str, ...] = ()
    how: str = "exact"
    choices: tuple[str, ...] = ()
    codes: Mapping[str, int] = dataclasses.field(default_factory=dict)
    to: str = ""

    @property
    def coded(self) -> str:
        """`started (1), paused (2)`, in the order of the codes; "" for what has none."""
        return ", ".join(f"{name} ({code})" for name, code in sorted(self.codes.items(), key=lambda each: each[1]))


@dataclass(frozen=True, slots=True)
class Speech:
    """What is said: the first declared of `texts`, in the parent's `language` (a field), else in the `usual` one."""

    texts: tuple[str, ...]
    language: str
    usual: str


@dataclass(frozen=True, slots=True)
class RowOwner:
    """A kind that owns rows: the row kind, its relation to us, and the manifest key that declares them."""

    kind: str
    parent: str
    declared: str
    additive: bool = False


@dataclass(frozen=True, slots=True)
class Verbs:
    """Documented verbs (docs/alice-api.md#endpoints); what else exists is found out with OPTIONS."""

    list: bool = True
    get: bool = False
    create: bool = True
    update: bool = False
    delete: bool = False


# What is wrong with the declared fields of one resource: (field, what and what to do). Fields that are wrong already,
# or not declared, are missing from the mapping.
Rule = Callable[[Fields, Zones], Iterator[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Kind:
    """Everything the generic layers know of a kind.

    `collection` is its key in manifests ("" when it cannot be declared at top level), `plural` its name in commands.
    `natural_key` are the fields that identify a live object; `identity` all that an unknown outcome is looked up by.
    `facts` are fields that are read and never declared. `moves`: some of them, or the object, change by themselves, so
    that a PUT has to send what was read right before it.
    `shown` are wire fields worth a column in `get`; `settings` manifest keys that are never sent.
    `owner` is a relation outside the natural key that everything of this kind hangs on; `advice` says what to do by
    hand about a field that is never sent again.
    `over` says why an object is past (or ""), `rings` whether a write from `before` (None: create) to `after` makes
    telephones ring, `armed` whether a live one may be about to ring, so that any update may make it ring again. `rules`
    look at the fields of one declared resource together.
    `notice` names the field that says when one rings by itself ("" when it does not), `about` the relation to what it
    is about, and the field there that says when that begins. `purpose` is what its calls are for where that cannot be
    declared.
    `tags` is what scripts may say of a row as `{tag}`, with the field behind it; variables come besides.
    `most` is how many of them one user is known to get (docs/alice-api.md#uniqueness-and-limits); 0: nobody knows.
    `named_by` is for kinds that cannot be declared: forms of a reference beside name and id, and the declared kind
    whose key they take. Without the form `key` a bare text is the object's name.
    """

    name: str
    plural: str
    path: str
    title: str
    collection: str = ""
    fields: tuple[Field, ...] = ()
    natural_key: tuple[str, ...] = ()
    identity: tuple[str, ...] = ()
    verbs: Verbs = Verbs()
    parent: str = ""
    ordered: bool = False
    filters: tuple[Filter, ...] = ()
    shown: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    facts: tuple[Field, ...] = ()
    moves: bool = False
    sample: str = ""
    rows: RowOwner | None = None
    lifecycle: Lifecycle | None = None
    over: Callable[[Fields, datetime], str] = lambda fields, now: ""
    rings: Callable[[Fields | None, Fields], bool] = lambda before, after: False
    armed: Callable[[Fields, datetime], bool] = lambda fields, now: False
    rules: tuple[Rule, ...] = ()
    named_by: Mapping[str, str] = dataclasses.field(default_factory=dict)
    personal: bool = False
    owner: str = ""
    notice: str = ""
    purpose: str = ""
    about: tuple[str, str] = ("", "")
    speech: Speech | None = None
    tags: Mapping[str, str] = dataclasses.field(default_factory=dict)
    most: int = 0
    advice: Mapping[str, str] = dataclasses.field(default_factory=dict)
    _relations: tuple[Relation, ...] = dataclasses.field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        relations = tuple(field for field in self.fields if isinstance(field, Relation))
        object.__setattr__(self, "_relations", relations)  # asked for each of many objects

    def field(self, name: str) -> Field:
        """The declared field of that manifest name; KeyError if there is none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(f"{self.name} has no field {name!r}")

    @property
    def about_people(self) -> bool:
        """Whether its objects are people's, or people write about people in them."""
        return self.personal or any(isinstance(field, Text) and field.personal for field in self.fields)

    def choice(self, key: str) -> Choice | None:
        """The coded field of that name on the wire."""
        return next((f for f in (*self.fields, *self.facts) if isinstance(f, Choice) and f.key == key), None)

    @property
    def label(self) -> str:
        """The field that people call one by, of those that identify it; "" when none of them is a plain text."""
        texts = {field.name for field in (*self.fields, *self.facts) if isinstance(field, Text) and not field.sensitive}
        return next((name for name in reversed(self.natural_key) if name in texts), "")

    def cells(self, parent: str) -> tuple[str, ...]:
        """What a row of ours may declare in a column of its own, the number first; variables come apart."""
        number = next(name for name in self.natural_key if name != parent)
        texts = [field.name for field in self.fields if isinstance(field, Text) and field.name != number]
        return (number, *texts, *(field.name for field in self.fields if isinstance(field, Choice)))

    def relations(self) -> tuple[Relation, ...]:
        """The fields that point at other objects."""
        return self._relations

    def points_at(self, relation: str) -> str:
        """The kind of what a relation points at; KeyError if there is no such relation."""
        for field in self.relations():
            if field.name == relation:
                return field.to
        raise KeyError(f"{self.name} has no relation {relation!r}")

    def place(self, found: LiveObject) -> tuple[int, int]:
        """Sorts siblings of an ordered kind: by the server's own count, which is a fact and no field, else by id."""
        counts = [found.fields[fact.name] for fact in self.facts if isinstance(found.fields.get(fact.name), int)]
        return (counts[0] if counts else 0, found.id)

    def decode(self, payload: Mapping[str, Any], zones: Zones) -> LiveObject | None:
        """A payload of the API as a live object; None when it carries no id in any form."""
        identity = remote_id(payload.get("id", payload.get("url")))
        if identity is None:
            return None
        read = (*self.fields, *self.facts)
        fields = {field.name: field.decode(payload[field.key]) for field in read if field.key in payload}
        fields = {name: zones.local(value) for name, value in self._daily(fields, zones, -1).items()}
        return LiveObject(self.name, identity, fields, self._owner(payload), payload)

    def _owner(self, payload: Mapping[str, Any]) -> str | None:
        """Whose object it is; where `user` is a declared relation, that names somebody else and nobody knows."""
        return None if any(field.key == "user" for field in self.fields) else _owner(payload.get("user"))

    def encode(self, fields: Fields, zones: Zones, only: Iterable[str] | None = None) -> dict[str, Any]:
        """Manifest shape, relations already remote ids, as the body of a request.

        The status is never in it, and nothing that was not understood: see `raw`.
        """
        names = set(fields if only is None else only)
        sent = self._daily(dict(fields), zones, +1)
        return {
            field.key: field.encode(sent[field.name])
            for field in self.fields
            if field.name in names and field.name in sent and field.update is not Update.STATUS
            if not isinstance(sent[field.name], Unknown)
        }

    def raw(self, live: LiveObject, names: Iterable[str]) -> dict[str, Any]:
        """Those of the fields that were read and not understood, as they came: what a PUT sends back untouched."""
        asked = set(names)
        return {
            field.key: live.payload[field.key]
            for field in self.fields
            if field.name in asked and isinstance(live.fields.get(field.name), Unknown) and field.key in live.payload
        }

    def as_read(self, payload: Mapping[str, Any], writable: Writable, refused: Collection[str] = ()) -> dict[str, Any]:
        """What nobody can declare, as a PUT sends it back: all that was read and may be written, but for `refused`.

        `writable` is what OPTIONS says of the fields; None where the server does not say.
        """
        own = {each.key for each in self.fields}
        may = writable if writable is not None else payload.keys() - COMPUTED
        back = (name for name in payload if name in may and name not in own and name not in refused)
        return {name: _as_sent(payload[name], (writable or {}).get(name, {})) for name in back}

    def _daily(self, fields: dict[str, Any], zones: Zones, direction: int) -> dict[str, Any]:
        """Times of day moved between the project's and the server's zone."""
        for field in self.fields:
            if isinstance(field, DailyTime) and isinstance(fields.get(field.name), time):
                delta = zones.to_server(fields.get(field.anchor))
                fields[field.name] = shift(fields[field.name], direction * delta)
        return fields


def _as_sent(value: Any, facts: Mapping[str, Any]) -> Any:
    """A relation goes back as an id, whatever it came as; anything else as it came."""
    if isinstance(value, list):
        return [_as_sent(part, facts) for part in value]
    if isinstance(value, Mapping) or (isinstance(value, str) and facts.get("type") == RELATION):
        found = remote_id(value)
        return value if found is None else found
    return value


def _owner(raw: Any) -> str | None:
    """The owner of an object in any form: 203, "demo", a hyperlink, {"id": 203, "username": "demo"}."""
    if isinstance(raw, Mapping):
        raw = raw.get("username", raw.get("id", raw.get("url")))
    if raw is None or raw == "":
        return None
    number = remote_id(raw)
    return str(number if number is not None else raw)
