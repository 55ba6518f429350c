"""Who is told of a run: the events of commands, and what they say of them in counts and addresses.

Told is at the very end, when the lock is free and the report is out. Nothing that goes wrong with it changes an exit
code, and a signal ends a run without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from provisioner.cli.invocation import GlobalOptions, invocation
from provisioner.cli.open import bound_state
from provisioner.cli.output import say
from provisioner.errors import Interrupted, ProvisionerError, Refused
from provisioner.project import Settings

if TYPE_CHECKING:
    from provisioner.inspect.campaign_status import CampaignStatus
    from provisioner.model import Address
    from provisioner.plan.model import Outcome, Plan

APPLIED, FAILED, REFUSED, DRIFT, BEHIND, FINISHED = (
    "applied",
    "failed",
    "refused",
    "drift",
    "behind-forecast",
    "finished",
)


@dataclass(slots=True)
class ApplyResult:
    """How an apply ended, as far as it has come: without `settings` nobody knows whom to tell."""

    settings: Settings | None = None
    outcomes: Sequence[Outcome] = field(default_factory=tuple)


def tell(context: GlobalOptions, settings: Settings, event: str, lines: Iterable[str]) -> None:
    """Notify whoever wants to know of it; loads nothing where nobody does."""
    if not settings.notify:
        return
    from provisioner.notify import Notification, send

    notice = Notification(event, settings.project, settings.environment, tuple(lines))
    send(notice, settings.notify, context.environ, say)


@contextmanager
def telling(context: GlobalOptions) -> Iterator[ApplyResult]:
    """An apply, of whose end somebody is told; one that had nothing to do is none."""
    from provisioner.messages import count

    ending = ApplyResult()
    try:
        yield ending
    except Interrupted:
        raise
    except Refused as error:
        _tell_end(context, ending, REFUSED, [f"refused for {count(len(error.reasons), 'reason')}"])
        raise
    except ProvisionerError:
        when = "at or after its first write" if invocation().wrote else "before its first write"
        _tell_end(context, ending, FAILED, [f"failed {when}"])
        raise
    else:
        _tell_outcomes(context, ending)


def _tell_end(context: GlobalOptions, ending: ApplyResult, event: str, lines: Iterable[str]) -> None:
    if ending.settings is not None:
        tell(context, ending.settings, event, lines)


def _tell_outcomes(context: GlobalOptions, ending: ApplyResult) -> None:
    from provisioner.reports.sentences import applied

    undone = [each for each in ending.outcomes if each.result.value in ("failed", "unknown", "skipped")]
    if ending.outcomes:
        lines = [applied(ending.outcomes), *(f"{each.result}: {each.address}" for each in undone)]
        _tell_end(context, ending, FAILED if undone else APPLIED, lines)


def tell_drift(context: GlobalOptions, settings: Settings, plan: Plan) -> None:
    """After a comparison that found any, or could not tell."""
    from provisioner.reports.sentences import drift

    if plan.drift or plan.findings:
        tell(context, settings, DRIFT, [drift(plan), *(str(each.address) for each in plan.drift)])


def tell_pace(context: GlobalOptions, settings: Settings, found: Sequence[CampaignStatus]) -> None:
    """Of the recorded objects those that fall behind or are finished, each once (`state.notices`)."""
    events = {event for target in settings.notify for event in target.on} & {BEHIND, FINISHED}
    if not events:
        return
    try:
        new = _not_told(context, settings, events, found)
    except ProvisionerError as error:
        say(f"warning: nobody is told how far campaigns are, as nobody knows what was told before: {error}")
        return
    for event in sorted(events):
        lines = [str(address) for kind, address in new if kind == event]
        if lines:
            tell(context, settings, event, lines)


def _not_told(
    context: GlobalOptions, settings: Settings, events: Iterable[str], found: Sequence[CampaignStatus]
) -> list[tuple[str, Address]]:
    """What is told of recorded objects for the first time, or again after they were otherwise."""
    from provisioner.inspect.status_page import is_behind, is_finished

    holds = {BEHIND: is_behind, FINISHED: is_finished}
    with bound_state(context, settings) as store:
        addresses = {record.remote_id: address for address, record in store.recorded().items()}
        ours = [each for each in found if each.live.id in addresses]
        now = {(event, str(each.live.id)) for event in events for each in ours if holds[event](each)}
        before = store.notices.told()
        if now != before:
            store.notices.keep(now)
    return [(event, addresses[int(remote)]) for event, remote in sorted(now - before)]
