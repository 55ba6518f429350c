"""The outlook as one JSON value, and back. Moments are ISO-8601 with their offset, times of day HH:MM.

Numbers of calls, people and contacts are at most so many, null where nobody knows; `..._at_least` and `not_known`
stand beside.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from provisioner.bound import Bound
from provisioner.encoding import plain
from provisioner.model import Address
from provisioner.plan.model import CampaignForecast, Impact, Load, Outlook, Ownership

JsonObject = dict[str, Any]


def outlook_document(outlook: Outlook) -> JsonObject:
    """The outlook as a JSON value."""
    return {
        "impact": _impact(outlook.impact),
        "running": _impact(outlook.running),
        "undeclared": _impact(outlook.undeclared),
        "total": _impact(outlook.total),
        "campaigns": [_campaign(each) for each in outlook.campaigns],
        "gateways": [_load(each) for each in outlook.loads],
        "alarms": [{"address": str(address), "at": plain(moment)} for address, moment in outlook.alarms],
        "alarm_hours": [{"from": plain(hour), "alarms": alarms} for hour, alarms in outlook.alarm_hours],
        "legal_hours": [
            {"address": str(address), "from": plain(first), "to": plain(last)} for address, first, last in outlook.legal
        ],
    }


def read_outlook(document: Mapping[str, Any]) -> Outlook:
    """Inverse of `outlook_document`; what is missing is empty."""
    return Outlook(
        campaigns=tuple(_read_campaign(each) for each in document.get("campaigns", ())),
        loads=tuple(_read_load(each) for each in document.get("gateways", ())),
        alarms=tuple((Address.parse(each["address"]), moment(each["at"])) for each in document.get("alarms", ())),
        alarm_hours=tuple(
            (moment(each["from"]) if each["from"] else None, int(each["alarms"]))
            for each in document.get("alarm_hours", ())
        ),
        legal=tuple(
            (Address.parse(each["address"]), time.fromisoformat(each["from"]), time.fromisoformat(each["to"]))
            for each in document.get("legal_hours", ())
        ),
        impact=_read_impact(document.get("impact", {})),
        running=_read_impact(document.get("running", {})),
        undeclared=_read_impact(document.get("undeclared", {})),
        total=_read_impact(document.get("total", {})),
    )


def _impact(impact: Impact) -> JsonObject:
    return {
        "calls": impact.calls.most,
        "people": impact.people.most,
        "from": plain(impact.first),
        "to": plain(impact.last),
        "gateways": list(impact.gateways),
        "calls_at_least": impact.calls.least,
        "people_at_least": impact.people.least,
        "not_known": list(map(str, impact.doubts)),
    }


def _campaign(campaign: CampaignForecast) -> JsonObject:
    return {
        "address": None if campaign.address is None else str(campaign.address),
        "name": campaign.label,
        "gateway": campaign.gateway,
        "starts": campaign.starts,
        "status": campaign.status or None,
        "frequency": campaign.frequency,
        "contacts": campaign.contacts.most,
        "rings": campaign.rings.most,
        "reached": campaign.reached,
        "finishes": plain(campaign.finishes),
        "expires": plain(campaign.expires),
        "needed_frequency": campaign.needed_frequency,
        "needed_days": campaign.needed_days,
        "windows": [plain(window) for window in campaign.windows],
        "curve": [plain(point) for point in campaign.curve],
        "declared": campaign.ownership.value,
        "contacts_at_least": campaign.contacts.least,
        "rings_at_least": campaign.rings.least,
        "doubt": str(campaign.doubt) or None,
        "not_known": str(campaign.contacts.reason) or None,
    }


def _load(load: Load) -> JsonObject:
    return {
        "gateway": load.gateway,
        "limit": load.limit,
        "hold_seconds": load.hold,
        "hold_records": load.measured,
        "peak": load.peak,
        "peak_at": plain(load.peak_at),
        "peak_of": list(load.peak_of),
        "hours": [plain(hour) for hour in load.hours],
    }


def _read_campaign(document: Mapping[str, Any]) -> CampaignForecast:
    return CampaignForecast(
        label=document["name"],
        gateway=document["gateway"],
        frequency=document["frequency"],
        contacts=_read_bound(document, "contacts"),
        expires=moment(document["expires"]),
        address=Address.parse(document["address"]) if document["address"] else None,
        starts=document["starts"],
        rings=_read_bound(document, "rings"),
        windows=tuple((moment(first), moment(last)) for first, last in document["windows"]),
        curve=tuple((moment(at), int(calls)) for at, calls in document["curve"]),
        reached=document["reached"],
        finishes=moment(document["finishes"]) if document["finishes"] else None,
        needed_frequency=document["needed_frequency"],
        needed_days=document["needed_days"],
        ownership=Ownership(document.get("declared", Ownership.DECLARED)),
        doubt=document.get("doubt") or "",
        status=document.get("status") or "",
    )


def _read_load(document: Mapping[str, Any]) -> Load:
    return Load(
        gateway=document["gateway"],
        limit=document["limit"],
        hold=document["hold_seconds"],
        measured=document["hold_records"],
        hours=tuple((moment(at), int(calls)) for at, calls in document["hours"]),
        peak=document["peak"],
        peak_at=moment(document["peak_at"]) if document["peak_at"] else None,
        peak_of=tuple(document["peak_of"]),
    )


def _read_impact(document: Mapping[str, Any]) -> Impact:
    return Impact(
        calls=_read_bound(document, "calls"),
        people=_read_bound(document, "people"),
        first=moment(document["from"]) if document.get("from") else None,
        last=moment(document["to"]) if document.get("to") else None,
        gateways=tuple(document.get("gateways", ())),
        doubts=tuple(document.get("not_known", ())),
    )


def moment(text: str) -> datetime:
    """With an offset, without which moments cannot be compared; ValueError for any other."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("a moment without an offset")
    return found


def _read_bound(document: Mapping[str, Any], name: str) -> Bound:
    """A number that is at most so many, null where nobody knows, and beside it how many there are at least."""
    least, reason = document.get(f"{name}_at_least", 0), document.get("not_known")
    return Bound(least, document.get(name, 0), reason if isinstance(reason, str) else "")
