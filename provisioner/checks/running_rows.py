"""What reaches a campaign that was started and what does not: rows of its phonebooks do, its copied survey does not.

Who comes is called, who goes is called too. See docs/alice-api.md#what-rings, #what-does-not-stop-calls,
#contacts-added-while-paused and #sealed-copies.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from provisioner.checks.context import Context
from provisioner.checks.running_change import Effect, rows, soon, told
from provisioner.forecast.dialler import Dialler
from provisioner.language import gettext, joined
from provisioner.model import Address, Finding, Reference, Source, members
from provisioner.plan.dialled import dialled_now
from provisioner.plan.dnc import is_list
from provisioner.plan.graph import parent_of
from provisioner.plan.model import Change, RowChange
from provisioner.plan.observed import ActiveCampaign, active_campaigns
from provisioner.plan.situation import Situation


@dataclass(frozen=True)
class _Beginnings:
    """When everything that runs begins to dial; worked out once, for the first rows that ring."""

    situation: Situation

    @cached_property
    def _moments(self) -> Mapping[object, list[datetime | None]]:
        """The moments of all that dial it, by target; None: now."""
        dialler, moments = Dialler.of(self.situation), defaultdict[object, list[datetime | None]](list)
        for each in active_campaigns(self.situation.decisions, self.situation.live):
            for target in {*each.dials, *_taken_in(each)} if each.runs else ():
                moments[target].append(dialler.waits_until(each))
        return moments

    def first(self, target: object) -> datetime | None:
        """When the first of all that dial a target begins to; None: now."""
        moments = self._moments.get(target, ())
        waiting = [moment for moment in moments if moment]
        return min(waiting) if waiting and len(waiting) == len(moments) else None


def rows_of(context: Context, started: tuple[ActiveCampaign, ...]) -> Iterator[Finding]:
    """What each change of rows comes to."""
    situation = context.situation
    running, ids = dialled_now(situation.decisions, situation.live), situation.matches.targets.ids
    beginnings, waiting = _Beginnings(situation), defaultdict[object, list[str]](list)
    for each in started:
        for target in _taken_in(each) if _is_paused(each) else ():
            waiting[target].append(str(each.address))
    for address, change in situation.rows.changes.items():
        target = ids.get(address, address)
        if is_list(address) or not change.writes:
            continue
        if target in running:
            yield from _while_running(context, change, target, beginnings)
        paused = waiting.get(target, ())
        if change.add and paused:
            text = gettext(
                "{contacts} will never be called by {campaigns}, which is paused and took its contacts in before: add "
                "them when it runs, or resume it by the same plan",
                contacts=rows(change.add, address.kind, "new"),
                campaigns=joined(paused),
            )
            yield _told(context, Effect.NONE, text, change)


def _while_running(context: Context, change: RowChange, target: object, beginnings: _Beginnings) -> Iterator[Finding]:
    kind, left = change.address.kind, context.situation.rows.active.get(target, 0)
    if change.calls:
        since = beginnings.first(target)
        text = gettext(
            "it calls {contacts}{soon}: to call them later, put them in another phonebook",
            contacts=rows(change.calls, kind),
            soon=soon(since),
        )
        yield _told(context, Effect.RINGS, text, change, since)
    if change.remove:
        text = gettext(
            "it sets {contacts} inactive, which stops no call of a campaign that has imported them: only the "
            "campaign's status stops calls, see `alice-apply stop`",
            contacts=rows(change.remove, kind),
        )
        effect = Effect.NONE if left else Effect.DANGEROUS  # nobody left: it looks like a stop and is none
        yield _told(context, effect, text, change)
    if change.change:
        text = gettext(
            "it changes {contacts} for everybody still to be called, except for the numbers",
            contacts=rows(change.change, kind),
        )
        yield _told(context, Effect.TAKES, text, change)


def _is_paused(campaign: ActiveCampaign) -> bool:
    return bool(campaign.fields.get(campaign.startable.field) == campaign.startable.pause)


def _taken_in(campaign: ActiveCampaign) -> set[object]:
    before = campaign.decision.before if campaign.decision else None
    return set(members((before or {}).get(campaign.startable.dials)))


def _told(context: Context, effect: Effect, message: str, change: RowChange, since: datetime | None = None) -> Finding:
    resource = context.situation.project.resources[change.address]
    return told(effect, message, change.address, resource.rows_source, since)


def copies_of(context: Context, started: tuple[ActiveCampaign, ...]) -> Iterator[Finding]:
    """Changes to originals and what is declared inside them, each with the campaigns that it does not reach."""
    unreached: dict[Address, list[ActiveCampaign]] = {}
    for campaign in started:
        status = campaign.fields.get(campaign.startable.field)
        if status in (campaign.startable.running, campaign.startable.pause):
            for original in _originals(campaign):
                unreached.setdefault(original, []).append(campaign)
    for change in _changes(context):
        campaigns = unreached.get(parent_of(change.address) or change.address, [])
        copied: list[ActiveCampaign] = []
        waiting: list[ActiveCampaign] = []
        for each in campaigns:
            (copied if _is_copied(context, each) else waiting).append(each)
        yield from _copied(context, change, copied, waiting)


def _originals(campaign: ActiveCampaign) -> Iterator[Address]:
    """What it was started with, as declared: the server shows the copy."""
    fields = campaign.decision.resource.fields if campaign.decision else {}
    for name in campaign.startable.frozen:
        reference = fields.get(name)
        if isinstance(reference, Reference) and reference.by == "key":
            yield Address(reference.kind, str(reference.value))


def _changes(context: Context) -> Iterator[Change]:
    """Everything that is written, in declared order."""
    situation = context.situation
    decided = (decision.change for decision in situation.decisions.values())
    for change in (*decided, *situation.removed.changes.values()):
        if change is not None and change.writes:
            yield change


def _is_copied(context: Context, campaign: ActiveCampaign) -> bool:
    """Whether its copy is there, or cannot be seen; a server may wait with it for the campaign's hours."""
    live, startable = context.situation.live, campaign.startable
    made = live.having(startable.sealed, startable.made_by, campaign.live_id)
    return bool(made) or not live.readable(startable.sealed)


def _copied(
    context: Context, change: Change, copied: list[ActiveCampaign], waiting: list[ActiveCampaign]
) -> Iterator[Finding]:
    if copied:
        text = gettext(
            "{campaigns} goes on with the copy that its start made: declare a new survey and a new campaign for those "
            "who are still to be called",
            campaigns=_names(copied),
        )
        yield told(Effect.NONE, text, change.address, _place(context, change))
    if waiting:
        text = gettext(
            "it reaches {campaigns} only if Alice has not copied it yet, which it does in the campaign's hours",
            campaigns=_names(waiting),
        )
        yield told(Effect.TAKES, text, change.address, _place(context, change))


def _names(campaigns: list[ActiveCampaign]) -> str:
    return joined(str(each.address) for each in campaigns)


def _place(context: Context, change: Change) -> Source:
    """The first field that differs; of what is not declared any more, what it was declared in."""
    resources = context.situation.project.resources
    resource = resources.get(change.address)
    if resource is None:
        return resources[parent_of(change.address) or change.address].source
    changed = [field.path for field in change.fields if field.before is not None]
    return resource.position(changed[0]) if changed else resource.source
