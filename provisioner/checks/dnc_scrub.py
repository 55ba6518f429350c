"""Numbers of a phonebook that are on a do-not-call list. Alice compares texts, so it would let some of them through."""

from __future__ import annotations

from collections.abc import Iterator

from provisioner.checks.check import Check
from provisioner.checks.context import Context
from provisioner.errors import Severity
from provisioner.model import Address, Finding
from provisioner.planning.ringing import dialled_now
from provisioner.planning.scrubbing import lists_against


def run(context: Context) -> Iterator[Finding]:
    """One finding per phonebook with hits: an error, but a warning where the calls have been going on already."""
    situation = context.situation
    running = dialled_now(situation.decisions, situation.live)
    targets = situation.matches.targets
    for address in situation.rows.changes:
        lists = lists_against(address, situation.decisions, situation.rows.changes)
        hits = context.numbers.listed(address, lists) if lists else 0
        if hits:
            severity = Severity.WARNING if targets.ids.get(address, address) in running else Severity.ERROR
            yield _finding(context, address, severity, hits, context.numbers.missed(address, lists))


def _finding(context: Context, address: Address, severity: str, hits: int, missed: int) -> Finding:
    resource = context.situation.project.resources[address]
    unnoticed = f", {missed} of them in another form, which Alice would not notice" if missed else ""
    message = (
        f"active numbers that are on a DNC list: {hits}{unnoticed}. Take them out of the source, "
        "or let `dnc: drop` leave them out"
    )
    return Finding("dnc-scrub", severity, message, address, resource.rows.source if resource.rows else resource.source)


CHECK = Check("dnc-scrub", Severity.ERROR, "No contact is on a do-not-call list.", run)
