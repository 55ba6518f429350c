"""`check`: the findings alone, of the same live read as a plan. Writes nothing."""

from __future__ import annotations

from dataclasses import replace

import click

from provisioner.cli.arguments import Outputs
from provisioner.cli.exits import Exit
from provisioner.cli.invocation import GlobalOptions
from provisioner.cli.options import min_reach_option, output_option
from provisioner.cli.output import emit
from provisioner.errors import Refused


@click.command("check")
@min_reach_option
@output_option
@click.pass_obj
def command(context: GlobalOptions, min_reach: int | None, outputs: Outputs) -> int:
    """Run the checks and show their findings.

    Checks the project and the account; exits with 3 if a finding of severity error has not been waived.
    """
    from provisioner.cli.failures import reported
    from provisioner.cli.open import open_session
    from provisioner.plan.gates import too_few_reached
    from provisioner.plan.options import PlanOptions
    from provisioner.reports import Run

    options = PlanOptions(min_reach=min_reach)
    with reported(outputs, context, "check"), open_session(context) as session:
        plan = session.plan(options).plan
    emit(Run(replace(plan, changes=(), rows=(), deferred=(), drift=(), refusals=()), view="check"), outputs, context)
    errors = [each for each in plan.findings if each.severity == "error" and not each.waived]
    refusals = [*too_few_reached(plan.outlook.campaigns, options)]
    if refusals:
        raise Refused(refusals)
    return Exit.REFUSED if errors else Exit.DONE
