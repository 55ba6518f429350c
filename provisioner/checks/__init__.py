"""The checks: one file each, found by being here. They say what will happen to people before the phones ring.

A module of this package that defines `CHECK` is a check; `check` and `context` are what checks are made of. Adding
one touches one file, its page in docs/checks and its two projects in examples/checks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from provisioner.checks.check import OFF, Check
from provisioner.checks.context import Account, Context, Limits, Listed, Numbers
from provisioner.model import Finding

__all__ = ["CHECKS", "Account", "Check", "Context", "Limits", "Listed", "Numbers", "ids_of_enabled", "run_checks"]


def _found() -> Iterator[Check]:
    for module in sorted(info.name for info in iter_modules(__path__)):
        check = getattr(import_module(f"{__name__}.{module}"), "CHECK", None)
        if check is not None:
            yield check


CHECKS: Mapping[str, Check] = MappingProxyType({check.id: check for check in _found()})


def ids_of_enabled(configured: Mapping[str, str]) -> tuple[str, ...]:
    """The checks that run under a project's settings."""
    return tuple(check.id for check in CHECKS.values() if configured.get(check.id, check.severity) != OFF)


def run_checks(context: Context) -> tuple[Finding, ...]:
    """The findings of all checks that are not off, in the order of their ids."""
    configured = context.settings.checks
    return tuple(finding for check in CHECKS.values() for finding in check.findings(context, configured))
