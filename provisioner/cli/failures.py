"""What reports hold where there is no plan: why. A job that comments a plan comments that, and marks the lines.

The error goes on as it was, to stderr and to its exit code, whatever becomes of the reports.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from provisioner.cli.arguments import Outputs
from provisioner.cli.exits import error_id, told
from provisioner.cli.invocation import GlobalOptions, invocation
from provisioner.cli.output import emit, say_lines
from provisioner.errors import Diagnostic, DiagnosticsError, Interrupted, ProvisionerError, UsageError
from provisioner.model import Finding
from provisioner.plan.model import Plan
from provisioner.project import Settings


@contextmanager
def reported(outputs: Outputs, context: GlobalOptions, command: str) -> Iterator[None]:
    """What ends the block stands in every report that was asked for."""
    try:
        yield
    except Exception as error:
        if not (isinstance(error, Interrupted) or invocation().interrupted):
            _report(error, outputs, context, command)
        raise


def _report(error: Exception, outputs: Outputs, context: GlobalOptions, command: str) -> None:
    if not (outputs.asked or outputs.files):
        return
    from provisioner.reports.sentences import no_plan

    problems = tuple(_problems(error))
    try:
        conclude(_settings(context), problems, no_plan(command, problems), outputs, context, command)
    except ProvisionerError as another:
        say_lines(another.lines)


def conclude(
    settings: Settings,
    findings: Iterable[Finding],
    conclusion: str,
    outputs: Outputs,
    context: GlobalOptions,
    command: str,
) -> None:
    """Every report, of a run that made no plan."""
    from provisioner.reports import Run

    plan = Plan.without_changes(settings, _moment(settings, context), findings)
    emit(Run(plan, view=command, conclusion=conclusion), outputs, context)


def _moment(settings: Settings, context: GlobalOptions) -> datetime:
    try:
        return context.now(settings.endpoint)
    except UsageError:  # which then is among the problems
        return context.clock()


def _problems(error: Exception) -> Iterator[Finding]:
    """What is wrong, each with its id and its place."""
    if isinstance(error, DiagnosticsError):
        yield from map(_finding, error.diagnostics)
    else:
        yield Finding(error_id(error), "error", told(error))


def _finding(problem: Diagnostic) -> Finding:
    path = f"{problem.path}: " if problem.path else ""
    return Finding(problem.id, problem.severity, f"{path}{problem.message}", problem.address, problem.source)


def _settings(context: GlobalOptions) -> Settings:
    """As much as can be understood of alice.yaml."""
    from provisioner.manifests import partial_settings

    try:
        return partial_settings(**context.chosen)[0]
    except ProvisionerError:
        return Settings(context.directory, "", environment=context.environment or "default")
