"""Why apply would refuse a plan: calls without leave, thresholds, error findings.

Gates refuse only what they are about. Stopping and adding DNC numbers pass every gate; deactivations pass every gate
but the thresholds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from provisioner.error_ids import ErrorId
from provisioner.errors import Refusal
from provisioner.language import gettext, joined, template, term
from provisioner.model import Address, Finding, Recorded
from provisioner.plan.decision import Decision
from provisioner.plan.dnc import is_list
from provisioner.plan.model import Action, CampaignForecast, Change, RowChange
from provisioner.plan.options import PlanOptions
from provisioner.plan.situation import Situation
from provisioner.plan.unsettled import UNSETTLED
from provisioner.project import Safety
from provisioner.resources import KINDS

NAMED = 10


def refusals(
    situation: Situation,
    changes: Sequence[Change],
    rows: Sequence[RowChange],
    findings: Iterable[Finding],
    campaigns: Iterable[CampaignForecast],
) -> Iterator[str]:
    """Why apply would refuse, gate by gate; first what may not be pruned."""
    decisions, options, safety = situation.decisions, situation.options, situation.project.settings.safety
    yield from situation.removed.refusals
    yield from needs_calls(changes, rows, options)
    yield from errors_found(findings, changes, rows, decisions)
    yield from too_few_reached(campaigns, options)
    yield from too_many_changes(changes, situation.recorded, decisions, safety, options)
    yield from too_many_rows(rows, {**situation.rows.live, **situation.appointments.live}, decisions, safety, options)


def needs_calls(changes: Iterable[Change], rows: Iterable[RowChange], options: PlanOptions) -> Iterator[str]:
    """Nothing rings without --allow-calls."""
    ringing = [str(c.address) for c in changes if c.calls]
    ringing += [gettext("rows of {address} ({count})", address=r.address, count=r.calls) for r in rows if r.calls]
    if ringing and not options.allow_calls:
        more = [gettext("{count:,} more", count=len(ringing) - NAMED)] if len(ringing) > NAMED else []
        causes = joined([*ringing[:NAMED], *more])
        text = gettext("{causes} would place calls; pass --allow-calls to permit it", causes=causes)
        yield Refusal.of(text, ErrorId.CALLS_REFUSED)


def errors_found(
    findings: Iterable[Finding],
    changes: Sequence[Change],
    rows: Sequence[RowChange],
    decisions: Mapping[Address, Decision],
) -> Iterator[str]:
    """An error finding refuses when this plan newly dials, or changes the address it names.

    To stop, to deactivate and to add DNC numbers is no such change. What is unsettled is about its own address and what
    waits for it; only of a DNC list everybody who is dialled may be on it.
    """
    dials = any(c.calls for c in changes) or any(r.calls for r in rows)
    touched = {c.address for c in changes if c.writes and not _stops(c, decisions)}
    touched |= {r.address for r in rows if (r.add or r.change) and not is_list(r.address)}
    for finding in findings:
        alone = finding.id == UNSETTLED and finding.address is not None and not is_list(finding.address)
        concerned = finding.address in touched or (dials and not alone)
        if finding.severity == "error" and not finding.waived and concerned:
            owner = f" ({finding.address})" if finding.address else ""
            text = gettext("{check}: {message}{owner}", check=finding.id, message=finding.message, owner=owner)
            yield Refusal.of(text, finding.id)


def too_few_reached(campaigns: Iterable[CampaignForecast], options: PlanOptions) -> Iterator[str]:
    """What this plan makes ring has to reach so many percent of its contacts before it expires (--min-reach)."""
    for campaign in campaigns if options.min_reach is not None else ():
        contacts, name = campaign.contacts.most, campaign.address or campaign.label
        if campaign.rings and (contacts is None or campaign.reached is None):
            text = gettext(
                "{campaign} would reach an unknown share of its contacts, so it cannot be said to reach --min-reach "
                "{share}: {reason}",
                campaign=name,
                share=options.min_reach,
                reason=campaign.doubt or campaign.contacts.reason or gettext("its pace is not shown"),
            )
            yield Refusal.of(text, ErrorId.REACH_TOO_LOW)
        elif campaign.rings and contacts and (campaign.reached or 0) * 100 < (options.min_reach or 0) * contacts:
            share = (campaign.reached or 0) * 100 // contacts
            text = gettext(
                "{campaign} would reach {percent} % of its {contacts:,} contacts before it expires, less than "
                "--min-reach {share}: see its finding `forecast`, or lower --min-reach",
                campaign=name,
                percent=share,
                contacts=contacts,
                share=options.min_reach,
            )
            yield Refusal.of(text, ErrorId.REACH_TOO_LOW)


def too_many_changes(
    changes: Sequence[Change],
    recorded: Mapping[Address, Recorded],
    decisions: Mapping[Address, Decision],
    safety: Safety,
    options: PlanOptions,
) -> Iterator[str]:
    """More than so many percent of a kind's recorded resources would be updated, or deleted."""
    members = Counter(address.kind for address in recorded)
    counted = [c for c in changes if c.writes and not _stops(c, decisions)]
    for actions, name, asked, verb in (
        ((Action.UPDATE, Action.ADOPT), "update", options.max_update_percent, template("updated")),
        ((Action.DELETE, Action.REPLACE), "remove", options.max_remove_percent, template("deleted")),
    ):
        mine = [c.address for c in counted if c.action in actions]
        for kind, count in sorted(Counter(address.kind for address in mine).items()):
            limits = [_own_safety(decisions.get(a), safety) for a in mine if a.kind == kind]
            limit = _exceeded(count, members[kind], limits, name, asked)
            if limit is not None:
                what = gettext(
                    "{count} of {all} {things}", count=count, all=members[kind], things=term(f"{KINDS[kind].title}s")
                )
                yield _too_many(what, verb, limit, name)


