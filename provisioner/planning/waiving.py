"""Waivers: a finding of a check that somebody has accepted until a day stays visible and refuses nothing.

What planning itself has to say (`stopped-outside`, `not-settable`, ...) refuses nothing and cannot be waived.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from provisioner.errors import Severity
from provisioner.model import Address, Finding, Settings, Waiver

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
    message = f"{finding.message} (waived until {waiver.until}: {waiver.reason})"
    return replace(finding, message=message, waived=True, justification=f"{waiver.reason} (until {waiver.until})")


def _about(waivers: Iterable[Waiver], found: set[tuple[str, str]], today: date) -> Iterator[Finding]:
    """Waivers that have run out, and those that nothing needs."""
    for waiver in waivers:
        needed, what = _key(waiver) in found, f"the waiver of {waiver.check}"
        if _past(waiver, today) and needed:
            message = f"{what} ran out on {waiver.until} and the finding counts again: mend its cause, or renew it"
            yield _finding(waiver, Severity.WARNING, message)
        elif _past(waiver, today):
            yield _finding(waiver, Severity.INFO, f"{what} ran out on {waiver.until} and is not needed: remove it")
        elif not needed:
            yield _finding(waiver, Severity.INFO, f"{what} matches no finding: remove it, or correct its address")


def _finding(waiver: Waiver, severity: Severity, message: str) -> Finding:
    return Finding(ID, severity, message, Address.parse(waiver.address), waiver.source)


def _past(waiver: Waiver, today: date) -> bool:
    return date.fromisoformat(waiver.until) < today


def _key(waiver: Waiver) -> tuple[str, str]:
    return waiver.check, waiver.address
