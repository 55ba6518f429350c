"""How far a campaign comes, and whether it keeps up: the dialler's rule run forward in closed form. Pure.

The rule (docs/alice-api.md#calling-window): inside its daily hours a campaign makes `frequency` calls a minute, and
never more in a minute than its gateway takes at a time, until all its contacts are called or it expires. Calls that are
repeated are not foreseen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from provisioner.bound import Bound
from provisioner.forecast.dialler import Dialler
from provisioner.forecast.schedule import DAY, Hours, Interval
from provisioner.language import gettext
from provisioner.plan.model import CampaignForecast
from provisioner.plan.observed import ActiveCampaign
from provisioner.resources import KINDS, Integer, Zones

MOST_WINDOWS = 62  # of a campaign in an outlook: two months of days; what comes later is in its other figures
MINUTE = 60

SLACK = 2  # percent of all; who is less behind keeps up
FIRST_CALLS = 10 * MINUTE  # seconds until somebody has been rung, has listened to the end and is counted as done


@dataclass(frozen=True, slots=True)
class Projection:
    """One campaign run forward: `pace` calls a minute, `open_for` seconds, `needed` of them for all `contacts`.

    Where it is not known how many contacts there are, or how fast it is, it dials until it expires. Not `certain`: it
    may be slower than its pace, or open otherwise.
    """

    campaign: ActiveCampaign
    hours: Hours
    pace: int
    contacts: Bound
    open_for: int
    needed: int | None
    finishes: datetime | None
    certain: bool = True

    @classmethod
    def of(cls, campaign: ActiveCampaign, hours: Hours, dialler: Dialler) -> Projection:
        """Until everybody is called, or it expires."""
        certain = not dialler.hidden(campaign) and dialler.knows_pace(campaign)
        return cls.forward(campaign, hours, dialler.pace(campaign), dialler.contacts(campaign), certain)

    @classmethod
    def forward(
        cls, campaign: ActiveCampaign, hours: Hours, pace: int, contacts: Bound, certain: bool = True
    ) -> Projection:
        """So many contacts at that many calls a minute."""
        open_for = hours.seconds
        needed = -(-contacts.most * MINUTE // pace) if pace > 0 and contacts.most else None
        in_time = certain and needed is not None and needed <= open_for
        finishes = hours.after(needed) if needed is not None and in_time else None
        return cls(campaign, hours, pace, contacts, open_for, needed, finishes, certain)

    @property
    def capacity(self) -> Bound:
        """Calls that it can make before it expires."""
        if not self.pace:
            return Bound.unknown(gettext("its pace is not shown"))
        return Bound.at_most(self.pace * self.open_for // MINUTE)

    @property
    def reached(self) -> int | None:
        """Contacts that are called by then; None: nobody knows."""
        most = self.contacts.capped(self.capacity).most
        unknown = self.capacity.most is None or not self.certain
        return None if unknown and most else most

    @property
    def closes(self) -> datetime | None:
        """The end of the last window before it expires; None when it never opens."""
        return self.hours.after(self.open_for) if self.open_for else None


def campaign_forecast(run: Projection, dialler: Dialler) -> CampaignForecast:
    """The forecast of one campaign, moments in the project's zone."""
    campaign, local = run.campaign, dialler.zones.local
    windows = tuple(run.hours.stretches(MOST_WINDOWS))
    return CampaignForecast(
        label=campaign.label,
        gateway=dialler.gateway_name(campaign.gateway_kind, campaign.gateway),
        frequency=dialler.frequency(campaign),
        contacts=run.contacts,
        expires=local(campaign.fields[campaign.startable.schedule.expires]),
        address=campaign.address,
        starts=campaign.runs,
        rings=dialler.rings(campaign, run.contacts),
        windows=_local(windows, dialler.zones),
        curve=tuple((local(moment), calls) for moment, calls in curve(run, windows)),
        reached=run.reached,
        finishes=local(run.finishes),
        needed_frequency=_needed_frequency(run, dialler.limit(campaign)),
        needed_days=_needed_days(run),
        ownership=campaign.ownership,
        doubt=campaign.doubt,
        status=campaign.status,
    )


