"""The geometry of the charts: what is drawn is where the values say, and nothing falls off the paper."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.bound import Bound
from provisioner.plan.model import FieldChange, Outlook
from provisioner.reports.page.axes import Clock, Scale, Tick, beside_axis, moment_ticks, number_ticks, short, uncrowded
from provisioner.reports.page.changes import SIGNS, dependents, field_rows
from provisioner.reports.page.forecast import forecast
from provisioner.reports.page.load import load_chart, most_an_hour
from provisioner.reports.page.timeline import HOUR, campaign_rows, stretches, timeline

from .rich import CAMPAIGNS, NOW, OUTLOOK, RICH, ZONE, campaign, day, windows
from .samples import NOTHING

CLOCK = Clock(ZONE, NOW)
TET, INSURANCE, SERVICE, OLD = CAMPAIGNS


def numbers(path: str) -> list[float]:
    return [float(each) for each in re.findall(r"-?[\d.]+", path)]


# Scales


def test_a_scale_clips_and_survives_a_range_of_nothing() -> None:
    across = Scale(0, 10, 100, 200)
    assert [across(each) for each in (-5, 0, 5, 10, 15)] == [100, 100, 150, 200, 200]
    assert Scale(3, 3, 100, 200)(3) == 100


@given(st.integers(1, 10**9))
def test_ticks_are_round_and_few(high: int) -> None:
    ticks = number_ticks(high)
    assert ticks[0] == 0 and ticks[-1] <= high and 2 <= len(ticks) <= 6


@pytest.mark.parametrize(("number", "text"), [(0, "0"), (2_000, "2,000"), (20_000, "20k"), (1_500_000, "1.5M")])
def test_numbers_of_an_axis_are_short(number: int, text: str) -> None:
    assert short(number) == text


@given(st.integers(1, 300_000))
def test_moments_of_an_axis_lie_on_it_and_are_few(minutes: int) -> None:
    last = NOW + timedelta(minutes=minutes)
    ticks = [moment for moment, _ in moment_ticks(NOW, last, CLOCK, 8)]
    assert all(NOW <= each <= last for each in ticks) and len(ticks) <= 10


def test_an_axis_of_minutes_names_the_day_once() -> None:
    assert [label for _, label in moment_ticks(day(20, 8), day(20, 8) + timedelta(minutes=80), CLOCK)] == [
        "20 Jan, 08:00",
        "08:30",
        "09:00",
    ]
    assert [label for _, label in moment_ticks(day(19, 18), day(20, 18), CLOCK)] == [
        *("19 Jan, 18:00", "Wed 20 Jan", "06:00", "12:00", "18:00"),
    ]


def test_no_label_is_written_over_another() -> None:
    """The first and the last stay; what is between them gives way."""
    hours = [
        Tick(54, "Wed 20 Jan 2027"),
        Tick(170, "03:00"),
        Tick(286, "06:00"),
        Tick(870, "21:00"),
        Tick(986, "Thu 21 Jan 2027"),
    ]
    below = uncrowded(hours, beside_axis(54, 986))
    assert [tick.label for tick in below] == ["Wed 20 Jan 2027", "", "06:00", "", "Thu 21 Jan 2027"]
    assert [tick.at for tick in below] == [tick.at for tick in hours]
    days = [Tick(40, "28 Nov"), Tick(61, "30 Nov"), Tick(134, "7 Dec")]
    assert [tick.label for tick in uncrowded(days, lambda tick: tick.at)] == ["28 Nov", "", "7 Dec"]
    assert uncrowded(days[:2], lambda tick: tick.at) == (days[0], Tick(61, ""))
    assert uncrowded(days[::2], lambda tick: tick.at) == (days[0], days[2])
    assert uncrowded([Tick(960, "19 Apr")], lambda tick: tick.at) == (Tick(960, ""),)


# The timeline


def test_windows_are_cut_where_the_last_call_is_and_where_the_law_ends() -> None:
    legal = (time(8), time(17))
    found = [(f"{each.start:%d %H:%M}", f"{each.end:%H:%M}", each.form) for each in stretches(INSURANCE, CLOCK, legal)]
    assert found[:5] == [
        ("19 08:00", "17:00", "dials"),
        ("19 17:00", "20:00", "outside"),
        ("20 08:00", "17:00", "dials"),
        ("20 17:00", "19:20", "outside"),
        ("20 19:20", "20:00", "spare"),
    ]
    assert sum((each.end - each.start for each in stretches(INSURANCE, CLOCK, None)), timedelta()) == sum(
        (last - first for first, last in INSURANCE.windows), timedelta()
    )


def test_a_window_over_midnight_on_the_page_is_two_bars() -> None:
    late = replace(TET, windows=((day(20, 22), day(21, 2)),), finishes=None)
    assert [(each.start, each.end) for each in stretches(late, CLOCK, None)] == [
        (day(20, 22), day(21)),
        (day(21), day(21, 2)),
    ]


def test_the_table_says_what_the_bars_show() -> None:
    rows = {row.campaign.label: row for row in campaign_rows(OUTLOOK, CLOCK)}
    assert (rows["Insurance renewal"].daily, rows["Insurance renewal"].outside) == ("08:00 to 20:00", True)
    assert (rows["Tet 2027"].legal, rows["Tet 2027"].outside) == ("08:00 to 17:00", False)
    assert (rows["Old flats"].legal, rows["Old flats"].outside) == ("none known", False)


def test_bars_stand_on_their_day_at_their_hours() -> None:
    chart = timeline(OUTLOOK, CLOCK)
    assert chart is not None
    first = chart.panels[0].bars[0]
    assert chart.left + 2 * chart.column <= first.x <= chart.left + 2 * chart.column + 3
    assert (first.y - chart.panels[0].y, first.height) == (8 * HOUR, 9 * HOUR)
    assert chart.panels[0].legal and chart.panels[0].legal[0] == first.y
    bars = [(bar, panel.y) for panel in chart.panels for bar in panel.bars]
    assert all(chart.left <= bar.x and bar.x + bar.width <= chart.right + 0.2 for bar, _ in bars)
    assert all(top <= bar.y and bar.y + bar.height <= top + chart.plot for bar, top in bars)
    assert sum(int(bar.title.rpartition(" ")[2]) for bar in chart.panels[-1].bars) == len(OUTLOOK.alarms)


def test_a_call_of_one_minute_is_seen() -> None:
    chart = timeline(Outlook(campaigns=(campaign("Short", 10, 11, windows(20, 30, 8, 17)),)), CLOCK)
    assert chart is not None and chart.panels[0].bars[0].form == "dials" and chart.panels[0].bars[0].height >= 2


def test_far_campaigns_begin_the_axis_and_now_is_off_it() -> None:
    chart = timeline(Outlook(campaigns=(campaign("Far", 5, 100, windows(200, 210, 8, 17)),)), CLOCK)
    assert chart is not None and chart.now.off and len(chart.panels[0].bars) > 5


def test_a_change_of_clocks_moves_no_bar() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    clock = Clock(berlin, datetime(2027, 3, 26, 9, tzinfo=berlin))
    days = [datetime(2027, 3, number, tzinfo=berlin) for number in (26, 27, 28, 29)]
    open_ = tuple((each.replace(hour=8), each.replace(hour=17)) for each in days)
    chart = timeline(Outlook(campaigns=(replace(SERVICE, windows=open_, finishes=None, expires=open_[-1][1]),)), clock)
    assert chart is not None
    assert {(bar.y, bar.height) for bar in chart.panels[0].bars} == {(chart.panels[0].y + 24, 27.0)}
    assert len({bar.x for bar in chart.panels[0].bars}) == 4


def test_nothing_to_show_is_no_chart() -> None:
    assert timeline(Outlook(), CLOCK) is None
    assert forecast(replace(TET, curve=()), CLOCK) is None
    assert load_chart(replace(OUTLOOK.loads[0], hours=()), CLOCK) is None
    assert dependents(NOTHING) == ()


# Curves and bars


@pytest.mark.parametrize("each", CAMPAIGNS, ids=lambda each: each.label)
def test_a_curve_rises_to_what_is_reached_and_stays_on_the_paper(each: object) -> None:
    chart = forecast(each, CLOCK)  # type: ignore[arg-type]
    assert chart is not None
    points = numbers(chart.path)
    xs, ys = points[::2], points[1::2]
    assert xs == sorted(xs) and ys == sorted(ys, reverse=True)
    assert chart.left <= min(xs) and max(xs) <= chart.right and chart.top <= min(ys) and max(ys) <= chart.bottom
    assert (ys[-1] == chart.goal) is (chart.campaign.finishes is not None)


def test_an_expiry_far_after_the_last_call_does_not_flatten_the_curve() -> None:
    chart = forecast(replace(TET, expires=day(4000)), CLOCK)
    assert chart is not None and chart.expiry.off
    assert chart.end[0] > chart.left + 0.7 * (chart.right - chart.left)


def test_a_curve_that_is_cut_ends_at_the_edge() -> None:
    endless = replace(
        TET, contacts=Bound.exact(10**7), finishes=None, expires=day(30), curve=((day(20), 0), (day(3000), 10**7))
    )
    chart = forecast(endless, CLOCK)
    assert chart is not None and chart.end[0] == chart.right


def test_hours_above_the_limit_are_drawn_apart() -> None:
    chart = load_chart(OUTLOOK.loads[0], CLOCK)
    assert chart is not None and chart.most == most_an_hour(OUTLOOK.loads[0]) == 2400
    assert chart.over and chart.busiest[1] == 3000
    assert chart.limit is not None and chart.top <= chart.limit <= chart.bottom
    calm = load_chart(OUTLOOK.loads[1], CLOCK)
    assert calm is not None and not calm.over and calm.limit is None and calm.most == 3600
    unknown = load_chart(replace(OUTLOOK.loads[0], limit=None), CLOCK)
    assert unknown is not None and unknown.most is None and not unknown.over


# What depends on what


def test_dependents_say_what_is_done_and_what_they_need() -> None:
    found = {str(each.address): each for each in dependents(RICH)}
    assert {(str(link.address), str(link.needs)) for link in RICH.links} == {
        (address, str(needed)) for address, each in found.items() for needed in each.needs
    }
    assert found["section.service.greeting"].action == "create"
    assert {each.action for each in found.values()} <= SIGNS.keys()


# Before and after


@given(st.text(max_size=12), st.text(max_size=12))
def test_what_is_marked_and_what_is_not_make_the_whole_text(before: str, after: str) -> None:
    [row] = field_rows([FieldChange("script", before, after)])
    for shown, text, mark in ((row.before, before, "new"), (row.after, after, "gone")):
        if not shown.special:
            assert "".join(piece.text for piece in shown.entries[0]) == text
            assert mark not in {piece.mark for piece in shown.entries[0]}
