"""How long to look for rows whose outcome is unknown: docs/alice-api.md#lost-answers, for many rows at once.

After a server error once; after a dropped connection again two seconds later; after a timeout until the row count has
stood still for twice the read timeout, because the server may still be writing. Must not know what is looked at.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Set
from dataclasses import dataclass

from provisioner.contacts.rowapi import Stop

DROPPED_PAUSE = 2.0
TIMEOUT, DROPPED = "timeout", "dropped"


@dataclass(frozen=True, slots=True)
class Patience:
    """`read_timeout` is the client's, in seconds; clock and sleep are those of `time`, but for tests."""

    read_timeout: float = 30.0
    pause: float = DROPPED_PAUSE
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def quiet(self, reasons: Set[str]) -> float:
        """How many seconds nothing may have changed before what is missing counts as not executed."""
        if TIMEOUT in reasons:
            return max(2 * self.read_timeout, self.pause)
        return self.pause if DROPPED in reasons else 0.0

    def settle(self, look: Callable[[], int | None], reasons: Set[str], sent: float, stop: Stop) -> None:
        """Look until the count stands still; `look` gives it, None when nothing is missing any more.

        `sent` is when the last request whose outcome is unknown was sent, on `clock`.
        """
        count, quiet, still = look(), self.quiet(reasons), sent
        while count is not None and (left := still + quiet - self.clock()) > 0 and not stop():
            self.sleep(min(self.pause, left))
            before, count = count, look()
            if count != before:
                still = self.clock()
