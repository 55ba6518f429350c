"""`get`: live objects of every kind, one subcommand each, made from the kinds' declarations."""

from __future__ import annotations

from typing import Any

import click

from provisioner.cli.context import Context
from provisioner.cli.groups import SuggestingGroup
from provisioner.cli.opening import open_client, open_settings
from provisioner.cli.options import table_option
from provisioner.cli.parameters import object_id
from provisioner.cli.streams import put, put_json, put_table, say
from provisioner.errors import UsageError
from provisioner.kinds import KINDS, Filter, Kind


class Kinds(SuggestingGroup):
    """A command per kind, by its plural."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(kind.plural for kind in KINDS.values())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return next((_command(kind) for kind in KINDS.values() if kind.plural == cmd_name), None)


@click.group("get", cls=Kinds, subcommand_metavar="KIND [ID] [FILTERS]...")
def command() -> None:
    """Print live objects as Alice shows them.

    All of a KIND, those that match its filters, or the one with ID.
    Contacts, subscribers and call records print personal data.
    """


def _command(kind: Kind) -> click.Command:
    """`get KIND`."""

    @click.pass_obj
    def run(context: Context, /, id: int | None, form: str, **given: str | None) -> None:
        _print(context, kind, id, form, {name: value for name, value in given.items() if value is not None})

    personal = " Prints personal data." if kind.personal else ""
    help = f"Print the {kind.title}s, or the one with ID.{personal}"
    made = click.command(kind.plural, help=help)(table_option("table", "json", "csv")(run))
    argument = click.Argument(["id"], type=object_id, required=False)
    made.params = [argument, *map(_option, kind.filters), *made.params]
    return made


def _option(filter: Filter) -> click.Option:
    flag = f"--{filter.name.replace('_', '-')}"
    coded = f": {filter.coded}; a name or its number" if filter.codes else ""
    choice: Any = click.Choice(filter.choices, case_sensitive=False) if filter.choices else str
    return click.Option(
        [flag, filter.name],
        type=choice,
        metavar=None if filter.choices else "VALUE",
        help=f"{filter.help[0].upper()}{filter.help[1:]}{coded}.",
    )


def _print(context: Context, kind: Kind, id: int | None, form: str, given: dict[str, str]) -> None:
    from provisioner.looking import filtering, listing

    if id is not None and given:
        raise UsageError("an ID names one object: leave out the filters")
    filters = filtering.wanted(kind, given)
    with open_client(context, open_settings(context)) as client:
        objects = listing.find(client, kind, filters) if id is None else [listing.find_one(client, kind, id)]
    for name in filtering.unchecked(objects, filters):
        say(f"note: the server does not show what --{name.replace('_', '-')} is about, so its answer is not checked")
    table = listing.as_table(kind, objects)
    if form == "json":
        put_json(objects if id is None else objects[0])
    elif form == "csv":
        put(table.csv())
    else:
        put_table(table.without_empty_columns())
