"""`status --watch` in words: a table of what runs for a terminal, a line for each campaign for a log.

Pure: whoever reads again and again, and until when, is the command line.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from provisioner.inspect.alarm_status import AlarmStatus
from provisioner.inspect.campaign_status import CampaignStatus
from provisioner.inspect.lookup import name_of, startable_kind, status_of
from provisioner.inspect.reach import Reach
from provisioner.inspect.reading import Reading, may_dial
from provisioner.inspect.table import Table
from provisioner.plan.model import AlarmHours
from provisioner.reports.wording import harmless
from provisioner.resources import Zones

SOON = 6  # hours of which the alarms are shown
COLUMNS = ("id", "name", "status", "done", "answered", "not", "pace", "left")
NOBODY = "nobody taken in yet, or not shown"


def table(reading: Reading) -> Table:
    """A row for each campaign; those that run first."""
    running = reading.running
    rest = [each for each in reading.campaigns if each not in running]
    return Table(COLUMNS, tuple(_row(each, reading.at) for each in (*running, *rest)))


def _row(status: CampaignStatus, now: datetime) -> tuple[str, ...]:
    kind = startable_kind()
    assert kind.startable is not None
    percent, reach = status.percent_done(kind.startable), status.reach
    pace = status.progress.pace if status.progress else None
    return (
        str(status.live.id),
        name_of(kind, status.live) or "",
        status_of(kind, status.live),
        "-" if percent is None else f"{percent}%",
        *(("not known", "") if reach is None else (f"{reach.answered:,}", f"{_not_answered(reach):,}")),
        f"{pace.per_minute:.1f}/min" if pace and pace.per_minute is not None else "",
        duration(pace.finishes - now) if pace and pace.finishes and may_dial(status, now) else "",
    )


def line(status: CampaignStatus, now: datetime, zones: Zones) -> str:
    """`campaign tet (id 7): started, 420 of 3,000 done (14%), 3,000 expected; 420 dialled: ...; 9.8 calls a minute`."""
    kind = startable_kind()
    name = harmless(name_of(kind, status.live) or "unnamed")
    reach = "answers not known" if status.reach is None else status.reach.sentence
    return (
        f"{kind.title} {name} (id {status.live.id}): {status_of(kind, status.live)}, {_done(status)}; {reach}"
        f"{_outlook(status, now, zones) if may_dial(status, now) else ''}"
    )


def _done(status: CampaignStatus) -> str:
    if status.progress is None:
        return NOBODY
    pace = status.progress.pace
    return f"{pace.done:,} of {pace.total:,} done ({100 * pace.done // pace.total}%), {pace.expected:,} expected by now"


def _outlook(status: CampaignStatus, now: datetime, zones: Zones) -> str:
    """The pace, and when nobody is left to call or how far it comes."""
    if status.progress is None:
        return ""
    pace, expires = status.progress.pace, status.progress.forecast.expires
    so_far = "" if pace.per_minute is None else f"{pace.per_minute:.1f} calls a minute, "
    if pace.finishes:
        return f"; {so_far}{duration(pace.finishes - now)} left, until {zones.local(pace.finishes):%Y-%m-%d %H:%M}"
    if pace.by_expiry is None:
        return "; no pace yet"
    return f"; {so_far}{pace.by_expiry:,} called when it expires on {expires:%Y-%m-%d %H:%M}"


def alarms(reading: Reading) -> Iterator[str]:
    """The alarms of the next hours, in a line; none where nobody asked for them or there is none at all."""
    found = reading.alarms
    if found is None:
        return
    if found.unlisted:
        yield f"Alarms: not known, the server does not list them ({harmless(found.unlisted)})."
    elif found.ahead:
        yield f"Alarms of the next {SOON} hours: {_counted(reading.ringing_within(SOON), found)}"


def _counted(hours: AlarmHours, found: AlarmStatus) -> str:
    known = [(hour, number) for hour, number in hours if hour is not None]
    doubt = f"; {found.ahead[None]:,} nobody knows when" if found.ahead[None] else ""
    by_hour = ", ".join(f"{hour:%H:%M} {number:,}" for hour, number in known)
    return f"{sum(number for _, number in known):,}{f' ({by_hour})' if by_hour else ''}{doubt}"


def _not_answered(reach: Reach) -> int:
    return reach.dialled - reach.answered


def duration(span: timedelta) -> str:
    """`2 d 3 h`, `1 h 5 min`, `45 min`; what is less than a minute is one."""
    minutes = max(1, -(-int(span.total_seconds()) // 60))
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"
