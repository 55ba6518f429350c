"""`results`: what became of every contact of campaigns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from provisioner import files
from provisioner.cli.arguments import Output, Outputs
from provisioner.cli.invocation import GlobalOptions
from provisioner.cli.open import declared_resources, hidden_names, open_client, open_settings, recorded_ids
from provisioner.cli.options import output_of, outputs_option, place
from provisioner.cli.output import put, put_report, put_table, say, say_lines
from provisioner.error_ids import ErrorId
from provisioner.errors import UsageError
from provisioner.resources import KINDS, UNKNOWN, Zones

if TYPE_CHECKING:
    from provisioner.api import Client
    from provisioner.inspect.results import ResultRows
    from provisioner.model import LiveObject
    from provisioner.project import Settings
    from provisioner.rows import Workspace

FORMATS = ("table", "csv", "json", "parquet")
CHUNK = 1 << 20  # bytes that are copied at once
OUTCOMES = next(kind.startable.results.outcomes for kind in KINDS.values() if kind.startable)


def _output(text: str) -> Output:
    """`FORMAT` or `FORMAT=PATH`."""
    if text == "parquet":
        raise click.BadParameter("parquet is no text: name a file, --output parquet=PATH")
    return output_of(text, FORMATS, file=place)


@click.command("results")
@click.argument("campaigns", metavar="CAMPAIGN...", nargs=-1, required=True)
@click.option(
    "--outcome",
    "outcomes",
    type=click.Choice([*OUTCOMES, UNKNOWN]),
    multiple=True,
    metavar="OUTCOME",
    help=f"Only contacts of this outcome; repeatable: {', '.join(OUTCOMES)}, {UNKNOWN}.",
)
@click.option(
    "--since",
    metavar="MOMENT",
    help="Only contacts called at or after this date or datetime (in the project's zone unless it has an offset).",
)
@outputs_option(
    _output,
    f"Format: {', '.join(FORMATS)} (default: table); =PATH writes it to a private file. Repeatable.",
    FORMATS[0],
)
@click.option("--force", is_flag=True, help="Overwrite existing files.")
@click.option(
    "--escape-formulas/--no-escape-formulas",
    "escaped",
    default=True,
    help="Mark CSV cells that a spreadsheet would calculate as text (default), or write them as they are.",
)
@click.pass_obj
def command(
    context: GlobalOptions,
    campaigns: tuple[str, ...],
    outcomes: tuple[str, ...],
    since: str | None,
    outputs: Outputs,
    force: bool,
    escaped: bool,
) -> None:
    """Print what became of each contact of a campaign.

    One row per contact: number, names and variables, the subscriber's status, attempts, the outcome, how the last call
    ended, seconds talked, first and last call. CAMPAIGN is a key or address of the manifests, a name or an id.
    Prints personal data.
    """
    from provisioner.inspect.results import ResultRows
    from provisioner.rows import Workspace
    from provisioner.rows.results import ResultFilter

    settings = open_settings(context)
    wanted = ResultFilter(outcomes, _microseconds(since, ZoneInfo(settings.timezone)))
    for each in outputs.files:
        _require_free(each.path or Path(), force)
    with open_client(context, settings) as client, Workspace(context.directory) as space:
        objects = _objects(context, campaigns, client, settings)
        zones = Zones.of(settings)
        rows = ResultRows.read(client, space, objects, wanted, zones, settings.region)
        for each in outputs.files:
            files.write_parts(each.path or Path(), _parts(rows, space, each.format, escaped), lambda _: force, 0o600)
        if outputs.asked or not outputs.files:
            _print(rows, outputs.stdout, escaped)
        say_lines(rows.counted())


def _objects(context: GlobalOptions, names: Iterable[str], client: Client, settings: Settings) -> list[LiveObject]:
    """What is meant, each once, under names that may be shown."""
    from provisioner.inspect.campaign_status import live_objects
    from provisioner.inspect.lookup import ProjectIds, ids_meant, renamed, startable_kind

    kind, known = startable_kind(), ProjectIds(declared_resources(context), recorded_ids(context, settings))
    objects = {each.id: each for each in live_objects(client, kind, Zones.of(settings))}
    hidden, identity = hidden_names(context, known.declared), client.identity()
    found = [id for name in names for id in ids_meant(kind, name, [*objects.values()], known, identity)]
    return [renamed(kind, objects[id], hidden) for id in dict.fromkeys(found)]


def _print(rows: ResultRows, form: str, escaped: bool) -> None:
    """To stdout."""
    if form == "csv":
        for part in rows.csv(escaped=escaped):
            put(part)
    elif form == "json":
        for part in rows.json():
            put_report(part, "json")
    else:
        table, more = rows.table()
        put_table(table)
        if more:
            say(f"note: these are the first {len(table.rows):,} rows; --output csv=PATH writes all of them")


def _parts(rows: ResultRows, space: Workspace, form: str, escaped: bool) -> Iterator[bytes]:
    """What a file holds."""
    if form == "parquet":
        path = space.scratch.new(".parquet")
        rows.parquet(path)
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
    elif form == "table":
        yield rows.table()[0].text().encode()
    else:
        for part in rows.csv(escaped=escaped) if form == "csv" else rows.json():
            yield part.encode()


def _require_free(path: Path, force: bool) -> None:
    """Known before anything is asked, not after."""
    if path.is_file() and path.stat().st_size and not force:
        raise UsageError(
            f"cannot write {path}: it exists: name another file, or overwrite it with --force", id=ErrorId.FILE_EXISTS
        )
    files.require_replaceable(path, lambda _: force)


def _microseconds(text: str | None, zone: ZoneInfo) -> int | None:
    """Since 1970, in UTC."""
    from provisioner.rows.sql import micros

    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--since {text} is no date or datetime such as 2027-01-20T08:00:00+07:00") from None
    return micros(moment if moment.tzinfo else moment.replace(tzinfo=zone))
