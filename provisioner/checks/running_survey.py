"""What a start copies and fixes: changes to the original reach it no more (docs/alice-api.md#sealed-copies)."""

from __future__ import annotations

from collections.abc import Iterator

from provisioner.checks.context import Context
from provisioner.checks.effects import Effect, told
from provisioner.model import Address, Change, Finding, Reference, Source
from provisioner.planning.observed import ActiveCampaign
from provisioner.planning.order import parent_of


def copies_of(context: Context, started: tuple[ActiveCampaign, ...]) -> Iterator[Finding]:
    """Changes to originals and what is declared inside them, each with the campaigns that it does not reach."""
    unreached: dict[Address, list[ActiveCampaign]] = {}
    for dialling in started:
        status = dialling.fields.get(dialling.lifecycle.field)
        if status in (dialling.lifecycle.running, dialling.lifecycle.pause):
            for original in _originals(dialling):
                unreached.setdefault(original, []).append(dialling)
    for change in _changes(context):
        diallings = unreached.get(parent_of(change.address) or change.address, [])
        copied = [each for each in diallings if _is_copied(context, each)]
        yield from _told(context, change, copied, [each for each in diallings if each not in copied])


def _originals(dialling: ActiveCampaign) -> Iterator[Address]:
    """What it was started with, as declared: the server shows the copy."""
    fields = dialling.decision.resource.fields if dialling.decision else {}
    for name in dialling.lifecycle.frozen:
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


def _is_copied(context: Context, dialling: ActiveCampaign) -> bool:
    """Whether its copy is there, or cannot be seen; a server may wait with it for the campaign's hours."""
    live, lifecycle = context.situation.live, dialling.lifecycle
    relations = [relation for kind, relation in lifecycle.evidence if kind == lifecycle.sealed]
    copies = live.owned(lifecycle.sealed)
    return not live.readable(lifecycle.sealed) or any(
        copy.fields.get(relation) == dialling.live_id for copy in copies for relation in relations
    )


def _told(
    context: Context, change: Change, copied: list[ActiveCampaign], waiting: list[ActiveCampaign]
) -> Iterator[Finding]:
    if copied:
        text = f"{_names(copied)} goes on with the copy that its start made: declare a new survey and a new campaign"
        yield told(Effect.NONE, f"{text} for those who are still to be called", change.address, _place(context, change))
    if waiting:
        text = (
            f"it reaches {_names(waiting)} only if Alice has not copied it yet, which it does in the campaign's hours"
        )
        yield told(Effect.TAKES, text, change.address, _place(context, change))


def _names(diallings: list[ActiveCampaign]) -> str:
    return ", ".join(str(each.address) for each in diallings)


def _place(context: Context, change: Change) -> Source:
    """The first field that differs; of what is not declared any more, what it was declared in."""
    resources = context.situation.project.resources
    resource = resources.get(change.address)
    if resource is None:
        return resources[parent_of(change.address) or change.address].source
    changed = [field.path for field in change.fields if field.before is not None]
    return resource.position(changed[0]) if changed else resource.source
