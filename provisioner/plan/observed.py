"""What the outlook has to ask the server about, and the answers. Values; the asking is done by whoever has a client.

Everything in here makes a forecast better; nothing of it is needed to write.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field

from provisioner.bound import Bound
from provisioner.language import gettext, term
from provisioner.model import Address, Fields, LiveObject, Unknown, members
from provisioner.plan.decision import Decision
from provisioner.plan.live import Live
from provisioner.plan.model import Ownership
from provisioner.plan.starts import started_before
from provisioner.resources import KINDS, Kind, Startable
from provisioner.sensitive import Hidden


@dataclass(frozen=True, slots=True)
class CallProgress:
    """How far something started has come: how many it has still to call, of `total` that it took in (None: unknown)."""

    left: Bound
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """`taken`: how far started objects are, by (kind, id).

    `rows`: active rows of what is dialled and not managed here, by (kind, id). `holds`: the seconds that a call lasts
    on a gateway by its id, and how many call records say so.
    """

    taken: Mapping[tuple[str, int], CallProgress] = field(default_factory=dict)
    rows: Mapping[tuple[str, int], Bound] = field(default_factory=dict)
    holds: Mapping[int, tuple[int, int]] = field(default_factory=dict)


NOTHING = Observed()


@dataclass(frozen=True, slots=True)
class ActiveCampaign:
    """Something that dials once the plan is applied, or may, or would if it was started.

    `fields` are canonical, as they will be; `decision` is None for what is not declared, `live_id` for what is new.
    """

    startable: Startable
    kind: str
    label: str
    fields: Fields
    decision: Decision | None = None
    live_id: int | None = None
    started: bool = False
    ownership: Ownership = Ownership.UNDECLARED

    @property
    def runs(self) -> bool:
        """Whether it dials after the plan, or may; something new is at rest until it is started."""
        status = self.fields.get(self.startable.field)
        return not (self.live_id is None and status is None) and not self.startable.at_rest(status)

    @property
    def doubt(self) -> str:
        """Why it is not known whether it dials; "" where that is known."""
        status = self.fields.get(self.startable.field)
        if not self.runs or status == self.startable.running:
            return ""
        reason = status.reason if isinstance(status, Unknown) else gettext("the server does not show one")
        return gettext(
            "the {field} of {campaign} is not known ({reason}): it may ring",
            field=self.startable.field,
            campaign=self.titled,
            reason=reason,
        )

    @property
    def titled(self) -> str:
        """`campaign tet`, as doubts call it."""
        return gettext("{kind} {name}", kind=term(KINDS[self.kind].title), name=self.label)

    @property
    def status(self) -> str:
        """How a live one stands after the plan; "" where there is none, or where nobody knows."""
        found = self.fields.get(self.startable.field)
        return found if self.live_id is not None and isinstance(found, str) else ""

    @property
    def address(self) -> Address | None:
        return self.decision.address if self.decision else None

    @property
    def gateway(self) -> int | None:
        """The id of what carries its calls."""
        found = self.fields.get(self.startable.schedule.gateway)
        return found if isinstance(found, int) else None

    @property
    def dials(self) -> tuple[int | Address, ...]:
        """The targets whose rows it calls, as far as they are shown."""
        return members(self.fields.get(self.startable.dials))

    @property
    def shows_targets(self) -> bool:
        """Whether it is known whom it calls."""
        shown = isinstance(self.fields.get(self.startable.dials), tuple | list) or self.live_id is None
        return shown and not self.unclear(self.startable.dials)

    def may_dial(self, targets: Set[tuple[str, int | Address]]) -> bool:
        """Whether it calls the rows of any of these (kind and target), or may."""
        return not self.shows_targets or any((self.dialled_kind, each) in targets for each in self.dials)

    def unclear(self, *names: str) -> bool:
        """Whether any of these fields may be otherwise than declared, because nobody can read it."""
        return self.decision is not None and not self.decision.unclear.isdisjoint(names)

    @property
    def attached(self) -> tuple[int | Address, ...]:
        """Those of them that it has not taken in yet."""
        before = self.decision.before if self.decision else self.fields
        known = set(members((before or {}).get(self.startable.dials))) if self.started else set()
        return tuple(target for target in self.dials if target not in known)

    @property
    def dialled_kind(self) -> str:
        """The kind of its targets."""
        return KINDS[self.kind].points_at(self.startable.dials)

    @property
    def gateway_kind(self) -> str:
        return KINDS[self.kind].points_at(self.startable.schedule.gateway)


def active_campaigns(decisions: Mapping[Address, Decision], live: Live) -> tuple[ActiveCampaign, ...]:
    """Everything declared that is not over, and what else of the account runs or may run, wherever.

    That is ours, whoever declares it, and what other users let call our targets, or may let: whose object something is
    that we declare does not matter.
    """
    declared = tuple(_declared(decisions, live))
    known = {(each.kind, each.live_id) for each in declared}
    others = tuple(each for each in _undeclared(live) if (each.kind, each.live_id) not in known)
    ours = {(each.dialled_kind, target) for each in (*declared, *others) for target in each.dials}
    ours |= {(kind, found.id) for kind in _dialled_kinds() for found in live.owned(kind)}
    ours |= {(d.match.live.kind, d.match.live.id) for d in decisions.values() if d.match.live}
    theirs = (each for each in _foreign(live) if (each.kind, each.live_id) not in known)
    return (*declared, *others, *(each for each in theirs if each.may_dial(ours)))


def unlisted(live: Live) -> tuple[str, ...]:
    """Kinds of which something may dial that nobody sees, because the server does not list them."""
    kinds = (kind.name for kind in KINDS.values() if kind.startable and kind.name in live.listings)
    return tuple(name for name in kinds if live.unread(name))


def _declared(decisions: Mapping[Address, Decision], live: Live) -> Iterator[ActiveCampaign]:
    for address, decision in decisions.items():
        kind = KINDS[address.kind]
        if kind.startable is None or decision.late or not decision.live_after:
            continue
        found = decision.match.live
        label = _label(decision.after, kind, address.key)
        identity = found.id if found and not decision.replaces else None
        started = started_before(decision.match, live)
        yield ActiveCampaign(
            kind.startable, kind.name, label, decision.after, decision, identity, started, Ownership.DECLARED
        )


def _undeclared(live: Live) -> Iterator[ActiveCampaign]:
    for kind in KINDS.values():
        for found in live.owned(kind.name) if kind.startable else ():
            yield from _running(found, Ownership.UNDECLARED)


def _foreign(live: Live) -> Iterator[ActiveCampaign]:
    for kind in KINDS.values():
        for found in live.strangers(kind.name) if kind.startable else ():
            yield from _running(found, Ownership.FOREIGN)


def _running(found: LiveObject, ownership: Ownership) -> Iterator[ActiveCampaign]:
    """What is on the server, if it is not certain that it is at rest."""
    kind = KINDS[found.kind]
    if kind.startable is not None and not kind.startable.at_rest(found.fields.get(kind.startable.field)):
        label = _label(found.fields, kind, str(found.id))
        yield ActiveCampaign(kind.startable, kind.name, label, found.fields, None, found.id, True, ownership)


def _label(fields: Fields, kind: Kind, otherwise: str) -> str:
    """What people call it; a name that is not shown would tell nothing from nothing."""
    name = fields.get(kind.natural_key[-1])
    return otherwise if isinstance(name, Hidden) or not name else str(name)


def _dialled_kinds() -> set[str]:
    return {kind.points_at(kind.startable.dials) for kind in KINDS.values() if kind.startable}
