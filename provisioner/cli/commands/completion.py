"""`completion`: the script that lets a shell complete commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from provisioner.cli import PROGRAM
from provisioner.cli.output import put_report

SHELLS = ("bash", "zsh", "fish")
VARIABLE = f"_{PROGRAM}_COMPLETE".replace("-", "_").upper()


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script for SHELL.

    For bash, add eval "$(alice-apply completion bash)" to ~/.bashrc.
    """
    completion = get_completion_class(shell)
    assert completion is not None
    put_report(completion(ctx.find_root().command, {}, PROGRAM, VARIABLE).source() + "\n", "raw")
