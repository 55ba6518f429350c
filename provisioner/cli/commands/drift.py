"""`drift`: live against recorded, without the manifests' wishes. Writes nothing to Alice and nothing to the state."""

from __future__ import annotations

import click

from provisioner.cli.invocation import GlobalOptions
from provisioner.cli.options import Outputs, output_option


@click.command("drift")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 when there is drift, or may be.")
@output_option
@click.pass_obj
def command(context: GlobalOptions, detailed_exitcode: bool, outputs: Outputs) -> int:
    """Show what others changed on Alice since our last apply.

    Compares the account with what is recorded. What the next apply does about it is shown by `plan`.
    """
    from provisioner.cli.open import show_drift

    return show_drift(context, outputs, detailed_exitcode)
