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
        startable = startable_kind().startable
        assert startable is not None
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
    startable = startable_kind().startable
    assert startable is not None
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
        title=f"Status of {settings.project or settings.endpoint_shown}",
        eyebrow=f"status of {clock.moment(now)}",
        verdict=_verdict(cards, now, alarms),
        sections=[],
    )


def _verdict(cards: Sequence[Card], now: datetime, alarms: AlarmStatus | None) -> Verdict:
    tones = [card.tone for card in cards]
    running = sum(card.runs for card in cards)
    if not running:
        return _without_progress(cards, now, alarms)
    text = f"{count(running, startable_kind().title)} of {len(cards):,} run" + ("s" if running == 1 else "")
    if "bad" in tones:
        return Verdict("bad", f"{text}; {tones.count('bad'):,} will not reach everybody at this pace")
    if "warn" in tones:
        return Verdict("warn", f"{text}; {tones.count('warn'):,} behind the forecast")
    return Verdict("good", f"{text}, as foreseen")


def _without_progress(cards: Sequence[Card], now: datetime, alarms: AlarmStatus | None) -> Verdict:
    """Where no campaign tells that it runs: whose status or contacts are not known may run all the same."""
    if doubtful := sum(may_dial(card.status, now) for card in cards):
        return Verdict(
            "warn", f"{count(doubtful, startable_kind().title)} of {len(cards):,} may run: not known how far"
        )
    something = cards or (alarms and (alarms.ahead or alarms.unlisted))
    return Verdict("info", "Nothing runs" if something else "There is nothing to show")


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
