"""Making one object: POST until it is certain that exactly one came of it (docs/alice-api.md#create, #lost-answers).

answered with an id        it is the one
answered without an id     looked for in the list; where that does not show it, it is there all the same
no answer                  looked for; sent again only when it certainly was not executed
refused                    there may be one already: of an earlier request whose answer was lost, or of another run

What cannot be told stays in the journal, and is never sent again by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from provisioner.apply import in_flight, lost_writes
from provisioner.apply.in_flight import Attempt
from provisioner.apply.lost_writes import creation, told
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
    making = _Making(work, decision, kind, kind.encode(fields, work.zones))
    for _ in range(ATTEMPTS):
        sent = making.attempt()
        found = sent.found
        if found is None:
            continue
        making.require_ours(found, sent.entry)
        if record is not None:
            record(found, sent.entry)
        making.settle(*([] if record else [sent.entry]))
        return work.read_back.after("GET" if sent.lost else "POST", kind, found.id, found) or found
    making.settle()
    raise StepFailed(f"the server lost {ATTEMPTS} creations in a row: nothing was created, run again")


@dataclass(slots=True)
class _Making:
    """The requests of one creation. `lost` are those without an answer of which nothing came that can be seen."""

    work: Work
    decision: Decision
    kind: Kind
    body: Mapping[str, Any]
    lost: list[int] = field(default_factory=list)

    def attempt(self) -> Attempt[LiveObject]:
        """One POST, which stays in the journal if something came of it; found is nothing when it was not executed."""
        entry = self._entry()
        try:
            sent = in_flight.attempt(self.work, entry, self._post, lambda: self._look(entry))
        except Rejected as refusal:
            if refusal.method == "POST":
                self._refused(refusal)
            raise
        if sent.found is None and not sent.lost:
            return self._without_id(entry, sent.entry)
        self.lost += [] if sent.found else [sent.entry]
        return sent

    def settle(self, *entries: int) -> None:
        """It is known what came of these, and of all that were lost."""
        self.work.store.settle(*self.lost, *entries)

    def require_ours(self, found: LiveObject, entry: int) -> None:
        """What a token of another user makes is another user's: it is not recorded, and the run ends (RunFailed)."""
        if foreign(found.user, self.work.owners):
            self.settle(entry)
            raise RunFailed(
                f"the server created it (id {found.id}) for another user than this state belongs to: "
                f"nothing more is written. Delete it there, and {ADVICE}"
            )

    def _entry(self) -> Entry:
        """The next run has to know of what looked like this before, and of nothing else."""
        sent = self.kind.decode({**self.body, "id": 0}, self.work.zones)
        assert sent is not None
        like = self.work.before(self.kind).like(sent)
        return in_flight.entry_of(self.work, self.decision.address, self.kind, "POST", like)

    def _post(self) -> LiveObject | None:
        try:
            return self.kind.decode(self.work.client.create(self.kind.path, self.body), self.work.zones)
        except (OutcomeUnknown, Rejected):
            raise
        except ProvisionerError:
            self.settle()  # refused, so there is nothing to look for
            raise

    def _look(self, entry: Entry) -> LiveObject | None:
        return lost_writes.find_created(self.work, entry, self.body, self.work.before(self.kind).ids)

    def _without_id(self, entry: Entry, number: int) -> Attempt[LiveObject]:
        """The server made it and does not say which one it is: list and match (docs/alice-api.md#create)."""
        unnamed = replace(entry, step=UNNAMED)
        number = self.work.store.begin(unnamed, settles=number)
        answered = OutcomeUnknown("no id in the answer", reason="dropped", method="POST", path=self.kind.path)
        found = in_flight.found_after(self.work, answered, lambda: self._look(unnamed))
        if found is None:
            raise StepUnknown(not_shown(entry.address, self.kind.title, creation(unnamed)).told)
        return Attempt(number, found, lost=True)

    def _refused(self, refusal: Rejected) -> None:
        """Nothing came of this request; StepFailed when an object of that name explains why."""
        hint = self._hint(self._earlier()) if self._about_the_name(refusal) else ""
        if not hint:
            self.settle()
            return
        said = explain(self.work, refusal, self.decision.resource)
        raise StepFailed(f"{said}\n{hint}", id=refusal.id) from refusal

    def _earlier(self) -> list[Entry]:
        """Creations of this address, by this run or an earlier one, of which nobody knows what came."""
        address = self.decision.address
        mine = (each for each in self.work.store.pending() if each.address == address and each.verb == "POST")
        return [each for each in mine if each.kind == self.kind.name and not each.left]

    def _hint(self, earlier: list[Entry]) -> str:
        address = self.decision.address
        if earlier:
            return made_before(address, told(earlier[-1]))
        if found := lost_writes.new_matches(self.work, self.kind, self.body, self.work.before(self.kind).ids):
            ids = ", ".join(str(each.id) for each in found)
            return f"another run has created it in the meantime (id {ids}): run apply again to adopt it"
        return made_before(address, MARKED_ABSENT) if address in self.work.store.absences() else ""

    def _about_the_name(self, refusal: Rejected) -> bool:
        """Whether the refusal is about what identifies the object, or about all of it: there may be one like it."""
        keys = {self.kind.field(name).key for name in self.kind.natural_key}
        return bool(refusal.general or keys & refusal.fields.keys())
