"""Brings a difference to the server: passes of sending and reading back until nothing is missing.

After each pass the rows are compared anew: from the answers where every write was answered with its row, else by one
reading of the whole phonebook, however many chunks failed. What is still missing is sent again, unless it may ring and
its outcome is unknown. So a run that dies anywhere is finished by the next one, and nothing is sent twice.
See docs/alice-api.md#lost-answers. Must not know plans or HTTP.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from provisioner.errors import ApiError, Inconsistent
from provisioner.language import gettext
from provisioner.model import Address
from provisioner.plan.model import RowChange
from provisioner.progress import Advance, PassProgress
from provisioner.rows import pending, rewrites
from provisioner.rows.delivery import DROPPED, Patience, Payload, RowApi, RowOutcome, Stop
from provisioner.rows.payloads import BulkSupport, RowPayloads
from provisioner.rows.pending import Ledger
from provisioner.rows.rewrite_detector import RewriteDetector
from provisioner.rows.sql import one_number
from provisioner.rows.summary import PlannedRows, outcome
from provisioner.rows.tables import Owned
from provisioner.rows.transfer import Transfer
from provisioner.rows.workspace import Workspace

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FRUITLESS = 3
MOST_PASSES = 40
READINGS = 3


def _unwatched(steps: int = 1) -> None:
    pass


def upload(
    workspace: Workspace,
    address: Address,
    api: RowApi,
    *,
    parent_id: int,
    started: bool,
    parallelism: int = 8,
    patience: float = 30.0,
    progress: Advance = _unwatched,
    should_stop: Stop = lambda: False,
    readable: bool = True,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> RowOutcome:
    """Send what `workspace.difference(address)` found to the owner with that remote id.

    `started`: its phonebook is dialled now, so added rows ring. `patience` is the client's read timeout in seconds.
    `readable` false: the server does not list these rows, so answers are all there is and lost ones are repeated (a
    repeated DNC number is harmless). Returns instead of raising for everything the server does; duckdb's failures come
    as ProvisionerError.
    """
    owned, counts = workspace.owned(address), workspace.counts(address)
    told = PassProgress(progress, counts.add + counts.change + counts.remove)
    bodies = RowPayloads(owned.shape, parent_id)
    with workspace.cursor() as connection:
        book = Ledger(connection, f"ledger_{owned.number}")
        waits = Patience(patience, clock=clock, sleep=sleep)
        detector = RewriteDetector(connection, owned, book)
        detector.begin()
        transfer = Transfer(
            connection, owned, api, bodies, book, BulkSupport(owned.shape.rich), waits, parallelism, started, told,
            should_stop, detector, again=owned.shape.rich or not readable,
            take_answers=lambda answers: workspace.merge_live(address, parent_id, [answers]),
        )  # fmt: skip
        return _Upload(workspace, transfer, connection, readable).run()


@dataclass(slots=True)
class _Upload:
    workspace: Workspace
    transfer: Transfer
    connection: DuckDBPyConnection
    readable: bool
    verified: bool = False
    believed: bool = True
    suspects: set[int] = field(default_factory=set)

    @property
    def owned(self) -> Owned:
        return self.transfer.owned

    @property
    def ledger(self) -> Ledger:
        return self.transfer.ledger

    def run(self) -> RowOutcome:
        """Pass after pass; ends when nothing is left, nothing helps, or nothing may be sent."""
        counts = self.workspace.counts(self.owned.address)  # of the last difference
        before = PlannedRows(counts.add, counts.change, counts.remove)
        fruitless, last = 0, None
        self.believed = self._any_live()
        for _ in range(MOST_PASSES):
            left = self._make_todo()
            state = (left, *self.transfer.bulk.state)
            fruitless = fruitless + 1 if state == last else 0
            if not left or fruitless >= FRUITLESS or self.transfer.halted or self.transfer.should_stop():
                break
            last = state
            self.transfer.progress.begin(left)
            if not self.transfer.send_all():
                break
            self.verified = self._read_back()
        if not self.owned.shape.rich and not self._any_live():
            rewrites.note_sent(self.connection, self.owned, self.ledger.targets(pending.ACCEPTED))
        return outcome(self.connection, self.owned, self.ledger, before, self.transfer, verified=self.verified)

    def _make_todo(self) -> int:
        """Rows are not sent again that are refused, or taken, or may ring although their answer was lost."""
        closed = [pending.SENT, pending.REJECTED]
        if self.transfer.started:
            closed += [pending.ACCEPTED, pending.UNKNOWN]
        elif not self.readable or not self.believed:
            closed += [pending.ACCEPTED]
        settled = self.ledger.targets(*closed)
        others = self.workspace.others(self.owned.address)
        return pending.make(self.connection, self.owned, others, self.suspects, settled, started=self.transfer.started)

    def _read_back(self) -> bool:
        """Compare anew; whether that was possible. What the server refuses to show is said, not raised."""
        transfer = self.transfer
        if not self.readable or transfer.should_stop():
            return False
        try:
            if transfer.untold or transfer.reasons or not self.believed:
                reasons = transfer.reasons or {DROPPED}  # a server may also take a chunk now and write it later
                transfer.patience.settle(self._look, reasons, transfer.last_sent, transfer.should_stop)
            else:
                transfer.take_answers(transfer.answers)
                self._compare()
        except ApiError as error:
            transfer.halted = transfer.halted or gettext("the rows could not be read back: {error}", error=error)
            return False
        finally:
            transfer.answers = []
        self.believed |= self._any_live()
        self._learn_numbers()
        transfer.blocked |= transfer.started and bool(transfer.reasons) and self._missing() > 0
        self.suspects |= pending.stopped_at(self.connection, self.owned, transfer.refused)
        return True

    def _compare(self) -> RowChange:
        """Once more when something was learnt: what the server has in its own form is no difference."""
        change = self.workspace.difference(self.owned.address)
        return self.workspace.difference(self.owned.address) if self.transfer.detector.look() else change

    def _learn_numbers(self) -> None:
        """When everything that may come has come: what to make of numbers that have not."""
        transfer, detector = self.transfer, self.transfer.detector
        learnt = detector.give_up()
        if not transfer.again:
            learnt |= bool(detector.found.numbers) and detector.assume_others()
            transfer.again = not detector.found.numbers and not self._missing()
        if learnt:
            self.workspace.difference(self.owned.address)

    def _look(self) -> int | None:
        """Read the whole phonebook; how many rows it has, or None when nothing is missing."""
        owned, bodies = self.owned, self.transfer.bodies
        query: dict[str, str | int] = {owned.shape.parent.key: bodies.parent_id}
        for attempt in range(READINGS):
            try:
                pages = _Counted(self.transfer.api.pages(owned.shape.path, query))
                reports = self.workspace.load_live({owned.address: bodies.parent_id}, pages)
                self.transfer.bulk.read_back(pages.count)
                break
            except Inconsistent:  # late rows are still coming in
                if attempt == READINGS - 1:
                    raise
        self._compare()
        return reports[owned.address].rows if self._missing() else None

    def _any_live(self) -> bool:
        """Whether the list has shown a row of this owner; one that has not may hide them all, and is not believed."""
        report = self.owned.live_report
        return report is not None and report.rows > 0

    def _missing(self) -> int:
        """Additions that were taken, or whose answer was lost, and that are not there (yet)."""
        sent = self.ledger.targets(pending.ACCEPTED, pending.UNKNOWN)
        return one_number(
            self.connection, f"SELECT count(*) FROM {self.owned.difference} WHERE {pending.ADDED} AND row IN ({sent})"
        )


class _Counted:
    """Pages, and how many there were."""

    def __init__(self, pages: Iterator[list[Payload]]) -> None:
        self.count = 0
        self._pages = pages

    def __iter__(self) -> Iterator[list[Payload]]:
        for page in self._pages:
            self.count += 1
            yield page
