"""`drift`: live against recorded, without the manifests' wishes. Writes nothing to Alice and nothing to the state."""

from __future__ import annotations

import click

from provisioner.cli.arguments import Outputs
from provisioner.cli.invocation import GlobalOptions
from provisioner.cli.options import output_option


@click.command("drift")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if there is or may be drift.")
@output_option
@click.pass_obj
def command(context: GlobalOptions, detailed_exitcode: bool, outputs: Outputs) -> int:
    """Show what others have changed on Alice since the last apply.

    Compares the account with the recorded state. `plan` shows what the next apply would do about it.
    """
    from provisioner.cli.open import show_drift

    return show_drift(context, outputs, detailed_exitcode)
