"""The tables of appointments in the workspace, by name, and the keyed marks that tell one from another.

    source_N   what a calendar declares: one row each, `dues` are the moments it rings at, separated by commas
    known_N    what was sent of it before, from the state
    live_events, live_alarms   what the server shows, of all calendars

Moments are microseconds since 1970. A mark is a keyed hash: nothing can be told from it. Must not know files or HTTP.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field

from provisioner.rows.sql import literal
from provisioner.rows.tables import Owned

THERE, ABSENT = "there", "absent"
EVENTS, ALARMS = "live_events", "live_alarms"
PAYLOAD = "VARCHAR USING COMPRESSION uncompressed"  # read for a PUT only: not worth the time

SOURCE = {
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
KNOWN = {
    "sort": "VARCHAR",
    "mark": "VARCHAR",
    "remote_id": "BIGINT",
    "parent_id": "BIGINT",
    "moment": "BIGINT",
    "flying": "BOOLEAN",
    "form": "VARCHAR",
}
LIVE_EVENT = {
    "id": "BIGINT",
    "parent": "BIGINT",
    "title": "VARCHAR",
    "description": "VARCHAR",
    "start": "BIGINT",
    "finish": "BIGINT",
    "payload": PAYLOAD,
}
LIVE_ALARM = {
    "id": "BIGINT",
    "parent": "BIGINT",
    "number": "BIGINT",
    "sent": "VARCHAR",
    "moment": "BIGINT",
    "transfer": "VARCHAR",
    "payload": PAYLOAD,
}


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
        return f"{name}_{self.owned.number}"

    def mark(self, *values: str) -> str:
        """SQL of the mark of some values."""
        return mark(self.secret, *values)


def secret_of(key: bytes) -> str:
    """The secret that marks are made with, from the key of the state."""
    return hashlib.blake2b(b"appointments", key=key[:64], digest_size=32).hexdigest()


def mark(secret: str, *values: str) -> str:
    """SQL of a keyed hash of values; JSON keeps them apart."""
    return f"substr(sha256({literal(secret)} || json_array({', '.join(values)})::VARCHAR), 1, 32)"
