"""`doctor`: what this server can do."""

from __future__ import annotations

import click

from provisioner.cli.exits import Exit
from provisioner.cli.invocation import GlobalOptions
from provisioner.cli.open import open_client, open_settings
from provisioner.cli.options import table_option
from provisioner.cli.output import put_json, put_line, put_lines, put_table


@click.command("doctor")
@table_option("table", "json")
@click.pass_obj
def command(context: GlobalOptions, form: str) -> Exit:
    """Show what this Alice server supports.

    Logs in, asks every endpoint for its methods and the form of its lists, and compares the clocks. Writes nothing.
    """
    from provisioner.inspect import doctor

    settings = open_settings(context)
    with open_client(context, settings) as client:
        diagnosis = doctor.examine(client, context.clock())
    if form == "json":
        put_json(doctor.document(diagnosis))
    else:
        put_lines([*doctor.facts(diagnosis), ""])
        put_table(doctor.as_table(diagnosis).without_empty_columns())
        put_line(doctor.LEGEND)
    return Exit.DONE if diagnosis.usable else Exit.ERROR
