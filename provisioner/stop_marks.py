"""What an emergency stop leaves behind: marks, which a running apply looks at before whatever rings, and later plans.

A mark says what was stopped as well as `stop` could tell: an address, a remote id, a name that nothing had (yet), or
everything of a kind. One about everything becomes one for each declared address when the next apply begins, so that
what is declared after that is free to start. Pure values; the state keeps them, planning and applying go by them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from provisioner.model import Address

ADDRESS, ID, NAME, EVERYTHING = "address", "id", "name", "everything"
ALL = (EVERYTHING, "")


@dataclass(frozen=True, slots=True)
class Mark:
    """One stop of one target: `form` says how `value` names it, `at` (aware) when it was stopped.

    `asked`: its manifest may have said that it is to run when it was stopped. False only if it certainly said something
    else and no apply was under way: a manifest that wants it to run is then newer than the stop.
    """

    kind: str
    form: str
    value: str
    at: datetime
    asked: bool = True

    @property
    def address(self) -> Address | None:
        """The address that it names, if it names one."""
        return Address.parse(self.value) if self.form == ADDRESS else None

    @property
    def name(self) -> tuple[str, str]:
        """What it says; a form that this version does not know may mean anything of its kind."""
        return (self.form, self.value) if self.form in (ADDRESS, ID, NAME) else ALL

    def about(self, address: Address) -> Mark:
        """The same stop, by the address of what it was about."""
        return replace(self, form=ADDRESS, value=str(address))

    def __str__(self) -> str:
        return f"everything of kind {self.kind}" if self.form == EVERYTHING else f"{self.kind} {self.form} {self.value}"


@dataclass(frozen=True, slots=True)
class StopTarget:
    """What somebody may have stopped, by all that it is known by: addresses (one before a rename), id, name."""

    kind: str
    addresses: frozenset[Address] = frozenset()
    remote_id: int | None = None
    name: str | None = None

    def marked(self, mark: Mark) -> bool:
        """Whether the mark is about this."""
        return mark.kind == self.kind and mark.name in self.names

    @property
    def names(self) -> frozenset[tuple[str, str]]:
        """All that a mark about it may say, as `Mark.name` does."""
        found = {(ADDRESS, str(name)) for address in self.addresses for name in address.names} | {ALL}
        found |= set() if self.remote_id is None else {(ID, str(self.remote_id))}
        return frozenset(found if self.name is None else {*found, (NAME, self.name)})


@dataclass(frozen=True)
class Marks:
    """All marks of a scope, as they were read at one moment."""

    every: tuple[Mark, ...] = field(default=())

    def on(self, target: StopTarget) -> tuple[Mark, ...]:
        """Those about a target, the latest first."""
        found = [each for name in target.names for each in self._named.get((target.kind, *name), ())]
        marks = (mark for _, mark in sorted(found, key=lambda numbered: numbered[0]))
        return tuple(sorted(marks, key=_moment, reverse=True))

    @cached_property
    def _named(self) -> dict[tuple[str, ...], list[tuple[int, Mark]]]:
        """The marks with their places, by the kind and the name of what they are about."""
        found: dict[tuple[str, ...], list[tuple[int, Mark]]] = {}
        for place, mark in enumerate(self.every):
            found.setdefault((mark.kind, *mark.name), []).append((place, mark))
        return found

    def since(self, earlier: Marks) -> Marks:
        """Those that were not there before."""
        known = frozenset(earlier.every)
        return Marks(tuple(mark for mark in self.every if mark not in known))


NOTHING_STOPPED = Marks()


def by_address(marks: Iterable[Mark], address: Address) -> Mark | None:
    """What several marks of one target come to under its address: the latest; None without any."""
    found = sorted(marks, key=_moment)
    return replace(found[-1].about(address), asked=any(mark.asked for mark in found)) if found else None


def _moment(mark: Mark) -> datetime:
    return mark.at
