"""`doctor`: what this server can do."""

from __future__ import annotations

import click
import orjson

from provisioner.cli.context import Context
from provisioner.cli.exits import Exit
from provisioner.cli.opening import open_client, open_settings
from provisioner.cli.options import table_option
from provisioner.cli.streams import put, put_table


@click.command("doctor")
@table_option("table", "json")
@click.pass_obj
def command(context: Context, form: str) -> Exit:
    """Log in and ask every endpoint what it allows, how its lists come and what time it is. Nothing is written."""
    from provisioner.looking import doctor

    settings = open_settings(context)
    with open_client(context, settings) as client:
        diagnosis = doctor.examine(client, context.clock())
    if form == "json":
        document = orjson.dumps(doctor.document(diagnosis), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        put(document.decode())
    else:
        put("\n".join([*doctor.facts(diagnosis), "", ""]))
        put_table(doctor.as_table(diagnosis).without_empty_columns())
        put(doctor.LEGEND + "\n")
    return Exit.DONE if diagnosis.usable else Exit.ERROR
