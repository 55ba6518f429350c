"""`simulator`: a local Alice to try everything on."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import click

from provisioner.cli.output import put
from provisioner.error_ids import ErrorId
from provisioner.errors import UsageError

NEEDED = ("django", "rest_framework", "django_filters")
READY = """\
{url}
Log in with ALICE_USERNAME=demo ALICE_PASSWORD=demo; Ctrl-C stops it. It calls nobody.
"""


@click.command("simulator")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8765,
    show_default=True,
    help="Port to listen on; 0 picks a free one.",
)
@click.option("--db", type=click.Path(dir_okay=False, path_type=Path), help="Store the data in this file.")
@click.option(
    "--page-size", type=click.IntRange(min=1), default=10, show_default=True, help="Objects per page of a list."
)
@click.option(
    "--variant", "variants", multiple=True, metavar="NAME=VALUE", help="Change how the server behaves; repeatable."
)
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="Factor for the calls per minute.",
)
@click.option("--list-variants", is_flag=True, help="Print all variants and their values.")
def command(
    port: int, db: Path | None, page_size: int, variants: tuple[str, ...], speed: float, list_variants: bool
) -> None:
    """Run a local Alice whose dialler calls nobody. Prints its address once it is ready."""
    from provisioner.simulator import describe, parse_variants, serve

    if list_variants:
        put(describe() + "\n")
        return
    if not all(find_spec(name) for name in NEEDED):
        raise UsageError(
            "the simulator needs Django: pip install 'django<6' djangorestframework django-filter",
            id=ErrorId.NOT_INSTALLED,
        )
    try:
        chosen = parse_variants(variants)
    except ValueError as error:
        raise UsageError(str(error)) from None
    try:
        serve(port=port, db=db, page_size=page_size, variants=chosen, speed=speed, on_ready=announce)
    except OSError as error:
        raise UsageError(f"cannot serve on port {port}: {error.strerror}") from None


def announce(url: str) -> None:
    """Where it is, and how to log in."""
    put(READY.format(url=url))
