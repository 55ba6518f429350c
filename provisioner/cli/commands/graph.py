"""`graph`: what depends on what."""

from __future__ import annotations

import click

from provisioner.cli.invocation import GlobalOptions
from provisioner.cli.open import open_project
from provisioner.cli.output import put
from provisioner.inspect.graph import FORMATS


@click.command("graph")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    default="mermaid",
    show_default=True,
    help="Output format.",
)
@click.pass_obj
def command(context: GlobalOptions, form: str) -> None:
    """Print the dependency graph of the resources. Works offline."""
    put(FORMATS[form](open_project(context, offline=True).resources))
