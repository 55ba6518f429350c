"""Making one object: POST until it is certain that exactly one came of it (docs/alice-api.md#create, #lost-answers).

answered with an id        it is the one
answered without an id     looked for in the list; where that does not show it, it is there all the same
no answer                  looked for; sent again only when it certainly was not executed
refused                    there may be one already: of an earlier request whose answer was lost, or of another run

What cannot be told stays in the journal, and is never sent again by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from provisioner.apply import lost_writes
from provisioner.apply.lost_writes import creation, entry_of, told
from provisioner.apply.work import RunFailed, StepFailed, StepUnknown, Work, explain
from provisioner.errors import OutcomeUnknown, ProvisionerError, Rejected
from provisioner.model import LiveObject
from provisioner.plan.decision import Decision
from provisioner.plan.live import ADVICE, foreign
from provisioner.plan.unsettled import MARKED_ABSENT, made_before, not_shown
from provisioner.resources import Kind
from provisioner.state import UNNAMED, Entry

Record = Callable[[LiveObject, int], None]
ATTEMPTS = 3


def create_object(
    work: Work, decision: Decision, kind: Kind, fields: Mapping[str, Any], record: Record | None = None
) -> LiveObject:
    """The object that a POST makes, or StepFailed, StepUnknown; `record` gets it at once, with the entry to settle."""
    known = frozenset(found.id for found in _listed(work, kind))
    making = _Making(work, decision, kind, kind.encode(fields, work.zones), known)
    for _ in range(ATTEMPTS):
        found, entry = making.attempt()
        if found is None:
            continue
        making.require_ours(found, entry)
        if record is not None:
            record(found, entry.id)
        making.settle(*([] if record else [entry]))
        return work.reader.one(kind, found.id) or found
    making.settle()
    raise StepFailed(f"the server lost {ATTEMPTS} creations in a row: nothing was made, run again")


@dataclass(slots=True)
class _Making:
    """The requests of one creation. `lost` are those without an answer of which nothing came that can be seen."""

    work: Work
    decision: Decision
    kind: Kind
    body: Mapping[str, Any]
    known: frozenset[int]
    lost: list[Entry] = field(default_factory=list)

    def attempt(self) -> tuple[LiveObject | None, Entry]:
        """One POST, with its entry in the journal; None when it was lost and certainly not executed."""
        entry = self._begin(entry_of(self.work, self.decision.address, self.kind, "POST", self.known))
        try:
            answer = self.work.client.create(self.kind.path, self.body)
        except OutcomeUnknown as lost:
            return self._look(entry, lost), entry
        except Rejected as refusal:
            self._refused(entry, refusal)
            raise
        except ProvisionerError:
            self.settle(entry)  # refused, so there is nothing to look for
            raise
        return self.kind.decode(answer, self.work.zones) or self._without_id(entry), entry

    def settle(self, *entries: Entry) -> None:
        """It is known what came of these, and of all that were lost."""
        for entry in (*self.lost, *entries):
            self.work.store.settle(entry.id)

    def require_ours(self, found: LiveObject, entry: Entry) -> None:
        """What a token of another user makes is another user's: it is not recorded, and the run ends (RunFailed)."""
        if foreign(found.user, self.work.owners):
            self.settle(entry)
            raise RunFailed(
                f"the server made it (id {found.id}) for another user than this state belongs to, whose token "
                f"ALICE_TOKEN must be: nothing more is written. Delete it there, and {ADVICE}"
            )

    def _begin(self, entry: Entry) -> Entry:
        return replace(entry, id=self.work.store.begin(entry))

    def _look(self, entry: Entry, lost: OutcomeUnknown) -> LiveObject | None:
        found = lost_writes.find_created(self.work, entry, self.body, lost)
        if found is None:
            self.lost.append(entry)
        return found

    def _without_id(self, entry: Entry) -> LiveObject:
        """The server made it and does not say which one it is: list and match (docs/alice-api.md#create)."""
        unnamed = self._begin(replace(entry, step=UNNAMED))
        self.work.store.settle(entry.id)
        answered = OutcomeUnknown("no id in the answer", reason="dropped", method="POST", path=self.kind.path)
        found = lost_writes.find_created(self.work, unnamed, self.body, answered)
        if found is None:
            raise StepUnknown(str(not_shown(entry.address, self.kind.title, creation(unnamed))))
        self.work.store.settle(unnamed.id)
        return found

    def _refused(self, entry: Entry, refusal: Rejected) -> None:
        """Nothing came of this request; StepFailed when an object of that name explains why."""
        earlier = self._earlier(entry)
        self.work.store.settle(entry.id)
        hint = self._hint(earlier) if self._about_the_name(refusal) else ""
        if not hint:
            self.settle()
            return
        raise StepFailed(f"{explain(self.work, refusal, self.decision.resource)}\n{hint}") from refusal

    def _earlier(self, entry: Entry) -> list[Entry]:
        """Creations of this address, by this run or an earlier one, of which nobody knows what came."""
        mine = (each for each in self.work.store.pending() if each.address == entry.address and each.verb == "POST")
        return [each for each in mine if each.kind == entry.kind and each.id != entry.id and not each.left]

    def _hint(self, earlier: list[Entry]) -> str:
        address = self.decision.address
        if earlier:
            return made_before(address, told(earlier[-1]))
        if found := lost_writes.new_matches(self.work, self.kind, self.body, self.known):
            ids = ", ".join(str(each.id) for each in found)
            return f"another run has made it in the meantime (id {ids}): run apply again to take it over"
        return made_before(address, MARKED_ABSENT) if address in self.work.store.absences() else ""

    def _about_the_name(self, refusal: Rejected) -> bool:
        """Whether the refusal is about what identifies the object, or about all of it: there may be one like it."""
        keys = {self.kind.field(name).key for name in self.kind.natural_key}
        return bool(refusal.general or keys & refusal.fields.keys())


def _listed(work: Work, kind: Kind) -> Iterable[LiveObject]:
    with work.lock:
        made = [live for address, live in work.live.items() if address.kind == kind.name]
    listing = work.executable.live.listings.get(kind.name)
    return (*made, *(listing.objects if listing else ()))
