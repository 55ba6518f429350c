"""`get`: live objects of every kind, one subcommand each, made from the kinds' declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from provisioner.cli.groups import SuggestingGroup
from provisioner.cli.invocation import GlobalOptions
from provisioner.cli.open import declared_resources, open_client, open_settings, recorded_ids
from provisioner.cli.options import object_id, table_option, wide_option
from provisioner.cli.output import put, put_fitted, put_json, say
from provisioner.errors import UsageError
from provisioner.resources import KINDS, Filter, Kind, Zones

if TYPE_CHECKING:
    from provisioner.api import Client
    from provisioner.inspect.get import Ids
    from provisioner.project import Settings


class Kinds(SuggestingGroup):
    """A command per kind, by its plural."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(kind.plural for kind in KINDS.values())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return next((_command(kind) for kind in KINDS.values() if kind.plural == cmd_name), None)


@click.group("get", cls=Kinds, subcommand_metavar="KIND [ID] [FILTERS]...")
def command() -> None:
    """Print live objects as Alice returns them.

    Prints all objects of a KIND, those that match its filters, or the one with ID.
    Contacts, subscribers and call records contain personal data. A table has as many columns as the terminal has room
    for; `--wide` and the other formats have all.
    """


def _command(kind: Kind) -> click.Command:
    """`get KIND`."""

    @click.pass_obj
    def run(context: GlobalOptions, /, id: int | None, form: str, wide: bool, **given: str | None) -> None:
        _print(context, kind, id, form, wide, {name: value for name, value in given.items() if value is not None})

    personal = " Prints personal data." if kind.about_people else ""
    help = f"Print the {kind.title}s, or the one with ID.{personal}"
    made = click.command(kind.plural, help=help)(wide_option(table_option("table", "json", "csv")(run)))
    argument = click.Argument(["id"], type=object_id, required=False)
    made.params = [argument, *map(_option, kind.display.filters), *made.params]
    return made


def _option(filter: Filter) -> click.Option:
    flag = f"--{filter.name.replace('_', '-')}"
    coded = f": {filter.coded}; names or numbers, separated by commas" if filter.codes else ""
    related = ": an id, a name or a key" if filter.to else ""
    choices = "|".join(each.casefold() for each in filter.choices)
    return click.Option(
        [flag, filter.name],
        metavar=f"[{choices}]" if choices else "VALUE",
        help=f"{filter.help[0].upper()}{filter.help[1:]}{coded}{related}.",
    )


def _print(context: GlobalOptions, kind: Kind, id: int | None, form: str, wide: bool, given: dict[str, str]) -> None:
    from provisioner.inspect import get

    if id is not None and given:
        raise UsageError("an ID selects one object: remove the filters")
    get.wanted(kind, given, lambda to, text: [0])  # mistakes are told before anything is asked
    settings = open_settings(context)
    with open_client(context, settings) as client:
        filters = get.wanted(kind, given, _ids(context, settings, client))
        objects = get.find(client, kind, filters) if id is None else [get.find_one(client, kind, id)]
    for name in get.unchecked(objects, filters):
        say(
            f"note: the server does not show what --{name.replace('_', '-')} is about, or only an id or a link, so it "
            "cannot be compared and its answer is not checked"
        )
    table = get.as_table(kind, objects)
    if form == "json":
        put_json(objects if id is None else objects[0])
    elif form == "csv":
        put(table.csv())
    else:
        put_fitted(table.without_empty_columns(), wide)


def _ids(context: GlobalOptions, settings: Settings, client: Client) -> Ids:
    """Looks up what is meant, as `status` and `stop` do."""

    def ids(to: str, text: str) -> list[int]:
        from provisioner.inspect.campaign_status import live_objects
        from provisioner.inspect.lookup import ProjectIds, ids_meant

        known = ProjectIds(declared_resources(context), recorded_ids(context, settings))
        objects = live_objects(client, KINDS[to], Zones.of(settings))
        return ids_meant(KINDS[to], text, objects, known, client.identity())

    return ids
