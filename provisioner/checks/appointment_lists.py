"""Lists of appointments whose reminders nobody wants or gets: at night, too late, twice. Counts and rows only."""

from __future__ import annotations

from collections.abc import Iterator

from provisioner.checks.context import Context
from provisioner.errors import Severity
from provisioner.forecast.calling_hours import daytime, open_stretches
from provisioner.language import gettext
from provisioner.messages import count
from provisioner.model import Address, Finding
from provisioner.resources import KINDS
from provisioner.rows.appointments.questions import Suspects

ID = "content"


def run(context: Context) -> Iterator[Finding]:
    """Of every calendar whose list this plan compares."""
    calendars = context.situation.appointments.changes
    for address in calendars:
        yield from (at_list(context, ID, Severity.WARNING, address, text) for text in _said(context, address))
    if calendars:
        yield from _repeated(context)


def at_list(context: Context, check: str, severity: Severity, address: Address, message: str) -> Finding:
    """At the list."""
    return Finding(check, severity, message, address, context.situation.project.resources[address].rows_source)


def counted(found: Suspects, noun: str = "reminder") -> str:
    """`3 reminders (list.csv:2, list.csv:5 and 1 more)`."""
    return gettext("{rows} ({places})", rows=count(found.count, noun), places=found.where)


def purpose_of_list(address: Address) -> str:
    """What the calls about its appointments are for."""
    owner = KINDS[address.kind].appointments
    return KINDS[owner.notice].timing.purpose if owner else ""


def _said(context: Context, address: Address) -> Iterator[str]:
    asked, zone = context.appointments, context.settings.timezone
    missed, begun = asked.missed(address), asked.begun(address)
    night = asked.outside(address, open_stretches(daytime(zone), asked.days(address)))
    if missed.count:
        yield gettext(
            "before now, so nobody gets them: {reminders} of new appointments; tell these people another way",
            reminders=counted(missed),
        )
    if begun.count:
        yield gettext("after the appointment has begun: {reminders}; correct them", reminders=counted(begun))
    if night.count:
        yield gettext(
            "when people sleep (22:00 to 07:00 in {zone}): {reminders}; move them", zone=zone, reminders=counted(night)
        )


def _repeated(context: Context) -> Iterator[Finding]:
    for address, found in context.appointments.twice().items():
        text = gettext(
            "on the list twice, under two keys: {appointments} with the number, title and start of another row; every "
            "one of them rings, so remove the others",
            appointments=counted(found, "appointment"),
        )
        yield at_list(context, ID, Severity.WARNING, address, text)
    for address, found in context.appointments.together().items():
        text = gettext(
            "two at the same time: {appointments} of people who have another one then; correct one",
            appointments=counted(found, "appointment"),
        )
        yield at_list(context, ID, Severity.WARNING, address, text)
