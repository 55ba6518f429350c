"""`status`: how the campaigns of the account are doing."""

from __future__ import annotations

from pathlib import Path

import click

from provisioner.cli.invocation import GlobalOptions
from provisioner.cli.open import declared_resources, hidden_names, open_client, open_settings, recorded_ids
from provisioner.cli.options import new_file, table_option
from provisioner.cli.output import put_json, put_lines, put_table
from provisioner.errors import UsageError
from provisioner.resources import Zones


@click.command("status")
@click.argument("campaign", required=False)
@table_option("table", "json")
@click.option("--html", "page", type=new_file, metavar="PATH", help="Also write a page with charts to this file.")
@click.option("--alarms", is_flag=True, help="Show the alarms alone, how many ring when.")
@click.pass_obj
def command(context: GlobalOptions, campaign: str | None, form: str, page: Path | None, alarms: bool) -> None:
    """Show the progress of campaigns and the alarms to come.

    Shows status, progress and calling window of every campaign, or only of CAMPAIGN (a key or address of the
    manifests, a name or an id). Progress is the share of subscribers that will not be dialled any more, next to
    what was expected by now and what the current pace leads to. Without CAMPAIGN the table is followed by the alarms
    of the account: how many ring in which hour, of which calendars, and what became of those whose time is up.
    """
    if alarms:
        _show_alarms(context, campaign, form, page)
        return
    from provisioner.inspect import alarm_status, campaign_status
    from provisioner.inspect.lookup import Known

    settings = open_settings(context)
    zones, now = Zones.of(settings), context.now(settings.endpoint)
    told: list[str] = []
    known = Known() if campaign is None else Known(declared_resources(context), recorded_ids(context, settings))
    with open_client(context, settings) as client:
        found = campaign_status.statuses(client, zones, campaign, known, now, hidden_names(context, known.declared))
        if form == "json" or page is not None:
            found = campaign_status.with_daily(client, found, zones, now)
        elif campaign is None:
            told = [*alarm_status.lines(alarm_status.alarm_status(client, zones, now, hidden_names(context, {})))]
    if page is not None:
        from provisioner import files
        from provisioner.inspect.status_page import page_of
        from provisioner.reports import is_report

        files.write(page, page_of(found, settings, now).encode(), is_report)
    if form == "json":
        put_json([campaign_status.document(each, zones) for each in found])
        return
    put_table(campaign_status.as_table(found, zones))
    put_lines(["", *told] if told else [])


def _show_alarms(context: GlobalOptions, campaign: str | None, form: str, page: Path | None) -> None:
    from provisioner.inspect import alarm_status

    if campaign is not None or page is not None:
        raise UsageError("--alarms is about the whole account, in a table or as JSON: leave CAMPAIGN and --html out")
    settings = open_settings(context)
    zones, now = Zones.of(settings), context.now(settings.endpoint)
    with open_client(context, settings) as client:
        found = alarm_status.alarm_status(client, zones, now, hidden_names(context, {}))
    if form == "json":
        put_json(alarm_status.document(found, now, zones))
    else:
        put_lines(alarm_status.lines(found))
