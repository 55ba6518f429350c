"""`show`: a saved plan again, in any format."""

from __future__ import annotations

from pathlib import Path

import click

from provisioner.cli.context import Context
from provisioner.cli.emitting import emit
from provisioner.cli.options import Outputs, output_option
from provisioner.cli.planfile import read_plan
from provisioner.reports import Run


@click.command("show")
@click.argument("planfile", type=click.Path(path_type=Path))
@output_option
@click.pass_obj
def command(context: Context, planfile: Path, outputs: Outputs) -> None:
    """Show the plan in PLANFILE, which `plan --out` has saved. Offline."""
    emit(Run(read_plan(planfile)), outputs, context)
