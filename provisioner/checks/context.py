"""What a check may look at: what is known and decided, what will happen, and questions about rows and the account."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from provisioner.language import gettext, term
from provisioner.model import Address, Unknown
from provisioner.plan.decision import Decision
from provisioner.plan.model import Outlook
from provisioner.plan.situation import Situation
from provisioner.project import Settings
from provisioner.resources import KINDS, Startable, Zones
from provisioner.rows.appointments.questions import AppointmentQuestions


class Listed(Protocol):
    """Active numbers that are on DNC lists, as counts."""

    @property
    def numbers(self) -> int:
        """How many."""

    @property
    def unnoticed(self) -> int:
        """How many of them the server would not notice (docs/alice-api.md#dnc-lists-and-numbers)."""

    @property
    def new(self) -> int:
        """How many of them become active by this plan."""


class Numbers(Protocol):
    """Questions about rows as they will be after apply; the answers are counts and names of columns, never values.

    They are asked of addresses in `situation.rows.known`, with stand-ins for what is not declared.
    """

    def listed(self, address: Address, lists: Collection[Address]) -> Listed:
        """The active numbers of a phonebook that are on any of the DNC lists."""

    def barred(self, address: Address) -> int:
        """How many contacts of a phonebook are active now and are deactivated because they are on a DNC list."""

    def says(self, address: Address, names: Collection[str]) -> frozenset[str]:
        """Which of these fields and variables the rows have: declared for them, or filled in a live one."""

    def renumbered(self, address: Address) -> tuple[int, int]:
        """How many rows the server shows under another number or text, and of how many nobody knows which they are."""

    def within(self, address: Address, region: str) -> int:
        """How many numbers active in a phonebook are ones of a country (ISO 3166)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most characters of a text, or the largest number; None when the server does not say."""

    length: int | None = None
    value: int | None = None


class Account(Protocol):
    """Questions about the account that planning itself does not ask; each answer is read once."""

    def sample(
        self, kind_name: str, relation: str, remote_id: int, between: tuple[datetime, datetime] | None = None
    ) -> list[Mapping[str, Any]] | Unknown:
        """Some of the objects related to a remote id, as the server sends them: those of its first page.

        None only where the server shows that there are none. `between`: of that time, where the server honours the
        filter; who asks has to look again.
        """

    def without(self, kind_name: str, relation: str, remote_id: int) -> bool:
        """Whether the server shows that there is no object of the kind related to a remote id."""

    def limits(self, kind_name: str) -> Mapping[str, Limits]:
        """What the server says of the fields of something new, by wire name; nothing where it does not say."""


@dataclass(frozen=True, slots=True)
class Context:
    """`situation` is what planning knows, `outlook` what will happen; the others answer questions.

    `appointments` is asked of calendars in `situation.appointments.changes`.
    """

    situation: Situation
    outlook: Outlook
    numbers: Numbers
    account: Account
    appointments: AppointmentQuestions

    @property
    def settings(self) -> Settings:
        return self.situation.project.settings

    @property
    def zones(self) -> Zones:
        return Zones.of(self.settings)

    def label(self, address: Address) -> str:
        """An address for people; what stands in for something that is not declared, by its name or id."""
        if address in self.situation.project.resources:
            return str(address)
        shown = self.situation.matches.targets.show(int(address.key.removeprefix("#")), address.kind)
        name = repr(shown.value) if shown.by == "name" else f"id {shown.value}"
        return gettext("{kind} {name}", kind=term(KINDS[address.kind].title), name=name)

    def campaigns(self) -> Iterator[tuple[Decision, Startable]]:
        """The declared resources that can be started and are not over, with what it means to start them."""
        for decision in self.situation.decisions.values():
            startable = KINDS[decision.address.kind].startable
            if startable is not None and not decision.late:
                yield decision, startable
