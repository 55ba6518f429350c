"""Numbers of a phonebook that are on a do-not-call list. Alice compares texts, so it would let some of them through.

Numbers are compared as numbers, lists as they are on the server and will be. What could not be compared is said too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from provisioner.checks.check import Check
from provisioner.checks.context import Context, Listed
from provisioner.errors import Severity
from provisioner.kinds import KINDS
from provisioner.model import Address, Finding
from provisioner.planning.deciding import Decision
from provisioner.planning.ringing import dialled_now
from provisioner.planning.scrubbing import Scrubbing, dialled, dialled_anew, is_list, taken_in

ID = "dnc-scrub"


@dataclass(frozen=True, slots=True)
class Pair:
    """What is held against what: a phonebook and the DNC lists named for it, or with none every list of the project.

    `called`: its contacts are being called already.
    """

    address: Address
    named: tuple[Address, ...]
    called: bool


def run(context: Context) -> Iterator[Finding]:
    """Hits of every phonebook that is dialled; then what could not be compared."""
    scrubbing = Scrubbing.of(context.situation.decisions, context.situation.matches.targets)
    campaigns = [decision for decision, _ in context.campaigns() if decision.live_after]
    pairs: dict[Pair, list[Decision]] = {}
    for decision in campaigns:
        for pair in _pairs(context, scrubbing, decision):
            pairs.setdefault(pair, []).append(decision)
    lists = {named: _known(context, named or scrubbing.every) for named in {(), *(pair.named for pair in pairs)}}
    for pair in _of_others(context, {pair.address for pair in pairs if lists[pair.named]}):
        pairs.setdefault(pair, [])
    for pair, decisions in pairs.items():
        found = context.numbers.listed(pair.address, lists[pair.named])
        if found.numbers:
            yield _hits(context, pair, found, decisions)
    for decision in campaigns:
        yield from _dropped_too_late(context, decision)
    yield from _not_compared(context, scrubbing, [each for each in campaigns if each.chosen])


def _pairs(context: Context, scrubbing: Scrubbing, decision: Decision) -> Iterator[Pair]:
    named = scrubbing.named.get(decision.address, ())
    anew, runs = dialled_anew(decision, scrubbing.targets), _runs(decision)
    for address in dialled(decision, scrubbing.targets):
        if address in context.situation.rows.known:
            yield Pair(address, named, runs and address not in anew)


def _known(context: Context, lists: Iterable[Address]) -> list[Address]:
    return [one for one in lists if one in context.situation.rows.known]


def _of_others(context: Context, compared: set[Address]) -> Iterator[Pair]:
    """Phonebooks that only campaigns dial which are not declared: held against every list."""
    situation = context.situation
    running, ids = dialled_now(situation.decisions, situation.live), situation.matches.targets.ids
    for address in situation.rows.changes:
        dials = ids.get(address, address) in running
        if dials and address not in compared and not is_list(address):
            yield Pair(address, (), called=True)


def _runs(decision: Decision) -> bool:
    """Whether it dials now, and goes on."""
    lifecycle = KINDS[decision.address.kind].lifecycle
    sides = (decision.before or {}, decision.after)
    return lifecycle is not None and all(side.get(lifecycle.field) == lifecycle.running for side in sides)


def _hits(context: Context, pair: Pair, found: Listed, decisions: list[Decision]) -> Finding:
    """An error, but a warning where everybody may have been called already."""
    counts = [str(found.numbers)]
    counts += [f"{found.unnoticed} of them in another form, which Alice would not notice"] if found.unnoticed else []
    counts += [f"{found.new} of them called because of this plan"] if pair.called and found.new else []
    severity = Severity.WARNING if pair.called and not found.new else Severity.ERROR
    by = f" (dialled by {', '.join(str(d.address) for d in decisions)})" if decisions else ""
    text = f"active numbers that are on a DNC list: {', '.join(counts)}{by}: "
    resource = context.situation.project.resources.get(pair.address)
    if resource is None:
        text = f"{context.label(pair.address)}: {text}deactivate them there, or declare it with `dnc: drop`"
        return _of_campaign(decisions[0], severity, text)
    text += "take them out of the source, or let `dnc: drop` leave them out"
    if severity == Severity.WARNING:
        text += "; who was taken in before is called all the same, unless the campaign is paused"
    return Finding(ID, severity, text, resource.address, resource.rows_source)


def _dropped_too_late(context: Context, decision: Decision) -> Iterator[Finding]:
    """`dnc: drop` deactivates them, which stops no campaign that has taken them in."""
    for address in taken_in(decision, context.situation.matches.targets):
        count = context.numbers.barred(address) if address in context.situation.rows.changes else 0
        if count:
            text = (
                f"contacts on a DNC list that {decision.address} has taken in already: {count}: they are set inactive, "
                "and are called all the same unless the campaign is paused"
            )
            resource = context.situation.project.resources[address]
            yield Finding(ID, Severity.WARNING, text, address, resource.rows_source)


def _not_compared(context: Context, scrubbing: Scrubbing, dialling: list[Decision]) -> Iterator[Finding]:
    """What is on the account and nobody could look at, or did not have to."""
    rows = context.situation.rows
    used = scrubbing.used(dialling)
    unread = [] if scrubbing.idle else used
    unknown = [one for one in unread if one not in rows.known and scrubbing.exists(one)]
    for decision in dialling:
        yield from _unknown(context, scrubbing, decision, unknown)
    yield from _unnamed(context, scrubbing, [d for d in dialling if not scrubbing.named[d.address]])
    for address in sorted({*used} & rows.unread & rows.known):
        resource = context.situation.project.resources[address]
        text = "the server does not list its numbers: contacts are compared with the declared ones alone"
        yield Finding(ID, Severity.INFO, text, address, resource.rows_source)


def _unknown(
    context: Context, scrubbing: Scrubbing, decision: Decision, unknown: Collection[Address]
) -> Iterator[Finding]:
    """Lists, of those that are `unknown`, and phonebooks of a campaign whose rows are not known."""
    known, lists = context.situation.rows.known, scrubbing.lists_of(decision)
    anew = dialled_anew(decision, scrubbing.targets)
    severity = Severity.WARNING if anew else Severity.INFO
    for address in (one for one in unknown if one in lists):
        text = f"{context.label(address)} is not compared: the server does not list its numbers"
        yield _of_campaign(decision, severity, text)
    for address in (one for one in dialled(decision, scrubbing.targets) if lists and one not in known):
        if address in anew and scrubbing.exists(address):
            text = f"{context.label(address)} is not compared with DNC lists: the server does not list its contacts"
            yield _of_campaign(decision, Severity.WARNING, text)
        elif _runs(decision):
            text = f"{context.label(address)} is not compared with DNC lists: it is called already and not managed here"
            yield _of_campaign(decision, Severity.INFO, text)


def _unnamed(context: Context, scrubbing: Scrubbing, dialling: list[Decision]) -> Iterator[Finding]:
    """Where a campaign goes by every list of the project: that the account has more of them, said once."""
    targets, live = scrubbing.targets, context.situation.live
    lists = [each for name in live.listings if is_list(Address(name, "")) for each in live.owned(name)]
    others = [each for each in lists if targets.address(each.kind, each.id) not in scrubbing.every]
    if others and dialling:
        text = f"DNC lists of the account that nothing here names, and that are not compared: {len(others)}"
        yield _of_campaign(dialling[0], Severity.INFO, f"{text} (to compare one: `dnc_lists: [{{name: ...}}]`)")


def _of_campaign(decision: Decision, severity: Severity, message: str) -> Finding:
    """About something that is not declared: the place is where the campaign says that it dials it."""
    lifecycle, resource = KINDS[decision.address.kind].lifecycle, decision.resource
    place = resource.position(lifecycle.dials) if lifecycle else resource.source
    return Finding(ID, severity, message, decision.address, place)


CHECK = Check(ID, Severity.ERROR, "No contact is on a do-not-call list.", run)
