"""What a change to a campaign that was started really does: rings now, takes effect, has no effect, or is dangerous.

A start takes in the contacts and a copy of the survey (docs/alice-api.md#sealed-copies). From then on much of what a
manifest says reaches nobody, and some of it reaches more people than meant (docs/alice-api.md#what-rings).
"""

from __future__ import annotations

from collections.abc import Iterator

from provisioner.checks.check import Check
from provisioner.checks.context import Context
from provisioner.checks.running_change import ID, changes_of
from provisioner.checks.running_rows import copies_of, rows_of
from provisioner.errors import Severity
from provisioner.model import Finding
from provisioner.plan.observed import active_campaigns


def run(context: Context) -> Iterator[Finding]:
    """Each change to a started campaign, to the rows that it dials, and to the survey that it was started with."""
    situation = context.situation
    started = tuple(
        each for each in active_campaigns(situation.decisions, situation.live) if each.started and each.decision
    )
    yield from changes_of(context, started)
    yield from rows_of(context, started)
    yield from copies_of(context, started)


CHECK = Check(ID, Severity.WARNING, "A change to what a started campaign uses does what it looks like.", run)
