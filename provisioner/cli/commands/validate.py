"""`validate`: everything that can be found wrong without asking Alice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import click

from provisioner.cli.arguments import Outputs
from provisioner.cli.invocation import GlobalOptions
from provisioner.cli.open import open_project
from provisioner.cli.options import output_option
from provisioner.cli.output import put, say_lines
from provisioner.errors import Diagnostic, ManifestError, Severity, UsageError, said_once
from provisioner.model import Address, Finding
from provisioner.project import Project


@click.command("validate")
@click.option("--rows", is_flag=True, help="Read the rows of files too, and count by reason what is left out.")
@output_option
@click.pass_obj
def command(context: GlobalOptions, rows: bool, outputs: Outputs) -> None:
    """Check the manifests offline and report all mistakes at once.

    Opens row files and reads their headers; the rows themselves are read by plan, or with --rows. No database is asked.
    Environment variables referenced by manifests need not be set.
    """
    from provisioner.cli.failures import conclude, reported

    if "gitlab" in (outputs.stdout, *(each.format for each in outputs.files)):
        raise UsageError("gitlab counts what a plan would do, and validate makes none: take codequality")
    with reported(outputs, context, "validate"):
        project = open_project(context, offline=True)
        say_lines(map(str, said_once(map(located, project.findings))))
        told = row_counts(project) if rows else []
    valid = f"Valid: {counted(project.resources)}."
    if outputs.asked or outputs.files:
        conclude(project.settings, project.findings, valid, outputs, context, "validate")
    if outputs.asked:
        say_lines(told)
    else:
        put("".join(f"{line}\n" for line in (*told, valid)))


def row_counts(project: Project) -> list[str]:
    """Of all declared rows: how many count, how many are left out and why; ManifestError with all problems."""
    from provisioner.appointments import load_appointments
    from provisioner.messages import count
    from provisioner.plan.model import RowChange
    from provisioner.reports.row_counts import left_out
    from provisioner.rows import Workspace
    from provisioner.rowsets import load_rows

    told, problems = [], list[Diagnostic]()
    with Workspace(project.settings.directory) as space:
        for resource in (each for each in project.resources.values() if each.rows or each.appointments):
            load = load_rows if resource.rows else load_appointments
            try:
                report = load(space, resource, project.settings)
            except ManifestError as error:
                problems += error.diagnostics
                continue
            change = RowChange(resource.address, duplicate=report.duplicates, left_out=report.left_out)
            without = f"; left out: {left_out(change)}" if report.left_out else ""
            source = resource.rows or resource.appointments
            elsewhere = source and (source.query or source.remote)
            apart = ["the rows of its query or URL are read by plan"] if elsewhere else []
            here = [f"{count(report.rows, 'row')}{without}"] if report.rows or without or not apart else []
            told.append(f"{resource.address}: {'; '.join(here + apart)}")
    if problems:
        raise ManifestError(problems)
    return told


def located(finding: Finding) -> Diagnostic:
    """A finding as it is printed like a compiler's line."""
    severity = Severity(finding.severity)
    return Diagnostic(finding.id, finding.message, finding.source, finding.address, severity=severity)


def counted(addresses: Iterable[Address]) -> str:
    """`2 surveys, 1 campaign`, in the order of the kinds."""
    from provisioner.messages import count
    from provisioner.resources import KINDS

    numbers = Counter(address.kind for address in addresses)
    parts = [count(numbers[kind.name], kind.title) for kind in KINDS.values() if numbers[kind.name]]
    return ", ".join(parts) or "no resources"
