"""Voice campaigns as code for AntBuddy's Alice platform.

For programs that plan and apply by themselves, docs/library.md; the command line is `alice-apply`.

    project = provisioner.load_project("campaigns", environment="staging")
    with provisioner.open_session(project) as session, session.lock(timeout=60):
        executable = session.plan(provisioner.PlanOptions())
        outcomes = session.apply(executable)

What is public stands in `__all__` and is imported when it is asked for. `errors` has the tree of what is raised; all of
it is a ProvisionerError. Moments have an offset, durations are seconds, rows are counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from provisioner.errors import (
        ApiError,
        BadPlanFile,
        Diagnostic,
        ManifestError,
        PlanError,
        PluginError,
        ProvisionerError,
        Refused,
        StalePlan,
        StateError,
        StateLocked,
        UsageError,
    )
    from provisioner.model import Address, Finding
    from provisioner.plan.build import ExecutablePlan
    from provisioner.plan.model import Action, Change, FieldChange, Outcome, Plan, Result, RowChange
    from provisioner.plan.options import PlanOptions
    from provisioner.project import Project
    from provisioner.public import load_project, open_session, render
    from provisioner.reports.document import plan_document
    from provisioner.session import Session

__version__ = "0.1.0"

__all__ = [
    "Action",
    "Address",
    "ApiError",
    "BadPlanFile",
    "Change",
    "Diagnostic",
    "ExecutablePlan",
    "FieldChange",
    "Finding",
    "ManifestError",
    "Outcome",
    "Plan",
    "PlanError",
    "PlanOptions",
    "PluginError",
    "Project",
    "ProvisionerError",
    "Refused",
    "Result",
    "RowChange",
    "Session",
    "StalePlan",
    "StateError",
    "StateLocked",
    "UsageError",
    "__version__",
    "load_project",
    "open_session",
    "plan_document",
    "render",
]

_HOMES = {
    "errors": (
        *("ApiError", "BadPlanFile", "Diagnostic", "ManifestError", "PlanError", "PluginError", "ProvisionerError"),
        *("Refused", "StalePlan", "StateError", "StateLocked", "UsageError"),
    ),
    "model": ("Address", "Finding"),
    "plan.build": ("ExecutablePlan",),
    "plan.model": ("Action", "Change", "FieldChange", "Outcome", "Plan", "Result", "RowChange"),
    "plan.options": ("PlanOptions",),
    "project": ("Project",),
    "public": ("load_project", "open_session", "render"),
    "reports.document": ("plan_document",),
    "session": ("Session",),
}


def __getattr__(name: str) -> Any:
    """What is public, from where it is; `alice-apply --version` must not load all of it."""
    from importlib import import_module

    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
