"""What was measured, held against its aim, and as a table in Markdown."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

MEASURED = re.compile(r"(?<=<!-- measured -->\n).*(?=<!-- end of measured -->)", re.DOTALL)
VERSIONS = ("duckdb", "requests", "orjson", "SQLAlchemy")
HEAD = (
    "| case | requests | seconds | floor | ratio | CPU | CPU of the floor | CPU of the server | peak | aim | held |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- | --- |",
)
GROWTH = (
    "| what | from one size to the next | times the size | times the CPU | times the peak |",
    "| --- | --- | ---: | ---: | ---: |",
)


@dataclass(frozen=True)
class Cost:
    """Of one process: seconds on the wall, seconds of CPU, megabytes at its peak."""

    wall: float
    cpu: float
    memory: float


@dataclass(frozen=True)
class Aim:
    """The most that is allowed; `wall` and `memory` are beside the floor when `beside` is set. None: no aim."""

    text: str
    ratio: float | None = None
    wall: float | None = None
    cpu: float | None = None
    memory: float | None = None
    beside: bool = False


@dataclass(frozen=True)
class Result:
    """One line of the table; no floor where nothing is asked of a server. `server` is the stand-in's CPU.

    `series` names what is measured at several sizes, `size` is how many there are.
    """

    letter: str
    name: str
    aim: Aim
    cost: Cost
    floor: Cost | None = None
    requests: int = 0
    server: float = 0.0
    series: str = ""
    size: int = 0

    @property
    def ratio(self) -> float | None:
        """How many times the floor, on the wall."""
        return self.cost.wall / self.floor.wall if self.floor else None

    @property
    def held(self) -> bool:
        """Whether nothing is above the aim."""
        less = self.floor if self.floor and self.aim.beside else Cost(0, 0, 0)
        pairs = [
            (self.ratio, self.aim.ratio),
            (self.cost.wall - less.wall, self.aim.wall),
            (self.cost.cpu, self.aim.cpu),
            (self.cost.memory - less.memory, self.aim.memory),
        ]
        return all(found is None or most is None or found <= most for found, most in pairs)

    def row(self) -> str:
        """One line of Markdown; 0 requests and no floor are left blank."""
        floor = self.floor
        cells = [
            f"({self.letter}) {self.name}",
            f"{self.requests:,}" if self.requests else "",
            f"{self.cost.wall:.2f}",
            f"{floor.wall:.2f}" if floor else "",
            f"{self.ratio:.2f}" if self.ratio else "",
            f"{self.cost.cpu:.2f}",
            f"{floor.cpu:.2f}" if floor else "",
            f"{self.server:.2f}" if self.requests else "",
            f"{self.cost.memory:.0f} MB",
            self.aim.text,
            "yes" if self.held else "**no**",
        ]
        return f"| {' | '.join(cells)} |"


def table(results: Sequence[Result]) -> str:
    """All lines, how cost grows from one size to the next, and on what they were measured."""
    grown = list(_growth(results))
    growth = ["", *GROWTH, *grown] if grown else []
    return "\n".join([*_machine(), "", *HEAD, *(result.row() for result in results), *growth, ""])


def _growth(results: Iterable[Result]) -> Iterator[str]:
    """Of each series a line from one size to the next."""
    known: dict[str, list[Result]] = {}
    for result in results:
        known.setdefault(result.series, []).append(result)
    for series, found in known.items():
        for one, other in pairwise(sorted(found, key=lambda each: each.size) if series else ()):
            times = (other.size / one.size, other.cost.cpu / one.cost.cpu, other.cost.memory / one.cost.memory)
            grown = " | ".join(f"{each:.1f}" for each in times)
            yield f"| {series} | {one.size:,} to {other.size:,} | {grown} |"


def write(path: Path, text: str) -> None:
    """Between the marks of a document; ValueError when it has none."""
    before = path.read_text(encoding="utf-8")
    if not MEASURED.search(before):
        raise ValueError(f"{path}: there is no place for the table")
    path.write_text(MEASURED.sub(lambda found: f"\n{text}\n", before), encoding="utf-8")


def _machine() -> Iterator[str]:
    packages = ", ".join(f"{name} {version(name)}" for name in VERSIONS)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    yield f"Measured on {datetime.now(UTC):%Y-%m-%d}: {_processor()}, {os.cpu_count()} cores, {memory:.0f} GB,"
    yield f"{platform.system()} {platform.release().split('-')[0]}, Python {sys.version.split()[0]}, {packages}."


def _processor() -> str:
    try:
        found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1].strip() if found else platform.machine()
