"""What `status` reads at one moment, and what follows from it: what may dial yet, which alarms ring soon.

Of an account that does not show its campaigns there is no reading: nobody can say that nothing runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from provisioner.api import Client
from provisioner.inspect.alarm_status import AlarmStatus
from provisioner.inspect.campaign_status import CampaignStatus, statuses
from provisioner.inspect.lookup import ProjectIds, startable_kind
from provisioner.model import Address
from provisioner.plan.model import AlarmHours
from provisioner.resources import Zones


@dataclass(frozen=True, slots=True)
class Reading:
    """The campaigns and, where they were asked for, the alarms of an account at a moment of the project's zone."""

    at: datetime
    campaigns: tuple[CampaignStatus, ...]
    alarms: AlarmStatus | None = None

    @property
    def running(self) -> tuple[CampaignStatus, ...]:
        """Those that may dial somebody yet: a status that nobody understands may be that of one that runs."""
        return tuple(each for each in self.campaigns if may_dial(each, self.at))

    def ringing_within(self, hours: int) -> AlarmHours:
        """The alarms of this hour and the next ones; last those of which nobody knows when they ring."""
        until = self.at + timedelta(hours=hours)
        return tuple(each for each in (self.alarms.hours if self.alarms else ()) if each[0] is None or each[0] < until)


def may_dial(status: CampaignStatus, now: datetime) -> bool:
    """Whether it is not certain that it dials nobody any more."""
    kind = startable_kind()
    fields = status.live.fields
    return not kind.as_startable.at_rest(fields.get(kind.as_startable.field)) and not kind.timing.over(fields, now)


def read(
    client: Client, zones: Zones, name: str | None, known: ProjectIds, now: datetime, hidden: Mapping[str, Address]
) -> Reading:
    """The campaigns that `name` means, or all of them, without the alarms. Raises ApiError, and UsageError for none."""
    return Reading(zones.local(now), tuple(statuses(client, zones, name, known, now, hidden)))
