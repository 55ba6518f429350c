"""`validate`: everything that can be found wrong without asking Alice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import click

from provisioner.cli.invocation import GlobalOptions
from provisioner.cli.open import open_project
from provisioner.cli.output import put, say
from provisioner.errors import Diagnostic, Severity
from provisioner.model import Address, Finding


@click.command("validate")
@click.pass_obj
def command(context: GlobalOptions) -> None:
    """Check the manifests offline and report all mistakes at once.

    Opens row files and reads their headers; the rows themselves are read by plan. Environment variables referenced by
    manifests need not be set.
    """
    project = open_project(context, offline=True)
    for finding in project.findings:
        say(located(finding))
    put(f"Valid: {counted(project.resources)}.\n")


def located(finding: Finding) -> str:
    """A finding as a compiler's line."""
    message, severity = f"{finding.message} [{finding.id}]", Severity(finding.severity)
    return str(Diagnostic(message, finding.source, finding.address, severity=severity))


def counted(addresses: Iterable[Address]) -> str:
    """`2 surveys, 1 campaign`, in the order of the kinds."""
    from provisioner.reports.sentences import count
    from provisioner.resources import KINDS

    numbers = Counter(address.kind for address in addresses)
    parts = [count(numbers[kind.name], kind.title) for kind in KINDS.values() if numbers[kind.name]]
    return ", ".join(parts) or "no resources"
