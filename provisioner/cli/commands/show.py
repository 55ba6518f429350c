"""`show`: a saved plan again, in any format."""

from __future__ import annotations

from pathlib import Path

import click

from provisioner.cli.arguments import Outputs
from provisioner.cli.invocation import GlobalOptions
from provisioner.cli.options import output_option
from provisioner.cli.output import emit, say
from provisioner.cli.planfile import read_plan
from provisioner.errors import BadPlanFile
from provisioner.reports import Run

SHAPES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What a report may come to grief on where nobody vouches for the plan."""


@click.command("show")
@click.argument("planfile", type=click.Path(path_type=Path))
@output_option
@click.pass_obj
def command(context: GlobalOptions, planfile: Path, outputs: Outputs) -> None:
    """Show a saved plan.

    PLANFILE was written by `plan --out`. Works offline. Its signature is verified if the key is known: ALICE_PLAN_KEY,
    or the state.
    """
    from provisioner.cli.reviewed import doubt

    saved = read_plan(planfile)
    unverified = doubt(saved, context)
    if unverified:
        say(f"note: not verified: {unverified}")
    try:
        emit(Run(saved.plan), outputs, context)
    except SHAPES as error:
        if not unverified:
            raise
        raise BadPlanFile(f"{planfile} is not a plan: it is damaged") from error
