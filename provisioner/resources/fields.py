"""Field types: how one value travels between manifest shape and the API's JSON. No field knows its kind.

`decode` never raises on odd input from a server: what is not there is None, what it cannot read is `Unknown`, which
equals nothing that can be declared.
`encode` gets canonical values only (see `canonical`). Relations are resolved to remote ids by the caller.
See docs/alice-api.md#values-that-come-back-changed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from provisioner.language import gettext
from provisioner.model import Unknown
from provisioner.project import Settings
from provisioner.sensitive import Hidden, Origin, content, origins_of


class Update(Enum):
    """How a field of an existing object may be changed."""

    DOCUMENTED = "documented"  # in the documented PUT
    UNDOCUMENTED = "undocumented"  # sent where the kind has a PUT, and verified
    WITHHELD = "withheld"  # in a PUT only when it changed, or when a 400 asks for it
    NEVER = "never"  # dangerous or meaningless to send again
    STATUS = "status"  # by its own endpoint, never by PUT


@dataclass(frozen=True, slots=True)
class Field:
    """A declared field: its name in manifests, its name on the wire, and when it is sent."""

    name: str
    wire: str = ""
    required: bool = False
    update: Update = Update.UNDOCUMENTED
    sensitive: bool = False

    @property
    def key(self) -> str:
        """The API's name of this field."""
        return self.wire or self.name

    def canonical(self, value: Any) -> Any:
        """The one form of a declared value that compares equal to what the server gives back."""
        return value

    def decode(self, raw: Any) -> Any:
        """API JSON to manifest shape."""
        return self.canonical(raw)

    def read(self, raw: Any) -> Any:
        """The same of what is live: what has to be there and reads as nothing is there, and is not shown."""
        value = self.decode(raw)
        return unreadable(raw) if value is None and self.required else value

    def encode(self, value: Any) -> Any:
        """Manifest shape to API JSON."""
        return value

    def alike(self, one: Any, other: Any) -> bool:
        """Whether two values in manifest shape say the same, in whatever form."""
        return bool(one == other)


@dataclass(frozen=True, slots=True)
class Text(Field):
    """Text: NFC, outer blanks trimmed, empty is None (DRF's CharField trims, and may turn empty into null).

    `personal`: people write about people in it, so that it is shown by its length only.
    """

    max_length: int | None = None
    personal: bool = False

    def canonical(self, value: Any) -> str | None:
        if value is None:
            return None
        text = unicodedata.normalize("NFC", content(value) if isinstance(value, str) else str(value)).strip()
        origins = {Origin.PERSON, *origins_of(value)} if self.personal else origins_of(value)
        return (Hidden(text, *origins) if origins else text) or None

    def read(self, raw: Any) -> Any:
        """No text is an empty one, which may be there."""
        return self.decode(raw)

    def encode(self, value: Any) -> str:
        return value or ""


@dataclass(frozen=True, slots=True)
class Telephone(Text):
    """A telephone number, sent as text. Whether it is one of its region is checked where the region is known.

    Not `checked` is what may also be an extension.
    """

    checked: bool = True

    def alike(self, one: Any, other: Any) -> bool:
        return bool(one == other) or (isinstance(one, str) and isinstance(other, str) and same_number(one, other))


@dataclass(frozen=True, slots=True)
class Password(Text):
    """Written once at creation, never read, compared, shown or updated (docs/alice-api.md#calendar-users)."""

    def canonical(self, value: Any) -> str | None:
        return None if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Integer(Field):
    """A whole number; servers also send it as text, or as 10.0. What has a fraction is not rounded to another one."""

    minimum: int | None = None
    maximum: int | None = None

    def canonical(self, value: Any) -> int | None:
        try:
            number = None if value is None or value == "" else int(value)
        except (TypeError, ValueError, OverflowError):
            return None
        return number if isinstance(value, str) or (number == value and not isinstance(value, bool)) else None

    def decode(self, raw: Any) -> int | Unknown | None:
        number = self.canonical(raw)
        return unreadable(raw) if number is None and raw not in (None, "") else number


def can_be_planned(moment: date) -> bool:
    """Whether a date leaves room to reckon with: zones, windows and forecasts go some days or years beyond it."""
    return moment.year in YEARS


