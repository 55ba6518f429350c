"""`status --html`: campaigns and alarms as a page, in the design of the reports. Counts only, nobody's data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from provisioner import __version__
from provisioner.inspect.alarm_status import AlarmStatus
from provisioner.inspect.campaign_status import CampaignStatus, document
from provisioner.inspect.lookup import startable_kind
from provisioner.inspect.reach import status_shown
from provisioner.inspect.reading import may_dial
from provisioner.language import gettext, ngettext
from provisioner.messages import count
from provisioner.plan.model import Outlook
from provisioner.project import Settings
from provisioner.reports.page.axes import Clock
from provisioner.reports.page.forecast import Forecast, forecast
from provisioner.reports.page.rendering import Verdict, rendered
from provisioner.reports.page.timeline import timeline
from provisioner.resources import Zones


@dataclass(frozen=True, slots=True)
class Card:
    """One status with its chart; `shown` is what the JSON says."""

    status: CampaignStatus
    shown: dict[str, Any]
    chart: Forecast | None

    @property
    def runs(self) -> bool:
        """Whether it dials now."""
        return self.status.progress is not None and self.status.progress.forecast.starts

    @property
    def badge(self) -> str:
        """`paused after 86 calls`."""
        startable = startable_kind().as_startable
        return status_shown(startable, self.shown["status"], self.status.reach)

    @property
    def tone(self) -> str:
        """How it keeps up: bad (will not finish), warn (behind), good; idle when it does not run."""
        if not self.runs or self.status.progress is None:
            return "idle"
        pace = self.status.progress.pace
        if pace.falls_short:
            return "bad"
        return "warn" if pace.is_behind else "good"


def is_behind(status: CampaignStatus) -> bool:
    """Whether one that dials will not finish at its pace, or has done clearly less than it should."""
    progress = status.progress
    return progress is not None and progress.forecast.starts and progress.pace.is_behind


def is_finished(status: CampaignStatus) -> bool:
    """Whether it has ended, or everybody that it took in was called."""
    startable = startable_kind().as_startable
    ended = status.live.fields.get(startable.field) in startable.finished
    return ended or status.percent_done(startable) == 100


def page_of(
    statuses: Sequence[CampaignStatus], settings: Settings, now: datetime, alarms: AlarmStatus | None = None
) -> str:
    """The page; `alarms` are those of the account, unless they were not asked for."""
    clock, zones = Clock.of(settings.timezone, now), Zones.of(settings)
    cards = [Card(each, document(each, zones), _chart(each, clock)) for each in statuses]
    return rendered(
        "status.html",
        cards=cards,
        alarms=alarms,
        timeline=timeline(Outlook(alarm_hours=alarms.hours), clock) if alarms else None,
        clock=clock,
        settings=settings,
        version=__version__,
        title=gettext(
            "{view} of {project}", view=gettext("Status"), project=settings.project or settings.endpoint_shown
        ),
        eyebrow=gettext("{view} of {moment}", view=gettext("Status").lower(), moment=clock.moment(now)),
        verdict=_verdict(cards, now, alarms),
        sections=[],
    )


def _verdict(cards: Sequence[Card], now: datetime, alarms: AlarmStatus | None) -> Verdict:
    tones = [card.tone for card in cards]
    run = sum(card.runs for card in cards)
    if not run:
        return _without_progress(cards, now, alarms)
    campaigns, all_of_them = count(run, startable_kind().title), len(cards)
    running = ngettext(
        "{campaigns} of {all:,} runs", "{campaigns} of {all:,} run", run, campaigns=campaigns, all=all_of_them
    )
    if short := tones.count("bad"):
        told = gettext("{running}; {count:,} will not reach everybody at this pace", running=running, count=short)
        return Verdict("bad", told)
    if behind := tones.count("warn"):
        return Verdict("warn", gettext("{running}; {count:,} behind the forecast", running=running, count=behind))
    return Verdict("good", gettext("{running}, as foreseen", running=running))


def _without_progress(cards: Sequence[Card], now: datetime, alarms: AlarmStatus | None) -> Verdict:
    """Where no campaign tells that it runs: whose status or contacts are not known may run all the same."""
    if doubtful := sum(may_dial(card.status, now) for card in cards):
        campaigns = count(doubtful, startable_kind().title)
        told = gettext("{campaigns} of {all:,} may run: not known how far", campaigns=campaigns, all=len(cards))
        return Verdict("warn", told)
    something = cards or (alarms and (alarms.ahead or alarms.unlisted))
    return Verdict("info", gettext("Nothing runs") if something else gettext("There is nothing to show"))


def _chart(status: CampaignStatus, clock: Clock) -> Forecast | None:
    if status.progress is None:
        return None
    return forecast(status.progress.forecast, clock, tuple(_points(status, clock)))


def _points(status: CampaignStatus, clock: Clock) -> Iterator[tuple[datetime, int]]:
    """What was done until each midnight, as the call records say, and until now as the subscribers say."""
    assert status.progress is not None
    pace, curve = status.progress.pace, status.progress.forecast.curve
    if not curve or curve[0][0] >= clock.now:
        return
    made = pace.done - sum(calls for _, calls in status.daily or ())
    if made <= 0:
        yield curve[0][0], 0
    made = max(0, made)
    for day, calls in status.daily or ():
        made = min(pace.done, made + calls)
        midnight = datetime.combine(day + timedelta(days=1), time(), clock.zone)
        if curve[0][0] < midnight < clock.now:
            yield midnight, made
    yield clock.now, pace.done
