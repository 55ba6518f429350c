"""The timeline: days across, the hours of a day down, a bar for each stretch in which a campaign may dial.

What is legal is a band across all days, so that a bar that sticks out of it is seen at once. The table beside it has
the same stretches, each of one form. Hours are those of the page's clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise

from provisioner.language import gettext, number, template
from provisioner.plan.model import AlarmHours, CampaignForecast, Outlook
from provisioner.reports.page.axes import Clock, DayAxis, Marker, Tick, between, hours, shown_days, uncrowded

DIALS, SPARE, OUTSIDE = "dials", "spare", "outside"

Legal = tuple[time, time]

HEAD, TITLE, HOUR, GAP, DESCENT = 36, 40, 3, 14, 4  # what hangs below the last line is DESCENT
PLOT = 24 * HOUR
STEP = TITLE + PLOT + GAP
LEAST = 2.5  # of a bar, so that a minute is seen
MOST_PANELS = 20
WORDS = {
    DIALS: template("dials"),
    SPARE: template("open, no one left to call"),
    OUTSIDE: template("dials outside legal hours"),
}


@dataclass(frozen=True, slots=True)
class TimelineSpan:
    """On one date: it dials, is spare (open, but nobody is left to call) or dials outside legal hours."""

    start: datetime
    end: datetime
    form: str


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A campaign in the table: its usual hours, what is legal for it, and whether it dials outside of that."""

    campaign: CampaignForecast
    daily: str
    legal: str
    outside: bool


def legal_hours(outlook: Outlook, campaign: CampaignForecast) -> Legal | None:
    """What a policy allows for the campaign, if one says."""
    return next(((first, last) for address, first, last in outlook.legal if address == campaign.address), None)


def campaign_rows(outlook: Outlook, clock: Clock) -> tuple[CampaignRow, ...]:
    """Every campaign of the outlook."""
    return tuple(_row(campaign, legal_hours(outlook, campaign), clock) for campaign in outlook.campaigns)


def hours_text(hours: Legal) -> str:
    """`08:00 to 17:00`."""
    return between(f"{hours[0]:%H:%M}", f"{hours[1]:%H:%M}")


def stretches(campaign: CampaignForecast, clock: Clock, legal: Legal | None) -> Iterator[TimelineSpan]:
    """The windows cut at midnight, where the last call is made, and at the edges of what is legal."""
    for first, last in campaign.windows:
        for start, end in _by_day(clock.local(first), clock.local(last)):
            cuts = [] if campaign.finishes is None else [clock.local(campaign.finishes)]
            cuts += [datetime.combine(start.date(), each, clock.zone) for each in legal or ()]
            edges = sorted({start, end, *(each for each in cuts if start < each < end)})
            yield from (TimelineSpan(a, b, _form(a, campaign, legal)) for a, b in pairwise(edges))


def _row(campaign: CampaignForecast, legal: Legal | None, clock: Clock) -> CampaignRow:
    usual = Counter(between(clock.hour(first), clock.hour(last)) for first, last in campaign.windows).most_common(1)
    outside = any(each.form == OUTSIDE for each in stretches(campaign, clock, legal))
    return CampaignRow(
        campaign,
        usual[0][0] if usual else gettext("never"),
        hours_text(legal) if legal else gettext("none known"),
        outside,
    )


def _form(start: datetime, campaign: CampaignForecast, legal: Legal | None) -> str:
    if campaign.finishes is not None and start >= campaign.finishes:
        return SPARE
    return OUTSIDE if legal is not None and not legal[0] <= start.time() < legal[1] else DIALS


def _by_day(first: datetime, last: datetime) -> Iterator[tuple[datetime, datetime]]:
    """A window in pieces that each lie on one date."""
    while first.date() < last.date():
        midnight = datetime.combine(first.date() + timedelta(days=1), time(), first.tzinfo)
        yield first, midnight
        first = midnight
    if first < last:
        yield first, last


