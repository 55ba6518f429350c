"""`status` of alarms: how many are to ring, by hour and calendar, and what became of those whose time is up.

Counts only. What the server does not show, or shows in a form that nobody knows, is said to be not known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from provisioner.api.client import Client
from provisioner.encoding import plain
from provisioner.errors import ApiError
from provisioner.language import gettext, number, term
from provisioner.messages import count
from provisioner.model import Address
from provisioner.plan.model import AlarmHours
from provisioner.reports.detail import CONCISE
from provisioner.reports.lines import alarm_lines
from provisioner.reports.wording import harmless
from provisioner.resources import KINDS, Kind, Zones

UNKNOWN = "unknown"
Found = dict[str, Any]  # fields in manifest shape


@dataclass(slots=True)
class AlarmStatus:
    """`ahead` counts by hour of the project's clock (None: the server does not show when), `passed` by status.

    `calendars` counts those ahead by calendar. `unlisted`: why the server shows none, so that nothing is known.
    """

    ahead: Counter[datetime | None] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    calendars: Counter[str] = field(default_factory=Counter)
    following: datetime | None = None
    unlisted: str = ""

    @property
    def hours(self) -> AlarmHours:
        """In order; last what rings nobody knows when."""
        known = sorted((hour, number) for hour, number in self.ahead.items() if hour is not None)
        return (*known, *([(None, self.ahead[None])] if self.ahead[None] else []))


def alarm_status(client: Client, zones: Zones, now: datetime, hidden: Mapping[str, Address]) -> AlarmStatus:
    """Of the whole account. Whatever is wrong with the list, the rest of `status` is not held up by it."""
    kind = next(each for each in KINDS.values() if each.timing.notice)
    found = AlarmStatus()
    events: Counter[Any] = Counter()
    try:
        for alarm in _objects(client, kind, zones):
            moment = alarm.get(kind.timing.notice)
            if isinstance(moment, datetime) and moment <= now:
                found.passed[str(alarm.get("status") or UNKNOWN)] += 1
                continue
            events[alarm.get(kind.timing.about[0])] += 1
            _count(found, moment, zones)
    except ApiError as error:
        return AlarmStatus(unlisted=str(error))
    found.calendars = _calendars(client, kind, zones, events, hidden) if events else Counter()
    return found


def _count(found: AlarmStatus, moment: Any, zones: Zones) -> None:
    if not isinstance(moment, datetime):
        found.ahead[None] += 1
        return
    local = zones.local(moment)
    found.ahead[local.replace(minute=0, second=0, microsecond=0)] += 1
    found.following = min(local, found.following or local)


def _objects(client: Client, kind: Kind, zones: Zones) -> Iterator[Found]:
    """Page by page, as there may be very many."""
    for page in client.pages(kind.path):
        for payload in page:
            live = kind.decode(payload, zones)
            yield {**live.fields, "id": live.id} if live else {}


def _calendars(
    client: Client, kind: Kind, zones: Zones, events: Counter[Any], hidden: Mapping[str, Address]
) -> Counter[str]:
    """By the name of what the events are in; UNKNOWN where the server does not say."""
    about = KINDS[kind.points_at(kind.timing.about[0])]
    owner = next(each for each in KINDS.values() if each.appointments and each.appointments.kind == about.name)
    assert owner.appointments is not None
    try:
        owners = {each["id"]: each.get(owner.appointments.parent) for each in _objects(client, about, zones) if each}
        names = {each["id"]: each.get(owner.label) for each in _objects(client, owner, zones) if each}
    except ApiError:
        return Counter({UNKNOWN: events.total()})
    found: Counter[str] = Counter()
    for event, alarms in events.items():
        name = names.get(owners.get(event))
        found[str(hidden.get(name, name)) if isinstance(name, str) else UNKNOWN] += alarms
    return found


def lines(found: AlarmStatus) -> Iterator[str]:
    """As text; nothing where there is no alarm."""
    if found.unlisted:
        why = harmless(found.unlisted)
        yield gettext("Alarms: not known, the server does not list them ({reason}).", reason=why)
        yield gettext("What was sent to a calendar: `alice-apply state show calendar.KEY`.")
        return
    if found.ahead:
        moment = f"{found.following:%Y-%m-%d %H:%M}" if found.following else ""
        following = gettext(", the next one at {moment}", moment=moment) if moment else ""
        yield gettext("Alarms: {count:,} to ring{following}", count=found.ahead.total(), following=following)
        yield from (f"  {line}" for line in alarm_lines(found.hours, CONCISE))
        names = ", ".join(f"{harmless(term(name))}: {number(each)}" for name, each in found.calendars.most_common())
        yield "  " + gettext("of {calendars}", calendars=names)
    if found.passed:
        by_status = ", ".join(f"{number(each)} {term(name)}" for name, each in found.passed.most_common())
        yield gettext(
            "{alarms} whose time is up: {numbers}", alarms=count(found.passed.total(), "alarm"), numbers=by_status
        )


def document(found: AlarmStatus, now: datetime, zones: Zones) -> dict[str, Any]:
    """For programs; None for what is not known."""
    unread = bool(found.unlisted)
    return {
        "at": plain(zones.local(now)),
        "to_ring": None if unread else found.ahead.total(),
        "next": plain(found.following),
        "hours": None if unread else [{"from": plain(hour), "alarms": number} for hour, number in found.hours],
        "calendars": None if unread else dict(found.calendars.most_common()),
        "passed": None if unread else dict(found.passed.most_common()),
        "not_known": found.unlisted or None,
    }
