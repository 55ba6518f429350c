"""`environments`: where each is, who logs in, who applied last."""

from __future__ import annotations

import click

from provisioner.cli.invocation import GlobalOptions
from provisioner.cli.options import table_option
from provisioner.cli.output import put_json, put_table
from provisioner.errors import StateError, UsageError
from provisioner.messages import listed, named
from provisioner.project import Settings

Found = list[tuple[Settings, tuple[str, ...]]]


@click.command("environments")
@table_option("table", "json")
@click.pass_obj
def command(context: GlobalOptions, form: str) -> None:
    """List the environments of the project.

    Shows the endpoint, the user (or the variable that holds it, or `token`), the state without its password, and when,
    by whom and in which CI job it was applied last. With -e that one alone. Nobody logs in: what is not set, or a state
    that cannot be reached, is noted in its line. No value of the environment is shown.
    """
    from provisioner.inspect import environments
    from provisioner.manifests import every_environment

    found = every_environment(context.directory, variables=context.variables, environ=context.environ)
    chosen = _chosen(found, context.environment)
    infos = list(environments.looked_up(chosen, context.environ, _refused(chosen, context)))
    if form == "json":
        put_json([environments.document(info) for info in infos])
    else:
        put_table(environments.as_table(infos))


def _chosen(found: Found, name: str | None) -> Found:
    chosen = [each for each in found if name in (None, each[0].environment)]
    if not chosen:
        there = listed(settings.environment for settings, _ in found)
        raise UsageError(f"there is no environment {named(name or '')}; there are {there}")
    return chosen


def _refused(found: Found, context: GlobalOptions) -> dict[str, str]:
    """Why a state may not be opened: in CI a branch alone does not choose where it is."""
    from provisioner.public import require_own_state

    refused = {}
    for settings, _ in found:
        try:
            require_own_state(settings, context.environ)
        except StateError as error:
            refused[settings.environment] = str(error)
    return refused
