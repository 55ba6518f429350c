"""How many people are called, by how many campaigns, and how often in a day, from counts of shared numbers. Pure.

Alice calls a number once for each phonebook and each campaign (docs/alice-api.md#phonebooks-and-contacts). Campaigns
meet when both dial on one day; whoever is in two phonebooks, or has an alarm too, is one person. Numbers themselves are
not here, only how many are in exactly which phonebooks (`RowFacts.shared`). What is not known makes calls more and
people more, never fewer.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Any

from provisioner.forecast.dialler import Ground
from provisioner.forecast.projection import Projection
from provisioner.model import NONE, Address, Bound
from provisioner.plan.notices import Notice
from provisioner.plan.observed import ActiveCampaign, diallings

NOT_COMPARED = Bound.unknown("not all numbers can be compared")

Shared = Mapping[frozenset[Any], int]
Called = tuple[ActiveCampaign, Bound]  # and how many contacts of it are meant


@dataclass(frozen=True, slots=True, eq=False)
class Caller:
    """A campaign that runs after the plan, by its place among all: the phonebooks it dials, its first and last day."""

    place: int
    dialling: ActiveCampaign
    first: date
    last: date
    days: frozenset[int]

    @property
    def books(self) -> frozenset[Any]:
        return frozenset(self.dialling.dials)

    def meets(self, other: Caller) -> bool:
        """Whether there is a day on which both dial."""
        return self.first <= other.last and other.first <= self.last and bool(self.days & other.days)


class Calendar:
    """On which days callers dial, to tell of each whether it meets any other without looking at all of them."""

    def __init__(self, found: Iterable[Caller]) -> None:
        alike: dict[frozenset[int], tuple[list[date], list[date]]] = {}
        for each in found:
            firsts, lasts = alike.setdefault(each.days, ([], []))
            firsts.append(each.first)
            lasts.append(each.last)
        self._alike = {days: (sorted(firsts), sorted(lasts)) for days, (firsts, lasts) in alike.items()}

    def meets(self, caller: Caller) -> bool:
        """Whether there is a day on which one of these and another of them dial."""
        met = -1  # itself
        for days, (firsts, lasts) in self._alike.items():
            if days & caller.days:
                met += bisect_right(firsts, caller.last) - bisect_left(lasts, caller.first)
        return met > 0


@dataclass(frozen=True, slots=True)
class Meetings:
    """`before`: by a caller's place, those before it that it meets, with how many numbers both dial; `calls`: the most
    calls that one of a caller's shared numbers gets in a day."""

    before: Mapping[int, Mapping[Caller, int]]
    calls: Mapping[int, int]


def callers(ground: Ground) -> Iterator[Caller]:
    """Everything that runs and has somebody to call; what is declared comes last."""
    situation = ground.situation
    running = [each for each in diallings(situation.decisions, situation.live) if each.runs]
    running.sort(key=lambda each: each.decision is not None)
    for place, dialling in enumerate(running):
        hours = ground.hours(dialling)
        run = Projection.of(dialling, hours, ground) if hours else None
        last = (run.finishes or run.closes) if run else None
        if hours is not None and run is not None and last is not None and run.contacts:
            first = next(hours.stretches(1))[0]
            days = [moment.astimezone(hours.zone).date() for moment in (first, last)]
            yield Caller(place, dialling, days[0], days[1], hours.days)


def numbers_of(found: Collection[Caller], ground: Ground) -> Shared:
    """Numbers by the phonebooks that they are in; those whose rows were not read are taken to share none."""
    shared = dict(ground.situation.rows.shared)
    known = {target for targets in shared for target in targets}
    unread = {target: each.dialling for each in found for target in each.books - known}
    return shared | {frozenset({target}): _some(ground.active(dialling, target)) for target, dialling in unread.items()}


def _some(rows: Bound) -> int:
    """As many as there may be; of what nobody has counted at least one."""
    return max(1, rows.least) if rows.most is None else rows.most


def twice(caller: Caller, ground: Ground) -> tuple[int, Counter[tuple[Any, Any]]]:
    """How many numbers are in more than one of a caller's phonebooks, and how many each two of them share."""
    counts: Counter[tuple[Any, Any]] = Counter()
    people = 0
    for targets, count in ground.shared(caller.books) if len(caller.books) > 1 else ():
        both = sorted(targets & caller.books, key=str)
        people += count if len(both) > 1 else 0
        for pair in combinations(both, 2):
            counts[pair] += count
    return people, +counts


