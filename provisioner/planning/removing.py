"""Recorded, no longer declared: what becomes of it (design, section 5, Replace and delete).

Only what is recorded can be deleted, only with --prune, never what still runs, never additive rows' owners (deleting a
DNC list deletes every campaign that uses it, contract 5.9). What cannot be deleted is forgotten and left in place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from provisioner.kinds import KINDS
from provisioner.model import Action, Address, Change, Finding, Recorded
from provisioner.planning.live import Live
from provisioner.planning.matching import Matches
from provisioner.planning.options import Options


@dataclass(frozen=True, slots=True)
class Removals:
    """Changes by address, what to say about them, and why apply must refuse."""

    changes: Mapping[Address, Change]
    findings: tuple[Finding, ...] = ()
    refusals: tuple[str, ...] = ()


def removals(recorded: Mapping[Address, Recorded], matches: Matches, live: Live, options: Options) -> Removals:
    """Decide on every record whose address is no longer declared and whose object nobody took over."""
    taken = {(m.live.kind, m.live.id) for m in matches.by_address.values() if m.live}
    orphans = [r for a, r in recorded.items() if a not in matches.by_address and (a.kind, r.remote_id) not in taken]
    changes: dict[Address, Change] = {}
    findings, refusals = [], []
    for record in sorted(orphans, key=lambda r: r.address):
        if _runs(record, live):
            findings.append(_still_runs(record))
            if options.prune:
                refusals.append(f"{record.address} still runs: declare `status: aborted` and apply before pruning it")
        elif change := _removal(record, live, options):
            changes[record.address] = change
    return Removals(changes, tuple(findings), tuple(refusals))


def _removal(record: Recorded, live: Live, options: Options) -> Change | None:
    kind = KINDS[record.address.kind]
    if live.readable(kind.name) and live.find(kind.name, record.remote_id) is None:
        return Change(record.address, Action.FORGET, reason="gone from the server", remote_id=record.remote_id)
    if not options.prune:
        return None
    if kind.rows is not None and kind.rows.additive:
        reason = f"left in place: a {kind.title} is never deleted"
    elif "DELETE" in (live.verbs.get(kind.name) or ()) or (kind.verbs.delete and live.verbs.get(kind.name) is None):
        return Change(record.address, Action.DELETE, reason="no longer declared", remote_id=record.remote_id)
    else:
        reason = f"left in place: the server offers no DELETE of a {kind.title}"
    return Change(record.address, Action.FORGET, reason=reason, remote_id=record.remote_id)


def _runs(record: Recorded, live: Live) -> bool:
    lifecycle = KINDS[record.address.kind].lifecycle
    found = live.find(record.address.kind, record.remote_id)
    return bool(lifecycle and found and found.fields.get(lifecycle.field) == lifecycle.running)


def _still_runs(record: Recorded) -> Finding:
    message = "is no longer declared and still runs: declare it again, with `status: aborted` to stop it"
    return Finding("running-undeclared", "warning", message, record.address)