@dataclass(frozen=True, slots=True)
class Instant(Field):
    """A datetime; equal when the instants are equal, whatever the offsets."""

    def decode(self, raw: Any) -> datetime | Unknown | None:
        if raw is None or raw == "":
            return None
        try:
            moment = datetime.fromisoformat(str(raw))
        except ValueError:
            return unreadable(raw)
        if not can_be_planned(moment):
            return Unknown(
                gettext("a date outside {first} to {last}", first=str(YEARS.start), last=str(YEARS.stop - 1))
            )
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def encode(self, value: datetime | None) -> str | None:
        if value is None:
            return None
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class DailyTime(Field):
    """A time of day in the project's zone, with the offset at `anchor` (docs/alice-api.md#calling-window)."""

    anchor: str = ""

    def decode(self, raw: Any) -> time | Unknown | None:
        if raw is None or raw == "":
            return None
        try:
            moment = time.fromisoformat(str(raw))
        except ValueError:
            return unreadable(raw)
        return moment if moment.tzinfo is None else Unknown(gettext("a time with an offset"))

    def encode(self, value: time | None) -> str | None:
        return None if value is None else value.isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class Choice(Field):
    """A code of the API under a name; `codes` are the names that may be declared, `shown` those only read.

    A code that nobody knows, and none where there has to be one, is `Unknown`.
    """

    codes: Mapping[str, int] = field(default_factory=dict)
    shown: Mapping[str, int] = field(default_factory=dict)

    def decode(self, raw: Any) -> str | Unknown:
        number = Integer("").canonical(raw)
        for names in (self.codes, self.shown):
            for name, code in names.items():
                if code == number:
                    return name
        return unreadable(raw, code=True)

    def encode(self, value: str | None) -> int | None:
        return None if value is None else self.codes[value]


@dataclass(frozen=True, slots=True)
class Relation(Field):
    """Points at an object of kind `to`. Declared as `Reference`, live as a remote id; `many` as a sorted tuple.

    `inherit` names a relation and its field to take the value from when this one is not declared.
    `text` sends the id as a string (the doc's `dnc-contact.dnc`).
    """

    to: str = ""
    many: bool = False
    inherit: tuple[str, str] | None = None
    text: bool = False

    def decode(self, raw: Any) -> Any:
        if not self.many:
            return None if raw is None or raw == "" else _identity(raw)
        parts = raw if isinstance(raw, list | tuple) else [raw]  # null is no empty list: nobody has said which
        found = [_identity(part) for part in parts]
        unknown = next((each for each in found if isinstance(each, Unknown)), None)
        return tuple(sorted({*found})) if unknown is None else unknown

    def encode(self, value: Any) -> Any:
        if self.many:
            return list(value or ())
        return str(value) if self.text and value is not None else value


YEARS = range(1971, 2200)  # of dates
_CODE = re.compile(r"-?\d{1,4}|[A-Za-z_]{1,24}")


def unreadable(raw: Any, *, code: bool = False) -> Unknown:
    """What a field cannot read; only a code is repeated, whatever else may be somebody's number or name."""
    if raw is None:
        return Unknown("null")
    return Unknown((code_of(raw) if code else "") or gettext("a value in another form"))


def code_of(raw: Any) -> str:
    """A code as it came; "" for whatever else a server has in the place of one."""
    text = str(raw)
    return text if raw is not None and _CODE.fullmatch(text) else ""


def _identity(raw: Any) -> int | Unknown:
    """The id of a relation that is there."""
    found = remote_id(raw)
    return found if found is not None else Unknown("null" if raw is None else gettext("an id in another form"))


_LAST_NUMBER = re.compile(r"(?:^|/)(\d+)/?$")


def remote_id(raw: Any) -> int | None:
    """The id in any form a server gives it: 343, "343", "http://host/rest-api/phonebook/343/", {"id": 343}."""
    if isinstance(raw, Mapping):
        return remote_id(raw.get("id", raw.get("url")))
    if isinstance(raw, bool) or raw is None:
        return None
    if isinstance(raw, int):
        return raw
    found = _LAST_NUMBER.search(str(raw))
    return int(found.group(1)) if found else None


def shift(value: time, delta: timedelta) -> time:
    """A time of day moved by `delta`, wrapping at midnight."""
    moved = datetime.combine(datetime(2000, 1, 2), value) + delta
    return moved.time()


_SHORTEST, _PREFIXED = 7, 6  # digits that tell a telephone from others; what may stand before them: 00, country code


def same_number(one: str, other: str) -> bool:
    """Whether two texts are one telephone number as far as digits tell: +84 934 890 883, 0934890883, 934890883."""
    short, long = sorted((_significant(one), _significant(other)), key=len)
    same = len(short) >= _SHORTEST and len(long) - len(short) <= _PREFIXED and long.endswith(short)
    return same or one.strip() == other.strip()


def number_key(text: str) -> str | None:
    """What all forms of one number have in common; None where so few digits are there that it may be any."""
    digits = _significant(text)
    return digits[-_SHORTEST:] if len(digits) >= _SHORTEST else None


def _significant(text: str) -> str:
    """The digits without zeros in front, as ASCII."""
    return "".join(str(int(mark)) for mark in text if mark.isdecimal()).lstrip("0")


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

    @property
    def differ(self) -> bool:
        """Whether the server's clock may show another time of day than the project's."""
        return self.server is not None and self.server != self.project

    def local(self, value: Any) -> Any:
        """A datetime in the project's zone, the one that people read; anything else as it is."""
        return value.astimezone(self.project) if isinstance(value, datetime) else value

    def to_server(self, moment: Any) -> timedelta:
        """What to add to a project-zone time of day, with the offsets in force at `moment`; nothing without one."""
        if self.server is None or not isinstance(moment, datetime):
            return timedelta(0)
        local, remote = moment.astimezone(self.project).utcoffset(), moment.astimezone(self.server).utcoffset()
        return (remote or timedelta(0)) - (local or timedelta(0))
