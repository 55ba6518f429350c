"""The windows of a course cut into stretches of one form each, for the timeline and for the table beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise

from provisioner.model import Course, Outlook
from provisioner.reports.page.when import Clock

DIALS, SPARE, OUTSIDE = "dials", "spare", "outside"

Legal = tuple[time, time]


@dataclass(frozen=True, slots=True)
class Stretch:
    """On one date: it dials, is spare (open, but nobody is left to call) or dials outside legal hours."""

    start: datetime
    end: datetime
    form: str


@dataclass(frozen=True, slots=True)
class CourseRow:
    """A campaign in the table: its usual hours, what is legal for it, and whether it dials outside of that."""

    course: Course
    daily: str
    legal: str
    outside: bool


def legal_hours(outlook: Outlook, course: Course) -> Legal | None:
    """What a policy allows for the campaign, if one says."""
    return next(((first, last) for address, first, last in outlook.legal if address == course.address), None)


def course_rows(outlook: Outlook, clock: Clock) -> tuple[CourseRow, ...]:
    """Every campaign of the outlook."""
    return tuple(_row(course, legal_hours(outlook, course), clock) for course in outlook.courses)


def hours_text(hours: Legal) -> str:
    """`08:00 to 17:00`."""
    return f"{hours[0]:%H:%M} to {hours[1]:%H:%M}"


def stretches(course: Course, clock: Clock, legal: Legal | None) -> Iterator[Stretch]:
    """The windows cut at midnight, where the last call is made, and at the edges of what is legal."""
    for first, last in course.windows:
        for start, end in _by_day(clock.local(first), clock.local(last)):
            cuts = [] if course.finishes is None else [clock.local(course.finishes)]
            cuts += [datetime.combine(start.date(), each, clock.zone) for each in legal or ()]
            edges = sorted({start, end, *(each for each in cuts if start < each < end)})
            yield from (Stretch(a, b, _form(a, course, legal)) for a, b in pairwise(edges))


def _row(course: Course, legal: Legal | None, clock: Clock) -> CourseRow:
    usual = Counter(f"{clock.hour(first)} to {clock.hour(last)}" for first, last in course.windows).most_common(1)
    outside = any(each.form == OUTSIDE for each in stretches(course, clock, legal))
    return CourseRow(course, usual[0][0] if usual else "never", hours_text(legal) if legal else "none known", outside)


def _form(start: datetime, course: Course, legal: Legal | None) -> str:
    if course.finishes is not None and start >= course.finishes:
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
