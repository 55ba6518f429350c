"""People who are called more than once: by one campaign from two phonebooks, or by campaigns that dial on one day.

A number gets one call a day, or as many as the project's policies about the campaign's purpose say, within their hours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from provisioner.checks.check import Check
from provisioner.checks.context import Context
from provisioner.errors import Severity
from provisioner.forecast.dialler import Dialler
from provisioner.forecast.overlap import CampaignSpan, DiallingDays, Overlaps, numbers_of, overlaps, spans, twice
from provisioner.model import Address, Finding

ID = "overlap"
USUAL = (1, 1)  # calls of one number, within days, where no policy says
HOURS = 24
NAMED = 5

Limits = Mapping[CampaignSpan, Sequence[tuple[int, int]]]


def run(context: Context) -> Iterator[Finding]:
    """Per declared campaign: its own phonebooks, the campaigns told before it, and what could not be compared."""
    dialler = Dialler.of(context.situation)
    found = tuple(spans(dialler))
    shared = numbers_of(found, dialler)
    limits = {span: _limits(context, span) for span in found}
    periods = sorted({days for each in limits.values() for _, days in each})
    within, days = {each: overlaps(found, shared, each) for each in periods}, DiallingDays(found)
    for span in found:
        if span.campaign.decision is not None:
            yield from _twice(context, span, dialler)
            for period, overlap in within.items():
                yield from _again(context, span, period, overlap, limits)
            yield from _unknown(context, span, days)


def _twice(context: Context, span: CampaignSpan, dialler: Dialler) -> Iterator[Finding]:
    people, counts = twice(span, dialler)
    if people:
        named = ", ".join(
            f"{_book(context, span, one)} and {_book(context, span, other)} share {count:,}"
            for (one, other), count in counts.most_common(NAMED)
        )
        numbers = "1 number is" if people == 1 else f"{people:,} numbers are"
        message = (
            f"{numbers} in more than one of its phonebooks and called once for each: {named}{_more(counts)}. Keep each "
            "number in one of them"
        )
        yield _finding(context, span, Severity.WARNING, message)


def _again(context: Context, span: CampaignSpan, period: int, overlap: Overlaps, limits: Limits) -> Iterator[Finding]:
    """More calls in so many days than the limit of any of them. A pair is told at the later of the two."""
    counts = Counter(overlap.before.get(span.place, {}))
    limit = min((most for each in (span, *counts) for most, days in limits[each] if days == period), default=None)
    calls = overlap.calls.get(span.place, 0)
    if not counts or limit is None or calls <= limit:
        return
    near, time = ("on the same days", "a day") if period == 1 else (f"within {period} days", f"{period} days")
    named = ", ".join(f"{count:,} with {other.campaign.label}" for other, count in counts.most_common(NAMED))
    message = (
        f"its numbers are also called by campaigns that dial {near}: {named}{_more(counts)}. One number can "
        f"get {calls} calls in {time}, more than {limit}: use other days, or remove the numbers from one"
    )
    yield _finding(context, span, Severity.WARNING, message)


def _unknown(context: Context, span: CampaignSpan, days: DiallingDays) -> Iterator[Finding]:
    """Phonebooks whose rows were not read, where there is something to compare them with."""
    active = context.situation.rows.active
    unknown = [each for each in span.books if isinstance(each, int) and each not in active]
    unread = sorted(_book(context, span, each) for each in unknown)
    if unread and (len(span.books) > 1 or days.overlaps_with(span)):
        names = ", ".join(unread[:NAMED]) + _more(unread)
        message = (
            f"rows that are not managed here are not compared with others: {names}. Declare them to have them compared"
        )
        yield _finding(context, span, Severity.INFO, message)


def _limits(context: Context, span: CampaignSpan) -> list[tuple[int, int]]:
    """Calls of one number, and within how many days: of each policy about its purpose, else the usual limit."""
    decision = span.campaign.decision
    purpose = decision.resource.settings.get("purpose") if decision else None
    policies = context.settings.policies if purpose else ()
    return [
        (each.most_calls, -(-each.per_hours // HOURS))
        for each in policies
        if purpose in each.purposes and each.most_calls is not None
    ] or [USUAL]


def _book(context: Context, span: CampaignSpan, target: Any) -> str:
    """A phonebook as the manifest names it."""
    if isinstance(target, Address):
        return str(target)
    shown = context.situation.matches.targets.show(target, span.campaign.dialled_kind)
    if shown.by == "key":
        return str(Address(shown.kind, str(shown.value)))
    return f"{{{shown.by}: {shown.value}}}"


def _more(named: Collection[Any]) -> str:
    return f" and {len(named) - NAMED:,} more" if len(named) > NAMED else ""


def _finding(context: Context, span: CampaignSpan, severity: Severity, message: str) -> Finding:
    decision = span.campaign.decision
    assert decision is not None
    source = decision.resource.position(span.campaign.startable.dials)
    return Finding(ID, severity, message, decision.address, source)


CHECK = Check(ID, Severity.WARNING, "Nobody is called twice by one campaign, or by several in a day.", run)
