"""What the upload needs of the HTTP client, and what it gives back. Everything else of HTTP is the client's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from provisioner.kinds import Writable
from provisioner.model import Result

Payload = dict[str, Any]


class RowApi(Protocol):
    """Safe to call from several threads. Every verb may raise `ApiError`; writes also OutcomeUnknown and Rejected.

    A write gives the object as the server shows it, or {}. A 200 that holds an `error` is Rejected with status 200.
    """

    def create(self, path: str, body: Mapping[str, Any]) -> Payload:
        """POST one object to a collection."""
        ...

    def post(self, path: str, body: Mapping[str, Any]) -> Payload:
        """POST to anything else."""
        ...

    def update(self, path: str, id: int | str, body: Mapping[str, Any]) -> Payload:
        """PUT an object."""
        ...

    def pages(self, path: str, params: Mapping[str, str | int] | None = None) -> Iterator[list[Payload]]:
        """All objects of a list in batches, proven complete or Inconsistent."""
        ...

    def writable(self, id: int) -> Writable:
        """What a PUT of a row may write, asked of one row for all; None where the server does not say."""
        ...


Stop = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What became of the rows of one owner. `messages` are for people and hold counts and places, no cell.

    `unknown` rows may ring or exist and were not sent again; `failed` were refused, not sent, or came back different.
    `unshown` of those were taken, and the list shows no row at all: it is as good as one that nobody may read.
    """

    result: Result
    added: int = 0
    changed: int = 0
    removed: int = 0
    failed: int = 0
    unknown: int = 0
    unshown: int = 0
    messages: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """Counts first, then what went wrong."""
        counts = {"added": self.added, "changed": self.changed, "deactivated": self.removed}
        done = ", ".join(f"{number} {what}" for what, number in counts.items() if number)
        none = "no rows known to be there" if self.unshown else "no rows sent"
        return "; ".join([done or none, *self.messages])
