"""The tables of appointments in the workspace, by name, and the keyed marks that tell one from another.

    source_N   what a calendar declares: one row each, `dues` are the moments it rings at, separated by commas
    rings_N    when each of them rings, with the mark of that alarm
    known_N    what was sent of it before, from the state
    live_events, live_alarms   what the server shows, of all calendars

Moments are microseconds since 1970. A mark is a keyed hash: nothing can be told from it. Must not know files or HTTP.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field

from provisioner.rows.sql import literal
from provisioner.rows.tables import IN_MEMORY, Owned

THERE, ABSENT = "there", "absent"
EVENTS, ALARMS, RINGS = "live_events", "live_alarms", "rings"


def _as_they_are(columns: dict[str, str]) -> dict[str, str]:
    """Columns that are not compressed: they are written and read once."""
    return {name: f"{form} USING COMPRESSION uncompressed" for name, form in columns.items()}


SOURCE = _as_they_are(
    {
        "row": "BIGINT",
        "mark": "VARCHAR",
        "title": "VARCHAR",
        "description": "VARCHAR",
        "start": "BIGINT",
        "finish": "BIGINT",
        "number": "BIGINT",
        "sent": "VARCHAR",
        "transfer": "VARCHAR",
        "dues": "VARCHAR",
        "reason": "VARCHAR",
    }
)
KNOWN = {
    "sort": "VARCHAR",
    "mark": "VARCHAR",
    "remote_id": "BIGINT",
    "parent_id": "BIGINT",
    "moment": "BIGINT",
    "flying": "BOOLEAN",
    "form": "VARCHAR",
}
LIVE_EVENT = _as_they_are(
    {
        "id": "BIGINT",
        "parent": "BIGINT",
        "title": "VARCHAR",
        "description": "VARCHAR",
        "start": "BIGINT",
        "finish": "BIGINT",
        "payload": "VARCHAR",
    }
)
LIVE_ALARM = _as_they_are(
    {
        "id": "BIGINT",
        "parent": "BIGINT",
        "number": "BIGINT",
        "sent": "VARCHAR",
        "moment": "BIGINT",
        "transfer": "VARCHAR",
        "payload": "VARCHAR",
    }
)


@dataclass(frozen=True, slots=True)
class AgendaScope:
    """What the appointments of one calendar are compared with.

    `calendar` is its remote id, None while it has none; `now` in microseconds. `secret` makes the marks. `apart` are
    events that are declared or recorded by themselves. The server shows events (`events`) and alarms (`alarms`), or
    does not; what it shows leaves out what is there (`hides`). `adopted`: the
    calendar was there before us. `word` is what somebody said of all
    that nobody can look up: THERE, or ABSENT. `prunes`: what is not declared any more is deleted.
    """

    owned: Owned
    calendar: int | None
    now: int
    secret: str = field(repr=False)
    apart: Collection[int] = ()
    events: bool = True
    alarms: bool = True
    hides: bool = False
    adopted: bool = False
    word: str = ""
    prunes: bool = False

    @property
    def source(self) -> str:
        return self.owned.source

    def table(self, name: str) -> str:
        """A table of this calendar alone."""
        return table_of(self.owned, name)

    def mark(self, *values: str) -> str:
        """SQL of the mark of some values."""
        return mark(self.secret, *values)


def table_of(owned: Owned, name: str) -> str:
    """A table of one calendar alone, made anew for every comparison."""
    return f"{IN_MEMORY}.{name}_{owned.number}"


def secret_of(key: bytes) -> str:
    """The secret that marks are made with, from the key of the state."""
    return hashlib.blake2b(b"appointments", key=key[:64], digest_size=32).hexdigest()


def mark(secret: str, *values: str) -> str:
    """SQL of a keyed hash of values; JSON keeps them apart."""
    return f"substr(sha256({literal(secret)} || json_array({', '.join(values)})::VARCHAR), 1, 32)"
