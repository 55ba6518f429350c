"""How many people are called, by how many campaigns, and how often in a day, from counts of shared numbers. Pure.

Alice calls a number once for each phonebook and each campaign (docs/alice-api.md#phonebooks-and-contacts). Campaigns
overlap when both dial on one day, or within as many days as a policy counts calls in; whoever is in two phonebooks, or
has an alarm too, is one person. Numbers themselves are not here, only how many are in exactly which phonebooks
(`RowFacts.shared`). What is not known makes calls more and people more, never fewer.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from typing import Any

from provisioner.bound import NONE, Bound
from provisioner.forecast.dialler import Dialler
from provisioner.forecast.projection import Projection
from provisioner.language import gettext
from provisioner.model import Address
from provisioner.plan.notices import Notice
from provisioner.plan.observed import ActiveCampaign, active_campaigns

WEEK = 7
NOT_COMPARED = Bound.unknown(gettext("not all numbers can be compared"))

Shared = Mapping[frozenset[Any], int]
Called = tuple[ActiveCampaign, Bound]  # and how many contacts of it are meant


@dataclass(frozen=True, slots=True, eq=False)
class CampaignSpan:
    """A campaign that runs after the plan, by its place among all: the phonebooks it dials, its first and last day."""

    place: int
    campaign: ActiveCampaign
    first: date
    last: date
    days: frozenset[int]

    @property
    def books(self) -> frozenset[Any]:
        return frozenset(self.campaign.dials)

    def overlaps_with(self, other: CampaignSpan, within: int = 1) -> bool:
        """Whether both dial on one day, or within so many days."""
        gap = timedelta(days=within - 1)
        near = {(day + later) % WEEK for day in self.days for later in range(1 - within, within)}
        return self.first <= other.last + gap and other.first <= self.last + gap and bool(near & other.days)


class DiallingDays:
    """On which days campaigns dial, to tell of each whether it overlaps with another without looking at them all."""

    def __init__(self, found: Iterable[CampaignSpan]) -> None:
        alike: dict[frozenset[int], tuple[list[date], list[date]]] = {}
        for each in found:
            firsts, lasts = alike.setdefault(each.days, ([], []))
            firsts.append(each.first)
            lasts.append(each.last)
        self._alike = {days: (sorted(firsts), sorted(lasts)) for days, (firsts, lasts) in alike.items()}

    def overlaps_with(self, span: CampaignSpan) -> bool:
        """Whether there is a day on which one of these and another of them dial."""
        overlap = -1  # itself
        for days, (firsts, lasts) in self._alike.items():
            if days & span.days:
                overlap += bisect_right(firsts, span.last) - bisect_left(lasts, span.first)
        return overlap > 0


@dataclass(frozen=True, slots=True)
class Overlaps:
    """`before`: by a campaign's place, those before it that it overlaps with, and how many numbers both dial; `calls`:
    the most calls that one of its shared numbers gets within the days that were asked for."""

    before: Mapping[int, Mapping[CampaignSpan, int]]
    calls: Mapping[int, int]


def spans(dialler: Dialler) -> Iterator[CampaignSpan]:
    """Everything that runs and has somebody to call; what is declared comes last."""
    situation = dialler.situation
    running = [each for each in active_campaigns(situation.decisions, situation.live) if each.runs]
    running.sort(key=lambda each: each.decision is not None)
    for place, campaign in enumerate(running):
        hours = dialler.hours(campaign)
        run = Projection.of(campaign, hours, dialler) if hours else None
        last = (run.finishes or run.closes) if run else None
        if hours is not None and run is not None and last is not None and run.contacts:
            first = next(hours.stretches(1))[0]
            days = [moment.astimezone(hours.zone).date() for moment in (first, last)]
            yield CampaignSpan(place, campaign, days[0], days[1], hours.days)


def numbers_of(found: Collection[CampaignSpan], dialler: Dialler) -> Shared:
    """Numbers by the phonebooks that they are in; those whose rows were not read are taken to share none."""
    shared = dict(dialler.situation.rows.shared)
    known = {target for targets in shared for target in targets}
    unread = {target: each.campaign for each in found for target in each.books - known}
    return shared | {
        frozenset({target}): _some(dialler.active(campaign, target)) for target, campaign in unread.items()
    }


def _some(rows: Bound) -> int:
    """As many as there may be; of what nobody has counted at least one."""
    return max(1, rows.least) if rows.most is None else rows.most


def twice(span: CampaignSpan, dialler: Dialler) -> tuple[int, Counter[tuple[Any, Any]]]:
    """How many numbers are in more than one of a campaign's phonebooks, and how many each two of them share."""
    counts: Counter[tuple[Any, Any]] = Counter()
    people = 0
    for targets, count in dialler.shared(span.books) if len(span.books) > 1 else ():
        both = sorted(targets & span.books, key=str)
        people += count if len(both) > 1 else 0
        for pair in combinations(both, 2):
            counts[pair] += count
    return people, +counts


