"""`explain`: what an error or a finding means, why it is one, and how to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import click

from provisioner.cli.invocation import GlobalOptions
from provisioner.cli.output import put
from provisioner.error_ids import ErrorId
from provisioner.errors import UsageError

if TYPE_CHECKING:
    from provisioner.pages import Explanation


@click.command("explain")
@click.argument("id", required=False)
@click.option(
    "--lang", type=click.Choice(["en", "vi"]), help="Language of the page (default: $ALICE_LANG, or else en)."
)
@click.pass_obj
def command(context: GlobalOptions, id: str | None, lang: str | None) -> None:
    """Explain an error, a finding or an exit code by its ID.

    The ID stands in brackets at the end of a message, such as yaml-duplicate-key; exit-4 is an exit code. Without an ID
    all there are, a line each. Works offline and outside of a project.
    """
    from provisioner.pages import entries

    known = entries(lang or context.language)
    if id is None:
        put(_list(list(known.values())))
        return
    name = id.strip().strip("[]").lower()
    name = f"exit-{name}" if name.isdecimal() else name
    if name not in known:
        from provisioner.messages import did_you_mean, named

        guess = did_you_mean(name, known) or ": see `alice-apply explain` for all there are"
        raise UsageError(f"there is no error or finding {named(id)}{guess}", id=ErrorId.UNKNOWN_NAME)
    put(f"{known[name].text()}\n")


def _list(known: Sequence[Explanation]) -> str:
    """By page, in the order of the pages."""
    width = max(len(entry.id) for entry in known)
    blocks = []
    for area, those in groupby(known, lambda entry: entry.area):
        lines = [f"  {entry.id:<{width}}  {entry.summary}" for entry in those]
        blocks.append("\n".join([area, *lines]))
    return "\n\n".join(blocks) + "\n"
