"""`alice-apply`: the global options, and the commands, which are imported one by one when they are asked for."""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import click

from provisioner import __version__
from provisioner.cli import PROGRAM, commands
from provisioner.cli.groups import TYPED, SuggestingGroup
from provisioner.cli.invocation import GlobalOptions, invocation
from provisioner.cli.options import key_value
from provisioner.language import LANGUAGES, VARIABLE, chosen

ORDER = (
    *("init", "validate", "plan", "apply", "show", "check", "rules", "drift", "fleet"),
    *("status", "results", "stop", "get", "export", "state", "environments", "doctor"),
    "explain",
    *("graph", "simulator", "schema", "completion"),
)
"""The order of the help: first what a working day needs."""


class Commands(SuggestingGroup):
    """The modules of `provisioner.cli.commands`; each defines `command`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        ctx.meta[TYPED] = tuple(args)
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*_found()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(f"{commands.__name__}.{cmd_name}").command
        return command


@cache
def _found() -> tuple[str, ...]:
    found = {info.name for info in iter_modules(commands.__path__)}
    return (*(name for name in ORDER if name in found), *sorted(found.difference(ORDER)))


@click.group(cls=Commands, name=PROGRAM, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-C",
    "directory",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    metavar="DIR",
    help="Project directory (default: the current directory).",
)
@click.option("-e", "environment", metavar="ENV", help="Environment of alice.yaml to use (default: $ALICE_ENV).")
@click.option(
    "--var",
    "variables",
    type=key_value,
    multiple=True,
    metavar="KEY=VALUE",
    help="Set a variable of the manifests; repeatable.",
)
@click.option(
    "--lang",
    "lang",
    type=click.Choice(LANGUAGES),
    help=f"Language of plans, findings and statuses for people (default: ${VARIABLE}, or else that of the locale).",
)
@click.option(
    "-v",
    "--verbose",
    "verbosity",
    count=True,
    help="Log every request to stderr, never its body; -vv adds the traceback of an internal error.",
)
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    help="What lines on stderr are: text, or objects with run, time and what they are about.",
)
@click.version_option(__version__, "--version", message="%(prog)s %(version)s")
@click.pass_context
def root(
    ctx: click.Context,
    directory: Path,
    environment: str | None,
    variables: tuple[tuple[str, str], ...],
    lang: str | None,
    verbosity: int,
    log_format: str,
) -> None:
    """Voice campaigns as code: surveys, phonebooks, campaigns and alarms on Alice, declared in YAML.

    Nothing is written without `apply`, nothing rings without --allow-calls, nothing is deleted without --prune.
    """
    if environment is not None and not environment.strip():
        raise click.UsageError("-e is empty: name an environment, or omit -e for the default one")
    invocation().verbosity, invocation().log_format = verbosity, log_format
    environ = dict(os.environ)
    ctx.obj = GlobalOptions(directory, environment, dict(variables), verbosity, environ, lang or chosen(environ))
