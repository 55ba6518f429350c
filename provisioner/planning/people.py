"""How many people are behind so many calls: whoever is in two phonebooks, or has an alarm too, is one person. Pure.

Numbers themselves are not here, only how many are in exactly which phonebooks (`RowFacts.shared`). Where that is not
known everybody counts as somebody else, so that it is never too few.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from provisioner.model import NONE, Address, Bound
from provisioner.planning.ground import Ground
from provisioner.planning.notices import Notice
from provisioner.planning.observed import ActiveCampaign

NOT_COMPARED = Bound.unknown("not all numbers can be compared")

Called = tuple[ActiveCampaign, Bound]  # and how many contacts of it are meant


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
    shared = ground.situation.rows.shared
    compared = {target for targets in shared for target in targets}
    if not compared.issuperset(shares):
        return NOT_COMPARED
    wanted = {*books, *shares}
    known = sum(count for targets, count in shared.items() if not targets.isdisjoint(wanted))
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
