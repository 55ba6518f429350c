"""`export`: a live account as manifests. Reads from Alice, writes files."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from provisioner.cli.invocation import GlobalOptions
from provisioner.cli.open import open_client, open_settings, open_state
from provisioner.cli.output import put_lines, say_lines
from provisioner.error_ids import ErrorId
from provisioner.errors import UsageError
from provisioner.project import Settings

if TYPE_CHECKING:
    from provisioner.export import Exported, ExportTarget


@click.command("export")
@click.argument("folder", metavar="[DIR]", type=click.Path(file_okay=False, path_type=Path), required=False)
@click.option(
    "--with-contacts", is_flag=True, help="Include personal data: contacts, do-not-call numbers, events and alarms."
)
@click.option("--force", is_flag=True, help="Overwrite existing files.")
@click.option(
    "--user", metavar="USER", help="Owner of the objects to export, if the lists show those of several users."
)
@click.pass_obj
def command(context: GlobalOptions, folder: Path | None, with_contacts: bool, force: bool, user: str | None) -> None:
    """Write the live account as manifests.

    Writes into DIR or the current directory. Applying the result changes nothing and adopts everything; comments say
    what could not be read or declared. Contacts are written to CSV files, with --with-contacts only. An alice.yaml is
    added if there is none.
    """
    from provisioner.cli.progress import stderr_progress
    from provisioner.export import Exporter, ExportOptions, ExportTarget

    place = ExportTarget.of(context.directory, context.directory / (folder or Path()))
    settings = _settings(context, place)
    if place.new and settings.endpoint_hidden:
        raise UsageError(
            "the endpoint holds a value of the environment, and the alice.yaml of a new project would show it: "
            "set ALICE_ENDPOINT to what may be written there, or write that alice.yaml first",
            id=ErrorId.ENDPOINT_INVALID,
        )
    with open_client(context, settings) as client:
        exporter = Exporter(
            client=client,
            settings=settings,
            users=_users(context, settings, place),
            now=context.now(settings.endpoint),
            progress=stderr_progress(context.language),
        )
        exported = exporter.export(ExportOptions(place, with_contacts, force, user))
    put_lines(_lines(exported, place))
    say_lines(_missing(exported))


def _settings(context: GlobalOptions, place: ExportTarget) -> Settings:
    """Of the project that the files will be in, else of the one at hand, else what the environment says."""
    if not place.new:
        return open_settings(replace(context, directory=place.root))
    if (context.directory / "alice.yaml").exists():
        return open_settings(context)
    endpoint = context.environ.get("ALICE_ENDPOINT")
    if not endpoint:
        raise UsageError(
            f"there is no alice.yaml in {context.directory.resolve()}, so nothing says where Alice is: "
            "set ALICE_ENDPOINT, or write an alice.yaml first",
            id=ErrorId.PROJECT_MISSING,
        )
    return Settings(place.root, endpoint)


def _users(context: GlobalOptions, settings: Settings, place: ExportTarget) -> frozenset[str]:
    """Forms of our user that the project's state knows, as a plan would."""
    if place.new:
        return frozenset()
    with open_state(replace(context, directory=place.root), settings) as store:
        return store.scope.users


def _missing(exported: Exported) -> Iterator[str]:
    """What the server did not show, and rows that were asked for and are in no file."""
    from provisioner.messages import count

    for title, why in exported.unlisted.items():
        yield f"note: no {title} was exported, and any number of them may exist: {why}"
    for title, number in exported.missing.items():
        nowhere, all = exported.nowhere.get(title, 0), number + exported.counts.get(title, 0)
        if nowhere:
            yield (
                f"note: {nowhere:,} of {count(all, title)} not exported: a number without + has no country while "
                "alice.yaml names no `region:`; set it, and run this again with --force"
            )
        if number > nowhere:
            yield f"note: {number - nowhere:,} of {count(all, title)} not exported: comments in the files say why"


def _lines(exported: Exported, place: ExportTarget) -> Iterator[str]:
    from provisioner.messages import count

    yield f"Wrote {count(len(exported.files), 'file')} into {place.target}/"
    for title, number in exported.counts.items():
        yield f"  {count(number, title)}"
    for title, number in exported.left_out.items():
        yield f"Left out: {count(number, title)}; comments in the files say why"
    for title, number in exported.withheld.items():
        yield f"Not asked for: {count(number, title)} (--with-contacts)"
    if exported.ignore:
        yield f"Personal data was written; put into {place.target}/.gitignore: {' '.join(exported.ignore)}"
    yield "Next:"
    for name in exported.secrets:
        yield f"  export {name}=...    (any text, while the object exists)"
    where = "" if place.root == Path.cwd() else f"-C {shlex.quote(str(place.root))} "
    yield f"  alice-apply {where}plan"
