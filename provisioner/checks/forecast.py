"""Campaigns that expire before everybody is called, by the dialler's rule run forward (see `planning.courses`)."""

from __future__ import annotations

from collections.abc import Iterator

from provisioner.checks.check import Check
from provisioner.checks.context import Context
from provisioner.errors import Severity
from provisioner.kinds import KINDS
from provisioner.model import Course, Finding


def run(context: Context) -> Iterator[Finding]:
    """A warning for each declared campaign that runs and does not finish; an info for one that nobody starts yet."""
    for course in context.outlook.courses:
        if course.address is not None and course.reached < course.contacts:
            severity = Severity.WARNING if course.starts else Severity.INFO
            resource = context.situation.project.resources[course.address]
            source = resource.position(_to_blame(course))
            yield Finding("forecast", severity, _message(course), course.address, source)


def _to_blame(course: Course) -> str:
    """The field to change, as the kind calls it."""
    assert course.address is not None
    lifecycle = KINDS[course.address.kind].lifecycle
    assert lifecycle is not None
    schedule = lifecycle.schedule
    return schedule.frequency if course.needed_frequency else schedule.expires


def _message(course: Course) -> str:
    share = course.reached * 100 // course.contacts
    started = "" if course.starts else "if it is started, "
    if not course.windows:
        return (
            f"{started}it is never open before it expires, so none of {course.contacts:,} contacts is called: "
            "correct its dates or its daily hours"
        )
    return (
        f"{started}it reaches {course.reached:,} of {course.contacts:,} contacts ({share} %) until it expires on "
        f"{course.expires:%Y-%m-%d %H:%M}. {_advice(course)}"
    )


def _advice(course: Course) -> str:
    """Each of the two ways alone."""
    ways = [f"frequency {course.needed_frequency}"] if course.needed_frequency else []
    if course.needed_days:
        days = "1 day" if course.needed_days == 1 else f"{course.needed_days:,} days"
        ways.append(f"an expiry {days} later")
    if not ways:
        return "Dial fewer contacts, or open longer each day"
    faster = "" if course.needed_frequency else ", and no frequency that its gateway and Alice take"
    return f"{' or '.join(ways).capitalize()} would reach all{faster}"


CHECK = Check("forecast", Severity.WARNING, "Every contact is called before the campaign expires.", run)
