"""What the state knows of appointments that were sent to a calendar: how many, and those whose answer nobody saw.

Marks are keyed hashes and say nothing of anybody: an event's id and a moment are all that can be looked up on Alice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from provisioner.encoding import plain
from provisioner.messages import argument, count
from provisioner.model import Address
from provisioner.reminders import ALARM, EVENT, SentAppointment
from provisioner.resources import KINDS, Zones
from provisioner.rows.sql import moment_of
from provisioner.state import Store
from provisioner.state_commands.show import StateView

MOST = 20  # that are shown one by one


def sent_to(store: Store, known: StateView) -> dict[Address, tuple[SentAppointment, ...]]:
    """What was sent to each recorded calendar."""
    owners = {a: record.remote_id for a, record in known.recorded.items() if KINDS[a.kind].appointments}
    return {address: found for address, owner in owners.items() if (found := store.sent(owner))}


def unanswered(found: Iterable[SentAppointment]) -> tuple[SentAppointment, ...]:
    """Those whose answer nobody saw, the next one to ring first."""
    return tuple(sorted((each for each in found if each.flying), key=lambda each: each.moment or 0))


def document(found: Sequence[SentAppointment], zones: Zones) -> dict[str, Any]:
    """For programs; moments in the project's zone."""
    flying = unanswered(found)
    return {
        "events": _number(found, EVENT),
        "alarms": _number(found, ALARM),
        "last_alarm_at": plain(
            _moment(max((e.moment for e in found if e.sort == ALARM and e.moment), default=None), zones)
        ),
        "unanswered": {"events": _number(flying, EVENT), "alarms": _number(flying, ALARM)},
        "unanswered_alarms": [
            {"event": each.parent_id, "at": plain(_moment(each.moment, zones))} for each in flying if each.sort == ALARM
        ],
    }


def note(found: Iterable[SentAppointment]) -> str:
    """For a list of addresses; "" where every answer was seen."""
    flying = unanswered(found)
    return f"{_counted(_number(flying, EVENT), _number(flying, ALARM))} sent without an answer" if flying else ""


def lines(shown: Mapping[str, Any], address: str) -> Iterator[str]:
    """A document as text, with what to do."""
    last = f", the last of them rings {shown['last_alarm_at']}" if shown["last_alarm_at"] else ""
    yield f"{_counted(shown['events'], shown['alarms'])}{last}"
    events, alarms = shown["unanswered"]["events"], shown["unanswered"]["alarms"]
    if not events + alarms:
        return
    yield f"without an answer: {_counted(events, alarms)}"
    for each in shown["unanswered_alarms"][:MOST]:
        yield f"  alarm of event {each['event'] or 'not known'}, rings {each['at'] or 'nobody knows when'}"
    if alarms > MOST:
        yield f"  ... and {alarms - MOST:,} more"
    yield "  if a plan holds these back, look in Alice's web page, then"
    yield f"  `alice-apply state adopt {argument(address)} --appointments there`, or `... --appointments absent`"


def _number(found: Iterable[SentAppointment], sort: str) -> int:
    return sum(each.sort == sort for each in found)


def _counted(events: int, alarms: int) -> str:
    return f"{count(events, 'event')} and {count(alarms, 'alarm')}"


def _moment(micros: int | None, zones: Zones) -> datetime | None:
    local: datetime | None = None if micros is None else zones.local(moment_of(micros))
    return local