@dataclass(frozen=True, slots=True)
class TimelineBar:
    """A stretch on one day, `form` as in `stretches`; or alarms that ring in one hour."""

    x: float
    y: float
    width: float
    height: float
    form: str
    title: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One campaign, or all alarms (`campaign` is None); `legal` are the edges of the band and its label."""

    y: float
    bars: tuple[TimelineBar, ...]
    campaign: CampaignForecast | None = None
    legal: tuple[float, float, str] | None = None
    expiry: Marker | None = None
    finish: Marker | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything to draw; `more` campaigns are left to the table."""

    width: float
    height: float
    left: float
    right: float
    plot: float
    column: float
    days: tuple[Tick, ...]
    hours: tuple[Tick, ...]
    now: Marker
    panels: tuple[Panel, ...]
    more: int = 0


def timeline(outlook: Outlook, clock: Clock) -> Timeline | None:
    """The timeline of an outlook; None when there is nothing to show on one."""
    shown, hours_of_alarms = outlook.campaigns[:MOST_PANELS], [hour for hour, _ in outlook.alarm_hours if hour]
    if not shown and not hours_of_alarms:
        return None
    axis = DayAxis(clock, shown_days(shown, hours_of_alarms, clock))
    panels = [_panel(each, outlook, axis, _top(index)) for index, each in enumerate(shown)]
    if hours_of_alarms:
        top = _top(len(panels))
        panels.append(Panel(top, tuple(_alarm_bars(outlook.alarm_hours, axis, top))))
    return Timeline(
        *(axis.width, _top(len(panels)) - TITLE + DESCENT, axis.left, axis.right, PLOT, round(axis.column, 1)),
        days=uncrowded(axis.ticks(), lambda tick: tick.at),
        hours=tuple(Tick(hour * HOUR, f"{hour:02}") for hour in (0, 6, 12, 18, 24)),
        now=axis.marker(clock.now, gettext("now {moment}", moment=clock.moment(clock.now)), hours(clock.now) * HOUR),
        panels=tuple(panels),
        more=len(outlook.campaigns) - len(shown),
    )


def _top(index: int) -> int:
    """Where the plot of a panel begins; its title stands above."""
    return HEAD + TITLE + index * STEP


def _panel(campaign: CampaignForecast, outlook: Outlook, axis: DayAxis, top: float) -> Panel:
    legal = legal_hours(outlook, campaign)
    parts = (each for each in stretches(campaign, axis.clock, legal) if axis.shows(each.start))
    band = None
    if legal is not None:
        first, last = (round(top + (each.hour + each.minute / 60) * HOUR, 1) for each in legal)
        band = (first, last, gettext("legal {hours}", hours=hours_text(legal)))
    finish = None
    if campaign.finishes is not None and axis.shows(campaign.finishes):
        told = gettext("no one left to call {moment}", moment=axis.clock.moment(campaign.finishes))
        finish = axis.marker(campaign.finishes, told, top + hours(axis.clock.local(campaign.finishes)) * HOUR)
    expires = gettext("expires {moment}", moment=axis.clock.moment(campaign.expires))
    expiry = axis.marker(campaign.expires, expires, top)
    return Panel(top, tuple(_bar(each, axis, top) for each in parts), campaign, band, expiry, finish)


def _bar(part: TimelineSpan, axis: DayAxis, top: float) -> TimelineBar:
    inset = min(2.0, axis.column * 0.12)
    height = ((hours(part.end) or 24) - hours(part.start)) * HOUR
    return TimelineBar(
        round(axis.start(part.start.date()) + inset, 1),
        round(top + hours(part.start) * HOUR, 1),
        round(axis.column - 2 * inset, 1),
        round(max(height, LEAST), 1),
        part.form,
        gettext("{span}: {what}", span=axis.clock.span(part.start, part.end), what=gettext(WORDS[part.form])),
    )


def _alarm_bars(alarm_hours: AlarmHours, axis: DayAxis, top: float) -> Iterator[TimelineBar]:
    """One tick for each hour of a day in which alarms ring."""
    for begins, count in alarm_hours:
        hour = begins and axis.clock.local(begins)
        if hour and axis.shows(hour):
            y = round(top + hours(hour) * HOUR, 1)
            span = axis.clock.on(hour.date(), between(axis.clock.hour(hour), f"{hour:%H}:59"))
            title = f"{span}: {number(count)}"
            yield TimelineBar(axis.start(hour.date()), y, round(axis.column - 1, 1), HOUR - 0.5, "tick", title)
