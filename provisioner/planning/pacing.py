"""How something that dials keeps up with its forecast: what should be done by now, and what becomes of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from provisioner.planning.courses import MINUTE, Projection

FIRST_CALLS = 10 * MINUTE  # seconds until somebody has been rung, has listened to the end and is counted as done


@dataclass(frozen=True, slots=True)
class Pace:
    """`expected` of the `total` should be done by now, at the declared pace since it began; `done` are.

    At the pace of the hours that it was open so far, the last one is called at `finishes` (None: not before it
    expires, or nothing is left), and `by_expiry` are done when it expires; None: it has only just begun and nobody is
    done, so there is no pace. What does not run does not go on.
    """

    total: int
    done: int
    expected: int
    by_expiry: int | None
    finishes: datetime | None = None

    @property
    def behind(self) -> int:
        """How many fewer are done than should be."""
        return max(0, self.expected - self.done)


def pace_of(run: Projection, done: int, now: datetime, runs: bool) -> Pace:
    """The pace of a run that began when its campaign did, and of whose contacts so many are done."""
    total, seconds = run.contacts.most or 0, run.hours.seconds
    opened = run.hours.until(min(now, run.hours.ends))
    expected = min(total, run.pace * opened // MINUTE)
    if not runs or done >= total:
        return Pace(total, done, expected, done)
    if not opened:
        return Pace(total, done, expected, max(done, run.reached or 0), run.finishes)
    if not done and opened <= FIRST_CALLS and now < run.hours.ends:
        return Pace(total, done, expected, None)
    by_expiry = min(total, done * seconds // opened)
    needed = -(-opened * total // done) if done else None
    finishes = run.hours.after(needed) if needed is not None and needed <= seconds else None
    return Pace(total, done, expected, max(done, by_expiry), finishes)
