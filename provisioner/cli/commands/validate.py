"""`validate`: everything that can be found wrong without asking Alice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import click

from provisioner.cli.context import Context
from provisioner.cli.opening import open_project
from provisioner.cli.streams import put
from provisioner.model import Address


@click.command("validate")
@click.pass_obj
def command(context: Context) -> None:
    """Check the manifests offline and show all mistakes at once.

    Row files and their headers are opened; the rows themselves are read by plan.
    """
    project = open_project(context)
    put(f"Valid: {counted(project.resources)}.\n")


def counted(addresses: Iterable[Address]) -> str:
    """`2 surveys, 1 campaign`, in the order of the kinds."""
    from provisioner.kinds import KINDS
    from provisioner.reports.sentences import count

    numbers = Counter(address.kind for address in addresses)
    parts = [count(numbers[kind.name], kind.title) for kind in KINDS.values() if numbers[kind.name]]
    return ", ".join(parts) or "no resources"
