"""What the options of a command say, as frozen values: for whoever carries it out, and knows no option.

What decides what a plan holds is `plan.options.PlanOptions`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

DEFAULT_FORMAT = "text"


@dataclass(frozen=True, slots=True)
class Output:
    """A report in a format, to a file or (no path) to stdout."""

    format: str
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """How to apply, as opposed to what; never part of a plan. None: the default of whoever does it."""

    auto_approve: bool = False
    on_error: str = "stop"
    parallelism: int | None = None
    rate_limit: float | None = None
    timeout: float | None = None
    lock_timeout: float | None = None


@dataclass(frozen=True, slots=True)
class Outputs:
    """One format for stdout, which then holds nothing else, and any number of files.

    `asked`: the one for stdout was named, so that it is written also where errors on stderr would do.
    """

    stdout: str = DEFAULT_FORMAT
    files: tuple[Output, ...] = ()
    asked: bool = False
