"""Rows of a difference as bodies of requests. A PUT carries all fields, declared or as read (docs/alice-api.md#put).

Empty fields are left out where the live row has nothing either: a server may refuse "" where it had null, and one that
resets what it is not sent resets it to the same. Must not know how bodies are sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from provisioner.contacts import variables
from provisioner.contacts.difference import REMOVE
from provisioner.contacts.shape import IN_BULK, RowShape
from provisioner.kinds import KINDS, Writable

Row = Mapping[str, Any]
"""One row of `todo_N`, by column."""

ADDITIONAL = "additional_vars"


@dataclass(frozen=True, slots=True)
class Bodies:
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

    def in_bulk(self, row: Row, *, whole: bool) -> dict[str, Any]:
        """One row of a bulk request: the five documented fields, with `whole` the others too where they are filled."""
        body = {self.shape.identity: row["sent"], "status": int(row["active"])}
        body |= {name: row[name] or "" for name in self.shape.texts if name in IN_BULK}
        return {**body, **(self._filled(row) if whole else {})}

    def needs_more(self, row: Row) -> bool:
        """Whether a row has more than bulk is documented to take. The country follows by PUT in any case."""
        return any(name not in IN_BULK and name != "country" for name in self._filled(row))

    def lost(self, row: Row, found: Mapping[str, Any]) -> bool:
        """Whether a payload lacks what bulk may have dropped of a row. A value in another form is not lost."""
        wanted = {name: value for name, value in self._filled(row).items() if name not in IN_BULK and name != "country"}
        kept = variables.names(variables.canonical(found.get(ADDITIONAL)))
        if not kept.issuperset(variables.names(wanted.pop(ADDITIONAL, variables.NONE))):
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
        return filled if row["variables"] in (None, variables.NONE) else {**filled, ADDITIONAL: row["variables"]}

    def _variables(self, row: Row) -> dict[str, str]:
        """As read, unless others are declared: a value that was a number stays one."""
        declared, live = row["variables"], row["live_variables"]
        if declared is None or declared == live:
            text = row["live_raw"] or live
            return {ADDITIONAL: text} if text != variables.NONE else {}
        return {ADDITIONAL: declared}
