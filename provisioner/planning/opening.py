"""When something that dials is open, from its fields: the way from a kind's schedule to `Hours`. Pure."""

from __future__ import annotations

from datetime import datetime, time

from provisioner.kinds import Schedule, Zones
from provisioner.kinds.fields import shift
from provisioner.model import Fields
from provisioner.planning.hours import EVERY_DAY, LONGEST, Hours


def opening(schedule: Schedule, fields: Fields, zones: Zones, since: datetime | None = None) -> Hours | None:
    """When it may dial, at the earliest `since`; None where nobody can read when that is, or where nothing is left."""
    begins, expires = fields.get(schedule.begins), fields.get(schedule.expires)
    daily = (fields.get(schedule.opens), fields.get(schedule.closes))
    if not (isinstance(begins, datetime) and isinstance(expires, datetime)):
        return None
    if not all(isinstance(each, time) for each in daily):
        return None
    delta, start = zones.to_server(begins), max(since or begins, begins)
    if expires <= start:
        return None
    closed = {number for number, name in enumerate(schedule.days) if _is_false(fields.get(name))}
    opens, closes = (shift(fields[name], delta) for name in (schedule.opens, schedule.closes))
    zone = zones.server or zones.project
    return Hours(zone, opens, closes, start, min(expires, start + LONGEST), EVERY_DAY - closed)


def _is_false(value: object) -> bool:
    return str(value).lower() in ("false", "0")
