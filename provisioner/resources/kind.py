"""What a kind is: a declaration that the generic layers read. They never mention a kind by name.

A kind file holds one `KIND` and, where the API is odd, small pure functions on values in manifest shape.
See docs/alice-api.md#resources and #side-effects.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from provisioner.language import gettext
from provisioner.model import Fields, LiveObject, Unknown
from provisioner.resources.fields import Choice, DailyTime, Field, Relation, Text, Update, Zones, remote_id, shift
from provisioner.resources.startable import Startable

Writable = Mapping[str, Mapping[str, Any]] | None  # what OPTIONS says of the fields that a client may write
RELATION = "field"  # what DRF's OPTIONS calls the type of one

# What servers set themselves; asked only where OPTIONS does not say what is read-only.
COMPUTED = frozenset({"id", "url", "user", "created_date", "updated_date"})


# What is wrong with the declared fields of one resource: (field, what and what to do). Fields that are wrong already,
# or not declared, are missing from the mapping.
Rule = Callable[[Fields, Zones], Iterator[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Verbs:
    """Documented verbs (docs/alice-api.md#endpoints); what else exists is found out with OPTIONS."""

    list: bool = True
    get: bool = False
    create: bool = True
    update: bool = False
    delete: bool = False


@dataclass(frozen=True, slots=True)
class ApiFacts:
    """What the API does with objects of the kind.

    `most` is how many of them one user is known to get (docs/alice-api.md#uniqueness-and-limits); 0: nobody knows.
    `sample` names the field that marks those which everybody sees. `moves`: some of their fields, or they themselves,
    change by themselves, so that a PUT has to send what was read right before it.
    """

    verbs: Verbs = Verbs()
    most: int = 0
    sample: str = ""
    moves: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells one object from others, beside the natural key, and how else manifests refer to one.

    `lookup` are all fields that an unknown outcome is looked up by, the natural key if there are none. `owner` is a
    relation outside the natural key that everything of the kind hangs on. `ordered`: the one that was created first
    stays the first of its parent. `named_by` is for kinds that cannot be declared: forms of a reference beside name and
    id, and the declared kind whose key they take. Without the form `key` a bare text is the object's name.
    """

    lookup: tuple[str, ...] = ()
    owner: str = ""
    ordered: bool = False
    named_by: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ManifestRules:
    """What a manifest says beside the fields.

    `settings` are keys that are never sent, `rules` look at the fields of one declared resource together, `advice` says
    what to do by hand about a field that is never sent again.
    """

    settings: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    advice: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Timing:
    """When one is past, and when telephones ring because of it.

    `over` says why one is past (or ""), `rings` whether a write from `before` (None: create) to `after` makes
    telephones ring, `armed` whether a live one may be about to ring, so that any update may make it ring again.
    `notice` names the field that says when one rings by itself ("" when it does not), `about` the relation to what it
    is about, and the field there that says when that begins. `purpose` is what its calls are for where that cannot be
    declared.
    """

    over: Callable[[Fields, datetime], str] = lambda fields, now: ""
    rings: Callable[[Fields | None, Fields], bool] = lambda before, after: False
    armed: Callable[[Fields, datetime], bool] = lambda fields, now: False
    notice: str = ""
    about: tuple[str, str] = ("", "")
    purpose: str = ""


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
class Display:
    """What `get` shows of the kind: wire fields worth a column, and what its list can be asked for."""

    shown: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()


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
class AppointmentOwner:
    """A kind that owns appointments: what each of them is, its relation to us, and what rings about it.

    `declared` is the manifest key, `by` the relation to whoever makes them, given by our field `through`.
    """

    kind: str
    parent: str
    notice: str
    declared: str
    by: str
    through: str


@dataclass(frozen=True, slots=True)
class Kind:
    """Everything the generic layers know of a kind, grouped by what it is about.

    `collection` is its key in manifests ("" when it cannot be declared at top level), `plural` its name in commands,
    `path` where the API has it, `title` what people call it. `personal`: its objects are people's.
    `fields` are declared, `facts` are read and never declared. `natural_key` are the fields that identify a live
    object, `parent` is the kind that it is declared inside of. `rows`, `appointments`: it owns some. `startable`: it
    can be started.
    `tags` is what scripts may say of a row as `{tag}`, with the field behind it; variables come besides.
    """

    name: str
    plural: str
    path: str
    title: str
    collection: str = ""
    personal: bool = False
    api: ApiFacts = ApiFacts()
    fields: tuple[Field, ...] = ()
    facts: tuple[Field, ...] = ()
    natural_key: tuple[str, ...] = ()
    identity: Identity = Identity()
    parent: str = ""
    rows: RowOwner | None = None
    appointments: AppointmentOwner | None = None
    manifest: ManifestRules = ManifestRules()
    startable: Startable | None = None
    timing: Timing = Timing()
    speech: Speech | None = None
    tags: Mapping[str, str] = dataclasses.field(default_factory=dict)
    display: Display = Display()
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
    def as_startable(self) -> Startable:
        """How it is started and stopped: only for a kind that can be."""
        assert self.startable is not None
        return self.startable

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
        fields = {field.name: field.read(payload[field.key]) for field in read if field.key in payload}
        fields = {name: zones.local(value) for name, value in self._daily(fields, zones, -1).items()}
        understood = {field.key for field in self.fields if not isinstance(fields.get(field.name), Unknown)}
        rest = {key: value for key, value in payload.items() if key not in understood}
        return LiveObject(self.name, identity, fields, self._owner(payload), rest)

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
        """Times of day moved between the project's and the server's zone; not known where their date is not."""
        for field in self.fields:
            if isinstance(field, DailyTime) and isinstance(fields.get(field.name), time):
                date = fields.get(field.anchor)
                if zones.differ and not isinstance(date, datetime):
                    fields[field.name] = Unknown(gettext("a time of day whose date is not known"))
                else:
                    fields[field.name] = shift(fields[field.name], direction * zones.to_server(date))
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
    return sys.intern(str(raw if number is None else number))  # all of an account have one or two
