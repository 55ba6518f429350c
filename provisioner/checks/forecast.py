"""Campaigns that expire before everybody is called, by the dialler's rule run forward (see `forecast.projection`)."""

from __future__ import annotations

from collections.abc import Iterator

from provisioner.checks.check import Check
from provisioner.checks.context import Context
from provisioner.errors import Severity
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
            yield Finding("forecast", severity, f"{campaign.label}, not declared here: {_message(campaign)}")


def _finishes(campaign: CampaignForecast) -> bool:
    most = campaign.contacts.most
    return most is not None and campaign.reached is not None and campaign.reached >= most


def _to_blame(campaign: CampaignForecast) -> str:
    """The field to change, as the kind calls it."""
    assert campaign.address is not None
    startable = KINDS[campaign.address.kind].startable
    assert startable is not None
    schedule = startable.schedule
    return schedule.frequency if campaign.needed_frequency else schedule.expires


def _message(campaign: CampaignForecast) -> str:
    most, reached = campaign.contacts.most, campaign.reached
    started = "" if campaign.starts else "if it is started, "
    if not campaign.windows:
        return (
            f"{started}it is never open before it expires, so none of {_all(campaign)} contacts is called: "
            "correct its dates or its daily hours"
        )
    if most is None or reached is None:
        reason = campaign.contacts.reason or "its pace is not shown"
        return f"{started}it is not known whether it reaches all contacts until it expires: {reason}"
    return (
        f"{started}it reaches {reached:,} of {most:,} contacts ({reached * 100 // most} %) until it expires on "
        f"{campaign.expires:%Y-%m-%d %H:%M}. {_advice(campaign)}"
    )


def _all(campaign: CampaignForecast) -> str:
    return f"at least {campaign.contacts.least:,}" if campaign.contacts.most is None else f"{campaign.contacts.most:,}"


def _advice(campaign: CampaignForecast) -> str:
    """Each of the two ways alone."""
    ways = [f"frequency {campaign.needed_frequency}"] if campaign.needed_frequency else []
    if campaign.needed_days:
        days = "1 day" if campaign.needed_days == 1 else f"{campaign.needed_days:,} days"
        ways.append(f"an expiry {days} later")
    if not ways:
        return "Dial fewer contacts, or open longer each day"
    faster = "" if campaign.needed_frequency else ", and no frequency that its gateway and Alice take"
    return f"{' or '.join(ways).capitalize()} would reach all{faster}"


CHECK = Check("forecast", Severity.WARNING, "Every contact is called before the campaign expires.", run)
