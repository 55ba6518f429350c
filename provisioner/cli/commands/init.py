"""`init`: a starter project that validates, made to fit what was asked or told, or a copy of an example."""

from __future__ import annotations

import os
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import click

from provisioner import files
from provisioner.cli.invocation import GlobalOptions
from provisioner.cli.output import put
from provisioner.error_ids import ErrorId
from provisioner.errors import UsageError

IGNORE = ".gitignore"
IGNORED = """\
# What was applied is recorded here; a team keeps it in PostgreSQL instead (`state:` in alice.yaml)
/.alice/
# Row files hold telephone numbers and names: take the # away unless this repository may hold them
# /contacts/
"""
NEXT_STEPS = """\
Next:
  alice-apply simulator         a local Alice to try it on (in a terminal of its own)
  export ALICE_USERNAME=demo ALICE_PASSWORD=demo
  alice-apply validate          offline: all mistakes at once
  alice-apply plan              what would change, and what would make telephones ring
  alice-apply apply             make it so; with --allow-calls where telephones ring
"""
QUESTIONS = {
    "endpoint": ("Endpoint of Alice", "http://127.0.0.1:8765/rest-api"),
    "timezone": ("Zone of times without an offset", "Asia/Ho_Chi_Minh"),
    "region": ("Region of telephone numbers without a +", "VN"),
    "contacts": ("First list of contacts (a file; nothing: a sample)", ""),
}


@click.command("init")
@click.argument("folder", metavar="[DIR]", type=click.Path(file_okay=False, path_type=Path), required=False)
@click.option("--endpoint", metavar="URL", help="Where Alice is; the simulator of this machine by default.")
@click.option("--timezone", metavar="ZONE", help="Zone of times without an offset, such as Asia/Ho_Chi_Minh.")
@click.option("--region", metavar="CC", help="Region of telephone numbers without a +, such as VN.")
@click.option(
    "--contacts", type=click.Path(path_type=Path), metavar="FILE", help="First list of contacts; it is copied."
)
@click.option("--from", "source", metavar="EXAMPLE", help="Copy an example by its name, or the project of a folder.")
@click.pass_obj
def command(context: GlobalOptions, /, folder: Path | None, source: str | None, **answers: Any) -> None:
    """Create a starter project in DIR.

    DIR defaults to the current directory. Existing files are never overwritten. A .gitignore is added if there is none.
    What no option says is asked for on a terminal, and nowhere else. The project is named after its folder; of a list
    of contacts the header tells the columns, and its campaign is paused.
    """
    from provisioner.cli.starter import Answers, example, starter_project

    target = context.directory / (folder or Path())
    files.require_own_folder(target / IGNORE)
    given = Answers(**answers)
    if source is None:
        asked = _asked(context, given)
        contents = starter_project(target, asked)
        if asked != Answers():
            _require_valid(contents, target, asked.contacts)
    elif given != Answers():
        raise UsageError("--from copies a project as it is: leave the other options out, and edit its alice.yaml")
    else:
        contents = example(source)
    if not os.path.lexists(target / IGNORE):
        contents[IGNORE] = IGNORED.encode()
    write_new(target, contents)
    into = "" if folder is None else f"  cd {target}\n"
    put(f"Wrote {len(contents)} files into {target}/\n" + NEXT_STEPS.replace("Next:\n", f"Next:\n{into}"))


def _asked(context: GlobalOptions, given: Any) -> Any:
    """The answers, where somebody is there to be asked; what is left as it is proposed stays as in the starter."""
    from provisioner.runtime import in_ci

    if not (sys.stdin.isatty() and sys.stderr.isatty()) or in_ci(context.environ):
        return given
    for name in (each.name for each in fields(given) if getattr(given, each.name) is None):
        question, proposed = QUESTIONS[name]
        answer = click.prompt(question, default=proposed, show_default=bool(proposed), err=True).strip()
        if answer and answer != proposed:
            given = replace(given, **{name: Path(answer).expanduser() if name == "contacts" else answer})
    return given


def _require_valid(contents: dict[str, bytes], target: Path, contacts: Path | None) -> None:
    """ManifestError where the answers make no project, before anything of it is written."""
    from provisioner.manifests import load

    with files.made("alice-init-") as folder:
        written = dict(contents)
        if contacts is not None and contacts.resolve().is_relative_to(target.resolve()):
            written[contacts.resolve().relative_to(target.resolve()).as_posix()] = contacts.read_bytes()
        write_new(folder, written)
        load(folder, environment=None, variables={}, environ={}, offline=True)


def write_new(target: Path, contents: dict[str, bytes]) -> None:
    """Write them all; none when one of them is there already."""
    there = [name for name in contents if os.path.lexists(target / name)]
    if there:
        raise UsageError(
            f"{target / there[0]} already exists: init overwrites nothing, choose an empty directory",
            id=ErrorId.FILE_EXISTS,
        )
    try:
        for name, content in contents.items():
            files.require_own_folder(target / name)
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            files.create(target / name, content, files.PRIVATE if _holds_people(name) else files.PUBLIC)
    except OSError as error:
        raise UsageError(f"cannot write into {target}: {error.strerror}", id=ErrorId.FILE_UNWRITABLE) from None


def _holds_people(name: str) -> bool:
    """Lists of contacts are for their owner alone."""
    return name.startswith("contacts/")