def _exceeded(count: int, members: int, each: Iterable[Safety], name: str, asked: int | None) -> int | None:
    """The limit that the least tolerant of the resources concerned objects with."""
    limits = (_limit(asked, getattr(own, f"max_{name}_percent")) for own in each if members >= own.floor)
    return min((limit for limit in limits if count * 100 > limit * members), default=None)


def too_many_rows(
    rows: Iterable[RowChange],
    live_rows: Mapping[Address, int],
    decisions: Mapping[Address, Decision],
    safety: Safety,
    options: PlanOptions,
) -> Iterator[str]:
    """More than so many percent of a phonebook's live rows would be changed, or deactivated."""
    for change in rows:
        own, decision = live_rows.get(change.address, 0), decisions[change.address]
        mine = _own_safety(decision, safety)
        adopted = decision.change is not None and decision.change.action is Action.ADOPT
        gone = template("deleted") if KINDS[change.address.kind].appointments else template("deactivated")
        for count, name, asked, verb, floor in (
            (change.change, "update", options.max_update_percent, template("changed"), mine.floor),
            (change.remove, "remove", options.max_remove_percent, gone, 1 if adopted else mine.floor),
        ):
            limit = _limit(asked, getattr(mine, f"max_{name}_percent"))
            if own >= floor and count * 100 > limit * own:
                what = gettext("{count} of {all} rows of {address}", count=count, all=own, address=change.address)
                yield _too_many(what, verb, limit, name)


def _own_safety(decision: Decision | None, safety: Safety) -> Safety:
    own: Any = decision.resource.settings.get("safety") if decision else None
    return own if isinstance(own, Safety) else safety


def _stops(change: Change, decisions: Mapping[Address, Decision]) -> bool:
    decision = decisions.get(change.address)
    startable = KINDS[change.address.kind].startable
    if decision is None or startable is None or decision.before is None:
        return False
    return not decision.changed and decision.status.post not in (None, startable.running)


def _limit(asked: int | None, configured: int) -> int:
    return configured if asked is None else asked


def _too_many(what: str, verb: str, limit: int, name: str) -> str:
    text = gettext(
        "{what} would be {done}, more than {limit} %: check the source, or raise --max-{name}-percent",
        what=what,
        done=term(verb),
        limit=limit,
        name=name,
    )
    return Refusal.of(text, ErrorId.THRESHOLD_EXCEEDED)
