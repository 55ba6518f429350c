"""How `bulkcontact` is used: the size of chunks, when to stop trusting it, whether it keeps more than five fields.

In Newfies it stops at the first number that any phonebook has, keeps the rows before it, and says so in a 200; Alice's
limits are not documented. So chunks shrink when the server chokes on one, and three refusals end its use. What was
refused is found out by reading back, never guessed; that costs a request per page of the phonebook, so the last few
rows go singly. See docs/alice-api.md#bulk-contacts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from provisioner.contacts.bodies import Bodies, Row
from provisioner.contacts.rowapi import RowApi
from provisioner.errors import ApiError, Forbidden, OutcomeUnknown, Rejected, RouteMissing, TooLarge
from provisioner.kinds import KINDS, same_number

PATH = "bulkcontact"
CHUNK = 1000
FEW = 10  # the usual pages of a phonebook of which nothing is known
REFUSALS = 3
TRIALS = 3
LOSSES = 2  # answers lost before chunks are taken to be too large


@dataclass(slots=True)
class Bulk:
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


def body(bodies: Bodies, rows: list[Row], *, whole: bool) -> dict[str, Any]:
    """The request for a chunk."""
    plural = KINDS[bodies.shape.kind].plural
    return {**bodies.parent, plural: [bodies.in_bulk(row, whole=whole) for row in rows]}


def keeps_all(api: RowApi, bodies: Bodies, row: Row) -> bool | None:
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


def _is(found: Mapping[str, Any], bodies: Bodies, row: Row) -> bool:
    ours = bodies.shape.parent.decode(found.get(bodies.shape.parent.key)) == bodies.parent_id
    return ours and same_number(str(found.get(bodies.shape.identity)), row["sent"])
