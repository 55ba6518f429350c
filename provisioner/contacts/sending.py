"""Brings the rows of an owner to the server: passes of send, read back, compare, until nothing is missing.

    adds       in bulk where the five documented fields hold all of it, else one POST a row
    changes    one PUT a row: declared values, else the values just read, because an omitted field may be reset
    removes    a PUT with status inactive

Every pass begins with what the server has, so a lost answer, a refused chunk or a killed run sends nothing twice.
The rows of something that runs are POSTed singly and each at most once in a run: a repeat would be a second call.
Contract, sections 3, 4 and 6. Must not know how requests are made, or what a plan is.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

from provisioner.contacts.difference import ADD, REMOVE, difference_columns
from provisioner.contacts.shape import IN_BULK, Shape
from provisioner.contacts.workspace import Workspace
from provisioner.errors import ApiError, Forbidden, OutcomeUnknown, Rejected, TooLarge
from provisioner.model import Address, RowChange

Row = dict[str, Any]
CHUNK = 500
BATCH = 5_000
PASSES = 6
BULK_REFUSALS = 3
BULK_PATH = "bulkcontact"


class RowApi(Protocol):
    """What of the client is needed; exceptions are those of `provisioner.errors`."""

    def pages(self, path: str, params: Mapping[str, str | int] | None = None) -> Iterator[list[Row]]: ...
    def create(self, path: str, body: Mapping[str, Any]) -> Row: ...
    def post(self, path: str, body: Mapping[str, Any]) -> Row: ...
    def update(self, path: str, id: int | str, body: Mapping[str, Any]) -> Row: ...


@dataclass(frozen=True, slots=True)
class Sending:
    """How an owner's rows are sent. `running`: its new rows ring at once. `readable`: the rows can be listed."""

    address: Address
    parent_id: int
    running: bool = False
    readable: bool = True
    parallelism: int = 8
    read_timeout: float = 30.0
    sleep: Callable[[float], None] = time.sleep
    progress: Callable[[int], None] = lambda count: None
    should_stop: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """How it ended: `result` is done, failed or unknown; `message` counts, and never quotes a row."""

    result: str
    message: str


def send_rows(workspace: Workspace, api: RowApi, how: Sending) -> RowOutcome:
    """Send what the last difference says; raises ApiError only for what stops everything (credentials, network)."""
    return _Sender(workspace, api, how).send()


