"""What rings by itself at its moment, such as an alarm: declared, recorded and declared no longer, or of others. Pure.

Nothing but its deletion keeps it from ringing, so leaving it out of a manifest or of the record changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from provisioner.model import Address, Fields, Recorded
from provisioner.plan.decision import Decision
from provisioner.plan.live import Live
from provisioner.plan.model import Action, Change
from provisioner.resources import KINDS, Kind, Telephone

Identity = tuple[str, int]  # kind and remote id
Upcoming = dict[Identity, list[tuple[Identity, datetime]]]  # what rings and when, by itself and what it is about


class RingCause(StrEnum):
    """Why one rings: because of this plan, as it would anyway, or because of somebody who does not declare it here."""

    NEW = "new"
    UNCHANGED = "unchanged"
    UNDECLARED = "undeclared"


@dataclass(frozen=True, slots=True)
class Ringing:
    """Many of them together: how many, how many numbers, and how many in each quarter of an hour, by its beginning.

    Every time zone is whole quarters from UTC, so that hours of any clock can be made of them. What is in none of
    them rings nobody knows when.
    """

    calls: int = 0
    people: int = 0
    first: datetime | None = None
    last: datetime | None = None
    quarters: tuple[tuple[datetime, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """One of them, as it will be. `moment` None: the server does not show when it rings."""

    address: Address
    fields: Fields
    moment: datetime | None
    cause: RingCause

    @property
    def number(self) -> str | None:
        """Whom it calls, as text; None where that cannot be read. Never printed."""
        names = [field.name for field in KINDS[self.address.kind].fields if isinstance(field, Telephone)]
        found = next((value for name in names if (value := self.fields.get(name))), None)
        return found if isinstance(found, str) else None


def notices(
    decisions: Mapping[Address, Decision],
    live: Live,
    recorded: Mapping[Address, Recorded],
    removed: Mapping[Address, Change],
    now: datetime,
    claimed: Collection[int] = (),
) -> tuple[Notice, ...]:
    """Everything that will ring once the plan is applied, in order of time; `removed` are changes of orphans.

    Those `claimed` belong to lists of appointments, and are counted there.
    """
    others = _undeclared(decisions, live, recorded, removed, now)
    stand_ins = {f"#{each}" for each in claimed}
    found = [*_declared(decisions), *(each for each in others if each.address.key not in stand_ins)]
    return tuple(sorted(found, key=lambda each: (each.moment is None, each.moment or now, each.address)))


def unlisted(live: Live) -> tuple[str, ...]:
    """Kinds of which more may ring than is known here, because the server does not list them."""
    return tuple(kind.name for kind in _kinds() if not live.readable(kind.name))


def upcoming(live: Live, recorded: Iterable[Recorded], now: datetime) -> Upcoming:
    """What is still to ring, with its moment, by its own identity and by that of what it is about."""
    found: Upcoming = {}
    for kind in _kinds():
        for remote_id, fields in _there(kind, live, recorded).items():
            moment = fields.get(kind.timing.notice)
            if isinstance(moment, datetime) and moment > now:
                about = fields.get(kind.timing.about[0])
                for identity in (
                    (kind.name, remote_id),
                    (kind.points_at(kind.timing.about[0]), about if isinstance(about, int) else 0),
                ):
                    found.setdefault(identity, []).append(((kind.name, remote_id), moment))
    return found


def decoded(kind: Kind, record: Recorded) -> dict[str, Any]:
    """The fields that a record keeps in clear, in manifest shape."""
    names = {field.name: field for field in kind.fields}
    return {name: names[name].decode(value) for name, value in record.fields.items() if name in names}


def _kinds() -> Iterator[Kind]:
    yield from (kind for kind in KINDS.values() if kind.timing.notice)


def _declared(decisions: Mapping[Address, Decision]) -> Iterator[Notice]:
    for address, decision in decisions.items():
        notice = KINDS[address.kind].timing.notice
        if notice and not decision.late and decision.live_after:
            moment = decision.after.get(notice)
            rings = decision.change is not None and decision.change.calls
            cause = RingCause.NEW if rings else RingCause.UNCHANGED
            yield Notice(address, decision.after, moment if isinstance(moment, datetime) else None, cause)


def _there(kind: Kind, live: Live, recorded: Iterable[Recorded]) -> dict[int, Fields]:
    """The fields of all that is there of a kind, by id: as shown, and as recorded where the server does not list it."""
    found = {shown.id: shown.fields for shown in live.objects(kind.name)}
    if not live.readable(kind.name):
        found |= {record.remote_id: decoded(kind, record) for record in recorded if record.address.kind == kind.name}
    return found


def _undeclared(
    decisions: Mapping[Address, Decision],
    live: Live,
    recorded: Mapping[Address, Recorded],
    removed: Mapping[Address, Change],
    now: datetime,
) -> Iterator[Notice]:
    declared = {(d.match.live.kind, d.match.live.id) for d in decisions.values() if d.match.live}
    gone = {(each.address.kind, each.remote_id) for each in removed.values() if each.action is Action.DELETE}
    names = {(each.address.kind, each.remote_id): each.address for each in recorded.values()}
    for kind in _kinds():
        for remote_id, fields in _there(kind, live, recorded.values()).items():
            identity, moment = (kind.name, remote_id), fields.get(kind.timing.notice)
            past = isinstance(moment, datetime) and moment <= now
            if not past and identity not in declared and identity not in gone:
                address = names.get(identity, Address(kind.name, f"#{remote_id}"))
                yield Notice(address, fields, moment if isinstance(moment, datetime) else None, RingCause.UNDECLARED)
