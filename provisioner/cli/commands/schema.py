"""`schema`: the JSON Schemas of manifests, for editors and other tools."""

from __future__ import annotations

import click

from provisioner.cli.output import put_report
from provisioner.error_ids import ErrorId
from provisioner.errors import UsageError

MANIFEST = "manifest"
PROJECT = "project"


@click.command("schema")
@click.argument("kind", required=False)
@click.option("--project", is_flag=True, help="Print the schema of alice.yaml.")
def command(kind: str | None, project: bool) -> None:
    """Print the JSON Schema of the manifests, for editors.

    Of all manifests, of one KIND (such as campaign), of alice.yaml, or of a plan as JSON (`plan`). Works offline.
    """
    from provisioner.runtime import schemas

    if project and kind:
        raise UsageError("name a kind or give --project, not both")
    name = PROJECT if project else kind or MANIFEST
    known = sorted(path.name.removesuffix(".schema.json") for path in schemas().glob("*.schema.json"))
    if name not in known:
        raise UsageError(f"there is no schema {name!r}: there are {', '.join(known)}", id=ErrorId.UNKNOWN_NAME)
    put_report((schemas() / f"{name}.schema.json").read_text(encoding="utf-8"), "json")