@lru_cache(maxsize=64)
def _local(windows: tuple[Interval, ...], zones: Zones) -> tuple[Interval, ...]:
    """In the project's zone, and one value for all campaigns with the same windows."""
    return tuple((zones.local(first), zones.local(last)) for first, last in windows)


def curve(run: Projection, windows: tuple[Interval, ...]) -> Iterator[tuple[datetime, int]]:
    """A point where a window opens and one where it closes, until all that is reached is called."""
    seconds, end, reached, calls = 0, run.finishes or run.hours.ends, run.reached, 0
    for first, last in windows:
        if not reached or first >= end:
            return
        yield first, calls
        last = min(last, end)
        seconds += int((last - first).total_seconds())
        calls = reached if last == run.finishes else min(reached, run.pace * seconds // MINUTE)
        yield last, calls
    if windows and reached and seconds < min(run.open_for, run.needed or run.open_for):
        yield end, reached  # what comes after the windows that are listed, in one straight line


def _needed_frequency(run: Projection, limit: int | None) -> int | None:
    """The least frequency that would call all in time, if the API and the gateway take one as high."""
    if run.finishes or not run.open_for or not run.contacts.most:
        return None
    needed = -(-run.contacts.most * MINUTE // run.open_for)
    field: Any = KINDS[run.campaign.kind].field(run.campaign.startable.schedule.frequency)
    highest = field.maximum if isinstance(field, Integer) else None
    bounds = [each for each in (highest, limit) if each is not None]
    return None if bounds and needed > min(bounds) else needed


def _needed_days(run: Projection) -> int | None:
    """The least number of days by which the expiry would have to be later."""
    if run.finishes or run.needed is None:
        return None
    finish = run.hours.after(run.needed)
    return None if finish is None or finish <= run.hours.ends else -(-(finish - run.hours.ends) // DAY)


@dataclass(frozen=True, slots=True)
class Pace:
    """`expected` of the `total` should be done by now, at the declared pace since it began; `done` are.

    At the pace of the hours that it was open so far, the last one is called at `finishes` (None: not before it
    expires, or nothing is left), and `by_expiry` are done when it expires; None: it has only just begun and nobody is
    done, so there is no pace. What does not run does not go on. `per_minute` are done a minute of those hours; None
    where there is no pace.
    """

    total: int
    done: int
    expected: int
    by_expiry: int | None
    finishes: datetime | None = None
    per_minute: float | None = None

    @property
    def behind(self) -> int:
        """How many fewer are done than should be."""
        return max(0, self.expected - self.done)

    @property
    def falls_short(self) -> bool:
        """Whether it will not have called everybody when it expires."""
        return self.by_expiry is not None and self.by_expiry < self.total

    @property
    def is_behind(self) -> bool:
        """Whether it falls short, or has done clearly less than it should; where there is no pace yet it is not."""
        late = 100 * self.behind > SLACK * self.total
        return self.falls_short or (late and self.by_expiry is not None)


def pace_of(run: Projection, done: int, now: datetime, runs: bool) -> Pace:
    """The pace of a run that began when its campaign did, and of whose contacts so many are done."""
    total, seconds = run.contacts.most or 0, run.hours.seconds
    opened = run.hours.until(min(now, run.hours.ends))
    expected = min(total, run.pace * opened // MINUTE)
    if not runs or done >= total:
        return Pace(total, done, expected, done)
    if not opened:
        return Pace(total, done, expected, max(done, run.reached or 0), run.finishes)
    if not done and opened <= FIRST_CALLS and now < run.hours.ends:
        return Pace(total, done, expected, None)
    by_expiry = min(total, done * seconds // opened)
    needed = -(-opened * total // done) if done else None
    finishes = run.hours.after(needed) if needed is not None and needed <= seconds else None
    return Pace(total, done, expected, max(done, by_expiry), finishes, done * MINUTE / opened)
