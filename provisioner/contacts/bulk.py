"""How `bulkcontact` is used: the size of chunks, when to stop trusting it, whether it keeps more than five fields.

In Newfies it stops at the first number that any phonebook has, keeps the rows before it, and says so in a 200; Alice's
limits are not documented. So chunks shrink when the server chokes on one, and three refusals end its use. What was
refused is found out by reading back, never guessed; that costs a request per page of the phonebook, so the last few
rows go singly. Contract, section 4; reference, 2.8.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from provisioner.contacts.bodies import Bodies, Row
from provisioner.contacts.rowapi import RowApi
from provisioner.errors import ApiError, Forbidden, OutcomeUnknown, Rejected, RouteMissing, TooLarge
from provisioner.kinds import KINDS

PATH = "bulkcontact"
CHUNK = 1000
FEW = 10  # the usual pages of a phonebook of which nothing is known
REFUSALS = 3


@dataclass(slots=True)
class Bulk:
    """What was learnt about the endpoint in this upload. `whole`: it keeps all fields (None: not yet tried).

    `few` rows are not worth a chunk: single answers show the rows, after a chunk the phonebook has to be read back.
    """

    usable: bool
    size: int = CHUNK
    few: int = FEW
    refusals: int = 0
    whole: bool | None = None

    def learn(self, error: ApiError, rows: int) -> None:
        """From a chunk of so many rows that failed."""
        if isinstance(error, Rejected) and error.status == 200:
            self.refusals += 1
            self.usable = self.usable and self.refusals < REFUSALS
        elif isinstance(error, TooLarge | Rejected | OutcomeUnknown):
            self.size = max(1, min(self.size, rows // 2))
            self.usable = self.usable and self.size > 1
        elif isinstance(error, RouteMissing | Forbidden):
            self.usable = False

    def read_back(self, pages: int) -> None:
        """Reading the phonebook took so many requests, and would take as many after the next chunk."""
        self.few = max(FEW, pages)

    @property
    def state(self) -> tuple[bool, int, int]:
        """Changes with everything that makes another attempt worth while."""
        return self.usable, self.size, self.refusals


def body(bodies: Bodies, rows: list[Row], *, whole: bool) -> dict[str, Any]:
    """The request for a chunk."""
    plural = KINDS[bodies.shape.kind].plural
    return {**bodies.parent, plural: [bodies.in_bulk(row, whole=whole) for row in rows]}


def keeps_all(api: RowApi, bodies: Bodies, row: Row) -> bool:
    """Read back a row that was sent with all its fields: whether none was lost. One page, where search works."""
    shape = bodies.shape
    query: dict[str, str | int] = {shape.parent.key: bodies.parent_id, "search": row["sent"]}
    for page in api.pages(shape.path, query):
        for found in page:
            if _is(found, bodies, row):
                return not bodies.lost(row, found)
    return False


def _is(found: Mapping[str, Any], bodies: Bodies, row: Row) -> bool:
    ours = bodies.shape.parent.decode(found.get(bodies.shape.parent.key)) == bodies.parent_id
    return ours and _digits(found.get(bodies.shape.identity)) == _digits(row["sent"])


def _digits(text: Any) -> str:
    return "".join(mark for mark in str(text) if mark.isdecimal())
