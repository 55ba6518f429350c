"""`check`: the findings alone, of the same live read as a plan. Writes nothing."""

from __future__ import annotations

from dataclasses import replace

import click

from provisioner.cli.context import Context
from provisioner.cli.emitting import emit
from provisioner.cli.exits import Exit
from provisioner.cli.options import Outputs, output_option


@click.command("check")
@output_option
@click.pass_obj
def command(context: Context, outputs: Outputs) -> int:
    """Show what the checks find, and nothing else.

    Runs all checks on the project and the account; exit 3 when one finds an error that nobody has waived.
    """
    from provisioner.cli.running import open_session
    from provisioner.planning.options import Options
    from provisioner.reports import Run

    with open_session(context) as session:
        plan = session.plan(Options()).plan
    emit(Run(replace(plan, changes=(), rows=(), deferred=(), drift=(), refusals=()), view="check"), outputs, context)
    errors = [each for each in plan.findings if each.severity == "error" and not each.waived]
    return Exit.REFUSED if errors else Exit.DONE
