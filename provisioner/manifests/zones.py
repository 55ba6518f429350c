"""Time zones by their IANA names, with advice for names that do not exist. The data is the machine's, else tzdata's."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from provisioner.manifests.words import did_you_mean, named


class UnknownZone(ValueError):
    """No time zone of that name; the message says which was probably meant."""


def zone(name: str) -> ZoneInfo:
    """The zone of an IANA name; raises UnknownZone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownZone(f"there is no time zone {named(name)}{_advice(name)}") from None


def _advice(name: str) -> str:
    """A near name, or the zone whose city was written alone."""
    zones = available_timezones()
    near = did_you_mean(name, zones, cutoff=0.85)  # Asia/Hanoi is not Asia/Shanghai, an hour away
    if near:
        return near
    by_city = {zone.rpartition("/")[2].casefold(): zone for zone in sorted(zones)}
    city = by_city.get(name.strip().replace(" ", "_").casefold())
    return f", did you mean '{city}'?" if city else "; use a name like Asia/Ho_Chi_Minh"