@dataclass(slots=True)
class _Sender:
    workspace: Workspace
    api: RowApi
    how: Sending
    reasons: Counter[str] = field(default_factory=Counter)
    once: set[str] = field(default_factory=set)
    bulk: bool = True
    bulk_refusals: int = 0
    chunk: int = CHUNK
    lost: list[str] = field(default_factory=list)

    @property
    def shape(self) -> Shape:
        return self.workspace.owned(self.how.address).shape

    def send(self) -> RowOutcome:
        """Passes until the difference is empty, or a pass brings nothing."""
        change = self.workspace.difference(self.how.address)
        first, left = change, _size(change)
        for _ in range(PASSES):
            if not left or self.how.should_stop():
                break
            self._pass()
            if not self.how.readable:
                return self._unseen(first)
            self._settle_lost()
            change = self._read_back()
            if _size(change) == left and not self.bulk_refusals:
                break
            left = _size(change)
        return self._outcome(first, change)

    def _pass(self) -> None:
        """Send every row of the difference once, in batches, in parallel."""
        self.reasons.clear()
        self.lost.clear()
        with ThreadPoolExecutor(self.how.parallelism, thread_name_prefix="rows") as pool:
            for batch in self._batches():
                list(pool.map(self._attempt, self._jobs(batch)))
                if self.how.should_stop():
                    return

    def _jobs(self, batch: list[Row]) -> Iterator[Callable[[], int]]:
        adds = [row for row in batch if row["action"] == ADD and row["sent"] not in self.once]
        bulk = [row for row in adds if self._fits_bulk(row)]
        for start in range(0, len(bulk), self.chunk):
            yield lambda rows=bulk[start : start + self.chunk]: self._post_bulk(rows)  # type: ignore[misc]
        for row in adds:
            if not self._fits_bulk(row):
                yield lambda row=row: self._post(row)  # type: ignore[misc]
        for row in batch:
            if row["action"] != ADD:
                yield lambda row=row: self._put(row)  # type: ignore[misc]

    def _attempt(self, job: Callable[[], int]) -> None:
        """One request; what the server says against a row is counted, not raised."""
        if self.how.should_stop():
            return
        try:
            self.how.progress(job())
        except OutcomeUnknown as lost:
            self.lost.append(lost.reason)
        except TooLarge:
            self.chunk = max(1, self.chunk // 2)
        except Rejected as refusal:
            self.reasons.update(refusal.fields or ["refused"])
        except Forbidden:
            raise
        except ApiError as error:
            self.reasons[f"status {error.status}"] += 1

    def _fits_bulk(self, row: Row) -> bool:
        """Bulk documents five fields; what has more, or rings, goes singly."""
        if not self.shape.rich or self.how.running or not self.bulk:
            return False
        extra = [name for name in self.shape.texts if name not in IN_BULK]
        return not any(row[name] for name in extra) and row["variables"] in (None, "", "{}")

    def _post_bulk(self, rows: list[Row]) -> int:
        body = {self.shape.parent.key: self.how.parent_id, "contacts": [_bulk_row(self.shape, row) for row in rows]}
        try:
            self.api.post(BULK_PATH, body)
        except (Rejected, Forbidden):
            self._bulk_refused()
        return len(rows)

    def _bulk_refused(self) -> None:
        """The server stopped at a row it knows, here or in any phonebook: what is left is seen by reading back."""
        self.bulk_refusals += 1
        self.bulk = self.bulk_refusals < BULK_REFUSALS

    def _post(self, row: Row) -> int:
        if self.how.running and row.get("active"):
            self.once.add(row["sent"])
        created = self.api.create(self.shape.path, _new_row(self.shape, row, self.how.parent_id))
        if row.get("country") and created.get("id"):
            self.api.update(self.shape.path, created["id"], _new_row(self.shape, row, self.how.parent_id))
        return 1

    def _put(self, row: Row) -> int:
        self.api.update(self.shape.path, row["id"], _whole_row(self.shape, row, self.how.parent_id))
        return 1

    def _settle_lost(self) -> None:
        """A lost write may be committed late: wait as long as the contract asks before reading back."""
        if "timeout" in self.lost:
            self.how.sleep(self.how.read_timeout)
        elif "dropped" in self.lost:
            self.how.sleep(min(2.0, self.how.read_timeout))

    def _read_back(self) -> RowChange:
        pages = self.api.pages(self.shape.path, {self.shape.parent.key: self.how.parent_id})
        self.workspace.load_live({self.how.address: self.how.parent_id}, pages)
        return self.workspace.difference(self.how.address)

    def _batches(self) -> Iterator[list[Row]]:
        """The difference, a few thousand rows at a time."""
        owned = self.workspace.owned(self.how.address)
        names = list(difference_columns(self.shape))
        with self.workspace.cursor() as connection:
            found = connection.execute(f"SELECT {', '.join(names)} FROM {owned.difference} ORDER BY action, row, id")
            while rows := found.fetchmany(BATCH):
                yield [dict(zip(names, row, strict=True)) for row in rows]

    def _unseen(self, first: RowChange) -> RowOutcome:
        """Rows that cannot be read back: done when every request was answered."""
        if self.lost:
            return RowOutcome("unknown", f"{len(self.lost)} answers were lost and the rows cannot be read: run again")
        if self.reasons:
            return RowOutcome("failed", self._refusals())
        return RowOutcome("done", f"{first.add} added, not read back")

    def _outcome(self, first: RowChange, left: RowChange) -> RowOutcome:
        if not _size(left):
            return RowOutcome("done", f"{first.add} added, {first.change} changed, {first.remove} deactivated")
        rest = f"{left.add} not added, {left.change} not changed, {left.remove} not deactivated"
        if self.lost and self.once:
            return RowOutcome("unknown", f"{rest}: answers were lost and sending again could ring twice; run again")
        why = f" ({self._refusals()})" if self.reasons else ""
        return RowOutcome("failed", f"{rest}{why}")

    def _refusals(self) -> str:
        return "the server refused: " + ", ".join(f"{name} ({count})" for name, count in sorted(self.reasons.items()))


def _size(change: RowChange) -> int:
    return change.add + change.change + change.remove


def _status(active: Any) -> int:
    return 1 if active else 0


def _bulk_row(shape: Shape, row: Row) -> Row:
    texts = {name: row[name] for name in shape.texts if name in IN_BULK and row[name]}
    return {shape.identity: row["sent"], "status": _status(row["active"]), **texts}


def _new_row(shape: Shape, row: Row, parent_id: int) -> Row:
    body: Row = {shape.parent.key: shape.parent.encode(parent_id), shape.identity: row["sent"]}
    if shape.rich:
        body["status"] = _status(row["active"])
        body.update({name: row[name] for name in shape.texts if row[name]})
        if row["variables"] not in (None, "", "{}"):
            body["additional_vars"] = row["variables"]
    return body


def _whole_row(shape: Shape, row: Row, parent_id: int) -> Row:
    """Every updatable field: declared, else as read; a removal is the row as read, inactive."""
    removed = row["action"] == REMOVE
    body: Row = {shape.parent.key: shape.parent.encode(parent_id), shape.identity: row["live_sent"]}
    body["status"] = 0 if removed else _status(row["active"])
    for name in shape.texts:
        declared = None if removed else row[name]
        body[name] = (row[f"live_{name}"] if declared is None else declared) or ""
    variables = None if removed else row["variables"]
    body["additional_vars"] = (row["live_raw"] or row["live_variables"]) if variables is None else variables
    body.update({name: row[f"live_{name}"] for name in shape.carried if row[f"live_{name}"] is not None})
    return body
