"""The checks: one file each, found by being here. They say what will happen to people before the phones ring.

A module of this package that defines `CHECK` is a check; `check` and `context` are what checks are made of. Adding
one touches one file, its page in docs/checks and its two projects in examples/checks. Other packages bring checks by
entry point (docs/library.md): they run after ours, and one that is broken ends the run.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from provisioner import plugins
from provisioner.checks.check import OFF, WORST, Check
from provisioner.checks.context import Account, Context, Limits, Listed, Numbers
from provisioner.checks.rules import enabled_rules, run_rules
from provisioner.errors import Severity
from provisioner.model import Finding
from provisioner.project import Settings

__all__ = ["CHECKS", "Account", "Check", "Context", "Limits", "Listed", "Numbers", "ids_of_enabled", "run_checks"]


CHECKS: Mapping[str, Check] = MappingProxyType(
    {check.id: check for check in plugins.defined(sys.modules[__name__], "CHECK", Check)}
)


def ids_of_enabled(settings: Settings) -> tuple[str, ...]:
    """The checks that run under a project's settings, its own rules among them."""
    return (*(check.id for check in _enabled(settings.checks)), *(rule.id for rule in enabled_rules(settings)))


def run_checks(context: Context) -> tuple[Finding, ...]:
    """The findings of all checks that are not off, ours in the order of their ids, then those of other packages.

    Behind them come those of the project's own rules.
    """
    configured = context.settings.checks
    checked = (finding for check in _enabled(configured) for finding in check.findings(context, configured))
    return (*checked, *run_rules(context))


def _enabled(configured: Mapping[str, str]) -> Iterator[Check]:
    """Of another package nothing is loaded that is off. Raises PluginError."""
    wanted = (p for p in plugins.installed(plugins.CHECKS).values() if configured.get(p.name) != OFF)
    for check in (*CHECKS.values(), *map(_brought, wanted)):
        if configured.get(check.id, check.severity) != OFF:
            yield check


def _brought(plugin: plugins.Plugin) -> Check:
    check = plugin.load(Check)
    plugin.require_name(check.id)
    if check.severity not in WORST:
        raise plugin.broken(f"has the severity {check.severity!r}: there are {', '.join(WORST)}")

    def run(context: Context) -> Iterator[Finding]:
        with plugin.blamed():
            for finding in check.run(context):
                if not isinstance(finding, Finding) or finding.id != check.id or finding.severity not in [*Severity]:
                    raise plugin.broken("found what is no finding of its own")
                yield finding

    return replace(check, run=run)
