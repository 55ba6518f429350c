"""What the steps of one apply share. Remote ids are added as objects are made; nothing else changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from threading import Lock
from typing import Any

from provisioner.api.client import Client
from provisioner.api.echoes import Echoes
from provisioner.api.reader import Reader
from provisioner.apply.read_back import ReadBack
from provisioner.error_ids import ErrorId
from provisioner.errors import ApiError, Diagnostic, ProvisionerError, Rejected
from provisioner.model import Address, LiveObject, Recorded, Resource
from provisioner.plan.build import ExecutablePlan
from provisioner.plan.decision import Decision
from provisioner.plan.live import texts
from provisioner.plan.natural_key import index, key_of
from provisioner.plan.secrets import Digester, sensitive_fields
from provisioner.plan.steps import Verb
from provisioner.resources import KINDS, Kind, Writable, Zones
from provisioner.sensitive import Hidden, content
from provisioner.state import Store
from provisioner.stop_marks import NOTHING_STOPPED, Marks

Sleep = Callable[[float], None]

PARALLELISM = 8
READ_TIMEOUT = 30.0


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Waits in seconds. `read_timeout` is the client's; `sealed` how long a start may take to make its copy."""

    read_timeout: float = READ_TIMEOUT
    sealed: float = 120.0
    status: float = 10.0
    poll: float = 0.5


@dataclass(frozen=True, slots=True)
class Tuning:
    """How a run goes about its work; never part of what it does."""

    parallelism: int = PARALLELISM
    on_error: str = "stop"
    patience: Timeouts = Timeouts()
    should_stop: Callable[[], bool] = lambda: False

    @classmethod
    def of(
        cls, parallelism: int | None, timeout: float | None, on_error: str, should_stop: Callable[[], bool]
    ) -> Tuning:
        """What was asked for, and the usual where nothing was; `timeout` is seconds to wait for an answer."""
        return cls(parallelism or PARALLELISM, on_error, Timeouts(timeout or READ_TIMEOUT), should_stop)


class StepFailed(ProvisionerError):
    """A step did not do what it should; the message is for the user."""

    id = ErrorId.WRITE_FAILED


class RunFailed(StepFailed):
    """What a step found out makes every further write wrong."""


class StepUnknown(ProvisionerError):
    """Nobody can say whether a write was executed; the next run settles it."""

    id = ErrorId.LOST_ANSWER


class StepDeferred(ProvisionerError):
    """What the step needs has not appeared in time; no failure, the next run does it."""

    id = ErrorId.WRITE_WAITS


class KnownObjects:
    """The objects of a kind that were there when the plan was made: none of them is what a run creates."""

    def __init__(self, kind: Kind, objects: Sequence[LiveObject]) -> None:
        self.ids = frozenset(found.id for found in objects)
        self._kind, self._index = kind, index(kind, objects)

    def like(self, sent: LiveObject) -> frozenset[int]:
        """Those with the natural key of what is sent, as far as it can be told: no other will be taken for it."""
        exact, partly, unclear = self._index
        key = key_of(self._kind, [sent.fields.get(name) for name in self._kind.natural_key])
        return frozenset(found.id for found in (*exact.get(key, ()), *partly.like(key), *unclear.like(key)))


@dataclass(frozen=True, slots=True)
class Unverified:
    """A write that was believed to have done what its answer shows: what was sent, what was there before."""

    decision: Decision
    sent: Mapping[str, Any]
    before: LiveObject | None
    remote_id: int


