"""Open seconds in closed form, against a dialler that looks at its clock every minute."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner.forecast.schedule import Hours

ZONES = ("UTC", "Asia/Ho_Chi_Minh", "Europe/Berlin", "America/New_York")
# around both changes of clocks of 2027, in Europe and in America
BEGINNINGS = [datetime(2027, month, day, tzinfo=UTC) for month in (3, 10, 11) for day in (5, 12, 26, 29)]
MINUTE = timedelta(minutes=1)


def times(first: int, last: int) -> st.SearchStrategy[time]:
    return st.integers(first, last).map(lambda minute: time(minute // 60, minute % 60))


@st.composite
def hours(draw: st.DrawFn) -> Hours:
    begins = draw(st.sampled_from(BEGINNINGS)) + MINUTE * draw(st.integers(0, 1439))
    ends = begins + MINUTE * draw(st.integers(1, 60 * 24 * 5))
    opens = draw(times(0, 1400))
    closes = draw(times(opens.hour * 60 + opens.minute, 1439))
    days = draw(st.frozensets(st.integers(0, 6), min_size=1))
    return Hours(ZoneInfo(draw(st.sampled_from(ZONES))), opens, closes, begins, ends, days)


def ticked(found: Hours) -> int:
    """Seconds in which the clock on the wall shows an open minute."""
    moment, seconds = found.begins, 0
    while moment < found.ends:
        wall = moment.astimezone(found.zone)
        seconds += 60 * (wall.weekday() in found.days and found.opens <= wall.time() < found.closes)
        moment += MINUTE
    return seconds


@settings(deadline=None, max_examples=60)
@given(hours())
def test_open_seconds_are_those_of_a_clock_on_the_wall(found: Hours) -> None:
    longest_hour = 3600 if _closes_while_clocks_go_back(found) else 0
    assert ticked(found) <= found.seconds <= ticked(found) + longest_hour


@settings(deadline=None)
@given(hours(), st.data())
def test_the_moment_after_so_many_seconds_is_the_first_one(found: Hours, data: st.DataObject) -> None:
    total = found.seconds
    assert sum((last - first).total_seconds() for first, last in found.stretches(10_000)) == total
    if total:
        seconds = data.draw(st.integers(1, total))
        moment = found.after(seconds)
        assert moment is not None
        assert (found.until(moment), found.until(moment - timedelta(seconds=1))) == (seconds, seconds - 1)


def _closes_while_clocks_go_back(found: Hours) -> bool:
    """An hour that is there twice: between its first end and its second beginning we take it to be open."""
    return found.closes.hour in (1, 2) and found.zone.key != "UTC"


@pytest.mark.parametrize(
    ("zone", "day", "seconds"),
    [("Europe/Berlin", 28, 3 * 3600), ("Europe/Berlin", 27, 4 * 3600), ("Asia/Ho_Chi_Minh", 28, 4 * 3600)],
)
def test_a_window_over_the_lost_hour_is_shorter(zone: str, day: int, seconds: int) -> None:
    begins = datetime(2027, 3, day, tzinfo=ZoneInfo(zone))
    assert Hours(ZoneInfo(zone), time(1), time(5), begins, begins + timedelta(days=1)).seconds == seconds


def test_an_overnight_window_never_opens() -> None:
    begins = datetime(2027, 1, 20, tzinfo=UTC)
    found = Hours(ZoneInfo("UTC"), time(21), time(8), begins, begins + timedelta(days=30))
    assert (found.seconds, found.after(1), [*found.stretches(9)]) == (0, None, [])


def test_ten_years_are_the_longest_it_looks_ahead() -> None:
    begins = datetime(2027, 1, 1, tzinfo=UTC)
    found = Hours(ZoneInfo("Europe/Berlin"), time(8), time(9), begins, datetime(9999, 12, 31, tzinfo=UTC))
    assert found.seconds == 3660 * 3600
    assert found.after(3660 * 3600 + 1) is None


def test_no_day_is_open() -> None:
    begins = datetime(2027, 1, 1, tzinfo=UTC)
    found = Hours(ZoneInfo("UTC"), time(8), time(9), begins, begins + timedelta(days=9), frozenset())
    assert (found.seconds, found.after(1), [*found.stretches(9)]) == (0, None, [])
