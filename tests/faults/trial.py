"""A project that is applied again and again until a server that misbehaves has nothing left to spoil."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from provisioner.simulator.process import Simulator
from tests.factories import NOW
from tests.faults import account, versions
from tests.operator import Operator, Said

APPLY = ("apply", "--auto-approve", "--allow-calls")


@dataclass(frozen=True)
class Ending:
    """An account after a version, what was set off until then, and, at the very end, what rang."""

    content: account.Account
    armed: Counter[tuple[str, str]]
    rung: Counter[tuple[str, str, str]] | None = None

    def require(self, wanted: Ending, what: str) -> None:
        """Equal to the ending of a run without faults."""
        for found, expected in ((self.content, wanted.content), (self.armed, wanted.armed), (self.rung, wanted.rung)):
            if found is not None and expected is not None:
                assert found == expected, f"{what}:\n{account.difference(found, expected)}"


@dataclass
class Trial:
    """A directory, a simulator and an operator between them."""

    directory: Path
    simulator: Simulator
    version: int = 0

    def __post_init__(self) -> None:
        self.operator = Operator(self.directory, self.simulator, now=NOW, environ=versions.ENVIRON)

    def begin(self, server: Mapping[str, Any]) -> None:
        """An empty account on a server with these variants."""
        variants = {name: value for name, value in server.items() if name != "page_size"}
        self.simulator.reset(now=NOW, variants=variants, page_size=server.get("page_size"))

    @property
    def command(self) -> tuple[str, ...]:
        """An apply of the version that was laid out."""
        return (*APPLY, *versions.OPTIONS.get(self.version, ()))

    def lay_out(self, version: int) -> None:
        self.version = version
        versions.lay_out(self.operator.write, version, self.simulator.endpoint)

    def apply(self, *options: str) -> Said:
        """Whatever comes of it; 1 only before anything was written, 4 only after."""
        self.simulator.clear_requests()
        said = self.operator.run(*self.command, *options)
        assert said.code in (0, 1, 4), f"{said.code}\n{said.out}\n{said.err}"
        if said.code == 1:
            done = [request for request in self.simulator.writes() if request["status"] in (200, 201, 204)]
            assert done == [], f"exit 1 after a write\n{said.err}\n{done}"
        return said

    def finish(self, *options: str) -> None:
        """Without faults, one run is enough."""
        said = self.operator.run(*self.command, *options)
        assert said.code == 0, f"the run without faults ended with {said.code}\n{said.out}\n{said.err}"

    def ending(self, *, last: bool) -> Ending:
        content, armed = account.content(self.simulator), account.armed(self.simulator)
        return Ending(content, armed, account.rung(self.simulator) if last else None)


def reference(directory: Path, simulator: Simulator, last: int) -> dict[int, Ending]:
    """The endings of runs in which nothing goes wrong, by version; what rang is known of the last one."""
    trial, endings = Trial(directory, simulator), {}
    trial.begin({})
    for version in range(versions.FIRST, last + 1):
        trial.lay_out(version)
        trial.finish()
        endings[version] = trial.ending(last=version == last)
    return endings