@dataclass
class Work:
    """One apply: the executable plan, the ends it is carried out with, and what has been learnt on the way.

    `marks` are the stops that the plan knew of. By kind: `options` is what OPTIONS says, `refused` what the server
    shows and does not take back, `copies` the latest sealed one of each maker's id, as last listed. `unverified` was
    believed, by whether its write rings; `mistaken` says of which of it the server shows something else than was sent.
    """

    executable: ExecutablePlan
    client: Client
    reader: Reader
    store: Store
    zones: Zones
    recorded: dict[Address, Recorded]
    digester: Digester
    owners: frozenset[str] = frozenset()
    patience: Timeouts = Timeouts()
    sleep: Sleep = time.sleep
    ids: dict[Address, int] = field(default_factory=dict)
    live: dict[Address, LiveObject] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)
    marks: Marks = NOTHING_STOPPED
    options: dict[str, Writable] = field(default_factory=dict)
    refused: dict[str, frozenset[str]] = field(default_factory=dict)
    copies: dict[str, dict[Any, int]] = field(default_factory=dict)
    unverified: dict[bool, dict[Address, Unverified]] = field(default_factory=lambda: {False: {}, True: {}})
    mistaken: dict[Address, str] = field(default_factory=dict)
    verifying: Lock = field(default_factory=Lock)
    _before: dict[str, KnownObjects] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.read_back = ReadBack(self.reader)
        self.ids.update(self.executable.matches.targets.ids)

    @cached_property
    def ringing(self) -> frozenset[Address]:
        """Whose write itself makes a telephone ring, such as an alarm's."""
        return frozenset(s.address for s in self.executable.steps if s.calls and s.verb is Verb.WRITE)

    @cached_property
    def echoes(self) -> Echoes:
        """What no text of the server may bring out, of whatever resource it is."""
        decisions = self.executable.decisions.values()
        return Echoes(text for each in decisions for text in _unshown(each.resource, each.match.live))

    def decision(self, address: Address) -> Decision:
        """The decision behind an address of the plan."""
        return self.executable.decisions[address]

    def before(self, kind: Kind) -> KnownObjects:
        """What was there of a kind before this run."""
        with self.lock:
            if kind.name not in self._before:
                self._before[kind.name] = KnownObjects(kind, self.executable.live.objects(kind.name))
            return self._before[kind.name]

    def writable(self, kind: Kind, remote_id: int) -> Writable:
        """What OPTIONS says that a PUT may write, asked once for each kind; None where it does not say."""
        with self.lock:
            if kind.name in self.options:
                return self.options[kind.name]
        try:
            known = self.client.options(kind.path, remote_id).writable
        except ApiError:
            known = None
        with self.lock:
            self.options[kind.name] = known
        return known

    def now(self) -> datetime:
        """Wall-clock time of sending, UTC: for the journal, never for planning."""
        return datetime.now(UTC)

    def learn(self, address: Address, live: LiveObject) -> None:
        """This address now is that live object."""
        with self.lock:
            self.ids[address] = live.id
            self.live[address] = live

    def current(self, address: Address) -> LiveObject | None:
        """The object as last read in this run, else as planning read it."""
        found = self.live.get(address)
        return found if found is not None else self.decision(address).match.live


def explain(work: Work, error: ProvisionerError, resource: Resource) -> str:
    """A failure in the words of the manifest: 400s under the line of the field they name, personal values left out."""
    if not isinstance(error, Rejected):
        return work.echoes.cut(str(error))
    lines = [_field_message(work, error.id, name, messages, resource) for name, messages in error.fields.items()]
    general = map(work.echoes.cut, error.general)
    lines += [str(Diagnostic(error.id, message, resource.source, resource.address)) for message in general]
    return "\n".join(lines) or str(error)


def _unshown(resource: Resource, live: LiveObject | None) -> Iterator[str]:
    """Values that must not be shown although a server quotes them."""
    names = sensitive_fields(resource.address, resource)
    declared = (text for name in names & resource.fields.keys() for text in texts(resource.fields[name]))
    yield from (content(each) if isinstance(each, str) else str(each) for each in declared)
    yield from (content(value) for value in (live.fields.values() if live else ()) if isinstance(value, Hidden))


def _field_message(work: Work, id: str, wire: str, messages: tuple[str, ...], resource: Resource) -> str:
    fields = {field.key: field for field in KINDS[resource.address.kind].fields}
    field_ = fields.get(wire)
    path = field_.name if field_ else wire
    hidden = (field_ is not None and field_.sensitive) or path in resource.sensitive
    said = "" if hidden else work.echoes.cut(" ".join(messages))
    message = "the server does not accept this value" if hidden else f"the server says: {said}"
    return str(Diagnostic(id, message, resource.position(path), resource.address, path))


def target_id(work: Work, target: Any) -> Any:
    """A canonical value with every address replaced by its remote id, as far as known."""
    if isinstance(target, Address):
        return work.ids.get(target, target)
    if isinstance(target, tuple):
        parts = tuple(target_id(work, part) for part in target)
        made = all(isinstance(part, int) for part in parts)
        return tuple(sorted(parts)) if made else parts  # sorted as live ones are; new ids come in any order
    return target
