"""Campaigns: who is called, when, how fast and with which survey. Starting one makes telephones ring.

Oddities that end here: `object_id` means a template before the first start and a sealed copy after it
(docs/alice-api.md#sealed-copies); neither it nor the gateway is in the documented PUT; the status has an endpoint of
its own.
"""

from datetime import datetime

from provisioner.language import gettext, term
from provisioner.model import Fields, Unknown
from provisioner.resources.fields import Choice, DailyTime, Field, Instant, Integer, Relation, Text, Update
from provisioner.resources.kind import ApiFacts, Display, Filter, Kind, ManifestRules, Timing, Verbs
from provisioner.resources.rules import later, opens, typed
from provisioner.resources.startable import (
    CallSource,
    ProgressSource,
    ResultSources,
    Schedule,
    Startable,
    SubscriberSource,
)

SETTABLE = {"started": 1, "paused": 2, "aborted": 3, "ended": 4}
SHOWN = {"completed": 5}
FINISHED = ("ended", "completed")
AT_REST = ("paused", "aborted", *FINISHED)

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

# Not in Alice's page; what they say of the pace counts in a forecast.
RETRIES = ("maxretry", "completion_maxretry")


def over(fields: Fields, now: datetime) -> str:
    """Why a campaign is past: a final status, or its expiry."""
    if fields.get("status") in FINISHED:
        return gettext("its status is {status}", status=term(fields["status"]))
    expiry = fields.get("expirationdate")
    late = isinstance(expiry, datetime) and expiry <= now
    return gettext("its {field} has passed", field="expirationdate") if late else ""


# On a running campaign these ring unless they only narrow: (field, does `after` narrow `before`?).
NARROWS = (
    ("startingdate", lambda before, after: after >= before),
    ("expirationdate", lambda before, after: after <= before),
    ("daily_start_time", lambda before, after: after >= before),
    ("daily_stop_time", lambda before, after: after <= before),
    ("frequency", lambda before, after: after <= before),
)


def rings(before: Fields | None, after: Fields) -> bool:
    """Starting rings; on what may run so does a wider window or another phonebook (docs/alice-api.md#what-rings).

    A new one is made paused. One whose status nobody understands, or sees, may be running.
    """
    if before is None:
        return after.get("status") == "started"
    if after.get("status") in AT_REST:
        return False
    if before.get("status") != after.get("status"):
        return True
    return _attaches(before, after) or any(_widens(before.get(f), after.get(f), narrows) for f, narrows in NARROWS)


def _attaches(before: Fields, after: Fields) -> bool:
    known, dialled = before.get("phonebooks") or (), after.get("phonebooks") or ()
    if isinstance(known, Unknown) or isinstance(dialled, Unknown):
        return known != dialled
    return bool(set(dialled) - set(known))


def _widens(before: object, after: object, narrows: object) -> bool:
    if after is None or before == after:
        return False
    unknown = before is None or isinstance(before, Unknown) or isinstance(after, Unknown)
    return unknown or not narrows(before, after)  # type: ignore[operator]


KIND = Kind(
    name="campaign",
    plural="campaigns",
    collection="campaigns",
    path="campaigns",
    title="campaign",
    api=ApiFacts(verbs=Verbs(update=True, delete=True), most=100),
    fields=(
        Text("name", required=True, max_length=100, update=Update.DOCUMENTED),
        Relation("survey", "object_id", to="survey", required=True, update=Update.WITHHELD),
        Relation("phonebooks", "phonebook", to="phonebook", many=True, required=True, update=Update.DOCUMENTED),
        Relation("gateway", "aleg_gateway", to="gateway", required=True, update=Update.WITHHELD),
        Integer("frequency", required=True, minimum=1, maximum=100, update=Update.DOCUMENTED),
        Instant("startingdate", required=True, update=Update.DOCUMENTED),
        Instant("expirationdate", required=True, update=Update.DOCUMENTED),
        DailyTime("daily_start_time", required=True, anchor="startingdate", update=Update.DOCUMENTED),
        DailyTime("daily_stop_time", required=True, anchor="startingdate", update=Update.DOCUMENTED),
        Text("callerid", max_length=80, update=Update.DOCUMENTED),
        Text("description", update=Update.DOCUMENTED),
        Choice("status", codes=SETTABLE, shown=SHOWN, update=Update.STATUS),
    ),
    facts=(*(Field(name) for name in (*DAYS, *RETRIES)),),
    natural_key=("name",),
    manifest=ManifestRules(
        settings=("purpose", "dnc_lists", "safety"),
        rules=(
            later("startingdate", "expirationdate"),
            opens("daily_start_time", "daily_stop_time", "startingdate"),
            typed("callerid"),
        ),
    ),
    startable=Startable(
        field="status",
        path="status",
        running="started",
        initial="paused",
        stopped=("paused", "aborted"),
        finished=FINISHED,
        abort="aborted",
        pause="paused",
        dials="phonebooks",
        frozen=("survey",),
        evidence=(("sealed_survey", "campaign"), ("subscriber", "campaign")),
        sealed="sealed_survey",
        schedule=Schedule(
            gateway="gateway",
            limit="maximum_call",
            frequency="frequency",
            begins="startingdate",
            expires="expirationdate",
            opens="daily_start_time",
            closes="daily_stop_time",
            records=ProgressSource("cdr", "campaign", "duration"),
            days=DAYS,
            retries=RETRIES,
        ),
        results=ResultSources(
            SubscriberSource(
                "subscriber",
                "campaign",
                number="contact",
                status="status",
                attempts="count_attempt",
                seconds="billsec",
                statuses={
                    "pending": "pending",
                    "pause": "pending",
                    "abort": "pending",
                    "not_authorised": "unauthorised",
                },
                reached=("completed",),
            ),
            CallSource(
                "cdr",
                "campaign",
                number="phone_number",
                moment="starting_date",
                disposition="disposition",
                cause="hangup_cause",
                seconds="billsec",
                outcomes={
                    "ANSWER": "answered",
                    "NOANSWER": "noanswer",
                    "BUSY": "busy",
                    "FAILED": "failed",
                    "CANCEL": "cancel",
                    "CONGESTION": "congestion",
                },
                answered="ANSWER",
            ),
            pending="pending",
            complete="completed",
        ),
        after=("dnc_lists",),
        most=100_000,
        tallies=(
            ProgressSource("subscriber", "campaign", "status", unfinished=("pending", "pause", "in_process")),
            ProgressSource("cdr", "campaign", "disposition", answered="ANSWER"),
        ),
    ),
    timing=Timing(over=over, rings=rings),
    display=Display(
        shown=(
            "id",
            "name",
            "status",
            "frequency",
            "startingdate",
            "expirationdate",
            "daily_start_time",
            "daily_stop_time",
            "phonebook",
            "aleg_gateway",
            "object_id",
            "callerid",
        ),
        filters=(
            Filter("name", "part of the name", ("name",), "contains"),
            Filter("phonebook", "a phonebook it dials", ("phonebook",), "related", to="phonebook"),
            Filter("status", "how it stands", ("status",), codes={**SETTABLE, **SHOWN}),
        ),
    ),
)
