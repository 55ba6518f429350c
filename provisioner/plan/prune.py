"""Recorded, no longer declared: what becomes of it (docs/guides/rename-delete-replace.md).

Only what is recorded can be deleted, only with --prune, never what is protected, still runs or is still used by
something else, never additive rows' owners (docs/alice-api.md#cascading-deletes).
What the server cannot delete is forgotten and left in place. Nothing goes of a kind of which some address is unsettled:
it may be that one. --target and --exclude choose among removals too: what is
left out stays, and counts as a user of what it points at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from provisioner.error_ids import ErrorId
from provisioner.errors import Refusal
from provisioner.language import gettext, joined, ngettext, term
from provisioner.messages import argument, together
from provisioner.model import NOT_SHOWN, Address, Finding, Recorded, Unknown
from provisioner.plan.graph import parent_of, rounds
from provisioner.plan.live import Live
from provisioner.plan.match import Matches
from provisioner.plan.model import Action, Change
from provisioner.plan.notices import Upcoming, upcoming
from provisioner.plan.options import PlanOptions, selected
from provisioner.resources import KINDS, Kind, Zones

Identity = tuple[str, int]  # kind and remote id
MOST = 5  # ids that a message names

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Removals:
    """Changes by address, dependencies first; what to say about them, and why apply must refuse."""

    changes: Mapping[Address, Change]
    findings: tuple[Finding, ...] = ()
    refusals: tuple[str, ...] = ()


def orphans(recorded: Mapping[Address, Recorded], matches: Matches) -> list[Recorded]:
    """Records whose address is no longer declared and whose object nobody took over, dependencies first."""
    taken = {(m.live.kind, m.live.id) for m in matches.by_address.values() if m.live}
    found = {
        address: record
        for address, record in recorded.items()
        if address not in matches.by_address and (address.kind, record.remote_id) not in taken
    }
    graph = {address: [each for each in record.depends_on if each in found] for address, record in found.items()}
    return [found[address] for address in rounds(graph, key=lambda address: address)]


def removals(
    recorded: Mapping[Address, Recorded],
    matches: Matches,
    live: Live,
    options: PlanOptions,
    now: datetime,
    zones: Zones,
) -> Removals:
    """Decide on every orphan."""
    rings = upcoming(live, recorded.values(), now)
    resources = {address: match.resource for address, match in matches.by_address.items()}
    found, in_question = orphans(recorded, matches), _in_question(matches)
    owners = (parent for record in found if (parent := parent_of(record.address)))
    known = {*resources, *(record.address for record in found), *owners}
    targeted, excluded = (selected(asked, resources, known) for asked in (options.targets, options.excludes))
    remover = _Remover(found, live, options, in_question, rings, now, zones, targeted, excluded)
    return Removals(dict(remover.changes()), tuple(remover.findings()), tuple(remover.refusals()))


def _in_question(matches: Matches) -> frozenset[str]:
    """The kinds of which some declared object is not known, and those that are found by such a one."""
    open_ = {address.kind for address, match in matches.by_address.items() if match.unsettled}
    open_ |= {each.address.kind for each in matches.problems if each.address and each.path in ("", "id")}
    while more := {kind.name for kind in KINDS.values() if open_ & _found_by(kind)} - open_:
        open_ |= more
    return frozenset(open_)


def _found_by(kind: Kind) -> set[str]:
    """The kinds that an object has to be known of, before one of this kind can be found."""
    return {field.to for field in kind.relations() if field.name in (*kind.natural_key, kind.identity.owner)}


@dataclass(slots=True)
class _Remover:
    orphans: list[Recorded]
    live: Live
    options: PlanOptions
    in_question: frozenset[str]
    ringing: Upcoming
    now: datetime
    zones: Zones
    targeted: frozenset[Address]
    excluded: frozenset[Address]
    parents: dict[Identity, Recorded] = field(init=False)  # of orphans that were declared inside another one
    unclear: dict[str, list[str]] = field(init=False)  # by kind: why nobody knows everything that points at it
    going: set[Identity] = field(init=False)

    def __post_init__(self) -> None:
        heads = {record.address: record for record in self.orphans}
        self.parents = {_identity(r): heads[parent] for r in self.orphans if (parent := parent_of(r.address)) in heads}
        self.unclear = _unclear(self.live) if self.orphans and self.options.prune else {}
        self.going = {_identity(record) for record in self.orphans if self._deletable(record)}
        while staying := {each for each in self.going if self._stays(each)}:
            self.going -= staying

    def changes(self) -> Iterator[tuple[Address, Change]]:
        for record in filter(self._chosen, self.orphans):
            change = self._change(record)
            if change is not None:
                yield record.address, change

    def findings(self) -> Iterator[Finding]:
        for record in self.orphans:
            if runs := self._runs(record):
                message = gettext(
                    "is no longer declared and {runs}: declare it again, with `status: aborted` to stop it", runs=runs
                )
                yield Finding("running-undeclared", "warning", message, record.address)
            elif self._deletable(record) and (doubts := self.unclear.get(record.address.kind)):
                message = gettext(
                    "is not deleted, because it is not known what uses it: {reasons}", reasons=joined(doubts, "; ")
                )
                yield Finding("still-used", "warning", message, record.address)
            elif self._deletable(record) and (users := self._staying_users(_identity(record))):
                message = ngettext(
                    "is not deleted, because {users} still uses it: delete that first",
                    "is not deleted, because {users} still use it: delete those first",
                    len(users),
                    users=together([gettext("{kind} {name}", kind=term(KINDS[k].title), name=one) for k, one in users]),
                )
                yield Finding("still-used", "warning", message, record.address)
            elif moments := self._moments(record):
                yield Finding("undeclared", "warning", self._rings(record, moments), record.address)
            elif self.options.prune and self._chosen(record) and self._perhaps_declared(record):
                message = gettext("is no longer declared and stays, because it may be what is not settled")
                yield Finding("undeclared", "info", message, record.address)
            elif not self.options.prune and self._chosen(record) and not self._gone(record):
                if self._undeletable(record):
                    message = gettext(
                        "is no longer declared and stays as it is: --prune forgets it, because it cannot be deleted"
                    )
                else:
                    message = gettext("is no longer declared and stays as it is: --prune deletes it")
                yield Finding("undeclared", "info", message, record.address)

    def _moments(self, record: Recorded) -> list[datetime]:
        """When it, or what is about it, still rings although nobody declares it."""
        return sorted(at for who, at in self.ringing.get(_identity(record), ()) if who not in self.going)

    def _rings(self, record: Recorded, moments: Sequence[datetime]) -> str:
        """What rings, when, and how to stop it: only a deletion does."""
        kind, first = KINDS[record.address.kind], short_moment(self.zones.local(moments[0]), self.now)
        text = gettext("is no longer declared and still rings {moment}", moment=first)
        if not kind.timing.notice:
            text = gettext(
                "is no longer declared, and its alarms still ring: {count}, first {moment}",
                count=len(moments),
                moment=first,
            )
        if self.options.prune or self._undeletable(record) or record.protected:
            return gettext("{what}: delete it in Alice's web page, or declare it again", what=text)
        return gettext("{what}: --prune deletes it", what=text)

    def refusals(self) -> Iterator[str]:
        for record in filter(self._chosen, self.orphans) if self.options.prune else ():
            if runs := self._runs(record):
                text = gettext(
                    "{address} {runs}: declare `status: aborted` and apply before pruning it",
                    address=record.address,
                    runs=runs,
                )
                yield Refusal.of(text, ErrorId.PRUNE_RUNNING)
            elif record.protected and not self._gone(record):
                text = gettext(
                    "{address} was declared with `lifecycle.prevent_delete` and is no longer declared: declare it "
                    "again, or run `alice-apply state rm {address}` to leave it in place",
                    address=argument(record.address),
                )
                yield Refusal.of(text, ErrorId.PRUNE_PROTECTED)

    def _change(self, record: Recorded) -> Change | None:
        if self._gone(record):
            return Change(
                record.address, Action.FORGET, reason=gettext("gone from the server"), remote_id=record.remote_id
            )
        if not self.options.prune or self._runs(record) or record.protected or self._perhaps_declared(record):
            return None
        if reason := self._undeletable(record):
            return Change(record.address, Action.FORGET, reason=reason, remote_id=record.remote_id)
        if _identity(record) not in self.going:
            return None
        return Change(record.address, Action.DELETE, reason=gettext("no longer declared"), remote_id=record.remote_id)

    def _chosen(self, record: Recorded) -> bool:
        """Whether --target and --exclude mean it, or what it was declared in."""
        own = {record.address, parent_of(record.address)}
        return own.isdisjoint(self.excluded) and (not self.options.targets or not own.isdisjoint(self.targeted))

    def _gone(self, record: Recorded) -> bool:
        return self.live.gone(record.address.kind, record.remote_id)

    def _deletable(self, record: Recorded) -> bool:
        """Whether this plan would delete it if nobody used it."""
        if not self.options.prune or not self._chosen(record) or record.protected or self._gone(record):
            return False
        return not (self._runs(record) or self._undeletable(record) or self._perhaps_declared(record))

    def _perhaps_declared(self, record: Recorded) -> bool:
        """Whether it may be the object of a declared address of which nobody can tell."""
        return record.address.kind in self.in_question and not self._gone(record)

    def _undeletable(self, record: Recorded) -> str:
        """Why it can only be forgotten, or "" when it can be deleted."""
        kind = KINDS[record.address.kind]
        if kind.rows is not None and kind.rows.additive:
            return gettext("left in place: a {kind} is never deleted", kind=term(kind.title))
        verbs = self.live.verbs.get(kind.name)
        can_delete = kind.api.verbs.delete if verbs is None else "DELETE" in verbs
        if not can_delete:
            return gettext("left in place: the server offers no DELETE of {things}", things=term(f"{kind.title}s"))
        parent = self.parents.get(_identity(record))
        return self._undeletable(parent) if parent else ""

    def _runs(self, record: Recorded) -> str:
        """That it dials, or that nobody knows that it does not; "" where it is certainly at rest, or gone."""
        startable = KINDS[record.address.kind].startable
        if startable is None or self._gone(record):
            return ""
        found = self.live.find(record.address.kind, record.remote_id)
        if found is None:
            return gettext("may still run, because it could not be read")
        status = found.fields.get(startable.field, NOT_SHOWN)
        if startable.at_rest(status):
            return ""
        if isinstance(status, Unknown):
            return gettext("may still run: its {field} is {value}", field=startable.field, value=status)
        return gettext("still runs")

    def _stays(self, each: Identity) -> bool:
        """Because something uses it or may use it, or because what it is a part of stays."""
        parent, used = self.parents.get(each), bool(self._staying_users(each)) or each[0] in self.unclear
        return used or (parent is not None and _identity(parent) not in self.going)

    def _staying_users(self, used: Identity) -> list[Identity]:
        """Live objects that point at it and stay: deleting it would take them along, or leave them dangling."""
        return [user for user in self.live.pointing_at(*used) if user not in self.going]


def _unclear(live: Live) -> dict[str, list[str]]:
    """By kind, why there may be more that points at objects of it than can be seen: a list or a relation unread."""
    found: dict[str, list[str]] = {}
    for kind in (KINDS[name] for name in live.listings):
        for relation in kind.relations():
            doubt = live.unread(kind.name)
            hazy = [str(o.id) for o in live.objects(kind.name) if not o.shows(relation.name)]
            if doubt:
                text = gettext("the server does not list {things}", things=term(f"{kind.title}s"))
                found.setdefault(relation.to, []).append(text)
            elif hazy:
                text = gettext(
                    "which {field} {kind} {ids} has is not known",
                    field=relation.name,
                    kind=term(kind.title),
                    ids=joined(hazy[:MOST]),
                )
                found.setdefault(relation.to, []).append(text)
    return found


def short_moment(moment: datetime, now: datetime) -> str:
    """`29 Nov 09:00`, with the year where it is another one; no locale has a say."""
    year = "" if moment.year == now.astimezone(moment.tzinfo).year else f" {moment.year}"
    return f"{moment.day} {MONTHS[moment.month - 1]}{year} {moment:%H:%M}"


def _identity(record: Recorded) -> Identity:
    return record.address.kind, record.remote_id
