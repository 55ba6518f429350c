"""Do-not-call lists, and phonebooks held against them, that could not be read: who is on them may be called.

Who cannot be read may be anybody, so a plan that newly dials is refused until somebody waives it: a list that the
server does not show, and one that holds numbers which nobody can read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from provisioner.checks.appointment_lists import at_list
from provisioner.checks.check import Check
from provisioner.checks.context import Context
from provisioner.checks.dnc_scrub import at_campaign, reminding, runs_on
from provisioner.errors import Severity
from provisioner.language import gettext
from provisioner.model import Address, Finding
from provisioner.plan.decision import Decision
from provisioner.plan.dnc import Scrubbing, dialled, dialled_anew, is_list

ID = "dnc-unread"


def run(context: Context) -> Iterator[Finding]:
    """What is on the account and nobody could look at, or did not have to."""
    scrubbing = Scrubbing.of(context.situation.decisions, context.situation.matches.targets)
    campaign = [d for d, _ in context.campaigns() if d.live_after and d.chosen]
    doubts = _not_compared(context, scrubbing)
    found = [finding for decision in campaign for finding in _of(context, scrubbing, decision, doubts)]
    found += _reminded(context, doubts)
    worst: dict[tuple[Address | None, str], Finding] = {}
    for finding in found:  # a list that two campaigns go by is one finding
        known = worst.setdefault((finding.address, finding.message), finding)
        if finding.severity == Severity.ERROR != known.severity:
            worst[finding.address, finding.message] = finding
    yield from worst.values()
    yield from _unnamed(context, scrubbing, [d for d in campaign if not scrubbing.named[d.address]])


def _not_compared(context: Context, scrubbing: Scrubbing) -> dict[Address, str]:
    """The lists whose numbers are not known, or not all, and why: looked at once, however many campaigns go by them."""
    rows, found = context.situation.rows, dict[Address, str]()
    for address in () if scrubbing.idle else filter(scrubbing.exists, scrubbing.every):
        if address not in rows.known:
            found[address] = gettext(
                "{list} is not compared: the server does not list its numbers, so the people on it would be called",
                list=context.label(address),
            )
        elif address in rows.masked:
            found[address] = gettext(
                "{list} contains numbers that cannot be read or compared: {count}, so the people they belong to would "
                "be called",
                list=context.label(address),
                count=rows.masked[address],
            )
        elif address in rows.unread:
            found[address] = gettext(
                "the server does not list its numbers: contacts are compared with the declared ones alone"
            )
    return found


def _of(
    context: Context, scrubbing: Scrubbing, decision: Decision, not_compared: Mapping[Address, str]
) -> Iterator[Finding]:
    """Lists and phonebooks of one campaign whose rows are not known."""
    rows, lists = context.situation.rows, scrubbing.lists_of(decision)
    severity = _severity(context, scrubbing, decision)
    for address in scrubbing.named[decision.address] or not_compared:
        if address in not_compared:
            yield _finding(context, decision, address, severity, not_compared[address])
    anew = dialled_anew(decision, scrubbing.targets)
    for address in (one for one in dialled(decision, scrubbing.targets) if lists and one not in rows.known):
        if address in anew and scrubbing.exists(address):
            text = gettext(
                "{phonebook} is not compared with DNC lists: the server does not list its contacts",
                phonebook=context.label(address),
            )
            yield _finding(context, decision, address, Severity.ERROR, text)
        elif runs_on(decision):
            text = gettext(
                "{phonebook} is not compared with DNC lists: it is called already and not managed here",
                phonebook=context.label(address),
            )
            yield _finding(context, decision, address, Severity.INFO, text)


def _reminded(context: Context, not_compared: Mapping[Address, str]) -> Iterator[Finding]:
    """The lists that reminders of appointments could not be held against."""
    resources = context.situation.project.resources
    for calendar, change in context.situation.appointments.changes.items():
        severity = reminding(calendar) if change.calls else Severity.INFO
        for address, text in not_compared.items():
            if address in resources:
                yield Finding(ID, severity, text, address, resources[address].rows_source)
            else:
                yield at_list(context, ID, severity, calendar, text)


def _severity(context: Context, scrubbing: Scrubbing, decision: Decision) -> Severity:
    """An error where this plan gets somebody called by it."""
    changes = context.situation.rows.changes
    rows = any(changes[a].calls for a in dialled(decision, scrubbing.targets) if a in changes)
    return Severity.ERROR if dialled_anew(decision, scrubbing.targets) or rows else Severity.INFO


def _unnamed(context: Context, scrubbing: Scrubbing, campaign: list[Decision]) -> Iterator[Finding]:
    """Where a campaign goes by every list of the project: that the account has more of them, said once."""
    targets, live = scrubbing.targets, context.situation.live
    lists = [each for name in live.listings if is_list(Address(name, "")) for each in live.objects(name)]
    known = frozenset(scrubbing.every)
    others = [each for each in lists if targets.address(each.kind, each.id) not in known]
    if others and campaign:
        message = gettext(
            "DNC lists of the account that nothing here names, and that are not compared: {count} (to compare one: "
            "`dnc_lists: [{{name: ...}}]`)",
            count=len(others),
        )
        yield at_campaign(ID, campaign[0], Severity.INFO, message)


def _finding(context: Context, decision: Decision, address: Address, severity: Severity, message: str) -> Finding:
    """At what is declared; else at the campaign, whose address a waiver can name."""
    resource = context.situation.project.resources.get(address)
    if resource is None:
        return at_campaign(ID, decision, severity, message)
    return Finding(ID, severity, message, address, resource.rows_source)


CHECK = Check(ID, Severity.ERROR, "Every do-not-call list that a plan goes by could be read.", run)
