"""Sending the rows of one address (a phonebook, a DNC list), and what the record keeps of them: never a row.

A plan compares the rows first, in the same workspace; what is sent is the difference that it found. What was learnt of
the server on the way is remembered whatever became of the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from provisioner.apply.in_flight import RowsInFlight
from provisioner.apply.work import StepFailed, StepUnknown, Tuning, Work
from provisioner.language import gettext
from provisioner.model import Address
from provisioner.plan.dialled import RowTarget
from provisioner.plan.secrets import Key
from provisioner.progress import Progress
from provisioner.resources import KINDS, row_owner
from provisioner.rows import Workspace
from provisioner.rows.upload import upload

FORMS = "row forms"  # in a record: what the server is known to make of rows, and which it took and does not show
UNSHOWN = "rows unshown"  # in a record: the server took rows, of which its list shows none


@dataclass(frozen=True, slots=True)
class RowUpload:
    """The compared rows of one address. `key` keys the hashes of rows that are kept in the state."""

    space: Workspace
    address: Address
    key: Key
    target: RowTarget

    def send(self, work: Work, tuning: Tuning, progress: Progress) -> str:
        """Bring the rows to the server, and say what was done; raises StepFailed or StepUnknown."""
        counts = self.space.counts(self.address)
        flight = RowsInFlight(work, self.address, KINDS[row_owner(self.address.kind).kind])
        self.space.know(self.address, self.key.value, None)
        name = gettext("rows of {address}", address=self.address)
        with progress.phase(name, counts.add + counts.change + counts.remove) as advance:
            outcome = upload(
                self.space,
                self.address,
                flight,
                parent_id=work.ids[self.address],
                started=self.target.dialled,
                parallelism=tuning.parallelism,
                patience=work.patience.read_timeout,
                progress=advance,
                should_stop=tuning.should_stop,
                readable=self.target.readable,
                sleep=work.sleep,
            )
        self._remember_forms(work)
        if outcome.unshown:
            self._remember(work, UNSHOWN, UNSHOWN)
        if outcome.result == "unknown":
            raise StepUnknown(outcome.message)
        flight.settle()
        if outcome.result != "done":
            raise StepFailed(outcome.message)
        return outcome.message

    def _remember_forms(self, work: Work) -> None:
        known = self.space.known(self.address)
        if known != work.recorded[self.address].digests.get(FORMS, ""):
            self._remember(work, FORMS, known)

    def _remember(self, work: Work, name: str, digest: str) -> None:
        with work.lock:
            record = work.recorded[self.address]
            record = replace(record, digests={**record.digests, name: digest})
            work.recorded[self.address] = record
        work.store.put(record)
