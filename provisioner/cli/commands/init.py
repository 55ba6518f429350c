"""`init`: a starter project that validates."""

from __future__ import annotations

import os
from pathlib import Path

import click

from provisioner import files
from provisioner.cli.invocation import GlobalOptions
from provisioner.cli.output import put
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
  alice-apply apply             make it so
"""


@click.command("init")
@click.argument("folder", metavar="[DIR]", type=click.Path(file_okay=False, path_type=Path), required=False)
@click.pass_obj
def command(context: GlobalOptions, folder: Path | None) -> None:
    """Create a starter project in DIR.

    DIR defaults to the current directory. Existing files are never overwritten. A .gitignore is added if there is none.
    """
    from provisioner.runtime import starter_files

    target = context.directory / (folder or Path())
    files.require_own_folder(target / IGNORE)
    contents = dict(starter_files())
    if not os.path.lexists(target / IGNORE):
        contents[IGNORE] = IGNORED.encode()
    write_new(target, contents)
    into = "" if folder is None else f"  cd {target}\n"
    put(f"Wrote {len(contents)} files into {target}/\n" + NEXT_STEPS.replace("Next:\n", f"Next:\n{into}"))


def write_new(target: Path, contents: dict[str, bytes]) -> None:
    """Write them all; none when one of them is there already."""
    there = [name for name in contents if os.path.lexists(target / name)]
    if there:
        raise UsageError(f"{target / there[0]} already exists: init overwrites nothing, choose an empty directory")
    try:
        for name, content in contents.items():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            files.create(target / name, content)
    except OSError as error:
        raise UsageError(f"cannot write into {target}: {error.strerror}") from None
