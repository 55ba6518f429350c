"""Asks the server what a forecast is made of: how far started campaigns are, how long their calls last.

Nothing of it is needed to write, so nothing here fails a plan because a server does not tell: what it does not tell is
not known, and never nothing. Of what is large, nothing is read that a proven `count` tells
(docs/alice-api.md#filters).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from provisioner.api.client import Client
from provisioner.api.counts import active, taken
from provisioner.bound import Bound
from provisioner.errors import ApiError
from provisioner.forecast.dialler import call_limit, gateways_of
from provisioner.model import Unknown
from provisioner.plan.observed import ActiveCampaign, CallProgress, Observed, active_campaigns
from provisioner.plan.situation import RowFacts
from provisioner.plan.stages import Decided
from provisioner.resources import KINDS, ProgressSource

MOST_DRAFTS = 100  # phonebooks of campaigns that do not run and that are asked about
MOST_SAMPLES = 3  # campaigns of one gateway whose call records are looked at, a page of each

Sample = Callable[[str, str, int], list[Mapping[str, Any]] | Unknown]
Ids = dict[str, set[int]]  # by kind


def observe(client: Client, sample: Sample, decided: Decided, facts: RowFacts) -> Observed:
    """The answers to what an outlook depends on; `sample` gives a page of what is related to an id."""
    found, gateways = active_campaigns(decided.decisions, decided.live), gateways_of(decided.live)
    far = dict(_taken(client, found))
    limited = [each for each in found if call_limit(each, gateways) is not None]
    return Observed(far, dict(_rows(client, found, facts)), _holds(sample, limited))


def _taken(client: Client, found: Iterable[ActiveCampaign]) -> Iterator[tuple[tuple[str, int], CallProgress]]:
    started: Ids = {}
    for each in found:
        if each.started and each.live_id is not None:
            started.setdefault(each.kind, set()).add(each.live_id)
    for kind, ids in started.items():
        startable = KINDS[kind].startable
        for tally in startable.tallies if startable else ():
            counts = taken(client, tally, sorted(ids)) if tally.unfinished else {}
            yield from (((kind, owner), CallProgress(*count)) for owner, count in counts.items())


def _rows(client: Client, found: Iterable[ActiveCampaign], facts: RowFacts) -> Iterator[tuple[tuple[str, int], Bound]]:
    """Of what is dialled and not known yet.

    What nobody has started rings nobody: of many such only the first few are asked about, and none is read.
    """
    running, drafts = Ids(), Ids()
    for each in found:
        ids = {target for target in each.dials if isinstance(target, int) and target not in facts.active}
        (running if each.runs else drafts).setdefault(each.dialled_kind, set()).update(ids)
    for kind in {*running, *drafts}:
        owner, needed = KINDS[kind].rows, running.get(kind, set())
        others = sorted(drafts.get(kind, set()) - needed)[:MOST_DRAFTS]
        if owner is not None:
            tally = ProgressSource(owner.kind, owner.parent, "status")
            counts = active(client, tally, "active", sorted(needed), read=True)
            counts |= active(client, tally, "active", others, read=False)
            yield from (((kind, remote_id), count) for remote_id, count in counts.items())


def _holds(sample: Sample, found: Iterable[ActiveCampaign]) -> dict[int, tuple[int, int]]:
    """Seconds that a call lasts, by gateway: the mean of the records of a few campaigns, and how many they were."""
    asked: dict[int, list[ActiveCampaign]] = {}
    for each in found:
        if each.started and each.live_id is not None and each.gateway is not None:
            asked.setdefault(each.gateway, []).append(each)
    holds = {}
    for gateway, campaigns in asked.items():
        seconds = [s for each in campaigns[:MOST_SAMPLES] for s in _durations(sample, each)]
        if seconds:
            holds[gateway] = (max(1, round(sum(seconds) / len(seconds))), len(seconds))
    return holds


def _durations(sample: Sample, campaign: ActiveCampaign) -> Iterator[float]:
    records = campaign.startable.schedule.records
    try:
        payloads = sample(records.kind, records.relation, campaign.live_id or 0)
    except ApiError:
        return
    for payload in () if isinstance(payloads, Unknown) else payloads:
        try:
            seconds = float(payload[records.field])
        except (KeyError, TypeError, ValueError):
            continue
        if seconds > 0:
            yield seconds
