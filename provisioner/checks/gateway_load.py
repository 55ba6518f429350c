"""Gateways that would have to carry more calls at a time than they take (see `forecast.gateway_load`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from math import ceil
from typing import Any, TypeVar

from provisioner.checks.appointment_lists import at_list
from provisioner.checks.check import Check
from provisioner.checks.context import Context
from provisioner.errors import Severity
from provisioner.forecast.dialler import Dialler, limit_of
from provisioner.forecast.gateway_load import FIVE_MINUTES, HOLD
from provisioner.forecast.outlook import nearest_gateways
from provisioner.language import gettext
from provisioner.messages import count, listed
from provisioner.model import Address, Finding
from provisioner.plan.model import CampaignForecast, Load
from provisioner.resources import KINDS

T = TypeVar("T")
Gateway = tuple[str, Any]  # kind and id


def run(context: Context) -> Iterator[Finding]:
    """A warning for each gateway whose peak is above its limit, at the fastest declared campaign that is part of it.

    The reminders of lists of appointments ring at moments of their own, and are told at a list.
    """
    campaigns: dict[tuple[str, str], list[CampaignForecast]] = {}  # by gateway and label
    for each in context.outlook.campaigns:
        if each.address and each.starts:
            campaigns.setdefault((each.gateway, each.label), []).append(each)
    for load in context.outlook.loads:
        if load.limit is not None and load.peak > load.limit:
            declared = [each for label in load.peak_of for each in campaigns.get((load.gateway, label), ())]
            blamed = max(declared, key=lambda each: (bool(each.rings), each.frequency), default=None)
            yield _finding(context, load, blamed)
    if context.situation.appointments.changes:
        yield from _reminders(context)


def _finding(context: Context, load: Load, blamed: CampaignForecast | None) -> Finding:
    message = gettext(
        "gateway {gateway} takes {limit:,} calls at a time and would have to carry {calls:,} at {moment}, of "
        "{campaigns} (a call lasts {hold}). Lower a frequency, or let them dial at different hours",
        gateway=load.gateway,
        limit=load.limit,
        calls=ceil(load.peak),
        moment=f"{load.peak_at:%Y-%m-%d %H:%M}",
        campaigns=listed(load.peak_of, 5),
        hold=_held(load.hold, load.measured),
    )
    if blamed is None or blamed.address is None:
        return Finding("gateway-load", Severity.WARNING, message)
    resource, startable = context.situation.project.resources[blamed.address], KINDS[blamed.address.kind].startable
    source = resource.position(startable.schedule.frequency) if startable else resource.source
    return Finding("gateway-load", Severity.WARNING, message, blamed.address, source)


def _held(seconds: int, measured: int) -> str:
    """How long a call lasts, and how that is known."""
    if not measured:
        return gettext("{seconds} s, assumed", seconds=seconds)
    return gettext("{seconds} s, the mean of {records}", seconds=seconds, records=count(measured, "call record"))


def _reminders(context: Context) -> Iterator[Finding]:
    """The alarms of lists of appointments, with the single ones and the campaigns that dial in the same minutes."""
    situation = context.situation
    dialler, single = Dialler.of(situation), [each for each in situation.notices if each.moment]
    lists = list(situation.appointments.changes)
    carried = nearest_gateways([(each.kind, situation.decisions[each].after) for each in lists], dialler)
    besides = nearest_gateways([(each.address.kind, each.fields) for each in single], dialler)
    others = _by_gateway([each.moment for each in single if each.moment], besides)
    for gateway, addresses in _by_gateway(lists, carried).items():
        limit = limit_of(dialler.gateways.get(gateway))
        if limit is not None:
            busiest = context.appointments.busiest(addresses, others.get(gateway, ()))
            yield from _ringing(context, dialler, gateway, addresses[0], busiest, limit)


def _by_gateway(values: Iterable[T], carried: Iterable[set[Gateway]]) -> dict[Gateway, list[T]]:
    """Each value under all gateways that carry it."""
    found: dict[Gateway, list[T]] = {}
    for value, gateways in zip(values, carried, strict=True):
        for gateway in gateways:
            found.setdefault(gateway, []).append(value)
    return found


def _ringing(
    context: Context,
    dialler: Dialler,
    gateway: Gateway,
    address: Address,
    busiest: tuple[int, datetime | None],
    limit: int,
) -> Iterator[Finding]:
    """What the gateway would have to take in the five minutes with the most alarms."""
    alarms, begins = busiest
    hold, measured = dialler.situation.observed.holds.get(gateway[1], (HOLD, 0))
    takes, name = limit * FIVE_MINUTES // hold, dialler.gateway_name(*gateway)
    if begins is None:
        return
    dialled = sum(_within(each, name, begins) for each in context.outlook.campaigns)
    if alarms + dialled > takes:
        besides = gettext(", besides {calls} of campaigns", calls=count(dialled, "call")) if dialled else ""
        text = gettext(
            "gateway {gateway} takes {calls} in five minutes (a call lasts {hold}), and {reminders} ring from {moment} "
            "on{besides}. Spread the reminders over more time, with a column `remind_at`",
            gateway=name,
            calls=count(takes, "call"),
            hold=_held(hold, measured),
            reminders=count(alarms, "reminder"),
            moment=f"{context.zones.local(begins):%Y-%m-%d %H:%M}",
            besides=besides,
        )
        yield at_list(context, "gateway-load", Severity.WARNING, address, text)


def _within(campaign: CampaignForecast, gateway: str, begins: datetime) -> int:
    """The calls of a campaign in the five minutes that begin then."""
    ends = begins + timedelta(seconds=FIVE_MINUTES)
    if campaign.gateway != gateway or not campaign.starts:
        return 0
    until = ends if campaign.finishes is None else min(ends, campaign.finishes)
    spans = [min(last, until) - max(first, begins) for first, last in campaign.windows]
    return round(sum(max(0.0, span.total_seconds()) for span in spans) * campaign.frequency / 60)


CHECK = Check("gateway-load", Severity.WARNING, "No gateway is asked for more calls at a time than it takes.", run)
