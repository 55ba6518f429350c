"""What a started object has reached: how many it dialled and how many of them answered, as its call records count it.

And when its first call was, found with a few counts instead of reading a hundred thousand records. What the records do
not say is not known: it is no zero, and no pace is measured from it.
See docs/alice-api.md#subscribers-and-call-records.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from provisioner.api import Client
from provisioner.api.counts import Counts
from provisioner.api.periods import first_moment
from provisioner.language import gettext, term
from provisioner.messages import count
from provisioner.resources import KINDS, UNKNOWN, Kind, ProgressSource, Startable


@dataclass(frozen=True, slots=True)
class Reach:
    """`by` counts calls by outcome, `unknown` for a disposition that nobody knows. `dialled` are those called."""

    dialled: int
    answered: int
    by: Counter[str]

    @property
    def percent(self) -> int | None:
        """Of those dialled, how many answered; None before the first call."""
        return 100 * self.answered // self.dialled if self.dialled else None

    @property
    def sentence(self) -> str:
        """`114 dialled: 61 answered, 53 not`."""
        if not self.dialled:
            return gettext("nobody was dialled")
        unknown = min(self.by[UNKNOWN], self.dialled - self.answered)
        rest = self.dialled - self.answered - unknown
        doubt = gettext(", {count:,} not known", count=unknown) if unknown else ""
        return gettext(
            "{dialled:,} dialled: {answered:,} answered, {rest:,} not{doubt}",
            dialled=self.dialled,
            answered=self.answered,
            rest=rest,
            doubt=doubt,
        )

    @property
    def cell(self) -> str:
        """`53% of 114`."""
        if self.percent is None:
            return "-"
        return gettext("{percent}% of {count:,}", percent=self.percent, count=self.dialled)

    def document(self) -> dict[str, Any]:
        """As JSON says it."""
        return {"dialled": self.dialled, "percent": self.percent, **self.by}


def reach_of(kind: Kind, counts: Mapping[str, Counts | None]) -> Reach | None:
    """From the counts by plural; None where the records cannot be counted.

    Somebody who is called again counts once: there are no more dialled than were taken in.
    """
    startable = kind.as_startable
    results = startable.results
    calls = counts.get(KINDS[results.calls.kind].plural)
    if calls is None:
        return None
    by = Counter(dict.fromkeys(results.calls.outcomes.values(), 0))
    for disposition, number in calls.items():
        by[results.calls.outcomes.get(disposition, UNKNOWN)] += number
    taken = counts.get(KINDS[results.subscribers.kind].plural)
    dialled = min(calls.total(), taken.total()) if taken else calls.total()
    return Reach(dialled, min(by[results.answered], dialled), by)


def status_shown(startable: Startable, status: str, reach: Reach | None) -> str:
    """`paused after 86 calls`: a new object and one that was stopped have the same status."""
    calls = reach.by.total() if reach else 0
    if not calls or status not in startable.stopped:
        return term(status)
    return gettext("{status} after {calls}", status=term(status), calls=count(calls, "call"))


def first_call(client: Client, kind: Kind, owner: int, after: datetime, now: datetime) -> datetime | None:
    """When an object made its first call, to the minute, from `after` on; None if it made none, or nobody can tell."""
    startable = kind.as_startable
    calls = startable.results.calls
    source = ProgressSource(calls.kind, calls.relation, calls.disposition)
    found = first_moment(client, source, owner, after, now, timedelta(minutes=1))
    return found and max(found, after)