def overlaps(found: Collection[CampaignSpan], shared: Shared, within: int = 1) -> Overlaps:
    """Of all campaigns at once: each combination of phonebooks is looked at once, whatever the number of campaigns."""
    before: dict[int, Counter[CampaignSpan]] = {}
    most: dict[int, int] = {}
    for dialled, count in _by_campaigns(found, shared).items():
        overlap = set()
        for (one, _), (other, _) in combinations(dialled, 2):
            if one.overlaps_with(other, within):
                before.setdefault(other.place, Counter())[one] += count
                overlap |= {one, other}
        for place, calls in _calls_within(within, [(each, times) for each, times in dialled if each in overlap]):
            most[place] = max(most.get(place, 0), calls)
    return Overlaps(before, most)


def _by_campaigns(found: Collection[CampaignSpan], shared: Shared) -> Counter[tuple[tuple[CampaignSpan, int], ...]]:
    """How many numbers are dialled by exactly these campaigns, so many times by each."""
    dialled_by: dict[Any, list[CampaignSpan]] = {}
    for span in found:
        for target in span.books:
            dialled_by.setdefault(target, []).append(span)
    counts: Counter[tuple[tuple[CampaignSpan, int], ...]] = Counter()
    for targets, count in shared.items():
        times = Counter(span for target in targets for span in dialled_by.get(target, ()))
        if count and len(times) > 1:
            counts[tuple(sorted(times.items(), key=lambda each: each[0].place))] += count
    return counts


def _calls_within(within: int, dialled: Collection[tuple[CampaignSpan, int]]) -> Iterator[tuple[int, int]]:
    """The calls of one number in so many days that end with one on which somebody begins, for all who dial in them."""
    gap = timedelta(days=within - 1)
    for day in {span.first for span, _ in dialled}:
        near = [(span, times) for span, times in dialled if span.first <= day <= span.last + gap]
        calls = sum(times for _, times in near)
        yield from ((span.place, calls) for span, _ in near)


def people(dialler: Dialler, called: Collection[Called], notices: Collection[Notice]) -> Bound:
    """How many people those contacts and notices are."""
    each = [_of_one(dialler, campaign, contacts) for campaign, contacts in called]
    numbered = [notice for notice in notices if notice.number is not None]
    together = sum(each, Bound.at_most(len(notices)))
    books = {target: campaign for campaign, contacts in called if contacts for target in campaign.dials}
    known = _distinct(dialler, books, {notice.cause: None for notice in numbered})
    beyond = sum((_beyond(dialler, campaign) for campaign, contacts in called if contacts), NONE)
    most = together.capped(known + beyond + Bound.exact(len(notices) - len(numbered)))
    least = max((one.least for one in each), default=0)
    return Bound(max(least, int(bool(notices))), most.most, most.reason)


def _of_one(dialler: Dialler, campaign: ActiveCampaign, contacts: Bound) -> Bound:
    """Of one campaign: not more than its phonebooks have numbers, and those that it took in before."""
    known = _distinct(dialler, dict.fromkeys(campaign.dials, campaign), {}) + _beyond(dialler, campaign)
    least = -(-contacts.least // max(1, len(campaign.dials)))
    return Bound(least, contacts.most, contacts.reason).capped(known)


def _distinct(dialler: Dialler, books: Mapping[int | Address, ActiveCampaign], causes: Mapping[Any, None]) -> Bound:
    """Numbers that are active in any of these phonebooks, or that a notice of one of these causes calls."""
    compared = dialler.sharing.keys()
    if not compared >= causes.keys():
        return NOT_COMPARED
    known = sum(count for _, count in dialler.shared({*books, *causes}))
    apart = (dialler.active(campaign, target) for target, campaign in books.items() if target not in compared)
    return sum(apart, Bound.exact(known))


def _beyond(dialler: Dialler, campaign: ActiveCampaign) -> Bound:
    """Whom it may have taken in and its phonebooks do not show as active: the inactive, and those that are gone."""
    if not campaign.started:
        return NONE
    rows, total = dialler.situation.rows, dialler.total(campaign)
    if total is None or not campaign.shows_targets or not rows.held.keys() >= {*campaign.dials}:
        return NOT_COMPARED
    inactive = sum(max(0, rows.held[target] - rows.active[target]) for target in campaign.dials)
    return Bound.exact(inactive + max(0, total - sum(rows.held[target] for target in campaign.dials)))
