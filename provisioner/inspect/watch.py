"""`status --watch` in words: a table of what runs for a terminal, a line for each campaign for a log.

Told in the language in force. Pure: whoever reads again and again, and until when, is the command line.
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
from provisioner.language import gettext, number, term
from provisioner.plan.model import AlarmHours
from provisioner.reports.wording import harmless
from provisioner.resources import Zones

SOON = 6  # hours of which the alarms are shown
COLUMNS = ("id", "name", "status", "done", "answered", "not", "pace", "left")


def table(reading: Reading) -> Table:
    """A row for each campaign; those that run first."""
    running = reading.running
    rest = [each for each in reading.campaigns if each not in running]
    return Table(COLUMNS, tuple(_row(each, reading.at) for each in (*running, *rest))).in_language()


def head(at: datetime, seconds: float) -> str:
    """What stands above the table."""
    again = gettext("read again every {seconds} s; Ctrl-C ends this and stops no call", seconds=number(seconds, "g"))
    return f"{at:%Y-%m-%d %H:%M:%S}, {again}"


def failed(error: str) -> str:
    """What stands below it where the newest reading is missing."""
    return gettext("This reading failed, the next one is awaited: {error}", error=error)


def ended(campaign: str | None) -> str:
    """The end, and of what: others may run where one was asked for, and alarms are no campaigns."""
    if campaign is not None:
        return gettext("None of these campaigns runs.")
    return gettext("No campaign of this account runs.")


def _row(status: CampaignStatus, now: datetime) -> tuple[str, ...]:
    kind = startable_kind()
    percent, reach = status.percent_done(kind.as_startable), status.reach
    pace = status.progress.pace if status.progress else None
    return (
        str(status.live.id),
        name_of(kind, status.live) or "",
        term(status_of(kind, status.live)),
        "-" if percent is None else f"{percent}%",
        *((gettext("not known"), "") if reach is None else (number(reach.answered), number(_not_answered(reach)))),
        gettext("{pace}/min", pace=number(pace.per_minute, ".1f")) if pace and pace.per_minute is not None else "",
        duration(pace.finishes - now) if pace and pace.finishes and may_dial(status, now) else "",
    )


def line(status: CampaignStatus, now: datetime, zones: Zones) -> str:
    """`campaign tet (id 7): started, 420 of 3,000 done (14%), 3,000 expected; 420 dialled: ...; 9.8 calls a minute`."""
    kind = startable_kind()
    return gettext(
        "{kind} {name} (id {id}): {status}, {done}; {reach}{outlook}",
        kind=term(kind.title),
        name=harmless(name_of(kind, status.live) or gettext("unnamed")),
        id=str(status.live.id),
        status=term(status_of(kind, status.live)),
        done=_done(status),
        reach=gettext("answers not known") if status.reach is None else status.reach.sentence,
        outlook=_outlook(status, now, zones) if may_dial(status, now) else "",
    )


def _done(status: CampaignStatus) -> str:
    if status.progress is None:
        return gettext("nobody taken in yet, or not shown")
    pace = status.progress.pace
    return gettext(
        "{done:,} of {total:,} done ({percent}%), {expected:,} expected by now",
        done=pace.done,
        total=pace.total,
        percent=100 * pace.done // pace.total,
        expected=pace.expected,
    )


def _outlook(status: CampaignStatus, now: datetime, zones: Zones) -> str:
    """The pace, and when nobody is left to call or how far it comes."""
    if status.progress is None:
        return ""
    pace, expires = status.progress.pace, status.progress.forecast.expires
    so_far = ""
    if pace.per_minute is not None:
        so_far = gettext("{pace} calls a minute, ", pace=number(pace.per_minute, ".1f"))
    if pace.finishes:
        until = f"{zones.local(pace.finishes):%Y-%m-%d %H:%M}"
        return gettext(
            "; {pace}{time} left, until {until}", pace=so_far, time=duration(pace.finishes - now), until=until
        )
    if pace.by_expiry is None:
        return gettext("; no pace yet")
    return gettext(
        "; {pace}{count:,} called when it expires on {moment}",
        pace=so_far,
        count=pace.by_expiry,
        moment=f"{expires:%Y-%m-%d %H:%M}",
    )


def alarms(reading: Reading) -> Iterator[str]:
    """The alarms of the next hours, in a line; none where nobody asked for them or there is none at all."""
    found = reading.alarms
    if found is None:
        return
    if found.unlisted:
        why = harmless(found.unlisted)
        yield gettext("Alarms: not known, the server does not list them ({reason}).", reason=why)
    elif found.ahead:
        counted = _counted(reading.ringing_within(SOON), found)
        yield gettext("Alarms of the next {hours} hours: {alarms}", hours=SOON, alarms=counted)


def _counted(hours: AlarmHours, found: AlarmStatus) -> str:
    known = [(hour, alarms) for hour, alarms in hours if hour is not None]
    unknown = found.ahead[None]
    doubt = gettext("; {count:,} nobody knows when", count=unknown) if unknown else ""
    by_hour = ", ".join(f"{hour:%H:%M} {number(alarms)}" for hour, alarms in known)
    return f"{number(sum(alarms for _, alarms in known))}{f' ({by_hour})' if by_hour else ''}{doubt}"


def _not_answered(reach: Reach) -> int:
    return reach.dialled - reach.answered


def duration(span: timedelta) -> str:
    """`2 d 3 h`, `1 h 5 min`, `45 min`; what is less than a minute is one."""
    minutes = max(1, -(-int(span.total_seconds()) // 60))
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return gettext("{days} d {hours} h", days=days, hours=hours)
    if hours:
        return gettext("{hours} h {minutes} min", hours=hours, minutes=minutes % 60)
    return gettext("{minutes} min", minutes=minutes)
