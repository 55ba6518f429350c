"""What planning itself has to say, by id, beside the checks; and the waivers of what checks have to say.

A finding of a check that somebody has accepted until a day stays visible and refuses nothing. What planning says
(`stopped-outside`, `not-settable`, ...) refuses nothing anyway and cannot be waived.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from provisioner.errors import Severity
from provisioner.language import gettext
from provisioner.model import Address, Finding
from provisioner.project import Settings, Waiver

FINDINGS: Mapping[str, str] = MappingProxyType(
    {
        "calls-again": "A started campaign no longer exists on the server; a new one would call everybody again.",
        "duplicate": "There is another live object of this name, which another run may have made.",
        "empty-for-each": "A for_each has no keys, so nothing is made of it, and what it made earlier is not declared.",
        "frozen": "A field was frozen by the first start and cannot be compared any more.",
        "not-compared": "A value that cannot be read or understood is assumed to be as last applied.",
        "not-known": "It could not be read what runs or whom it dials, so whatever may be dialled counts as ringing.",
        "not-read": "The server cannot list a kind, so the recorded state is taken as live.",
        "not-settable": "The server keeps a value of its own and ignores the declared one.",
        "not-verified": "The server never shows a declared field, so it cannot be compared.",
        "over": "It is over: nothing is created or changed any more.",
        "quotes": "A text is in typographic quotes, which YAML does not remove: they are sent too.",
        "renamed-from": "Nothing is recorded under the key it is said to have had, so a new one is made.",
        "repeated-rows": "Several live rows have the same number: each of them is a call.",
        "rewritten-rows": "The server keeps texts of rows in its own form, which counts as equal.",
        "running-undeclared": "Something that is no longer declared is still running.",
        "row-header": "What a row file's header was taken for, where it is written otherwise.",
        "second-round": "Contacts are taken from a campaign by its results: how many, or why nobody is.",
        "secret-changed": "Another password is declared than was sent, and it is never sent again.",
        "secret-unknown": "Whether a secret is still as it was sent is not known: an earlier version hashed it.",
        "similar-name": "A live object has almost the name of one that would be created, and may be that one.",
        "still-used": "Something that is no longer declared is still used by something else.",
        "stopped-outside": "It was stopped outside, and is not started again by itself.",
        "undeclared": "It is recorded and no longer declared: it stays as it is.",
        "unsettled": "It is not known whether it exists or which object it is: nothing is sent to it.",
        "undeclared-numbers": "Numbers on a live do-not-call list are not declared, and stay on it.",
        "unknown-status": "It has an unknown status: it counts as running and is not started.",
        "unreadable-rows": "Live rows have a number or an owner that cannot be read: they may ring, or bar others.",
        "unfinished-replace": "An earlier replacement was interrupted and left a second object.",
        "outside-link": "A link to a folder leads out of the project, so no manifest below it is read.",
        "unset-variable": "An environment variable is not set, so the value it fills was not checked.",
        "waiver": "A waiver has run out, or matches no finding.",
    }
)

ID = "waiver"


def waived(findings: Iterable[Finding], settings: Settings, now: datetime) -> tuple[Finding, ...]:
    """The findings of checks, those with a waiver that has not run out marked; then what waivers themselves need."""
    found, today = tuple(findings), now.astimezone(ZoneInfo(settings.timezone)).date()
    valid = {_key(waiver): waiver for waiver in settings.waivers if not _past(waiver, today)}
    marked = (_marked(each, valid.get((each.id, str(each.address)))) for each in found)
    return (*marked, *_about(settings.waivers, {(each.id, str(each.address)) for each in found}, today))


def _marked(finding: Finding, waiver: Waiver | None) -> Finding:
    """A waived finding says why, and until when."""
    if waiver is None:
        return finding
    message = gettext(
        "{finding} (waived until {day}: {reason})", finding=finding.message, day=waiver.until, reason=waiver.reason
    )
    return replace(finding, message=message, waived=True, justification=f"{waiver.reason} (until {waiver.until})")


def _about(waivers: Iterable[Waiver], found: set[tuple[str, str]], today: date) -> Iterator[Finding]:
    """Waivers that have run out, and those that nothing needs."""
    for waiver in waivers:
        needed, check, day = _key(waiver) in found, waiver.check, waiver.until
        if _past(waiver, today) and needed:
            message = gettext(
                "the waiver of {check} ran out on {day} and the finding counts again: fix its cause, or renew it",
                check=check,
                day=day,
            )
            yield _finding(waiver, Severity.WARNING, message)
        elif _past(waiver, today):
            message = gettext(
                "the waiver of {check} ran out on {day} and is not needed: remove it", check=check, day=day
            )
            yield _finding(waiver, Severity.INFO, message)
        elif not needed:
            message = gettext(
                "the waiver of {check} matches no finding: remove it, or correct its address", check=check
            )
            yield _finding(waiver, Severity.INFO, message)


def _finding(waiver: Waiver, severity: Severity, message: str) -> Finding:
    return Finding(ID, severity, message, Address.parse(waiver.address), waiver.source)


def _past(waiver: Waiver, today: date) -> bool:
    return date.fromisoformat(waiver.until) < today


def _key(waiver: Waiver) -> tuple[str, str]:
    return waiver.check, waiver.address
