"""Rows of a difference as payloads, singly or in bulk. A PUT carries all fields, declared or as read
(docs/alice-api.md#put): empty ones are left out where the live row has nothing either, because a server may refuse ""
where it had null.

`bulkcontact` stops at the first number that any phonebook has, keeps the rows before it, and says so in a 200; its
limits are not documented. So chunks shrink when the server chokes on one, three refusals end its use, and what was
refused is found out by reading back, never guessed. See docs/alice-api.md#bulk-contacts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from provisioner.errors import ApiError, Forbidden, OutcomeUnknown, Rejected, RouteMissing, TooLarge
from provisioner.resources import KINDS, Writable, same_number
from provisioner.rows import live_rows
from provisioner.rows.delivery import RowApi
from provisioner.rows.diff import REMOVE
from provisioner.rows.sql import literal
from provisioner.rows.tables import IN_BULK, RowShape

Row = Mapping[str, Any]
"""One row of `todo_N`, by column."""

ADDITIONAL = "additional_vars"

PATH = "bulkcontact"
CHUNK = 1000  # rows of one bulk request, as long as the server takes them
FEW = 10  # the usual pages of a phonebook of which nothing is known
REFUSALS = 3  # that end the use of bulk
TRIALS = 3
LOSSES = 2  # answers lost before chunks are taken to be too large


@dataclass(frozen=True, slots=True)
class RowPayloads:
    """For the rows of one owner."""

    shape: RowShape
    parent_id: int

    @property
    def parent(self) -> dict[str, Any]:
        """The relation to the owner, in the form the server wants."""
        return {self.shape.parent.key: self.shape.parent.encode(self.parent_id)}

    def single(self, row: Row) -> dict[str, Any]:
        """For a POST of one row; empty fields are left out."""
        body = {**self.parent, self.shape.identity: row["sent"]}
        return {**body, "status": int(row["active"]), **self._filled(row)} if self.shape.rich else body

    def in_bulk(self, *, whole: bool) -> str:
        """SQL of one row of a bulk request: the five documented fields, with `whole` the others too where they are
        filled."""
        members = [_member(self.shape.identity, "sent")]
        members += ["'\"status\":' || active::INTEGER"] if self.shape.rich else []
        members += [_member(name, f"coalesce({name}, '')") for name in self.shape.texts if name in IN_BULK]
        if whole:
            members += [_member(name, f"nullif({name}, '')") for name in self.shape.texts if name not in IN_BULK]
        if whole and self.shape.rich:
            members += [_member(ADDITIONAL, f"nullif(variables, {literal(live_rows.NONE)})")]
        return f"'{{' || concat_ws(',', {', '.join(members)}) || '}}'"  # without what is NULL

    def lost(self, row: Row, found: Mapping[str, Any]) -> bool:
        """Whether a payload lacks what bulk may have dropped of a row. A value in another form is not lost."""
        wanted = {name: value for name, value in self._filled(row).items() if name not in IN_BULK and name != "country"}
        kept = live_rows.names(live_rows.canonical(found.get(ADDITIONAL)))
        if not kept.issuperset(live_rows.names(wanted.pop(ADDITIONAL, live_rows.NONE))):
            return True
        return any(not (found.get(name) or "").strip() for name in wanted)

    def update(self, row: Row, writable: Writable) -> dict[str, Any]:
        """For a PUT: the row complete; one that is to be removed is as it was, but inactive."""
        active = False if row["action"] == REMOVE else row["active"]
        body = {**self.parent, self.shape.identity: row["live_sent"], "status": int(active)}
        for name in self.shape.texts:
            declared, live = row[name], row[f"live_{name}"]
            if declared or live:
                body[name] = live if declared is None else declared
        rest = KINDS[self.shape.kind].as_read(orjson.loads(row["live_rest"] or "{}"), writable)
        kept = {name: value for name, value in rest.items() if value is not None and value != ""}
        return {**kept, **body, **self._variables(row)}

    def _filled(self, row: Row) -> dict[str, Any]:
        filled = {name: row[name] for name in self.shape.texts if row[name]}
        return filled if row["variables"] in (None, live_rows.NONE) else {**filled, ADDITIONAL: row["variables"]}

    def _variables(self, row: Row) -> dict[str, str]:
        """As read, unless others are declared: a value that was a number stays one."""
        declared, live = row["variables"], row["live_variables"]
        if declared is None or declared == live:
            text = row["live_raw"] or live
            return {ADDITIONAL: text} if text != live_rows.NONE else {}
        return {ADDITIONAL: declared}


@dataclass(slots=True)
class BulkSupport:
    """What was learnt about the endpoint in this upload. `whole`: it keeps all fields (None: not yet known).

    `few` rows are not worth a chunk: single answers show the rows, after a chunk the phonebook has to be read back.
    """

    usable: bool
    size: int = CHUNK
    few: int = FEW
    refusals: int = 0
    losses: int = 0
    trials: int = 0
    whole: bool | None = None

    def take(self, kept: bool | None) -> None:
        """What a trial with one row has shown; one that shows nothing, time after time, counts as no."""
        self.trials += 1
        self.whole = False if kept is None and self.trials >= TRIALS else kept

    def learn(self, error: ApiError, rows: int) -> None:
        """From a chunk of so many rows that failed."""
        if isinstance(error, Rejected) and error.status == 200:
            self.refusals += 1
            self.usable = self.usable and self.refusals < REFUSALS
        elif isinstance(error, OutcomeUnknown) and self.losses + 1 < LOSSES:
            self.losses += 1  # one is an accident
        elif isinstance(error, TooLarge | Rejected | OutcomeUnknown) and rows > 1:
            self.size = max(1, min(self.size, rows // 2))
            self.usable = self.usable and self.size > 1
        elif isinstance(error, RouteMissing | Forbidden):
            self.usable = False

    def read_back(self, pages: int) -> None:
        """Reading the phonebook took so many requests, and would take as many after the next chunk."""
        self.few = max(FEW, pages)

    @property
    def state(self) -> tuple[bool, int, int, int]:
        """Changes with everything that makes another attempt worth while."""
        return self.usable, self.size, self.refusals, self.trials


def _member(name: str, value: str) -> str:
    key = literal(f'"{name}":')
    return f"{key} || to_json({value})::VARCHAR"


def body(bodies: RowPayloads, rows: Iterable[str]) -> dict[str, Any]:
    """The request for a chunk of rows, of which the JSON is there already."""
    return {**bodies.parent, KINDS[bodies.shape.kind].plural: orjson.Fragment(f"[{','.join(rows)}]")}


def keeps_all(api: RowApi, bodies: RowPayloads, row: Row) -> bool | None:
    """Read back a row that was sent with all its fields: whether none was lost; None when it is not to be found.

    One page where search works. Where the server rewrites numbers it finds nothing: then the whole list is asked.
    """
    shape = bodies.shape
    ours: dict[str, str | int] = {shape.parent.key: bodies.parent_id}
    for query in ({**ours, "search": row["sent"]}, ours):
        for page in api.pages(shape.path, query):
            for found in page:
                if _is(found, bodies, row):
                    return not bodies.lost(row, found)
    return None


def _is(found: Mapping[str, Any], bodies: RowPayloads, row: Row) -> bool:
    ours = bodies.shape.parent.decode(found.get(bodies.shape.parent.key)) == bodies.parent_id
    return ours and same_number(str(found.get(bodies.shape.identity)), row["sent"])
