"""What of the hours of dialling a policy does not allow, against a clock that is looked at every minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provisioner.forecast.calling_hours import DayPart, allowed, breaches, usual_hours, violations
from provisioner.project import ClockSpan, Policy

ZONES = ("UTC", "Asia/Ho_Chi_Minh", "Europe/Berlin", "America/New_York")
MINUTE = timedelta(minutes=1)
MORNING, AFTERNOON = (time(8), time(12)), (time(13, 30), time(17))
# around both changes of clocks of 2027, in Europe and in America
DAYS = [date(2027, 3, 13), date(2027, 3, 27), date(2027, 10, 30), date(2027, 11, 6)]


def policy(
    *hours: ClockSpan, zone: str = "Asia/Ho_Chi_Minh", holidays: dict[date, tuple[ClockSpan, ...]] | None = None
) -> Policy:
    week = (hours,) * 6 + ((),)
    return Policy("house", "Our hours", "board", "1", date(2027, 1, 1), ("survey",), "VN", zone, week, holidays or {})


def local(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of January 2027 in Vietnam; the 17th is a Sunday."""
    return datetime(2027, 1, day, hour, minute, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


def clock(first: int, last: int) -> st.SearchStrategy[time]:
    return st.integers(first, last).map(lambda minute: time(minute // 60, minute % 60))


@st.composite
def weeks(draw: st.DrawFn) -> Policy:
    first, second, third, fourth = sorted(draw(st.sets(clock(0, 1439), min_size=4, max_size=4)))
    special = draw(st.sampled_from([(), ((second, time(23, 59, 59)),)]))
    holidays = {draw(st.sampled_from(DAYS)): special}
    return policy((first, second), (third, fourth), zone=draw(st.sampled_from(ZONES)), holidays=holidays)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(weeks(), st.sampled_from(DAYS), st.integers(0, 2000), st.integers(1, 60 * 30))
def test_breaches_are_the_minutes_that_the_clock_of_the_called_does_not_allow(
    found: Policy, day: date, offset: int, length: int
) -> None:
    begins = datetime.combine(day, time(), UTC) + offset * MINUTE
    zone = ZoneInfo(found.timezone)

    def forbidden(moment: datetime) -> bool:
        wall = moment.astimezone(zone)
        return not any(first <= wall.time() < last for first, last in found.open_on(wall.date()))

    wrong = sum(forbidden(begins + index * MINUTE) for index in range(length))
    told = sum(
        (
            (b.last.astimezone(UTC) - b.first.astimezone(UTC))
            for b in breaches(found, [(begins, begins + length * MINUTE)])
        ),
        timedelta(),
    )
    assert told == wrong * MINUTE


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (local(15, 8), local(15, 17), [DayPart.BETWEEN]),
        (local(15, 7), local(15, 12), [DayPart.EARLY]),
        (local(15, 14), local(15, 20), [DayPart.LATE]),
        (local(15, 18), local(15, 20), [DayPart.LATE]),
        (local(15, 5), local(15, 6), [DayPart.EARLY]),
        (local(15, 9), local(15, 11), []),
        (local(17, 9), local(17, 11), [DayPart.CLOSED]),
        (local(16, 16), local(18, 9), [DayPart.LATE, DayPart.CLOSED, DayPart.EARLY]),
    ],
)
def test_where_in_its_day_a_breach_lies(first: datetime, last: datetime, expected: list[DayPart]) -> None:
    assert [each.when for each in breaches(policy(MORNING, AFTERNOON), [(first, last)])] == expected


def test_a_breach_says_how_far_it_reaches_beyond_what_is_allowed() -> None:
    (late,) = breaches(policy((time(8), time(17))), [(local(15, 18), local(15, 20))])
    assert (late.day, late.first, late.last, late.by) == (
        date(2027, 1, 15),
        local(15, 18),
        local(15, 20),
        timedelta(hours=3),
    )


def test_breaches_are_put_together_with_the_number_of_days() -> None:
    stretches = [(local(day, 8), local(day, 17 + (day == 16))) for day in (14, 15, 16, 17)]
    late, closed = violations(policy((time(8), time(16))), stretches)
    assert (late.worst.when, late.breaches[0].day, late.days, late.all_days) == (DayPart.LATE, date(2027, 1, 14), 3, 4)
    assert (late.worst.day, late.worst.by) == (date(2027, 1, 16), timedelta(hours=2))
    assert (closed.worst.when, closed.days) == (DayPart.CLOSED, 1)


def test_breaches_are_put_together_by_the_hours_of_their_days() -> None:
    found = policy((time(8), time(18)), holidays={date(2027, 1, 16): ((time(9), time(12)),)})
    stretches = [(local(day, 8), local(day, 20)) for day in (14, 15, 16)]
    usual, holiday = violations(found, stretches)
    assert [(part.when, part.by) for part in usual.parts()] == [(DayPart.LATE, timedelta(hours=2))]
    assert [(part.when, part.by) for part in holiday.parts()] == [
        (DayPart.EARLY, timedelta(hours=1)),
        (DayPart.LATE, timedelta(hours=8)),
    ]
    assert (usual.days, holiday.days, usual.mixed, holiday.mixed) == (2, 1, True, True)
    (alone,) = violations(found, stretches[:2])
    assert not alone.mixed


def test_every_gap_of_a_day_is_a_part() -> None:
    (found,) = violations(
        policy(MORNING, AFTERNOON, (time(18), time(19))), [(local(day, 8), local(day, 19)) for day in (14, 15)]
    )
    assert [part.when for part in found.parts()] == [DayPart.BETWEEN, DayPart.BETWEEN]


def test_a_rule_says_nothing_about_the_days_before_it_is_in_force() -> None:
    before = datetime(2026, 12, 31, 3, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
    assert list(breaches(policy((time(8), time(17))), [(before, before + MINUTE)])) == []


def test_one_moment() -> None:
    found = policy((time(8), time(17)), holidays={date(2027, 1, 15): ()})
    assert [allowed(found, local(14, hour)) for hour in (7, 8, 16, 17)] == [False, True, True, False]
    assert not allowed(found, local(15, 9))


def test_hours_of_several_packs_are_what_all_of_them_allow() -> None:
    assert usual_hours([policy((time(8), time(17))), policy(MORNING, (time(14), time(21)))]) == (
        MORNING,
        (time(14), time(17)),
    )
    assert usual_hours([]) == ()
