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
    """Show a saved plan again.

    PLANFILE was written by `plan --out`. Offline.
    """
    emit(Run(read_plan(planfile).plan), outputs, context)
