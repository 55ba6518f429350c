"""People who are called more than once: by one campaign from two phonebooks, or by campaigns that dial on one day.

A number gets one call a day, or as many as the project's policies about the campaign's purpose say, within their hours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from provisioner.checks.check import Check
from provisioner.checks.context import Context
from provisioner.errors import Severity
from provisioner.forecast.dialler import Dialler
from provisioner.forecast.overlap import CampaignSpan, DiallingDays, Overlaps, numbers_of, overlaps, spans, twice
from provisioner.language import gettext, ngettext
from provisioner.messages import listed
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
        shared = [
            gettext(
                "{one} and {other} share {count:,}",
                one=_book(context, span, one),
                other=_book(context, span, other),
                count=count,
            )
            for (one, other), count in counts.most_common()
        ]
        message = ngettext(
            "{count:,} number is in more than one of its phonebooks and called once for each: {shared}. Keep each "
            "number in one of them",
            "{count:,} numbers are in more than one of its phonebooks and called once for each: {shared}. Keep each "
            "number in one of them",
            people,
            shared=listed(shared, NAMED),
        )
        yield _finding(context, span, Severity.WARNING, message)


def _again(context: Context, span: CampaignSpan, period: int, overlap: Overlaps, limits: Limits) -> Iterator[Finding]:
    """More calls in so many days than the limit of any of them. A pair is told at the later of the two."""
    counts = Counter(overlap.before.get(span.place, {}))
    limit = min((most for each in (span, *counts) for most, days in limits[each] if days == period), default=None)
    calls = overlap.calls.get(span.place, 0)
    if not counts or limit is None or calls <= limit:
        return
    campaigns = [
        gettext("{count:,} with {campaign}", count=count, campaign=other.campaign.label)
        for other, count in counts.most_common()
    ]
    message = ngettext(
        "its numbers are also called by campaigns that dial on the same days: {campaigns}. One number can get {calls} "
        "calls in a day, more than {limit}: use other days, or remove the numbers from one",
        "its numbers are also called by campaigns that dial within {count} days: {campaigns}. One number can get "
        "{calls} calls in {count} days, more than {limit}: use other days, or remove the numbers from one",
        period,
        campaigns=listed(campaigns, NAMED),
        calls=calls,
        limit=limit,
    )
    yield _finding(context, span, Severity.WARNING, message)


def _unknown(context: Context, span: CampaignSpan, days: DiallingDays) -> Iterator[Finding]:
    """Phonebooks whose rows were not read, where there is something to compare them with."""
    active = context.situation.rows.active
    unknown = [each for each in span.books if isinstance(each, int) and each not in active]
    unread = sorted(_book(context, span, each) for each in unknown)
    if unread and (len(span.books) > 1 or days.overlaps_with(span)):
        message = gettext(
            "rows that are not managed here are not compared with others: {phonebooks}. Declare them to have them "
            "compared",
            phonebooks=listed(unread, NAMED),
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


def _finding(context: Context, span: CampaignSpan, severity: Severity, message: str) -> Finding:
    decision = span.campaign.decision
    assert decision is not None
    source = decision.resource.position(span.campaign.startable.dials)
    return Finding(ID, severity, message, decision.address, source)


CHECK = Check(ID, Severity.WARNING, "Nobody is called twice by one campaign, or by several in a day.", run)
