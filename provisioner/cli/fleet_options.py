"""The options that all commands of `fleet` share; they arrive as one `FleetOptions`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import click

from provisioner.cli.arguments import Output, Outputs
from provisioner.cli.options import Function, gathered, output_of, outputs_option
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
    keep_going: bool = True
    stop_at_failures: int | None = None
    outputs: Outputs = field(default_factory=Outputs)

    def __post_init__(self) -> None:
        if self.on and self.jobs:
            raise UsageError(
                "--jobs is for runs on this machine; with --on, each worker runs as many as it has threads"
            )
        if self.shared and not self.on:
            raise UsageError("--shared is about the workers of --on: leave it out")

    @property
    def most_failures(self) -> int | None:
        """After how many no further one is started, if after any."""
        return self.stop_at_failures or (None if self.keep_going else 1)


def _summary(text: str) -> Output:
    """`FORMAT` or `FORMAT=PATH`; the others are formats of one plan."""
    return output_of(text, SUMMARIES, "format of a summary")


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
    outputs_option(_summary, f"Format of the summary: {', '.join(SUMMARIES)}; =PATH writes it to a file. Repeatable."),
)


def fleet_options(command: Function) -> Function:
    """Gives a command `fleet: FleetOptions`."""
    return gathered(command, FLEET, "fleet", FleetOptions)
