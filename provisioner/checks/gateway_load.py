"""Gateways that would have to carry more calls at a time than they take (see `forecast.gateway_load`)."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from provisioner.checks.check import Check
from provisioner.checks.context import Context
from provisioner.errors import Severity
from provisioner.model import Finding
from provisioner.plan.model import Course, Load
from provisioner.resources import KINDS


def run(context: Context) -> Iterator[Finding]:
    """A warning for each gateway whose peak is above its limit, at the fastest declared campaign that is part of it."""
    courses: dict[tuple[str, str], list[Course]] = {}  # by gateway and label
    for each in context.outlook.courses:
        if each.address and each.starts:
            courses.setdefault((each.gateway, each.label), []).append(each)
    for load in context.outlook.loads:
        if load.limit is not None and load.peak > load.limit:
            declared = [each for label in load.peak_of for each in courses.get((load.gateway, label), ())]
            blamed = max(declared, key=lambda each: (bool(each.rings), each.frequency), default=None)
            yield _finding(context, load, blamed)


def _finding(context: Context, load: Load, blamed: Course | None) -> Finding:
    hold = f"{load.hold} s, the mean of {load.measured} call records" if load.measured else f"{load.hold} s, assumed"
    message = (
        f"gateway {load.gateway} takes {load.limit:,} calls at a time and would have to carry {ceil(load.peak):,} at "
        f"{load.peak_at:%Y-%m-%d %H:%M}, of {_named(load.peak_of)} (a call lasts {hold}). Lower a frequency, or let "
        "them dial at different hours"
    )
    if blamed is None or blamed.address is None:
        return Finding("gateway-load", Severity.WARNING, message)
    resource, lifecycle = context.situation.project.resources[blamed.address], KINDS[blamed.address.kind].lifecycle
    source = resource.position(lifecycle.schedule.frequency) if lifecycle else resource.source
    return Finding("gateway-load", Severity.WARNING, message, blamed.address, source)


def _named(labels: tuple[str, ...], most: int = 5) -> str:
    more = f" and {len(labels) - most} more" if len(labels) > most else ""
    return ", ".join(labels[:most]) + more


CHECK = Check("gateway-load", Severity.WARNING, "No gateway is asked for more calls at a time than it takes.", run)
