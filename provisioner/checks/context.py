"""What a check may look at: what is known and decided, what will happen, and questions about rows and the account."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from provisioner.kinds import KINDS, Lifecycle, Zones
from provisioner.model import Address, Outlook, Settings
from provisioner.planning.deciding import Decision
from provisioner.planning.situation import Situation


class Numbers(Protocol):
    """Questions about rows as they will be after apply; the answers are counts, never numbers."""

    def listed(self, address: Address, lists: Collection[Address]) -> int:
        """How many active numbers of a phonebook are on any of the DNC lists."""

    def missed(self, address: Address, lists: Collection[Address]) -> int:
        """How many of those the server would not notice, because it compares texts (contract, section 3)."""

    def shared(self, one: Address, other: Address) -> int:
        """How many numbers are active in both phonebooks."""

    def columns(self, address: Address) -> frozenset[str]:
        """What a row of a phonebook can say about a person: fields and variables that are declared or live."""


class Account(Protocol):
    """Questions about the account that planning itself does not ask; each answer is read once."""

    def sample(self, kind_name: str, relation: str, remote_id: int) -> list[Mapping[str, Any]]:
        """The first page of objects related to a remote id, as the server sends them; none where it shows none."""


@dataclass(frozen=True, slots=True)
class Context:
    """`situation` is what planning knows, `outlook` what will happen; `numbers` and `account` answer questions."""

    situation: Situation
    outlook: Outlook
    numbers: Numbers
    account: Account

    @property
    def settings(self) -> Settings:
        return self.situation.project.settings

    @property
    def zones(self) -> Zones:
        return Zones.of(self.settings)

    def campaigns(self) -> Iterator[tuple[Decision, Lifecycle]]:
        """The declared resources that can be started and are not over, with what it means to start them."""
        for decision in self.situation.decisions.values():
            lifecycle = KINDS[decision.address.kind].lifecycle
            if lifecycle is not None and not decision.late:
                yield decision, lifecycle
