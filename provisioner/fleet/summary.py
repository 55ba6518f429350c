"""All environments of one `fleet` command together: a value that the formats show, and what it exits with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from provisioner import __version__
from provisioner.fleet.client import ClientResult, FleetClient
from provisioner.language import gettext, term
from provisioner.messages import count

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Summary:
    """`clients` are in order, the worst first. `folder` leads from the page of the summary to those of the clients."""

    command: str
    project: str | None
    created_at: datetime
    seconds: float
    clients: tuple[FleetClient, ...]
    folder: str = ""

    @classmethod
    def of(
        cls, command: str, project: str | None, created_at: datetime, seconds: float, of: Iterable[FleetClient]
    ) -> Summary:
        """The clients put in order."""
        return cls(command, project, created_at, seconds, tuple(sorted(of, key=lambda each: each.badness)))

    @property
    def results(self) -> Mapping[ClientResult, int]:
        """How many there are of each, the worst first."""
        counted = Counter(each.result for each in self.clients)
        return {each: counted[each] for each in ClientResult if counted[each]}

    @property
    def calls(self) -> int:
        """Whatever rings, of all."""
        return sum(each.urgent for each in self.clients)

    @property
    def sentence(self) -> str:
        """`12 environments: 1 failed, 2 with changes, 9 with nothing.`, in the language in force."""
        counted = ((each, term(result.counted)) for result, each in self.results.items())
        parts = (gettext("{count:,} {result}", count=each, result=result) for each, result in counted)
        environments = count(len(self.clients), "environment")
        return gettext("{environments}: {results}.", environments=environments, results=", ".join(parts))

    @property
    def title(self) -> str:
        return f"fleet {self.command}"

    @property
    def exit_code(self) -> int:
        """4 if any is 4, else the highest; 2 (there are changes) only where nothing went wrong."""
        codes = {each.code for each in self.clients if each.code}
        if 4 in codes:
            return 4
        return max(codes - {2}, default=max(codes, default=0))

    def document(self) -> dict[str, Any]:
        """As JSON: schemas/fleet.schema.json."""
        return {
            "format_version": FORMAT_VERSION,
            "tool_version": __version__,
            "command": self.command,
            "project": self.project,
            "created_at": self.created_at.isoformat(),
            "seconds": round(self.seconds, 3),
            "exit_code": self.exit_code,
            "results": {str(result): number for result, number in self.results.items()},
            "clients": [_client(each) for each in self.clients],
        }


def _client(client: FleetClient) -> dict[str, Any]:
    parts = ("changes", "rows", "calls", "findings", "outcomes", "drift", "campaigns")
    return {
        "environment": client.environment,
        "result": str(client.result),
        "exit_code": client.code,
        "seconds": round(client.seconds, 3),
        "endpoint": client.endpoint,
        **{name: None if (part := getattr(client, name)) is None else dict(part) for name in parts},
        "reasons": list(client.reasons),
        "report": client.page,
        "plan_file": client.plan_file,
    }
