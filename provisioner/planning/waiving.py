"""Waivers: a finding that somebody has accepted until a day stays visible and refuses nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from provisioner.model import Finding, Settings, Waiver


def waived(findings: Iterable[Finding], settings: Settings, now: datetime) -> tuple[Finding, ...]:
    """The findings, those with a waiver that has not run out marked; its reason is added to the message."""
    today = now.astimezone(ZoneInfo(settings.timezone)).date()
    valid = {(w.check, w.address): w for w in settings.waivers if date.fromisoformat(w.until) >= today}
    return tuple(_marked(finding, valid.get((finding.id, str(finding.address)))) for finding in findings)


def _marked(finding: Finding, waiver: Waiver | None) -> Finding:
    if waiver is None:
        return finding
    message = f"{finding.message} (waived until {waiver.until}: {waiver.reason})"
    return replace(finding, message=message, waived=True)
