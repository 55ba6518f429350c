"""GitLab's Code Quality report: findings at the lines of a merge request (`artifacts: reports: codequality`).

Code Climate's format, as far as GitLab reads it. What has no place of its own stands at the beginning of the project
file, because GitLab takes nothing without one. Waived findings are left out: the format has no word for them.
"""

from __future__ import annotations

from typing import Any

import orjson

from provisioner.errors import Severity
from provisioner.model import Finding
from provisioner.reports.report import Report, Run
from provisioner.reports.sarif import PROJECT, fingerprinted, noted
from provisioner.reports.wording import harmless

SEVERITIES = {Severity.ERROR: "blocker", Severity.WARNING: "major", Severity.INFO: "info"}


def render(run: Run, colour: bool) -> str:
    """A list of one object for each finding, indented."""
    shown = [_entry(run, each, mark) for each, mark in fingerprinted(noted(run)) if not each.waived]
    return orjson.dumps(shown, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _entry(run: Run, finding: Finding, fingerprint: str) -> dict[str, Any]:
    source = finding.source or PROJECT
    owner = f" ({finding.address})" if finding.address else ""
    return {
        "check_name": finding.id,
        "description": harmless(f"{finding.message}{owner}"),
        "fingerprint": fingerprint,
        "severity": SEVERITIES[Severity(finding.severity)],
        "location": {"path": harmless(run.file(source)), "lines": {"begin": source.line}},
    }


REPORT = Report("codequality", render, form="json", begins=r'\[(?:\]\s*$|\s*\{\s*"check_name": )', concludes=True)
