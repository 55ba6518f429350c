"""Recorded, no longer declared: what becomes of it (design, section 5, Replace and delete).

Only what is recorded can be deleted, only with --prune, never what is protected, still runs or is still used by
something else, never additive rows' owners (deleting a DNC list deletes every campaign that uses it, contract 5.9).
What the server cannot delete is forgotten and left in place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from provisioner.kinds import KINDS
from provisioner.model import Action, Address, Change, Finding, LiveObject, Recorded
from provisioner.planning.live import Live
from provisioner.planning.matching import Matches
from provisioner.planning.options import Options
from provisioner.planning.order import rounds


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


def removals(recorded: Mapping[Address, Recorded], matches: Matches, live: Live, options: Options) -> Removals:
    """Decide on every orphan."""
    remover = _Remover(orphans(recorded, matches), live, options)
    return Removals(dict(remover.changes()), tuple(remover.findings()), tuple(remover.refusals()))


@dataclass(frozen=True, slots=True)
class _Remover:
    orphans: list[Recorded]
    live: Live
    options: Options

    def changes(self) -> Iterator[tuple[Address, Change]]:
        for record in self.orphans:
            change = self._change(record)
            if change is not None:
                yield record.address, change

    def findings(self) -> Iterator[Finding]:
        for record in self.orphans:
            if self._runs(record):
                message = "is no longer declared and still runs: declare it again, with `status: aborted` to stop it"
                yield Finding("running-undeclared", "warning", message, record.address)
            elif self._deletable(record) and (users := self._users(record)):
                message = f"is not deleted, because {', '.join(users)} still uses it: delete that first"
                yield Finding("still-used", "warning", message, record.address)

    def refusals(self) -> Iterator[str]:
        for record in self.orphans if self.options.prune else ():
            if self._runs(record):
                yield f"{record.address} still runs: declare `status: aborted` and apply before pruning it"
            elif record.protected and not self._gone(record):
                yield (
                    f"{record.address} was declared with `lifecycle.prevent_delete` and is declared no longer: declare "
                    f"it again, or run `alice-apply state rm {record.address}` to leave it in place"
                )

    def _change(self, record: Recorded) -> Change | None:
        if self._gone(record):
            return Change(record.address, Action.FORGET, reason="gone from the server", remote_id=record.remote_id)
        if not self.options.prune or self._runs(record) or record.protected:
            return None
        if reason := self._undeletable(record):
            return Change(record.address, Action.FORGET, reason=reason, remote_id=record.remote_id)
        if self._users(record):
            return None
        return Change(record.address, Action.DELETE, reason="no longer declared", remote_id=record.remote_id)

    def _gone(self, record: Recorded) -> bool:
        kind = record.address.kind
        return self.live.readable(kind) and self.live.find(kind, record.remote_id) is None

    def _deletable(self, record: Recorded) -> bool:
        """Whether this plan would delete it if nobody used it."""
        kept = self._gone(record) or record.protected or self._undeletable(record)
        return self.options.prune and not kept

    def _undeletable(self, record: Recorded) -> str:
        """Why it can only be forgotten, or "" when it can be deleted."""
        kind = KINDS[record.address.kind]
        if kind.rows is not None and kind.rows.additive:
            return f"left in place: a {kind.title} is never deleted"
        verbs = self.live.verbs.get(kind.name)
        can_delete = kind.verbs.delete if verbs is None else "DELETE" in verbs
        return "" if can_delete else f"left in place: the server offers no DELETE of {kind.title}s"

    def _runs(self, record: Recorded) -> bool:
        lifecycle = KINDS[record.address.kind].lifecycle
        found = self.live.find(record.address.kind, record.remote_id)
        return bool(lifecycle and found and found.fields.get(lifecycle.field) == lifecycle.running)

    def _users(self, record: Recorded) -> list[str]:
        """Live objects that point at it and stay: deleting it would take them along, or leave them dangling."""
        going = {(each.address.kind, each.remote_id) for each in self.orphans if not self._keeps(each)}
        return [
            f"{KINDS[found.kind].title} {found.id}"
            for found in self._pointing_at(record)
            if (found.kind, found.id) not in going
        ]

    def _keeps(self, record: Recorded) -> bool:
        return record.protected or self._runs(record) or bool(self._undeletable(record))

    def _pointing_at(self, record: Recorded) -> Iterator[LiveObject]:
        for kind in KINDS.values():
            listing = self.live.listings.get(kind.name)
            relations = [field.name for field in kind.relations() if field.to == record.address.kind]
            for found in listing.objects if listing and relations else ():
                targets = (found.fields.get(name) for name in relations)
                if any(record.remote_id in (t if isinstance(t, tuple) else (t,)) for t in targets):
                    yield found
