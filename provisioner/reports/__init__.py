"""The reports: one file per format, found by being here. A report is a view of a plan and computes nothing.

A module of this package that defines `REPORT` is a format; `document` is the plan as JSON, the others are what
reports are made of. Adding a format touches one file. Other packages bring formats by entry point (docs/library.md):
they are loaded when they are asked for.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType

from provisioner import plugins
from provisioner.errors import PluginError
from provisioner.reports.document import plan_document, plan_from_document
from provisioner.reports.report import Report, Run

__all__ = [
    "REPORTS",
    "Report",
    "Run",
    "find_report",
    "is_report",
    "plan_document",
    "plan_from_document",
    "report_names",
]


REPORTS: Mapping[str, Report] = MappingProxyType(
    {report.name: report for report in plugins.defined(sys.modules[__name__], "REPORT", Report)}
)


def report_names() -> tuple[str, ...]:
    """Ours, then those of other packages, of which nothing is loaded. Raises PluginError."""
    return (*REPORTS, *plugins.installed(plugins.REPORTS))


def find_report(name: str) -> Report:
    """One of `report_names`. Raises PluginError where another package's is broken; so does what it renders."""
    return REPORTS[name] if name in REPORTS else _brought(plugins.installed(plugins.REPORTS)[name])


def _brought(plugin: plugins.Plugin) -> Report:
    report = plugin.load(Report)
    plugin.require_name(report.name)

    def render(run: Run, colour: bool) -> str:
        with plugin.blamed():
            text = report.render(run, colour)
            if not isinstance(text, str):
                raise plugin.broken("made no text")
            return text

    return replace(report, render=render)


def is_report(head: bytes) -> bool:
    """Whether a file that begins so is a report, in whatever format."""
    text = head.decode(errors="replace")
    return any(begins and re.match(begins, text) for begins in _beginnings())


def _beginnings() -> Iterator[str]:
    """What is broken has none: nobody knows whose such a file is."""
    yield from (report.begins for report in REPORTS.values())
    for plugin in plugins.installed(plugins.REPORTS).values():
        with suppress(PluginError):
            yield _brought(plugin).begins
