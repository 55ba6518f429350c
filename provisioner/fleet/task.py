"""One environment's run as a value: what its process is started with, what it leaves, and how it ended."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

PLAN_FILE, PAGE = "plan.json", "html"  # what a run may leave besides its report, and how the file's name ends
GIVEN = "given.plan.json"  # a plan file that goes to another machine
FOLDER = "\0"  # stands in an argument for the folder of the run: no argument of a process can hold it
FIRST, LAST = 20, 60  # lines of what a process said that are kept
LONGEST = 2_000  # characters of one of them


@dataclass(frozen=True, slots=True)
class Task:
    """`alice-apply -C DIR before... --var NAME=VALUE... -e ENVIRONMENT command...`.

    `variables` are those of the command line, `wanted` are the files that it leaves, by ending, with the option that
    names them. `plan_file` is applied.
    """

    environment: str
    directory: Path
    before: tuple[str, ...]
    command: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    wanted: Mapping[str, str] = field(default_factory=dict)
    plan_file: Path | None = None

    def arguments(self, folder: Path, directory: Path | None = None) -> list[str]:
        """The command line; `folder` is where the files of the run are, `directory` where the project is."""
        files = [f"{option}={FOLDER}/{ending}" for ending, option in self.wanted.items()]
        plan = [str(self.plan_file)] if self.plan_file else []
        given = [f"--var={name}={value}" for name, value in self.variables.items()]
        before = ["-C", str(directory or self.directory), *self.before, *given]
        line = [*before, "-e", self.environment, *self.command]
        return [part.replace(FOLDER, str(folder)) for part in [*line, *files, *plan]]

    def elsewhere(self) -> Task:
        """The same for another machine, which finds the plan file in the folder of the run."""
        return replace(self, plan_file=Path(FOLDER, GIVEN)) if self.plan_file else self


@dataclass(frozen=True, slots=True)
class ProcessResult:
    """How a run ended: `code` None if it was not begun, `output` its JSON, `files` what it left by ending.

    `said` are the first and the last lines of its stderr. `again`: it was the second run of a task whose worker died.
    """

    environment: str
    code: int | None = None
    seconds: float = 0.0
    output: bytes = b""
    files: Mapping[str, bytes] = field(default_factory=dict)
    said: tuple[str, ...] = ()
    again: bool = False

    @property
    def failed(self) -> bool:
        """Whether it is one of those that `--stop-at-failures` counts."""
        return self.code not in (None, 0, 2)


class Lines:
    """The first and the last lines of what somebody says, and how many were left out between them."""

    def __init__(self) -> None:
        self.first: list[str] = []
        self.last: list[str] = []
        self.left_out = 0

    def add(self, line: str) -> None:
        """One line, cut if it is very long."""
        if len(self.first) < FIRST:
            self.first.append(line[:LONGEST])
            return
        self.last.append(line[:LONGEST])
        if len(self.last) > LAST:
            del self.last[0]
            self.left_out += 1

    def kept(self) -> tuple[str, ...]:
        """All of it, with a line in place of what is left out."""
        gap = [f"({self.left_out:,} lines are left out here)"] if self.left_out else []
        return (*self.first, *gap, *self.last)


def exit_code(returned: int, begun: bool) -> int:
    """The exit code of a process; what a signal ended may have written if it was an apply that had `begun`.

    SIGINT, SIGTERM and SIGHUP end it so only before it listens to them, which is before it does anything.
    """
    if returned >= 0:
        return returned
    if -returned in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", None)):
        return 128 - returned
    return 4 if begun else 1


def jobs_of(tasks: Sequence[Task], jobs: int) -> int:
    """How many run at a time."""
    return max(1, min(jobs, len(tasks)))
