"""What the outlook has to ask the server about, and the answers. Values; the asking is done by whoever has a client.

Everything in here makes a forecast better; nothing of it is needed to write.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from provisioner.kinds import KINDS, Lifecycle
from provisioner.model import Address, Fields, members
from provisioner.planning.deciding import Decision
from provisioner.planning.live import Live
from provisioner.planning.starting import started_before


@dataclass(frozen=True, slots=True)
class Observed:
    """`pending`: contacts that a started object has still to call, by (kind, id), where the server tells.

    `rows`: rows of what is dialled and not managed here, by (kind, id), at most. `holds`: the seconds that a call
    lasts on a gateway by its id, and how many call records say so.
    """

    pending: Mapping[tuple[str, int], int] = field(default_factory=dict)
    rows: Mapping[tuple[str, int], int] = field(default_factory=dict)
    holds: Mapping[int, tuple[int, int]] = field(default_factory=dict)


NOTHING = Observed()


@dataclass(frozen=True, slots=True)
class Dialling:
    """Something that dials once the plan is applied, or would if it was started.

    `fields` are canonical, as they will be; `decision` is None for what is not declared, `live_id` for what is new.
    """

    lifecycle: Lifecycle
    kind: str
    label: str
    fields: Fields
    decision: Decision | None = None
    live_id: int | None = None
    started: bool = False

    @property
    def runs(self) -> bool:
        """Whether it dials after the plan."""
        return bool(self.fields.get(self.lifecycle.field) == self.lifecycle.running)

    @property
    def address(self) -> Address | None:
        return self.decision.address if self.decision else None

    @property
    def gateway(self) -> int | None:
        """The id of what carries its calls."""
        found = self.fields.get(self.lifecycle.schedule.gateway)
        return found if isinstance(found, int) else None

    @property
    def dials(self) -> tuple[int | Address, ...]:
        """The targets whose rows it calls."""
        return members(self.fields.get(self.lifecycle.dials))

    @property
    def attached(self) -> tuple[int | Address, ...]:
        """Those of them that it has not taken in yet."""
        before = self.decision.before if self.decision else self.fields
        known = set(members((before or {}).get(self.lifecycle.dials))) if self.started else set()
        return tuple(target for target in self.dials if target not in known)

    @property
    def dialled_kind(self) -> str:
        """The kind of its targets."""
        return _to(self.kind, self.lifecycle.dials)

    @property
    def gateway_kind(self) -> str:
        return _to(self.kind, self.lifecycle.schedule.gateway)


def diallings(decisions: Mapping[Address, Decision], live: Live) -> tuple[Dialling, ...]:
    """Everything declared that is not over, and what else of ours runs on the same gateways."""
    found = all_diallings(decisions, live)
    gateways = {(each.gateway_kind, each.gateway) for each in found if each.decision}
    return tuple(each for each in found if each.decision or (each.gateway_kind, each.gateway) in gateways)


def all_diallings(decisions: Mapping[Address, Decision], live: Live) -> tuple[Dialling, ...]:
    """Everything declared that is not over, and what else of ours runs, wherever."""
    declared = tuple(_declared(decisions, live))
    known = {(each.kind, each.live_id) for each in declared}
    return (*declared, *(each for each in _running(live, decisions) if (each.kind, each.live_id) not in known))


def _declared(decisions: Mapping[Address, Decision], live: Live) -> Iterator[Dialling]:
    for address, decision in decisions.items():
        kind = KINDS[address.kind]
        if kind.lifecycle is None or decision.late or not decision.live_after:
            continue
        found = decision.match.live
        label = str(decision.after.get(kind.natural_key[-1]) or address.key)
        identity = found.id if found and not decision.replaces else None
        started = started_before(decision.match, live)
        yield Dialling(kind.lifecycle, kind.name, label, decision.after, decision, identity, started)


def _running(live: Live, decisions: Mapping[Address, Decision]) -> Iterator[Dialling]:
    """What runs on the server now, declared or not."""
    for kind in KINDS.values():
        for found in live.owned(kind.name) if kind.lifecycle else ():
            assert kind.lifecycle is not None
            if found.fields.get(kind.lifecycle.field) == kind.lifecycle.running:
                label = str(found.fields.get(kind.natural_key[-1]) or found.id)
                yield Dialling(kind.lifecycle, kind.name, label, found.fields, None, found.id, started=True)


def _to(kind: str, relation: str) -> str:
    return next(each.to for each in KINDS[kind].relations() if each.name == relation)
