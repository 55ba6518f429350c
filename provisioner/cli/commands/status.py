"""`status`: how the campaigns of the account are doing."""

from __future__ import annotations

import click

from provisioner.cli.context import Context
from provisioner.cli.opening import declared_resources, open_client, open_settings
from provisioner.cli.options import table_option
from provisioner.cli.streams import put_json, put_table
from provisioner.errors import UsageError
from provisioner.kinds import Zones


@click.command("status")
@click.argument("campaign", required=False)
@table_option("table", "json")
@click.pass_obj
def command(context: Context, campaign: str | None, form: str) -> None:
    """Show how each campaign is doing.

    Its status, how much is done and when it may call; of CAMPAIGN alone (a key of the manifests, a name or an id) if
    one is given.
    Done is the share of subscribers that will not be dialled any more.
    """
    from provisioner.looking import standing

    settings = open_settings(context)
    zones = Zones.of(settings)
    declared = {} if campaign is None else declared_resources(context)
    with open_client(context, settings) as client:
        found = standing.standings(client, zones, campaign, declared)
    if campaign is not None and not found:
        raise UsageError(f"no campaign has the id, name or key {campaign!r}")
    if form == "json":
        put_json([standing.document(each, zones) for each in found])
    else:
        put_table(standing.as_table(found, zones))
