"""Rows of phonebooks that started campaigns dial: who comes is called, who goes is called too.

See docs/alice-api.md#what-rings, #what-does-not-stop-calls and #contacts-added-while-paused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from provisioner.checks.context import Context
from provisioner.checks.effects import Effect, rows, soon, told
from provisioner.model import Finding, RowChange, members
from provisioner.planning.ground import Ground
from provisioner.planning.observed import ActiveCampaign, diallings
from provisioner.planning.ringing import dialled_now
from provisioner.planning.scrubbing import is_list
from provisioner.planning.situation import Situation


@dataclass(frozen=True)
class _Beginnings:
    """When everything that runs begins to dial; worked out once, for the first rows that ring."""

    situation: Situation

    @cached_property
    def _moments(self) -> list[tuple[set[object], datetime | None]]:
        """Targets, and the moment; None: now."""
        ground, found = Ground.of(self.situation), diallings(self.situation.decisions, self.situation.live)
        return [({*each.dials, *_taken_in(each)}, ground.waits_until(each)) for each in found if each.runs]

    def first(self, target: object) -> datetime | None:
        """When the first of all that dial a target begins to; None: now."""
        moments = [moment for targets, moment in self._moments if target in targets]
        waiting = [moment for moment in moments if moment]
        return min(waiting) if waiting and len(waiting) == len(moments) else None


def rows_of(context: Context, started: tuple[ActiveCampaign, ...]) -> Iterator[Finding]:
    """What each change of rows comes to."""
    situation = context.situation
    running, ids = dialled_now(situation.decisions, situation.live), situation.matches.targets.ids
    beginnings = _Beginnings(situation)
    for address, change in situation.rows.changes.items():
        target = ids.get(address, address)
        if is_list(address) or not change.writes:
            continue
        if target in running:
            yield from _while_running(context, change, target, beginnings)
        paused = [str(each.address) for each in started if _is_paused(each) and target in _taken_in(each)]
        if change.add and paused:
            text = (
                f"{rows(change.add, address.kind, 'new')} will never be called by {', '.join(paused)}, which is paused"
            )
            advice = "add them when it runs, or resume it by the same plan"
            yield _told(context, Effect.NONE, f"{text} and took its contacts in before: {advice}", change)


def _while_running(context: Context, change: RowChange, target: object, beginnings: _Beginnings) -> Iterator[Finding]:
    kind, left = change.address.kind, context.situation.rows.active.get(target, 0)
    if change.calls:
        since = beginnings.first(target)
        text = f"it calls {rows(change.calls, kind)}{soon(since)}: to call them later, put them in another phonebook"
        yield _told(context, Effect.RINGS, text, change, since)
    if change.remove:
        text = f"it sets {rows(change.remove, kind)} inactive, which stops no call to whom a campaign has taken in"
        effect = Effect.NONE if left else Effect.DANGEROUS  # nobody left: it looks like a stop and is none
        yield _told(context, effect, f"{text}: only the campaign's status stops calls, see `alice-apply stop`", change)
    if change.change:
        text = f"it changes {rows(change.change, kind)} for whoever is still to be called, the numbers excepted"
        yield _told(context, Effect.TAKES, text, change)


def _is_paused(dialling: ActiveCampaign) -> bool:
    return bool(dialling.fields.get(dialling.lifecycle.field) == dialling.lifecycle.pause)


def _taken_in(dialling: ActiveCampaign) -> set[object]:
    before = dialling.decision.before if dialling.decision else None
    return set(members((before or {}).get(dialling.lifecycle.dials)))


def _told(context: Context, effect: Effect, message: str, change: RowChange, since: datetime | None = None) -> Finding:
    resource = context.situation.project.resources[change.address]
    return told(effect, message, change.address, resource.rows_source, since)