def meetings(found: Collection[Caller], shared: Shared) -> Meetings:
    """Of all callers at once: each combination of phonebooks is looked at once, whatever the number of campaigns."""
    before: dict[int, Counter[Caller]] = {}
    most: dict[int, int] = {}
    for dialled, count in _by_callers(found, shared).items():
        met = set()
        for (one, _), (other, _) in combinations(dialled, 2):
            if one.meets(other):
                before.setdefault(other.place, Counter())[one] += count
                met |= {one, other}
        for place, calls in _in_a_day([(each, times) for each, times in dialled if each in met]):
            most[place] = max(most.get(place, 0), calls)
    return Meetings(before, most)


def _by_callers(found: Collection[Caller], shared: Shared) -> Counter[tuple[tuple[Caller, int], ...]]:
    """How many numbers are dialled by exactly these callers, so many times by each."""
    dialling: dict[Any, list[Caller]] = {}
    for caller in found:
        for target in caller.books:
            dialling.setdefault(target, []).append(caller)
    counts: Counter[tuple[tuple[Caller, int], ...]] = Counter()
    for targets, count in shared.items():
        times = Counter(caller for target in targets for caller in dialling.get(target, ()))
        if count and len(times) > 1:
            counts[tuple(sorted(times.items(), key=lambda each: each[0].place))] += count
    return counts


def _in_a_day(dialled: Collection[tuple[Caller, int]]) -> Iterator[tuple[int, int]]:
    """The calls of one number on each day on which somebody begins, for all who dial on it."""
    for day in {caller.first for caller, _ in dialled}:
        today = [(caller, times) for caller, times in dialled if caller.first <= day <= caller.last]
        calls = sum(times for _, times in today)
        yield from ((caller.place, calls) for caller, _ in today)


def people(ground: Ground, called: Collection[Called], notices: Collection[Notice]) -> Bound:
    """How many people those contacts and notices are."""
    each = [_of_one(ground, dialling, contacts) for dialling, contacts in called]
    numbered = [notice for notice in notices if notice.number is not None]
    together = sum(each, Bound.at_most(len(notices)))
    books = {target: dialling for dialling, contacts in called if contacts for target in dialling.dials}
    known = _distinct(ground, books, {notice.share: None for notice in numbered})
    beyond = sum((_beyond(ground, dialling) for dialling, contacts in called if contacts), NONE)
    most = together.capped(known + beyond + Bound.exact(len(notices) - len(numbered)))
    least = max((one.least for one in each), default=0)
    return Bound(max(least, int(bool(notices))), most.most, most.reason)


def _of_one(ground: Ground, dialling: ActiveCampaign, contacts: Bound) -> Bound:
    """Of one campaign: not more than its phonebooks have numbers, and those that it took in before."""
    known = _distinct(ground, dict.fromkeys(dialling.dials, dialling), {}) + _beyond(ground, dialling)
    least = -(-contacts.least // max(1, len(dialling.dials)))
    return Bound(least, contacts.most, contacts.reason).capped(known)


def _distinct(ground: Ground, books: Mapping[int | Address, ActiveCampaign], shares: Mapping[Any, None]) -> Bound:
    """Numbers that are active in any of these phonebooks, or that one of these shares of notices calls."""
    compared = ground.sharing.keys()
    if not compared >= shares.keys():
        return NOT_COMPARED
    known = sum(count for _, count in ground.shared({*books, *shares}))
    apart = (ground.active(dialling, target) for target, dialling in books.items() if target not in compared)
    return sum(apart, Bound.exact(known))


def _beyond(ground: Ground, dialling: ActiveCampaign) -> Bound:
    """Whom it may have taken in and its phonebooks do not show as active: the inactive, and those that are gone."""
    if not dialling.started:
        return NONE
    rows, total = ground.situation.rows, ground.total(dialling)
    if total is None or not dialling.shows_targets or not rows.held.keys() >= {*dialling.dials}:
        return NOT_COMPARED
    inactive = sum(max(0, rows.held[target] - rows.active[target]) for target in dialling.dials)
    return Bound.exact(inactive + max(0, total - sum(rows.held[target] for target in dialling.dials)))
