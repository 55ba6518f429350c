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
    help="What to draw with.",
)
@click.pass_obj
def command(context: GlobalOptions, form: str) -> None:
    """Print the dependencies between the resources of the project. Offline."""
    put(FORMATS[form](open_project(context, offline=True).resources))
