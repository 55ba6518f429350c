"""A plan as full as a busy week: every part of a report has something to show. Values are made by simple rules."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from provisioner.bound import Bound
from provisioner.model import Address, Finding, Source
from provisioner.plan.model import (
    Action,
    Calls,
    CampaignForecast,
    Change,
    Deferred,
    Drift,
    FieldChange,
    Impact,
    Link,
    Load,
    Outcome,
    Outlook,
    Plan,
    Result,
    RowChange,
)

from .samples import ADDRESS, EVERYTHING, key

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2027, 1, 18, 10, 20, tzinfo=ZONE)
HOUR = timedelta(hours=1)

Windows = tuple[tuple[datetime, datetime], ...]


def day(number: int, hour: int = 0, minute: int = 0) -> datetime:
    """A day of January 2027 (later ones in February)."""
    return datetime(2027, 1, 1, hour, minute, tzinfo=ZONE) + timedelta(days=number - 1)


def windows(first: int, last: int, opens: int, closes: int) -> Windows:
    return tuple((day(each, opens), day(each, closes)) for each in range(first, last + 1))


def campaign(
    name: str, frequency: int, contacts: int, open_: Windows, *, starts: bool = True, gateway: str = "Viettel-1"
) -> CampaignForecast:
    """The dialler's rule, minute by minute and in whole windows."""
    made, curve, finishes = 0, [], None
    for first, last in open_:
        curve.append((first, made))
        left = contacts - made
        minutes = min((last - first) // timedelta(minutes=1), -(-left // frequency))
        made = min(contacts, made + minutes * frequency)
        end = first + timedelta(minutes=minutes)
        curve.append((end, made))
        if made == contacts:
            finishes = end
            break
    short = finishes is None
    return CampaignForecast(
        label=name,
        gateway=gateway,
        frequency=frequency,
        contacts=Bound.at_most(contacts),
        expires=open_[-1][1],
        address=ADDRESS(f"campaign.{name.lower().replace(' ', '-')}"),
        starts=starts,
        rings=Bound.at_most(contacts if starts else 0),
        windows=open_,
        curve=tuple(curve),
        reached=made,
        finishes=finishes,
        needed_frequency=frequency * 2 if short else None,
        needed_days=6 if short else None,
    )


CAMPAIGNS = (
    campaign("Tet 2027", 20, 84_000, windows(20, 30, 8, 17)),
    campaign("Insurance renewal", 30, 42_000, windows(19, 27, 8, 20)),
    campaign("Service survey", 5, 6_500, windows(18, 38, 9, 18), gateway="VNPT-trunk"),
    campaign("Old flats", 2, 900, windows(22, 24, 10, 12), starts=False, gateway="VNPT-trunk"),
)
ALARMS = tuple(
    (ADDRESS(f"alarm.checkup-{number}"), day(19 + number % 12, 7 + number % 5, 30 * (number % 2)))
    for number in range(40)
)


ALARM_HOURS = tuple(sorted(Counter(moment.replace(minute=0) for _, moment in ALARMS).items()))


def load(gateway: str, limit: int, hold: int, campaigns: tuple[CampaignForecast, ...]) -> Load:
    hours: dict[datetime, int] = {}
    for each in campaigns:
        for first, last in each.windows:
            moment = first
            while moment < min(last, each.finishes or last):
                hours[moment] = hours.get(moment, 0) + each.frequency * 60
                moment += HOUR
    busiest = max(hours, key=lambda moment: (hours[moment], -moment.timestamp()))
    return Load(
        gateway,
        limit,
        hold,
        measured=1_204,
        hours=tuple(sorted(hours.items())),
        peak=hours[busiest] / 3600 * hold,
        peak_at=busiest,
        peak_of=tuple(each.label for each in campaigns),
    )


OUTLOOK = Outlook(
    campaigns=CAMPAIGNS,
    loads=(load("Viettel-1", 30, 45, CAMPAIGNS[:2]), load("VNPT-trunk", 60, 60, CAMPAIGNS[2:3])),
    alarms=ALARMS,
    alarm_hours=ALARM_HOURS,
    legal=(
        (ADDRESS("campaign.tet-2027"), time(8), time(17)),
        (ADDRESS("campaign.insurance-renewal"), time(8), time(17)),
    ),
    impact=Impact(
        Bound.at_most(132_540), Bound.at_most(118_204), day(18, 10, 20), day(38, 18), ("VNPT-trunk", "Viettel-1")
    ),
    running=Impact(Bound.at_most(2_300), Bound.at_most(2_300), day(18, 10, 20), day(19, 12), ("VNPT-trunk",)),
)

SECTIONS = ("greeting", "question", "rating", "goodbye")
SURVEYS = ("tet-2027", "insurance", "service")


def create(address: str, calls: bool = False, reason: str = "", **fields: object) -> Change:
    made = tuple(FieldChange(path, None, value) for path, value in fields.items())
    return Change(ADDRESS(address), Action.CREATE, made, calls, reason)


CHANGES = (
    *(create(f"survey.{name}", name=f"Khảo sát {name}", tts_language="vi") for name in SURVEYS),
    *(
        create(
            f"section.{name}.{part}", type="play_message", question=part, script="Xin chào {first_name}, AntBuddy đây."
        )
        for name in SURVEYS
        for part in SECTIONS
    ),
    create("phonebook.vip", name="Khách hàng VIP"),
    create(
        "campaign.tet-2027",
        calls=True,
        reason="created and started",
        name="Tet 2027",
        survey=key("survey", "tet-2027"),
        phonebooks=(key("phonebook", "vip"), key("phonebook", "leads")),
        frequency=20,
        startingdate=day(20, 8),
        expirationdate=day(30, 17),
        daily_start_time=time(8),
        status="started",
    ),
    Change(
        ADDRESS("campaign.insurance-renewal"),
        Action.UPDATE,
        (
            FieldChange("daily_stop_time", time(17), time(20)),
            FieldChange("description", "Gia hạn bảo hiểm xe máy, đợt một", "Gia hạn bảo hiểm ô tô, đợt một"),
            FieldChange("phonebooks", (key("phonebook", "cars"),), (key("phonebook", "cars"), key("phonebook", "vip"))),
        ),
        calls=True,
        reason="a wider window of a running campaign",
    ),
    create("campaign.service-survey", calls=True, reason="created and started", name="Service survey", frequency=5),
    *EVERYTHING.changes[1:3],
    EVERYTHING.changes[4],
    EVERYTHING.changes[6],
    Change(ADDRESS("survey.last-year"), Action.DELETE, reason="no longer declared, --prune"),
)
LINKS = tuple(
    Link(ADDRESS(address), ADDRESS(needs))
    for address, needs in (
        *((f"section.{name}.{part}", f"survey.{name}") for name in SURVEYS for part in SECTIONS),
        ("campaign.tet-2027", "survey.tet-2027"),
        ("campaign.tet-2027", "phonebook.vip"),
        ("campaign.tet-2027", "phonebook.leads"),
        ("campaign.tet-2027", "dnc_list.opt-outs"),
        ("campaign.insurance-renewal", "survey.insurance"),
        ("campaign.insurance-renewal", "phonebook.cars"),
        ("campaign.insurance-renewal", "phonebook.vip"),
        ("campaign.service-survey", "survey.service"),
        ("campaign.service-survey", "phonebook.leads"),
        ("calendar_setting.clinic", "campaign.service-survey"),
        ("calendar_user.bot", "calendar_setting.clinic"),
    )
)

RICH = Plan(
    tool_version="0.1.0",
    project="antbuddy-vn",
    environment="production",
    endpoint="https://alice.example.com/rest-api",
    created_at=NOW,
    options={"prune": True, "allow_calls": False, "targets": [], "variables": {"brand": "AntBuddy"}},
    changes=CHANGES,
    rows=(
        RowChange(ADDRESS("phonebook.vip"), add=61_000, change=310, remove=42, unchanged=10_240, calls=61_000),
        RowChange(ADDRESS("phonebook.leads"), add=23_000, unchanged=1_200, invalid=12, duplicate=3, calls=23_000),
        RowChange(ADDRESS("phonebook.cars"), unchanged=42_000),
        RowChange(ADDRESS("dnc_list.opt-outs"), add=180, unchanged=9_800),
    ),
    deferred=(
        Deferred(ADDRESS("alarm.checkup-41"), "waits for calendar_setting.clinic: nothing in this plan makes it"),
    ),
    drift=(
        Drift(ADDRESS("campaign.insurance-renewal"), (FieldChange("frequency", 20, 30),)),
        Drift(ADDRESS("survey.lost"), ()),
    ),
    findings=(
        Finding(
            "calling-window",
            "error",
            "it may dial until 20:00, and advertising calls are legal from 08:00 to 17:00 (Decree 91/2020/ND-CP): "
            "set daily_stop_time to 17:00 or earlier",
            ADDRESS("campaign.insurance-renewal"),
            Source("campaigns/insurance.yaml", 14, 22),
        ),
        Finding(
            "gateway-load",
            "warning",
            "2 campaigns need 37.5 calls at a time on Viettel-1, which takes 30: lower a frequency, or move one",
            ADDRESS("campaign.tet-2027"),
            Source("campaigns/tet.yaml", 9, 16),
        ),
        Finding(
            "forecast",
            "warning",
            "70 % are reached by expiry: 29 calls a minute or 5 more days would reach all",
            ADDRESS("campaign.tet-2027"),
            Source("campaigns/tet.yaml", 9, 16),
        ),
        Finding("overlap", "warning", "312 numbers are in phonebook.vip and phonebook.leads: each is called twice"),
        Finding(
            "dnc-scrub",
            "error",
            "3 contacts are on dnc_list.opt-outs",
            ADDRESS("phonebook.vip"),
            waived=True,
            justification="they agreed to be called, until 2027-02-01",
        ),
        Finding("frozen", "info", "its survey was sealed when it was started", ADDRESS("campaign.insurance-renewal")),
    ),
    calls=Calls(campaigns=2, contacts=84_000, alarms=40),
    outlook=OUTLOOK,
    fingerprint="5b1f0d6f0a7c4e52a0f9c9b1f3a2d7",
    refusals=(
        "telephones would ring: pass --allow-calls",
        "1 error finding about what would be dialled: mend it, or waive it in alice.yaml",
    ),
    links=tuple(sorted(LINKS)),
    timezone="Asia/Ho_Chi_Minh",
    checks=("calling-window", "dnc-scrub", "forecast", "gateway-load", "overlap"),
)

OUTCOMES = (
    Outcome(ADDRESS("survey.tet-2027"), "create", Result.DONE),
    Outcome(ADDRESS("phonebook.vip"), "rows", Result.UNKNOWN, "the answer was lost after 40,000 rows"),
    Outcome(ADDRESS("campaign.insurance-renewal"), "update", Result.FAILED, "daily_stop_time: later than allowed"),
    Outcome(ADDRESS("campaign.tet-2027"), "create", Result.SKIPPED, "something failed before"),
    Outcome(ADDRESS("alarm.checkup-41"), "create", Result.DEFERRED, "waits for calendar_setting.clinic"),
)


def large(count: int) -> Plan:
    """A plan of so many changes: mostly sections of a few surveys, some alarms that ring."""
    changes = tuple(
        Change(
            Address("section", f"survey-{number // 50}.part-{number % 50}"),
            Action.UPDATE if number % 3 else Action.CREATE,
            (FieldChange("script", "Xin chào", f"Xin chào, phần {number}"),),
            calls=number % 40 == 0,
        )
        for number in range(count)
    )
    links = tuple(Link(each.address, Address("survey", each.address.key.partition(".")[0])) for each in changes)
    return replace(RICH, changes=changes, links=links)
