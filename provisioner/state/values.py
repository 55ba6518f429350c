"""What the state store hands out and takes in besides `Recorded`: plain values and two exceptions, no SQL.

Times are aware datetimes and come back in UTC. Nothing here may hold a row, a telephone number or a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from provisioner.error_ids import ErrorId, marked
from provisioner.errors import StateError, StateLocked
from provisioner.model import Address, Recorded

LEFT = "left in place"
UNNAMED = "answered without an id"

DEFAULT_PORTS = {"http": ":80", "https": ":443"}


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose state this is, as it stands at one moment.

    `endpoint` (normalised) and `user` are None until bound, `users` are those that recorded objects carry, `serial`
    counts the changes made to what is recorded. `key` (random bytes) keys digests: made with the scope, it settles when
    the scope is first written, so read it after `lock()` or `kept_key()` before recording digests.
    """

    project: str
    environment: str
    endpoint: str | None
    user: str | None
    users: frozenset[str]
    serial: int
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """A write in flight, journalled before it is sent so that the next run can find out what became of it.

    `kind` is what is written (for the rows of a phonebook not the kind of `address`), `known_ids` the remote ids that
    existed before, `timeout` the read timeout in seconds, `digest` a keyed digest of the body, `step` names the part
    of a change that takes several writes. `id` is given by the store.

    With the step LEFT nothing is in flight: the object of a forgotten address is still on Alice under an id that nobody
    records. Where the kind cannot be read it counts like a creation without an answer, so that no second one is made.
    With the step UNNAMED the creation was answered, but without an id, and no list showed the object.
    """

    address: Address
    kind: str
    verb: str
    path: str
    sent_at: datetime
    timeout: float
    known_ids: tuple[int, ...] = ()
    digest: str = ""
    step: str = ""
    id: int = 0

    @property
    def left(self) -> bool:
        """Whether this is a note about what was left in place, and no write."""
        return self.step == LEFT

    @property
    def unnamed(self) -> bool:
        """Whether the server said that it made the object, and not under which id."""
        return self.step == UNNAMED


@dataclass(frozen=True, slots=True)
class StateChange:
    """What one caller wants to be committed, all or nothing: `puts` come in place of what it `forgets`."""

    begins: Entry | None = None
    puts: tuple[Recorded, ...] = ()
    forgets: tuple[Address, ...] = ()
    settles: tuple[int, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether it changes what is recorded."""
        return bool(self.puts or self.forgets)


@dataclass(frozen=True, slots=True)
class Applied:
    """When a plan file was applied (UTC), and by whom."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class RunOrigin:
    """Where a run comes from: its id, the account's user as far as it may be shown, the page of its CI job."""

    run: str
    user: str | None = None
    job: str | None = None


@dataclass(frozen=True, slots=True)
class AppliedRun:
    """Who applied what and when (UTC): the run, the account's user as far as it may be shown, by whom and on which
    host, the page of the CI job, the plan by its fingerprint, and what came of it.

    `ended` is None while it runs and of one that was killed; `outcomes` count results by name.
    """

    run: str
    began: datetime
    user: str | None
    by: str
    host: str
    job: str | None
    fingerprint: str
    allow_calls: bool
    version: str
    ended: datetime | None = None
    outcomes: Mapping[str, int] = field(default_factory=dict)
    exit_code: int | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has the lock: a process of a user on a host, since when (UTC)."""

    user: str
    host: str
    pid: int
    since: datetime

    def __str__(self) -> str:
        return f"{self.user} (pid {self.pid}) on {self.host} since {instant(self.since)}"


ADVICE = (
    "wait for that run with --lock-timeout SECONDS; the lock of a dead run is released within seconds; "
    "`alice-apply state unlock` releases the lock of a live one"
)


class HeldBy(StateLocked):
    """Another run has the lock; `holder` (user and pid), `host` and `since` say which."""

    def __init__(self, holder: Holder, what: str, waited: float) -> None:
        self.holder = f"{holder.user} (pid {holder.pid})"
        self.host, self.since = holder.host, holder.since
        patience = f", still after {waited:g} s" if waited else ""
        self._who = f"the state of {what} is locked by {holder}{patience}"
        super().__init__(f"{self._who}\n{ADVICE}")

    @property
    def lines(self) -> tuple[str, ...]:
        """Who holds it, and what to do."""
        return marked(f"error: {self._who}", self.id), ADVICE


class LockLost(StateError):
    """This run had the lock and has it no more: nothing further may be written to Alice."""

    id = ErrorId.STATE_LOCK_LOST


def normalised_endpoint(endpoint: str) -> str:
    """The form in which endpoints are compared: no credentials, default port, trailing slash or /rest-api."""
    parts = urlsplit(endpoint.strip())
    host = parts.netloc.rpartition("@")[2].lower().removesuffix(DEFAULT_PORTS.get(parts.scheme, " "))
    path = parts.path.rstrip("/").removesuffix("/rest-api").rstrip("/")
    return f"{parts.scheme}://{host}{path}"


def instant(moment: datetime) -> str:
    """An aware datetime as ISO-8601 in UTC with a Z, the way the state stores and shows it."""
    if moment.tzinfo is None:
        raise ValueError("the state takes aware datetimes only")
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
