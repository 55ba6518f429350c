"""When something that dials is open, from its fields: the way from a kind's schedule to `Hours`. Pure."""

from __future__ import annotations

from datetime import datetime, time

from provisioner.kinds import Schedule, Zones
from provisioner.kinds.fields import shift
from provisioner.model import Fields
from provisioner.planning.hours import EVERY_DAY, LONGEST, Hours


def opening(schedule: Schedule, fields: Fields, zones: Zones, since: datetime | None = None) -> Hours | None:
    """When it may dial, at the earliest `since`; None where the server does not show it, or where nothing is left."""
    if not shows_hours(schedule, fields):
        return None
    begins, expires = fields[schedule.begins], fields[schedule.expires]
    delta, start = zones.to_server(begins), max(since or begins, begins)
    if expires <= start:
        return None
    closed = {number for number, name in enumerate(schedule.days) if _is_false(fields.get(name))}
    opens, closes = (shift(fields[name], delta) for name in (schedule.opens, schedule.closes))
    zone = zones.server or zones.project
    return Hours(zone, opens, closes, start, min(expires, start + LONGEST), EVERY_DAY - closed)


def shows_hours(schedule: Schedule, fields: Fields) -> bool:
    """Whether the server shows when it dials, so that nobody has to think it may dial at any time."""
    expires = fields.get(schedule.expires)
    return isinstance(expires, datetime) and all(
        isinstance(fields.get(name), kind)
        for name, kind in ((schedule.begins, datetime), (schedule.opens, time), (schedule.closes, time))
    )


def _is_false(value: object) -> bool:
    return str(value).lower() in ("false", "0")
