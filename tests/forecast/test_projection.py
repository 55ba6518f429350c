"""The pace of a campaign against its forecast, by hand and against plain counting."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from provisioner.bound import Bound
from provisioner.forecast.projection import Pace, Projection, pace_of
from provisioner.forecast.schedule import Hours

BEGINS = datetime(2027, 1, 20, 8, tzinfo=UTC)
HOURS = Hours(ZoneInfo("UTC"), time(8), time(18), BEGINS, BEGINS + timedelta(days=4, hours=10))  # 5 days of 10 hours
NOBODY: Any = None


def pace(total: int, done: int, now: datetime, frequency: int = 10, runs: bool = True) -> Pace:
    return pace_of(Projection.forward(NOBODY, HOURS, frequency, Bound.exact(total)), done, now, runs)


def test_as_fast_as_foreseen() -> None:
    found = pace(24_000, 6_000, BEGINS + timedelta(hours=10))
    assert (found.expected, found.behind, found.by_expiry) == (6_000, 0, 24_000)
    assert found.finishes == BEGINS + timedelta(days=3, hours=10)


def test_half_as_fast_does_not_finish() -> None:
    found = pace(24_000, 3_000, BEGINS + timedelta(days=1))  # in the night nothing is expected to change
    assert (found.expected, found.behind, found.by_expiry, found.finishes) == (6_000, 3_000, 15_000, None)


def test_just_begun_nobody_is_behind() -> None:
    """Whoever is rung first is counted as done once the call is over."""
    assert pace(100, 0, BEGINS + timedelta(minutes=1)).behind == 10
    assert not pace(100, 0, BEGINS + timedelta(minutes=9)).is_behind
    assert pace(100, 0, BEGINS + timedelta(minutes=11)).is_behind


def test_just_begun_there_is_no_pace() -> None:
    found = pace(24_000, 0, BEGINS + timedelta(seconds=30))
    assert (found.expected, found.by_expiry, found.finishes) == (5, None, None)
    assert pace(24_000, 2, BEGINS + timedelta(seconds=30)).by_expiry == 12_000
    assert pace(24_000, 0, BEGINS + timedelta(seconds=30), runs=False).by_expiry == 0
    assert pace(24_000, 0, BEGINS + timedelta(minutes=11)).by_expiry == 0


def test_before_it_opens_the_declared_pace_counts() -> None:
    found = pace(24_000, 0, BEGINS - timedelta(days=3))
    assert (found.expected, found.by_expiry, found.finishes) == (0, 24_000, BEGINS + timedelta(days=3, hours=10))


def test_what_stands_still_stays_where_it_is() -> None:
    assert pace(24_000, 3_000, BEGINS + timedelta(days=1), runs=False) == Pace(24_000, 3_000, 6_000, 3_000)
    assert pace(24_000, 0, BEGINS + timedelta(days=1)).finishes is None
    assert pace(500, 500, BEGINS + timedelta(days=1)) == Pace(500, 500, 500, 500)


def test_after_its_expiry_nothing_more_is_expected() -> None:
    found = pace(40_000, 20_000, BEGINS + timedelta(days=30))
    assert (found.expected, found.by_expiry, found.finishes) == (30_000, 20_000, None)


@given(st.integers(1, 60_000), st.integers(0, 60_000), st.integers(0, 60 * 24 * 6), st.integers(1, 100))
def test_shares_stay_within_what_there_is(total: int, done: int, minutes: int, frequency: int) -> None:
    done, now = min(done, total), BEGINS + timedelta(minutes=minutes)
    found = pace(total, done, now, frequency)
    assert 0 <= found.expected <= total
    if found.by_expiry is None:
        assert done == 0 and minutes <= 10
    else:
        assert done <= found.by_expiry <= total
    if found.finishes is not None:
        assert found.by_expiry == total and found.finishes <= HOURS.ends
