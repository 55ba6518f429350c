"""Numbers of a phonebook that are on a do-not-call list. Alice compares texts, so it would let some of them through.

Numbers are compared as numbers, lists as they are on the server and will be. For what could not be compared see
`dnc_unread`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from provisioner.checks.appointment_lists import at_list, counted, purpose_of_list
from provisioner.checks.check import Check
from provisioner.checks.context import Context, Listed
from provisioner.errors import Severity
from provisioner.language import gettext, joined
from provisioner.model import Address, Finding
from provisioner.plan.decision import Decision
from provisioner.plan.dialled import dialled_now
from provisioner.plan.dnc import Scrubbing, dialled, dialled_anew, is_list, taken_in
from provisioner.resources import KINDS

ID = "dnc-scrub"
REMINDER = "reminder"  # a purpose


@dataclass(frozen=True, slots=True)
class Pair:
    """What is held against what: a phonebook and the DNC lists named for it, or with none every list of the project.

    `called`: its contacts are being called already.
    """

    address: Address
    named: tuple[Address, ...]
    called: bool


def run(context: Context) -> Iterator[Finding]:
    """Hits of every phonebook that is dialled, and of every list of appointments."""
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
    for address in context.situation.appointments.changes:
        yield from _reminded(context, address, _known(context, scrubbing.every))


def _pairs(context: Context, scrubbing: Scrubbing, decision: Decision) -> Iterator[Pair]:
    named = scrubbing.named.get(decision.address, ())
    anew, runs = dialled_anew(decision, scrubbing.targets), runs_on(decision)
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


def runs_on(decision: Decision) -> bool:
    """Whether it dials now, as far as anybody knows, and goes on."""
    return not decision.at_rest_before and not decision.at_rest


def at_campaign(check: str, decision: Decision, severity: Severity, message: str) -> Finding:
    """About what is not declared: the place is where the campaign says what it dials, or which lists it goes by."""
    startable, resource = KINDS[decision.address.kind].startable, decision.resource
    place = resource.position(startable.dials) if startable else resource.source
    return Finding(check, severity, message, decision.address, place)


def _hits(context: Context, pair: Pair, found: Listed, decisions: list[Decision]) -> Finding:
    """An error, but a warning where everybody may have been called already."""
    severity = Severity.WARNING if pair.called and not found.new else Severity.ERROR
    text = gettext("active numbers that are on a DNC list: {numbers}", numbers=_numbers(pair, found, decisions))
    resource = context.situation.project.resources.get(pair.address)
    if resource is None:
        text = gettext(
            "{phonebook}: {what}: deactivate them there, or declare it with `dnc: drop`",
            phonebook=context.label(pair.address),
            what=text,
        )
        return at_campaign(ID, decisions[0], severity, text)
    text = gettext("{what}: remove them from the source, or set `dnc: drop` to skip them", what=text)
    if severity == Severity.WARNING:
        text = gettext("{what}; people already taken in are still called, unless the campaign is paused", what=text)
    return Finding(ID, severity, text, resource.address, resource.rows_source)


def _numbers(pair: Pair, found: Listed, decisions: list[Decision]) -> str:
    """How many, how many of them are worse, and by whom they are dialled."""
    counts = [str(found.numbers)]
    if found.unnoticed:
        counts.append(gettext("{count} of them in another form, which Alice would not notice", count=found.unnoticed))
    if pair.called and found.new:
        counts.append(gettext("{count} of them called because of this plan", count=found.new))
    if not decisions:
        return joined(counts)
    by = joined(str(each.address) for each in decisions)
    return gettext("{numbers} (dialled by {campaigns})", numbers=joined(counts), campaigns=by)


def reminding(address: Address) -> Severity:
    """How severe a call about an appointment to somebody on a list is: who has made one may want to be reminded."""
    return Severity.WARNING if purpose_of_list(address) == REMINDER else Severity.ERROR


def _reminded(context: Context, address: Address, lists: list[Address]) -> Iterator[Finding]:
    found = context.appointments.barred(address, lists)
    if found.count:
        text = gettext(
            "to numbers on a DNC list: {reminders}; remove these rows, or waive this where people have asked to be "
            "reminded",
            reminders=counted(found),
        )
        yield at_list(context, ID, reminding(address), address, text)


def _dropped_too_late(context: Context, decision: Decision) -> Iterator[Finding]:
    """`dnc: drop` deactivates them, which stops no campaign that has taken them in."""
    for address in taken_in(decision, context.situation.matches.targets):
        count = context.numbers.barred(address) if address in context.situation.rows.changes else 0
        if count:
            text = gettext(
                "contacts on a DNC list that {campaign} has taken in already: {count}: they are deactivated, and are "
                "still called unless the campaign is paused",
                campaign=decision.address,
                count=count,
            )
            resource = context.situation.project.resources[address]
            yield Finding(ID, Severity.WARNING, text, address, resource.rows_source)


CHECK = Check(ID, Severity.ERROR, "No contact is on a do-not-call list.", run)
