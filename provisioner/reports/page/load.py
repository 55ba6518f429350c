"""What one gateway has to carry: calls in each hour, against as many as it takes in one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from provisioner.plan.model import Load
from provisioner.reports.page.axes import (
    LEFT,
    MOST_DAYS,
    RIGHT,
    WIDTH,
    Clock,
    Scale,
    Tick,
    beside_axis,
    moment_ticks,
    number_ticks,
    short,
    uncrowded,
)

HEIGHT, TOP, BOTTOM = 190, 24, 28
HOUR = timedelta(hours=1)
MARGIN = 14  # for numbers beside the axis, more than days need
FAR = 3  # a limit higher than so many times the busiest hour is said and not drawn

Hours = Sequence[tuple[datetime, int]]


@dataclass(frozen=True, slots=True)
class LoadChart:
    """Bars by hour as one path; `over` is the part of them in hours above the limit.

    `limit` is where to draw the line, None when there is none or it is far above; `most` the calls an hour it means.
    """

    load: Load
    path: str
    over: str
    limit: float | None
    most: int | None
    busiest: tuple[datetime, int]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    hidden: int = 0
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT + MARGIN
    right: float = WIDTH - RIGHT
    top: float = TOP
    bottom: float = HEIGHT - BOTTOM


def most_an_hour(load: Load) -> int | None:
    """As many calls as the gateway takes in an hour, if all of them last as long as calls are taken to."""
    return None if load.limit is None or not load.hold else load.limit * 3600 // load.hold


def load_chart(load: Load, clock: Clock) -> LoadChart | None:
    """The chart of a gateway; None when it has nothing to carry."""
    hours = [each for each in load.hours if each[1]]
    if not hours:
        return None
    shown = [each for each in hours if each[0] < hours[0][0] + timedelta(days=MOST_DAYS)]
    most, busiest = most_an_hour(load), max(shown, key=lambda each: each[1])
    drawn = most is not None and most <= FAR * busiest[1]
    first, last = _whole_days(shown[0][0], shown[-1][0] + HOUR, clock)
    across = Scale(first.timestamp(), last.timestamp(), LEFT + MARGIN, WIDTH - RIGHT)
    up = Scale(0, 1.1 * max(busiest[1], most if drawn and most else 0), HEIGHT - BOTTOM, TOP)
    over = [each for each in shown if most is not None and each[1] > most]
    return LoadChart(
        load,
        _path(shown, across, up),
        _path(over, across, up),
        up(most) if drawn and most is not None else None,
        most,
        busiest,
        uncrowded(
            (Tick(across(moment.timestamp()), label) for moment, label in moment_ticks(first, last, clock, 10)),
            beside_axis(across.start, across.end),
        ),
        tuple(Tick(up(number), short(number)) for number in number_ticks(up.high)),
        len(hours) - len(shown),
    )


def _whole_days(first: datetime, last: datetime, clock: Clock) -> tuple[datetime, datetime]:
    """The midnights around two moments."""
    days = (clock.local(first).date(), clock.local(last - timedelta.resolution).date() + timedelta(days=1))
    begin, end = (datetime.combine(day, time(), clock.zone) for day in days)
    return begin, end


def _path(hours: Hours, across: Scale, up: Scale) -> str:
    """One outline for each run of hours that follow one another."""
    floor = up(0)
    return "".join(
        f"M{across(run[0][0].timestamp()):g} {floor:g}{''.join(_steps(run, across, up))}V{floor:g}Z"
        for run in _runs(hours)
    )


def _steps(run: Hours, across: Scale, up: Scale) -> Iterator[str]:
    for moment, calls in run:
        yield f"V{up(calls):g}H{across((moment + HOUR).timestamp()):g}"


def _runs(hours: Iterable[tuple[datetime, int]]) -> Iterator[list[tuple[datetime, int]]]:
    run: list[tuple[datetime, int]] = []
    for each in hours:
        if run and each[0] - run[-1][0] != HOUR:
            yield run
            run = []
        run.append(each)
    if run:
        yield run
