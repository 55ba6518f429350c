"""All that is known and decided before a plan is made of it: what checks and the outlook look at. A value, no rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from provisioner.model import Address, Finding, Recorded
from provisioner.plan.decision import Decision
from provisioner.plan.live import Live
from provisioner.plan.match import Matches
from provisioner.plan.model import RowChange
from provisioner.plan.notices import Notice, RingCause, Ringing
from provisioner.plan.observed import Observed
from provisioner.plan.options import PlanOptions
from provisioner.plan.prune import Removals
from provisioner.project import Project
from provisioner.stop_marks import Marks


@dataclass(frozen=True, slots=True)
class DialledRows:
    """The rows of one address that get dialled: how many, and a keyed digest; None where nobody can see them."""

    rows: int | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class RowFacts:
    """What is known of rows: changes by address, live rows before, active rows after (by address or remote id).

    `known` are the addresses of which questions about rows can be asked, with stand-ins for what is not declared;
    `unread` those whose live rows the server does not show. `shared`: of what gets dialled and is known, how many
    numbers are active in exactly these (by address or remote id), and called by notices of exactly these `RingCause`s.
    `held`: how many rows there are after the plan, active or not, by address or remote id. `dialled`: what this plan
    gets dialled. `masked`: how many numbers of a DNC list nobody can read, after the plan.
    """

    changes: Mapping[Address, RowChange]
    live: Mapping[Address, int]
    active: Mapping[Any, int]
    findings: tuple[Finding, ...] = ()
    known: frozenset[Address] = frozenset()
    unread: frozenset[Address] = frozenset()
    shared: Mapping[frozenset[Any], int] = field(default_factory=dict)
    dialled: Mapping[Address, DialledRows] = field(default_factory=dict)
    held: Mapping[Any, int] = field(default_factory=dict)
    masked: Mapping[Address, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AppointmentFacts:
    """What is known of appointments: changes by calendar, how many are there and still to come, and what rings when.

    `ringing` are calendars with what rings of them, and None with what belongs to no calendar of ours; `unlisted` the
    kinds of which more may ring than anybody can see; `claimed` the alarms that belong to declared appointments.
    """

    changes: Mapping[Address, RowChange] = field(default_factory=dict)
    live: Mapping[Address, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    ringing: tuple[tuple[Address | None, RingCause, Ringing], ...] = ()
    unlisted: tuple[str, ...] = ()
    claimed: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Situation:
    """Desired, live and recorded, what was decided about each resource, and what becomes of rows. `now` is aware.

    `marks` say what `stop` has stopped.
    """

    project: Project
    options: PlanOptions
    now: datetime
    recorded: Mapping[Address, Recorded]
    live: Live
    matches: Matches
    decisions: Mapping[Address, Decision]
    removed: Removals
    rows: RowFacts
    observed: Observed
    marks: Marks
    notices: tuple[Notice, ...]
    appointments: AppointmentFacts = AppointmentFacts()

    @property
    def row_changes(self) -> Mapping[Address, RowChange]:
        """Of contacts, DNC numbers and appointments alike."""
        return {**self.rows.changes, **self.appointments.changes}
