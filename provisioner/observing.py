"""Asks the server what a forecast is made of: how far started campaigns are, how long their calls last.

Nothing of it is needed to write, so nothing here fails a plan because a server does not tell. Counts only: of what is
large, nothing is read that an answer's `count` tells (contract, section 2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from provisioner.alice.client import Client
from provisioner.alice.tallying import at_most, tallied, unfinished
from provisioner.kinds import KINDS, Tally
from provisioner.planning.ground import Ground
from provisioner.planning.observed import Dialling, Observed, diallings
from provisioner.planning.situation import Situation

MOST_SAMPLES = 3  # campaigns of one gateway whose call records are looked at, a page of each

Sample = Callable[[str, str, int], list[Mapping[str, Any]]]
Ids = dict[str, set[int]]


def observe(client: Client, sample: Sample, situation: Situation) -> Observed:
    """The answers to what the outlook of a situation depends on; `sample` gives a page of what is related to an id."""
    found = diallings(situation.decisions, situation.live)
    limited = [each for each in found if Ground.of(situation).limit(each) is not None]
    return Observed(dict(_pending(client, found)), dict(_rows(client, found, situation)), _holds(sample, limited))


def _pending(client: Client, found: Iterable[Dialling]) -> Iterator[tuple[tuple[str, int], int]]:
    started: Ids = {}
    for each in found:
        if each.started and each.live_id is not None:
            started.setdefault(each.kind, set()).add(each.live_id)
    for kind, ids in started.items():
        lifecycle = KINDS[kind].lifecycle
        for tally in lifecycle.tallies if lifecycle else ():
            counts = unfinished(client, tally, sorted(ids)) if tally.unfinished else {}
            yield from (((kind, owner), count) for owner, count in counts.items())


def _rows(client: Client, found: Iterable[Dialling], situation: Situation) -> Iterator[tuple[tuple[str, int], int]]:
    """Of what is dialled and whose rows nobody knows yet: the server's count, else those that are active."""
    unknown: Ids = {}
    for each in found:
        ids = {target for target in each.dials if isinstance(target, int)} - situation.rows.active.keys()
        unknown.setdefault(each.dialled_kind, set()).update(ids)
    for kind, ids in unknown.items():
        owner = KINDS[kind].rows
        for remote_id in sorted(ids) if owner else ():
            assert owner is not None
            count = at_most(client, KINDS[owner.kind], owner.parent, remote_id)
            if count is None:
                counts = tallied(client, Tally(owner.kind, owner.parent, "status"), [remote_id]) or {}
                count = counts[remote_id]["active"] if remote_id in counts else 0
            yield (kind, remote_id), count


def _holds(sample: Sample, found: Iterable[Dialling]) -> dict[int, tuple[int, int]]:
    """Seconds that a call lasts, by gateway: the mean of the records of a few campaigns, and how many they were."""
    asked: dict[int, list[Dialling]] = {}
    for each in found:
        if each.started and each.live_id is not None and each.gateway is not None:
            asked.setdefault(each.gateway, []).append(each)
    holds = {}
    for gateway, campaigns in asked.items():
        seconds = [s for each in campaigns[:MOST_SAMPLES] for s in _durations(sample, each)]
        if seconds:
            holds[gateway] = (max(1, round(sum(seconds) / len(seconds))), len(seconds))
    return holds


def _durations(sample: Sample, dialling: Dialling) -> Iterator[float]:
    records = dialling.lifecycle.schedule.records
    for payload in sample(records.kind, records.relation, dialling.live_id or 0):
        try:
            seconds = float(payload[records.field])
        except (KeyError, TypeError, ValueError):
            continue
        if seconds > 0:
            yield seconds
