"""The most calls in five minutes, found from edges alone, against looking at every minute."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner.forecast.gateway_load import Demand, Peak, peak_of
from provisioner.forecast.schedule import Hours

START = datetime(2027, 1, 20, tzinfo=UTC)
FIVE = timedelta(minutes=5)
WEEKDAYS = frozenset(range(5))


@st.composite
def demand(draw: st.DrawFn) -> Demand:
    """On few days, with hours on round times, so that several meet."""
    begins = START + timedelta(hours=draw(st.integers(0, 100)))
    ends = begins + timedelta(minutes=10 * draw(st.integers(1, 500)))
    opens = draw(st.integers(0, 22))
    closes = draw(st.integers(opens * 6 + 1, 143))
    days = draw(st.sampled_from([frozenset(range(7)), WEEKDAYS]))
    hours = Hours(ZoneInfo("UTC"), time(opens), time(closes // 6, closes % 6 * 10), begins, ends, days)
    return Demand(draw(st.sampled_from("abc")), draw(st.integers(1, 100)), hours, ends)


def looked_at(demands: list[Demand]) -> float:
    """Over every five minutes that begin at a multiple of five."""
    stretches = [(first, last, each.frequency) for each in demands for first, last in each.hours.stretches(99)]
    most, moment = 0.0, min(each.hours.begins for each in demands)
    while moment < max(each.ends for each in demands):
        overlaps = (max(0.0, (min(last, moment + FIVE) - max(first, moment)).total_seconds()) * f / 60
                    for first, last, f in stretches)  # fmt: skip
        most, moment = max(most, sum(overlaps)), moment + FIVE
    return most


@settings(deadline=None, max_examples=60)
@given(st.lists(demand(), min_size=1, max_size=5))
def test_the_peak_is_that_of_looking_at_every_five_minutes(demands: list[Demand]) -> None:
    assert abs(peak_of(demands).calls - looked_at(demands)) < 1e-6


def all_day(label: str, frequency: int, opens: int, closes: int, days: int = 3000) -> Demand:
    ends = START + timedelta(days=days)
    return Demand(label, frequency, Hours(ZoneInfo("UTC"), time(opens), time(closes), START, ends), ends)


def test_the_peak_says_when_it_begins_and_whose_it_is() -> None:
    demands = [all_day("morning", 5, 8, 12), all_day("noon", 7, 11, 14), all_day("evening", 11, 18, 20)]
    assert peak_of(demands) == Peak(60.0, START.date(), 11 * 3600, ("morning", "noon"))


def test_a_handful_of_contacts_is_no_load_however_high_the_frequency() -> None:
    hours = Hours(ZoneInfo("UTC"), time(8), time(17), START, START + timedelta(days=9))
    short = Demand("few", 100, hours, START + timedelta(hours=8, seconds=6))
    assert peak_of([short]).calls == 10


def test_a_late_day_counts_as_well_as_the_first() -> None:
    later = START + timedelta(days=2000)
    hours = Hours(ZoneInfo("UTC"), time(8), time(9), later, later + timedelta(days=2))
    found = peak_of([all_day("long", 5, 8, 12), Demand("late", 6, hours, hours.ends)])
    assert (found.calls, found.day) == (55, later.date())
