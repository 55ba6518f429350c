"""A plan as a value: what would be done, what rings, what is forecast, why it is refused; and what came of it.

Reports show it, a plan file holds it. No I/O, no knowledge of YAML, HTTP or SQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from typing import Any

from provisioner import __version__
from provisioner.bound import NONE, Bound
from provisioner.model import NO_LABELS, Address, Finding, Labels, Value
from provisioner.project import Settings


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
    `calls`: telephones ring because of it. `reason` explains and is never read by code. `labels`: of what is declared.
    """

    address: Address
    action: Action
    fields: tuple[FieldChange, ...] = ()
    calls: bool = False
    reason: str = ""
    remote_id: int | None = None
    labels: Labels = field(default_factory=lambda: NO_LABELS)

    @property
    def writes(self) -> bool:
        """Whether anything is sent to Alice."""
        return self.action is not Action.FORGET and (self.action is not Action.ADOPT or bool(self.fields))


DUPLICATE, LISTED, FILTERED = "duplicate", "do-not-call", "filter"  # why a valid row is left out
EMPTY, TOTALS = "empty", "totals"  # lines of a source that are no rows
OUTCOME = "outcome:"  # before the outcome of whom a second round leaves out
INACTIVE, GONE, TOO_OFTEN, REACHED = "inactive", "gone", "attempts", "reached"  # why else it does


@dataclass(frozen=True, slots=True)
class RowChange:
    """What happens to the rows of one phonebook or DNC list: counts, and a keyed digest of the change set.

    `left_out` counts the declared rows that are not compared, by reason: the codes of invalid rows
    (`rows.reasons`), DUPLICATE, LISTED, FILTERED, EMPTY, TOTALS, and UNSETTLED (`plan.unsettled`).
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
class Calls:
    """What would ring: campaigns started, active contacts newly dialled, alarms."""

    campaigns: int = 0
    contacts: int = 0
    alarms: int = 0


class Ownership(StrEnum):
    """Who answers for what dials: this project, another one of the account, or another user of Alice."""

    DECLARED = "declared"
    UNDECLARED = "undeclared"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class CampaignForecast:
    """How the calls of one campaign will run from now on, by the rule of docs/alice-api.md#calling-window.

    `label` is its name on Alice, `address` None when it is not declared here, `ownership` says who declares it.
    `starts`: it runs after this plan, or may, or else would only if somebody started it; `status` is how a live one
    stands, "" for one that is not there yet; `doubt` says why it is not known whether it runs. `contacts` are those
    still to be called; `rings` those of them that are called because of this plan.
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
    ownership: Ownership = Ownership.DECLARED
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


AlarmHours = tuple[tuple[datetime | None, int], ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What will happen to people once the plan is applied.

    `impact` is what this plan makes ring, `running` what else goes on ringing, declared here or not, `undeclared` the
    part of that which nobody declares here; `total` is all of it. `alarms` are the moments at which alarms ring, by
    address, with a stand-in (`alarm.#909`) for one that has none. `alarm_hours` counts these and those of
    appointments by the hour of the project's clock in which they ring, None for what rings nobody knows when. `legal`
    are daily hours (from, to) by address, where a policy gives some, in the zone of the people called.
    """

    campaigns: tuple[CampaignForecast, ...] = ()
    loads: tuple[Load, ...] = ()
    alarms: tuple[tuple[Address, datetime], ...] = ()
    alarm_hours: AlarmHours = ()
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

    @classmethod
    def without_changes(
        cls, settings: Settings, now: datetime, findings: Iterable[Finding], drift: tuple[Drift, ...] = ()
    ) -> Plan:
        """What is shown in the place of one that would do something."""
        about = (__version__, settings.project, settings.environment, settings.endpoint_shown, now)
        return cls(*about, findings=tuple(findings), drift=drift, timezone=settings.timezone)

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
