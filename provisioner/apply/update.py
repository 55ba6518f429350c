"""One PUT: every field that may be written, declared or as read right before it, and the status left as it was.

A server may reset what a PUT does not carry (docs/alice-api.md#put). So whatever a read shows and the server does not
call read-only goes back as it came, on every kind. The status of what can be started is in no PUT; where one resets it,
it is put back: one that dials nobody always, a run only if the reading right before showed it, nobody has stopped it
since, and it is certain that the PUT took it away. In doubt it stays paused, and the step fails with what to do.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from provisioner.apply import lost_writes, stops
from provisioner.apply.in_flight import Attempt, entry_of, send
from provisioner.apply.status import bring_about, start
from provisioner.apply.work import StepFailed, Work
from provisioner.errors import ApiError, Rejected
from provisioner.messages import argument
from provisioner.model import Address, LiveObject
from provisioner.resources import Kind, Update

ATTEMPTS = 3
MOMENT = 5.0  # seconds between the reading and the answer in which nobody is taken to have stopped it


@dataclass(frozen=True, slots=True)
class PutResult:
    """The object after a PUT; `trouble` says what became of its status if that is not as it was."""

    live: LiveObject
    trouble: str = ""


def put_fields(
    work: Work,
    address: Address,
    kind: Kind,
    before: LiveObject,
    declared: Mapping[str, Any],
    wanted: Mapping[str, Any],
    *,
    looks: bool = True,
) -> PutResult:
    """PUT every updatable field, declared or as read, for the sake of `wanted`.

    Repeated only after the object was seen unchanged. Without `looks` the caller has just read `before`, and looks what
    became of it. Raises StepFailed, ApiError.
    """
    return _Put(work, address, kind, before, declared, wanted, looks).run()


@dataclass(slots=True)
class _Put:
    """The requests of one update; `before` is the latest reading, `clear` whether its answer came in the usual way.

    `ran`: that a reading showed it running, or may have.
    """

    work: Work
    address: Address
    kind: Kind
    before: LiveObject
    declared: Mapping[str, Any]
    wanted: Mapping[str, Any]
    looks: bool = True
    asked: set[str] = field(default_factory=set)
    carried: frozenset[str] = frozenset()
    clear: bool = True
    read_at: float = 0.0
    ran: str = ""

    def run(self) -> PutResult:
        losses = 0
        while losses < ATTEMPTS:
            self._read()
            try:
                sent = self._send()
            except Rejected as refusal:
                if refusal.method != "PUT" or not self._learns_from(refusal):
                    raise
                continue
            if sent.found is not None:
                return self._keep_status(sent.found if sent.lost else self._read_after(sent.found))
            losses += 1
        raise StepFailed("the server lost every update: run again")

    def _read(self) -> None:
        """Right before each request, what changes by itself or by others' hands: a status, whatever was never read."""
        if self.looks and (self.kind.startable or self.kind.api.moves or not self.before.payload):
            self.before = self.work.reader.one(self.kind, self.before.id) or self.before
        self.read_at = time.monotonic()
        startable, status = self.kind.startable, self._status(self.before)
        if startable and not startable.at_rest(status):
            self.ran = "ran" if status == startable.running else self.ran or "may have run"

    def _send(self) -> Attempt[LiveObject]:
        """One PUT, and the object as its answer shows it; found is nothing when it was certainly not done."""
        entry = entry_of(self.work, self.address, self.kind, "PUT", [self.before.id])
        sent = send(self.work, entry, partial(self._put, self._body()), self._if_done)
        self.clear = self.clear and not sent.lost and time.monotonic() - self.read_at < MOMENT
        return sent

    def _put(self, body: Mapping[str, Any]) -> LiveObject:
        answer = self.work.client.update(self.kind.path, self.before.id, body)
        return self.kind.decode({"id": self.before.id, **answer}, self.work.zones) or self.before

    def _read_after(self, answered: LiveObject) -> LiveObject:
        after = self.work.read_back.after("PUT", self.kind, self.before.id, answered) if self.looks else answered
        return after or self.before

    def _if_done(self) -> LiveObject | None:
        shown = self.work.reader.one(self.kind, self.before.id)
        return shown if lost_writes.holds(shown, self.wanted) else None

    def _body(self) -> dict[str, Any]:
        fields = {**self.before.fields, **self.declared}
        names = sendable(self.kind, fields, self.wanted) | self.asked
        unread = self.kind.raw(self.before, names - self.declared.keys())
        as_read = self._as_read()
        self.carried = frozenset(as_read)
        return {**as_read, **self.kind.encode(fields, self.work.zones, names), **unread}

    def _as_read(self) -> dict[str, Any]:
        """What nobody can declare, in the form of a body."""
        known = self.work.writable(self.kind, self.before.id)
        return self.kind.as_read(self.before.payload, known, self.work.refused.get(self.kind.name, frozenset()))

    def _learns_from(self, refusal: Rejected) -> bool:
        """Fields a strict server wants to see again, values it shows and does not take; False: nothing is learnt.

        Another update that is under way may have learnt the same meanwhile: what counts is what this one carried.
        """
        withheld = {f.name for f in self.kind.fields if f.update is Update.WITHHELD and f.key in refusal.fields}
        asked = withheld & self.before.fields.keys() - self.asked
        dropped = refusal.fields.keys() & self.carried - {fact.key for fact in self.kind.facts}
        self.asked |= asked
        with self.work.lock:
            known = self.work.refused.get(self.kind.name, frozenset())
            self.work.refused[self.kind.name] = known | dropped
        return bool(asked or dropped)

    def _keep_status(self, after: LiveObject) -> PutResult:
        startable = self.kind.startable
        if startable is None or self._status(after) != startable.initial:
            return PutResult(after)
        was = self._status(self.before)
        if was != startable.initial and was in (*startable.stopped, *startable.finished):
            return self._put_back(after, str(was))
        if self.ran:
            return self._run_again(after)
        return PutResult(after)

    def _put_back(self, after: LiveObject, was: str) -> PutResult:
        try:
            return PutResult(bring_about(self.work, self.address, after.id, was))
        except (StepFailed, ApiError) as error:
            return PutResult(after, f"read {was} before this update and reads {self._status(after)} since: {error}")

    def _run_again(self, after: LiveObject) -> PutResult:
        """A run that the PUT ended; the reading right before showed it, or it stays as it is."""
        if stops.ever_stopped(self.work, self.address) or not self._was_reset():
            return PutResult(after, self._stays(after))
        try:
            return PutResult(start(self.work, self.address, after.id, self._status(after)))
        except (StepFailed, ApiError) as error:
            return PutResult(after, f"{self._stays(after)}\n{error}")

    def _was_reset(self) -> bool:
        """Whether the PUT certainly took the status away: it ran a moment ago, and the server lets a PUT write it."""
        known = self.work.writable(self.kind, self.before.id)
        return self.clear and self._status(self.before) == self._running and known is not None and self._key in known

    def _stays(self, after: LiveObject) -> str:
        return (
            f"it {self.ran} before this update and reads {self._status(after)} since: this server resets the status "
            f"on an update, or somebody stopped it at that moment. It stays as it is; if nobody did, {self._way_out()}"
        )

    def _way_out(self) -> str:
        startable, resource = self.kind.as_startable, self.work.decision(self.address).resource
        if resource.fields.get(startable.field) == startable.running:
            return f"start it again with `alice-apply apply --restart {argument(self.address)}`"
        return f"start it again in Alice's web page: its manifest does not say `{startable.field}: {startable.running}`"

    @property
    def _key(self) -> str:
        return self.kind.field(self.kind.as_startable.field).key

    @property
    def _running(self) -> str | None:
        return self.kind.startable.running if self.kind.startable else None

    def _status(self, live: LiveObject) -> Any:
        return live.fields.get(self.kind.startable.field) if self.kind.startable else None


def sendable(kind: Kind, fields: Mapping[str, Any], changed: Iterable[str]) -> set[str]:
    """The declared fields of a PUT: all that is updatable, and withheld ones only when they changed."""
    changed = set(changed)
    never = {Update.STATUS, Update.NEVER}
    return {
        field.name
        for field in kind.fields
        if field.name in fields
        and field.update not in never
        and (field.update is not Update.WITHHELD or field.name in changed)
    }
