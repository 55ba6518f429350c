"""What is to be done with one resource: the value that actions decide on and everything after them goes by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from provisioner.model import Address, Finding, Resource
from provisioner.plan.match import Match
from provisioner.plan.model import Action, Change
from provisioner.plan.starts import NO_STATUS, Status
from provisioner.resources import KINDS


class DecisionState(Enum):
    """What becomes of a decision."""

    READY = "ready"  # it is carried out
    PARTLY = "partly"  # but for one field, which is deferred
    DEFERRED = "deferred"  # it waits for what nobody in this plan makes
    HELD = "held"  # it waits for something unsettled
    OVER = "over"  # its time is over
    LEFT_OUT = "left out"  # by --target or --exclude


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done with one resource, and all that applying needs to do it.

    `before` and `after` are canonical fields, live and as they will be; `desired` the declared part of `after`.
    `unclear` are the declared fields that nobody can read and this plan does not write: in `after` they are as
    declared, which is to be checked, and they may be otherwise.
    `why` it is in its state; of what is left out why it is over besides, "" where it is not.
    """

    match: Match
    desired: Mapping[str, Any] = field(default_factory=dict)
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] = field(default_factory=dict)
    change: Change | None = None
    status: Status = NO_STATUS
    changed: tuple[str, ...] = ()
    unclear: frozenset[str] = frozenset()
    state: DecisionState = DecisionState.READY
    why: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def resource(self) -> Resource:
        return self.match.resource

    @property
    def address(self) -> Address:
        return self.match.resource.address

    @property
    def late(self) -> str:
        """Why its time is over, "" while it is not."""
        return self.why if self.state in (DecisionState.OVER, DecisionState.LEFT_OUT) else ""

    @property
    def waits(self) -> str:
        """Why all of it is deferred, or held."""
        return self.why if self.state in (DecisionState.DEFERRED, DecisionState.HELD) else ""

    @property
    def partly(self) -> str:
        """Why one field of it is deferred, while the rest goes on."""
        return self.why if self.state is DecisionState.PARTLY else ""

    @property
    def chosen(self) -> bool:
        """Whether it takes part in the plan."""
        return self.state not in (DecisionState.LEFT_OUT, DecisionState.HELD)

    @property
    def replaces(self) -> bool:
        """Whether a new object takes the place of the live one."""
        return self.change is not None and self.change.action is Action.REPLACE

    @property
    def starts(self) -> bool:
        """Whether this plan posts the status that makes it dial."""
        startable = KINDS[self.address.kind].startable
        return startable is not None and self.status.post == startable.running

    @property
    def at_rest(self) -> bool:
        """Whether it is certain that it dials nobody once the plan is applied; what is made new is not started."""
        startable = KINDS[self.address.kind].startable
        if startable is None or self.before is None:
            return not self.starts
        return not self.starts and startable.at_rest(self.after.get(startable.field))

    @property
    def at_rest_before(self) -> bool:
        """Whether it is certain that it dials nobody now."""
        startable = KINDS[self.address.kind].startable
        return startable is None or self.before is None or startable.at_rest(self.before.get(startable.field))

    @property
    def live_after(self) -> bool:
        """Whether the object is there once the plan is applied."""
        return self.match.live is not None or self.change is not None
