"""The reports: one file per format, found by being here. A report is a view of a plan and computes nothing.

A module of this package that defines `REPORT` is a format; `document` is the plan as JSON, the others are what
reports are made of. Adding a format touches one file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from provisioner.reports.document import plan_document, plan_from_document
from provisioner.reports.report import Report, Run

__all__ = ["REPORTS", "Report", "Run", "is_report", "plan_document", "plan_from_document"]


def _found() -> Iterator[Report]:
    for module in sorted(info.name for info in iter_modules(__path__)):
        report = getattr(import_module(f"{__name__}.{module}"), "REPORT", None)
        if report is not None:
            yield report


REPORTS: Mapping[str, Report] = MappingProxyType({report.name: report for report in _found()})


def is_report(head: bytes) -> bool:
    """Whether a file that begins so is a report of ours, in whatever format."""
    text = head.decode(errors="replace")
    return any(report.begins and re.match(report.begins, text) for report in REPORTS.values())
