"""`status`: how the campaigns of the account are doing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from provisioner.cli.arguments import Outputs
from provisioner.cli.invocation import GlobalOptions
from provisioner.cli.notify import tell_pace
from provisioner.cli.options import METRICS, SECONDS, new_file, status_output, wide_option
from provisioner.cli.output import put_fitted, put_json, put_lines, put_report
from provisioner.errors import UsageError
from provisioner.language import spoken

if TYPE_CHECKING:
    from provisioner.cli.account import AccountView
    from provisioner.inspect.reading import Reading


@click.command("status")
@click.argument("campaign", required=False)
@status_output
@wide_option
@click.option("--html", "page", type=new_file, metavar="PATH", help="Also write a page with charts to this file.")
@click.option("--alarms", is_flag=True, help="Show the alarms alone, how many ring when.")
@click.option("--drift", is_flag=True, help=f"Also count drift, in {METRICS}; takes as long as `drift`.")
@click.option("--watch", is_flag=True, help="Read again and again until no campaign runs.")
@click.option("--interval", **SECONDS, help="Of --watch: 10 on a terminal, else 60.")
@click.pass_obj
def command(context: GlobalOptions, /, campaign: str | None, interval: float | None, **how: Any) -> None:
    """Show the progress of campaigns and the alarms to come.

    Shows status and progress of every campaign, or only of CAMPAIGN (a key or address of the manifests, a name or an
    id). Progress is the share of subscribers that will not be dialled any more, next to what the current pace leads
    to; --wide adds the counts, the calling window and what was expected by now. Without CAMPAIGN the table is
    followed by the alarms of the account: how many ring in which hour, of which calendars, and what became of those
    whose time is up.

    With --watch a terminal is redrawn, and a log gets a line a minute for each campaign that runs, until no campaign
    may dial any more. Ctrl-C ends it and stops no call; `alice-apply stop` does.
    """
    from provisioner.cli.account import AccountView

    _require_sense(campaign, interval, **how)
    account = AccountView.of(context, campaign)
    if how["watch"]:
        from provisioner.cli.watch import watch

        with account.watched() as read:
            watch(read, account, interval)
    elif how["alarms"]:
        _show_alarms(account, how["outputs"], context.language)
    else:
        _show(account, how["outputs"], how["wide"], how["page"], how["drift"], context.language)


def _require_sense(
    campaign: str | None,
    interval: float | None,
    *,
    outputs: Outputs,
    wide: bool,
    page: Path | None,
    alarms: bool,
    drift: bool,
    watch: bool,
) -> None:
    """UsageError for options that do not go together."""
    metrics = METRICS in (outputs.stdout, *(each.format for each in outputs.files))
    if interval is not None and not watch:
        raise UsageError("--interval is about --watch: give that too, or leave --interval out")
    if watch and (metrics or outputs.stdout == "json" or wide or page or alarms or drift):
        raise UsageError("--watch shows how the campaigns go, and nothing else: leave the other options out")
    if alarms and (campaign is not None or page is not None or metrics):
        raise UsageError(
            "--alarms is about the whole account, in a table or as JSON: leave CAMPAIGN, --html and "
            f"--output {METRICS} out"
        )
    if drift and not metrics:
        raise UsageError(f"--drift is about --output {METRICS}: for people there is `alice-apply drift`")


def _show(account: AccountView, outputs: Outputs, wide: bool, page: Path | None, drift: bool, language: str) -> None:
    metrics = METRICS in (outputs.stdout, *(each.format for each in outputs.files))
    with _told_if_it_fails(account, outputs):
        reading = account.read(
            daily=outputs.stdout == "json" or page is not None,
            alarms=account.campaign is None and (outputs.stdout == "table" or metrics or page is not None),
        )
    if page is not None:
        with spoken(language):
            _write_page(account, page, reading)
    if metrics:
        _put_metrics(account, outputs, reading, drift)
    if outputs.stdout == "json":
        put_json(account.documents(reading))
    elif outputs.stdout == "table":
        with spoken(language):
            _put_tables(account, reading, wide)
    if account.campaign is None:
        tell_pace(account.context, account.settings, reading.campaigns)


def _put_tables(account: AccountView, reading: Reading, wide: bool) -> None:
    from provisioner.inspect import alarm_status, campaign_status

    table = campaign_status.as_table(reading.campaigns, account.zones)
    shown = table if wide else table.only(campaign_status.NARROW)
    put_fitted(shown.in_language(), wide)
    told = [] if reading.alarms is None else [*alarm_status.lines(reading.alarms)]
    put_lines(["", *told] if told else [])


def _write_page(account: AccountView, page: Path, reading: Reading) -> None:
    from provisioner import files
    from provisioner.inspect.status_page import page_of
    from provisioner.reports import is_report

    text = page_of(reading.campaigns, account.settings, reading.at, reading.alarms)
    files.write(page, text.encode(), is_report)


@contextmanager
def _told_if_it_fails(account: AccountView, outputs: Outputs) -> Iterator[None]:
    """An account that cannot be read is a metric too; the error goes its way."""
    try:
        yield
    except Exception:
        if METRICS in (outputs.stdout, *(each.format for each in outputs.files)):
            _put_metrics(account, outputs, None, drift=False)
        raise


def _put_metrics(account: AccountView, outputs: Outputs, reading: Reading | None, drift: bool) -> None:
    from provisioner import files
    from provisioner.inspect.openmetrics import MetricsSource, exposition, is_exposition

    drifted = account.drift() if drift else None
    text = exposition(MetricsSource(account.now(), account.labels, reading, drifted))
    for each in outputs.files:
        assert each.path is not None
        files.write(each.path, text.encode(), is_exposition)
    if outputs.stdout == METRICS:
        put_report(text, "raw")


def _show_alarms(account: AccountView, outputs: Outputs, language: str) -> None:
    from provisioner.inspect import alarm_status

    found, now = account.alarms()
    if outputs.stdout == "json":
        put_json(alarm_status.document(found, now, account.zones))
    else:
        with spoken(language):
            put_lines(alarm_status.lines(found))
