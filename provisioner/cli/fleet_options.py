"""The options that all commands of `fleet` share; they arrive as one `FleetOptions`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import wraps
from pathlib import Path
from typing import Any

import click

from provisioner.cli.arguments import Output, Outputs
from provisioner.cli.options import Function, chosen, new_file
from provisioner.errors import UsageError

SUMMARIES = ("text", "json", "markdown", "html")


@dataclass(frozen=True, slots=True)
class FleetOptions:
    """Which environments, where they run, where their files go, and how they are shown."""

    environments: tuple[str, ...] = ()
    jobs: int | None = None
    on: str | None = None
    shared: bool = False
    out_dir: Path | None = None
    stop_at_failures: int | None = None
    outputs: Outputs = field(default_factory=Outputs)


def _summary(text: str) -> Output:
    """`FORMAT` or `FORMAT=PATH`; the others are formats of one plan."""
    name, equals, path = text.partition("=")
    if name not in SUMMARIES:
        raise click.BadParameter(f"{name!r} is no format of a summary: there are {', '.join(SUMMARIES)}")
    if not equals:
        return Output(name)
    if not path:
        raise click.BadParameter(f"{text!r} has no path after the =")
    return Output(name, new_file(path))


def _folder(ctx: click.Context, option: click.Parameter, path: Path | None) -> Path | None:
    """Made at once, so that --output can name a file in it."""
    from provisioner import files

    if path is not None:
        files.require_own_folder(path / "report")
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise click.BadParameter(f"{path} cannot be made: {error.strerror}") from None
    return path


FLEET: tuple[Callable[[Function], Function], ...] = (
    click.option(
        "-e",
        "environments",
        multiple=True,
        metavar="ENV",
        help="An environment, or a pattern such as 'branch-*'; repeatable (default: all of alice.yaml).",
    ),
    click.option(
        "--jobs", type=click.IntRange(1), metavar="N", help="How many run at a time (default: the number of CPUs)."
    ),
    click.option("--on", metavar="URL", help="Run on a Dask cluster: the address of its scheduler, tcp://HOST:8786."),
    click.option("--shared", is_flag=True, help="The workers see the folder of the project under the same path."),
    click.option(
        "--out-dir",
        type=click.Path(file_okay=False, path_type=Path),
        is_eager=True,
        callback=_folder,
        metavar="DIR",
        help="Save plan files (ENV.plan.json) and pages (ENV.html) in this folder.",
    ),
    click.option(
        "--keep-going/--no-keep-going", default=True, help="Go on after a failure (default), or start no further ones."
    ),
    click.option(
        "--stop-at-failures", type=click.IntRange(1), metavar="N", help="Start no further ones after N failures."
    ),
    click.option(
        "--output",
        "outputs",
        type=_summary,
        multiple=True,
        metavar="FORMAT[=PATH]",
        help=f"Format of the summary: {', '.join(SUMMARIES)}; =PATH writes it to a file. Repeatable.",
    ),
)


def fleet_options(command: Function) -> Function:
    """Gives a command `fleet: FleetOptions`."""

    @wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if not kwargs.pop("keep_going"):
            kwargs["stop_at_failures"] = kwargs["stop_at_failures"] or 1
        kwargs["outputs"] = chosen(kwargs["outputs"])
        values = {each.name: kwargs.pop(each.name) for each in fields(FleetOptions)}
        return command(*args, fleet=_consistent(FleetOptions(**values)), **kwargs)

    decorated: Any = wrapper
    for flag in reversed(FLEET):
        decorated = flag(decorated)
    return decorated  # type: ignore[no-any-return]


def _consistent(fleet: FleetOptions) -> FleetOptions:
    if fleet.on and fleet.jobs:
        raise UsageError("--jobs is for runs on this machine; with --on, each worker runs as many as it has threads")
    if fleet.shared and not fleet.on:
        raise UsageError("--shared is about the workers of --on: leave it out")
    return fleet
