"""What it means that objects of a kind can be started: their status, whom they dial and when, how far they have come.

Names of fields and of kinds, which the generic layers look up instead of knowing them.
See docs/alice-api.md#campaign-status and #side-effects.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

UNKNOWN = "unknown"  # the outcome of whatever the records do not tell, or tell in a code that nobody knows


@dataclass(frozen=True, slots=True)
class ProgressSource:
    """What shows how far a started object has come: objects of `kind` whose `relation` is ours, counted by `field`.

    `unfinished` are the values that mean work to come; none of them: this one says nothing about how much is left.
    `answered` is the value of a call that somebody took.
    """

    kind: str
    relation: str
    field: str
    unfinished: tuple[str, ...] = ()
    answered: str = ""


@dataclass(frozen=True, slots=True)
class SubscriberSource:
    """Whom a started object took in: objects of `kind` whose `relation` is ours, and the wire names of what they say.

    `number` is the telephone number, or the id of the row that has it. `statuses` are the statuses of somebody who was
    not called, with the outcome that this is; `reached` those that only somebody who answered gets.
    """

    kind: str
    relation: str
    number: str
    status: str
    attempts: str
    seconds: str
    statuses: Mapping[str, str] = field(default_factory=dict)
    reached: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallSource:
    """Its calls, in the same way. `outcomes` are what each disposition means, `answered` the one of a call taken."""

    kind: str
    relation: str
    number: str
    moment: str
    disposition: str
    cause: str
    seconds: str
    outcomes: Mapping[str, str] = field(default_factory=dict)
    answered: str = ""


@dataclass(frozen=True, slots=True)
class ResultSources:
    """What tells what became of each row that a started object dials (docs/alice-api.md#subscribers-and-call-records).

    `pending` is the outcome of somebody who was not called yet, `complete` the status that says that everybody was.
    """

    subscribers: SubscriberSource
    calls: CallSource
    pending: str
    complete: str

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Everything that is known to become of somebody."""
        return tuple(dict.fromkeys([*self.calls.outcomes.values(), *self.subscribers.statuses.values()]))

    @property
    def answered(self) -> str:
        """The outcome of a call that somebody took."""
        return self.calls.outcomes[self.calls.answered]


@dataclass(frozen=True, slots=True)
class Schedule:
    """When and how fast something that was started dials, as names of its fields; see `forecast.schedule`.

    `gateway` is the relation to what carries the calls, `limit` the field there that says how many at a time.
    `frequency` counts calls a minute; `opens` and `closes` are times of day. `records` are its calls, with the seconds
    that each took. `days` (Monday first) and `retries` are
    fields that only some servers show: closed where a day is false, and so many more calls to one contact.
    """

    gateway: str
    limit: str
    frequency: str
    begins: str
    expires: str
    opens: str
    closes: str
    records: ProgressSource
    days: tuple[str, ...] = ()
    retries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Startable:
    """A status with an endpoint of its own, and what it means to start (docs/alice-api.md#campaign-status)."""

    field: str
    path: str
    running: str
    initial: str
    stopped: tuple[str, ...]
    finished: tuple[str, ...]
    abort: str
    pause: str
    dials: str  # the relation whose rows are called
    frozen: tuple[str, ...]  # relations that the first start copies and fixes
    evidence: tuple[tuple[str, str], ...]  # (kind, its relation to us): an object there proves a past start
    sealed: str  # the kind of the copy that a start makes
    schedule: Schedule
    results: ResultSources
    after: tuple[str, ...] = ()  # settings naming resources that must be complete before a start
    most: int = 0  # rows a start takes in (docs/alice-api.md#uniqueness-and-limits); 0: nobody knows
    tallies: tuple[ProgressSource, ...] = ()

    @property
    def made_by(self) -> str:
        """The relation of a sealed copy to what made it."""
        return dict(self.evidence)[self.sealed]

    def at_rest(self, status: object) -> bool:
        """Whether it is certain that what has this status dials nobody.

        What nobody understands (an `Unknown`) or did not see (None) may dial: ask this, and never whether it runs.
        """
        return status in (self.initial, self.pause, self.abort, *self.stopped, *self.finished)
