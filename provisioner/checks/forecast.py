"""Campaigns that expire before everybody is called, by the dialler's rule run forward (see `forecast.projection`)."""

from __future__ import annotations

from collections.abc import Iterator

from provisioner.checks.check import Check
from provisioner.checks.context import Context
from provisioner.errors import Severity
from provisioner.language import gettext, ngettext
from provisioner.model import Finding
from provisioner.plan.model import CampaignForecast
from provisioner.resources import KINDS


def run(context: Context) -> Iterator[Finding]:
    """A warning for each campaign that runs and does not finish; an info for one that nobody starts yet.

    What is not declared here is told if this plan adds to it. Where it is not known how many there are to call, nobody
    knows whether it finishes.
    """
    for campaign in context.outlook.campaigns:
        severity = Severity.WARNING if campaign.starts else Severity.INFO
        if not _finishes(campaign) and campaign.address is not None:
            resource = context.situation.project.resources[campaign.address]
            source = resource.position(_to_blame(campaign))
            yield Finding("forecast", severity, _message(campaign), campaign.address, source)
        elif not _finishes(campaign) and campaign.rings:
            message = gettext(
                "{campaign}, not declared here: {message}", campaign=campaign.label, message=_message(campaign)
            )
            yield Finding("forecast", severity, message)


def _finishes(campaign: CampaignForecast) -> bool:
    most = campaign.contacts.most
    return most is not None and campaign.reached is not None and campaign.reached >= most


def _to_blame(campaign: CampaignForecast) -> str:
    """The field to change, as the kind calls it."""
    assert campaign.address is not None
    startable = KINDS[campaign.address.kind].as_startable
    schedule = startable.schedule
    return schedule.frequency if campaign.needed_frequency else schedule.expires


def _message(campaign: CampaignForecast) -> str:
    told = _told(campaign)
    return told if campaign.starts else gettext("if it is started, {what}", what=told)


def _told(campaign: CampaignForecast) -> str:
    most, reached = campaign.contacts.most, campaign.reached
    if not campaign.windows:
        return gettext(
            "it is never open before it expires, so none of {all} contacts is called: correct its dates or its daily "
            "hours",
            all=_all(campaign),
        )
    if most is None or reached is None:
        reason = campaign.contacts.reason or gettext("its pace is not shown")
        return gettext("it is not known whether it reaches all contacts until it expires: {reason}", reason=reason)
    return gettext(
        "it reaches {reached:,} of {contacts:,} contacts ({percent} %) until it expires on {expires}. {advice}",
        reached=reached,
        contacts=most,
        percent=reached * 100 // most,
        expires=f"{campaign.expires:%Y-%m-%d %H:%M}",
        advice=_advice(campaign),
    )


def _all(campaign: CampaignForecast) -> str:
    if campaign.contacts.most is None:
        return gettext("at least {count:,}", count=campaign.contacts.least)
    return gettext("{count:,}", count=campaign.contacts.most)


def _advice(campaign: CampaignForecast) -> str:
    """Each of the two ways alone."""
    frequency, days = campaign.needed_frequency, campaign.needed_days
    later = ngettext("{count:,} day", "{count:,} days", days) if days else ""
    if frequency and days:
        return gettext(
            "Frequency {frequency} or an expiry {days} later would reach all", frequency=frequency, days=later
        )
    if frequency:
        return gettext("Frequency {frequency} would reach all", frequency=frequency)
    if days:
        return gettext(
            "An expiry {days} later would reach all, and no frequency that its gateway and Alice take", days=later
        )
    return gettext("Dial fewer contacts, or open longer each day")


CHECK = Check("forecast", Severity.WARNING, "Every contact is called before the campaign expires.", run)
