"""`status`: how the campaigns of the account are doing."""

from __future__ import annotations

from pathlib import Path

import click

from provisioner.cli.invocation import GlobalOptions
from provisioner.cli.open import declared_resources, hidden_names, open_client, open_settings, recorded_ids
from provisioner.cli.options import new_file, table_option
from provisioner.cli.output import put_json, put_table
from provisioner.resources import Zones


@click.command("status")
@click.argument("campaign", required=False)
@table_option("table", "json")
@click.option("--html", "page", type=new_file, metavar="PATH", help="Also write a page with charts to this file.")
@click.pass_obj
def command(context: GlobalOptions, campaign: str | None, form: str, page: Path | None) -> None:
    """Show the progress of each campaign.

    Shows status, progress and calling window of every campaign, or only of CAMPAIGN (a key or address of the
    manifests, a name or an id). Progress is the share of subscribers that will not be dialled any more, next to
    what was expected by now and what the current pace leads to.
    """
    from provisioner.inspect import campaign_status
    from provisioner.inspect.lookup import Known

    settings = open_settings(context)
    zones, now = Zones.of(settings), context.now(settings.endpoint)
    known = Known() if campaign is None else Known(declared_resources(context), recorded_ids(context, settings))
    with open_client(context, settings) as client:
        found = campaign_status.statuses(client, zones, campaign, known, now, hidden_names(context, known.declared))
        if form == "json" or page is not None:
            found = campaign_status.with_daily(client, found, zones, now)
    if page is not None:
        from provisioner import files
        from provisioner.inspect.status_page import page_of
        from provisioner.reports import is_report

        files.write(page, page_of(found, settings, now).encode(), is_report)
    if form == "json":
        put_json([campaign_status.document(each, zones) for each in found])
    else:
        put_table(campaign_status.as_table(found, zones))
