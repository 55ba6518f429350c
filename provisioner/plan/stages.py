"""A plan in stages, each from values to a value; what one needs of the server is asked before it, by whoever can ask.

matched      which live object is which resource, and who takes part
decided      what is done with each of them, what goes away, what rings by itself
situation    all of it, with what was asked about rows and about what runs: what checks, outlook and `build` look at
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from provisioner.model import Address, Recorded
from provisioner.plan.actions import decide
from provisioner.plan.decision import Decision
from provisioner.plan.doubles import with_doubles
from provisioner.plan.entry import require_entries
from provisioner.plan.live import Live
from provisioner.plan.match import Lost, Matches, match
from provisioner.plan.notices import Notice, notices
from provisioner.plan.observed import Observed
from provisioner.plan.options import PlanOptions
from provisioner.plan.prune import Removals, orphans, removals
from provisioner.plan.secrets import Digester
from provisioner.plan.situation import AppointmentFacts, RowFacts, Situation
from provisioner.plan.targeting import Selection, narrow, select
from provisioner.project import Project
from provisioner.resources import Zones
from provisioner.stop_marks import Marks

NO_APPOINTMENTS = AppointmentFacts()
Objects = list[tuple[str, int]]  # by kind and id


@dataclass(frozen=True, slots=True)
class PlanInputs:
    """What a plan is made from, beside the account. `now` is aware; `marks` say what `stop` has stopped.

    `absent` are addresses of which somebody has said that they do not exist, `lost` creations that nobody saw the
    outcome of.
    """

    project: Project
    options: PlanOptions
    now: datetime
    recorded: Mapping[Address, Recorded]
    digester: Digester
    marks: Marks
    absent: frozenset[Address]
    lost: Lost


@dataclass(frozen=True, slots=True)
class Matched:
    """Which live object is which resource, and who takes part."""

    inputs: PlanInputs
    matches: Matches
    selection: Selection

    @property
    def objects(self) -> Objects:
        """The live objects that were matched: of each of them more has to be known than a list shows."""
        return [(each.live.kind, each.live.id) for each in self.matches.by_address.values() if each.live]

    @property
    def removable(self) -> Objects:
        """The live objects that may have to be deleted."""
        found = orphans(self.inputs.recorded, self.matches) if self.inputs.options.prune else ()
        return [(record.address.kind, record.remote_id) for record in found]


@dataclass(frozen=True, slots=True)
class Decided:
    """What is done with each resource, and with what is recorded and declared no longer."""

    inputs: PlanInputs
    live: Live
    matches: Matches
    decisions: Mapping[Address, Decision]
    removed: Removals

    def notices(self, claimed: frozenset[int] = frozenset()) -> tuple[Notice, ...]:
        """What will ring by itself then, but for alarms `claimed` by lists of appointments."""
        inputs = self.inputs
        return notices(self.decisions, self.live, inputs.recorded, self.removed.changes, inputs.now, claimed)


def matched(inputs: PlanInputs, live: Live) -> Matched:
    """From the listings. PlanError with the problems of those who take part."""
    resources = inputs.project.resources
    matches = with_doubles(match(resources, live, inputs.recorded, inputs.absent, inputs.lost), live, inputs.recorded)
    return Matched(inputs, matches, select(matches, inputs.options))


def decided(found: Matched, live: Live) -> Decided:
    """From the account as `found` made it known, in more detail. PlanError with all that cannot be done."""
    inputs, matches, ready = found.inputs, found.matches, found.selection.ready
    decisions = decide(matches, live, inputs.now, inputs.options, inputs.digester, ready, inputs.marks)
    require_entries(decisions, live, ready)
    decisions = narrow(decisions, found.selection)
    zones = Zones.of(inputs.project.settings)
    removed = removals(inputs.recorded, matches, live, inputs.options, inputs.now, zones)
    return Decided(inputs, live, matches, decisions, removed)


def situation(
    found: Decided,
    rows: RowFacts,
    observed: Observed,
    ringing: tuple[Notice, ...],
    appointments: AppointmentFacts = NO_APPOINTMENTS,
) -> Situation:
    """All that is known and decided, with what rings by itself, and the answers about rows and about what runs."""
    inputs = found.inputs
    return Situation(
        project=inputs.project,
        options=inputs.options,
        now=inputs.now,
        recorded=inputs.recorded,
        live=found.live,
        matches=found.matches,
        decisions=found.decisions,
        removed=found.removed,
        rows=rows,
        observed=observed,
        marks=inputs.marks,
        notices=ringing,
        appointments=appointments,
    )
