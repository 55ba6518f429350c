"""`drift`: live against recorded, without the manifests' wishes. Writes nothing to Alice and nothing to the state."""

from __future__ import annotations

import click

from provisioner.cli.arguments import Outputs
from provisioner.cli.exits import Exit
from provisioner.cli.invocation import GlobalOptions
from provisioner.cli.notify import tell_drift
from provisioner.cli.options import output_option
from provisioner.cli.output import emit


@click.command("drift")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if there is or may be drift.")
@output_option
@click.pass_obj
def command(context: GlobalOptions, detailed_exitcode: bool, outputs: Outputs) -> int:
    """Show what others have changed on Alice since the last apply.

    Compares the account with the recorded state. `plan` shows what the next apply would do about it.
    """
    return show_drift(context, outputs, detailed_exitcode)


def show_drift(context: GlobalOptions, outputs: Outputs, detailed_exitcode: bool) -> int:
    """What `drift` and `plan --refresh-only` do: read, compare with the record, show.

    What could not be compared may have drifted, so it is not the exit code of "nothing has".
    """
    from provisioner.cli.failures import reported
    from provisioner.cli.open import open_session
    from provisioner.reports import Run

    with reported(outputs, context, "drift"), open_session(context) as session:
        plan = session.drift()
    emit(Run(plan, view="drift"), outputs, context)
    tell_drift(context, session.project.settings, plan)
    return Exit.CHANGES if detailed_exitcode and (plan.drift or plan.findings) else Exit.DONE
