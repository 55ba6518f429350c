"""The forecast of one campaign: calls made so far over time, against how many there are and when it expires."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from provisioner.language import gettext
from provisioner.plan.model import CampaignForecast
from provisioner.reports.page.axes import Clock, Scale, Tick, beside_axis, moment_ticks, number_ticks, short, uncrowded

WIDTH, HEIGHT = 460, 230
LEFT, RIGHT, TOP, BOTTOM = 50, 16, 26, 28
FAR = 3  # an expiry farther off than so many times the calls take is not drawn to scale
MOST_POINTS = 400

Point = tuple[datetime, int]


@dataclass(frozen=True, slots=True)
class TimeMarker:
    """A moment worth a line; `off`: it is later than what is drawn."""

    x: float
    title: str
    off: bool = False


@dataclass(frozen=True, slots=True)
class Forecast:
    """A curve and what to measure it against; `path` is the line, `area` what is below it, `goal` everybody.

    `actual` is the line of what was really done, "" when nothing was, and `now` where it ends.
    """

    campaign: CampaignForecast
    path: str
    area: str
    goal: float
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    expiry: TimeMarker
    finish: TimeMarker | None
    end: tuple[float, float]
    actual: str = ""
    now: float | None = None
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    top: float = TOP
    bottom: float = HEIGHT - BOTTOM


def forecast(campaign: CampaignForecast, clock: Clock, actual: Sequence[Point] = ()) -> Forecast | None:
    """The chart of a forecast, with what was really done beside it if that is known; None when it makes no call."""
    most = campaign.contacts.most
    if len(campaign.curve) < 2 or not most:
        return None
    first, last = campaign.curve[0][0], _last(campaign, actual)
    across = Scale(first.timestamp(), last.timestamp(), LEFT, WIDTH - RIGHT)
    up = Scale(0, max(most, *(calls for _, calls in campaign.curve)), HEIGHT - BOTTOM, TOP)
    points = [(across(moment.timestamp()), up(calls)) for moment, calls in _thinned(campaign.curve, last)]
    path = _joined(points)
    return Forecast(
        campaign,
        path,
        f"{path}V{HEIGHT - BOTTOM}H{points[0][0]:g}Z",
        up(most),
        uncrowded(
            (Tick(across(moment.timestamp()), label) for moment, label in moment_ticks(first, last, clock)),
            beside_axis(LEFT, WIDTH - RIGHT),
        ),
        tuple(Tick(up(number), short(number)) for number in number_ticks(up.high)),
        TimeMarker(
            across(campaign.expires.timestamp()),
            gettext("expires {moment}", moment=clock.moment(campaign.expires)),
            campaign.expires > last,
        ),
        _finish(campaign, across, clock),
        points[-1],
        _line(actual, across, up),
        across(actual[-1][0].timestamp()) if actual else None,
    )


def _line(points: Sequence[Point], across: Scale, up: Scale) -> str:
    return _joined([(across(moment.timestamp()), up(calls)) for moment, calls in points]) if points else ""


def _joined(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)


def _last(campaign: CampaignForecast, actual: Sequence[Point]) -> datetime:
    """Where the chart ends: at expiry, unless the calls are over long before."""
    first = campaign.curve[0][0]
    end = max([campaign.finishes or campaign.expires, *(moment for moment, _ in actual)])
    if campaign.expires - first > FAR * max(end - first, timedelta(minutes=10)):
        return end + (end - first) / 3
    return max(campaign.expires, end)


def _thinned(curve: Sequence[Point], last: datetime) -> Iterator[Point]:
    """The points up to the end of the chart, with the one where it is cut; not more than can be told apart."""
    points = [point for point in curve if point[0] <= last]
    every = len(points) // MOST_POINTS + 1
    yield from points[:-1:every]
    yield points[-1]
    rest = curve[len(points) : len(points) + 1]
    for moment, calls in rest:
        before, made = points[-1]
        share = (last - before) / (moment - before)
        yield last, int(made + (calls - made) * share)


def _finish(campaign: CampaignForecast, across: Scale, clock: Clock) -> TimeMarker | None:
    if campaign.finishes is None:
        return None
    told = gettext("no one left to call {moment}", moment=clock.moment(campaign.finishes))
    return TimeMarker(across(campaign.finishes.timestamp()), told)
