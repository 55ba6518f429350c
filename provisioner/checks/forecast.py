"""Campaigns that expire before everybody is called, by the dialler's rule run forward (see `forecast.projection`)."""

from __future__ import annotations

from collections.abc import Iterator

from provisioner.checks.check import Check
from provisioner.checks.context import Context
from provisioner.errors import Severity
from provisioner.model import Finding
from provisioner.plan.model import Course
from provisioner.resources import KINDS


def run(context: Context) -> Iterator[Finding]:
    """A warning for each campaign that runs and does not finish; an info for one that nobody starts yet.

    What is not declared here is told if this plan adds to it. Where it is not known how many there are to call, nobody
    knows whether it finishes.
    """
    for course in context.outlook.courses:
        severity = Severity.WARNING if course.starts else Severity.INFO
        if not _finishes(course) and course.address is not None:
            resource = context.situation.project.resources[course.address]
            source = resource.position(_to_blame(course))
            yield Finding("forecast", severity, _message(course), course.address, source)
        elif not _finishes(course) and course.rings:
            yield Finding("forecast", severity, f"{course.label}, not declared here: {_message(course)}")


def _finishes(course: Course) -> bool:
    most = course.contacts.most
    return most is not None and course.reached is not None and course.reached >= most


def _to_blame(course: Course) -> str:
    """The field to change, as the kind calls it."""
    assert course.address is not None
    lifecycle = KINDS[course.address.kind].lifecycle
    assert lifecycle is not None
    schedule = lifecycle.schedule
    return schedule.frequency if course.needed_frequency else schedule.expires


def _message(course: Course) -> str:
    most, reached = course.contacts.most, course.reached
    started = "" if course.starts else "if it is started, "
    if not course.windows:
        return (
            f"{started}it is never open before it expires, so none of {_all(course)} contacts is called: "
            "correct its dates or its daily hours"
        )
    if most is None or reached is None:
        reason = course.contacts.reason or "its pace is not shown"
        return f"{started}it is not known whether it reaches all contacts until it expires: {reason}"
    return (
        f"{started}it reaches {reached:,} of {most:,} contacts ({reached * 100 // most} %) until it expires on "
        f"{course.expires:%Y-%m-%d %H:%M}. {_advice(course)}"
    )


def _all(course: Course) -> str:
    return f"at least {course.contacts.least:,}" if course.contacts.most is None else f"{course.contacts.most:,}"


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
