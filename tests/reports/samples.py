"""Plans for the reports: one with something of everything, one that would send nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta, timezone

from provisioner.bound import Bound
from provisioner.model import KNOWN_AFTER_APPLY, SENSITIVE, Address, Finding, Reference, Source
from provisioner.plan.model import (
    Action,
    Calls,
    Change,
    Deferred,
    Drift,
    FieldChange,
    Impact,
    Link,
    Outcome,
    Outlook,
    Plan,
    Result,
    RowChange,
)

VIETNAM = timezone(timedelta(hours=7))
CREATED_AT = datetime(2027, 1, 4, 8, 30, tzinfo=VIETNAM)

ADDRESS = Address.parse


def key(kind: str, value: str) -> Reference:
    return Reference(kind, "key", value)


CHANGES = (
    Change(
        ADDRESS("survey.welcome"),
        Action.CREATE,
        (FieldChange("name", None, "Chào mừng"), FieldChange("tts_language", None, "vi")),
    ),
    Change(
        ADDRESS("calendar_user.bot"),
        Action.CREATE,
        (
            FieldChange("username", None, "bot"),
            FieldChange("password", None, SENSITIVE),
            FieldChange("calendar_setting", None, key("calendar_setting", "clinic")),
        ),
    ),
    Change(ADDRESS("phonebook.vip"), Action.ADOPT, (FieldChange("description", None, "VIP"),), remote_id=None),
    Change(
        ADDRESS("campaign.tet"),
        Action.UPDATE,
        (
            FieldChange(
                "phonebooks",
                (key("phonebook", "vip"), Reference("phonebook", "name", "Old list")),
                (key("phonebook", "vip"), Reference("phonebook", "id", 732)),
            ),
            FieldChange("frequency", 10, 20),
            FieldChange("startingdate", CREATED_AT, CREATED_AT.replace(day=5)),
            FieldChange("daily_start_time", time(8), time(8, 30, 15)),
            FieldChange("callerid", "19001234", None),
            FieldChange("status", "paused", "started"),
        ),
        calls=True,
        reason="resumed",
    ),
    Change(
        ADDRESS("calendar_setting.clinic"),
        Action.REPLACE,
        (FieldChange("survey", Reference("sealed_survey", "campaign", "tet"), KNOWN_AFTER_APPLY),),
    ),
    Change(ADDRESS("survey.old"), Action.DELETE),
    Change(ADDRESS("dnc_list.gone"), Action.FORGET, reason="a DNC list is never deleted"),
)

EVERYTHING = Plan(
    tool_version="0.1.0",
    project="antbuddy-vn",
    environment="staging",
    endpoint="https://alice.example.com/rest-api",
    created_at=CREATED_AT,
    options={"prune": True, "targets": ["campaign.tet"]},
    changes=CHANGES,
    rows=(
        RowChange(ADDRESS("phonebook.vip"), add=1000, change=3, remove=2, unchanged=10, calls=1000),
        RowChange(
            ADDRESS("dnc_list.opt-outs"), add=1, invalid=2, duplicate=1, left_out={"not-valid": 2, "duplicate": 1}
        ),
    ),
    deferred=(Deferred(ADDRESS("alarm.checkup"), "waits for calendar_setting.clinic"),),
    drift=(Drift(ADDRESS("campaign.tet"), (FieldChange("frequency", 5, 10),)),),
    findings=(
        Finding("calling-window", "error", "opens too early", ADDRESS("campaign.tet"), Source("tet.yaml", 12, 5)),
        Finding(
            "overlap", "warning", "one number in two phonebooks", waived=True, justification="agreed (until 2027-02-01)"
        ),
    ),
    calls=Calls(campaigns=1, contacts=1000, alarms=0),
    outlook=Outlook(
        impact=Impact(
            Bound.at_most(1000),
            Bound.at_most(998),
            CREATED_AT,
            CREATED_AT + timedelta(days=3, hours=8),
            ("AliceDevGateway", "Backup"),
        )
    ),
    fingerprint="abc123",
    refusals=("telephones would ring: pass --allow-calls",),
    links=(Link(ADDRESS("campaign.tet"), ADDRESS("phonebook.vip")),),
    timezone="Asia/Ho_Chi_Minh",
    checks=("calling-window", "dnc-scrub", "overlap"),
)

NOTHING = Plan("0.1.0", None, "default", "http://127.0.0.1:8765/rest-api", CREATED_AT)

PROBLEMS = (
    Finding(
        "field-type", "error", "frequency: must be a whole number", ADDRESS("campaign.tet"), Source("tet.yaml", 9, 3)
    ),
    Finding(
        "manifest-duplicate", "error", "is declared twice: `a | b`", ADDRESS("survey.welcome"), Source("b.yaml", 1, 1)
    ),
    Finding("api-unreachable", "error", "cannot reach https://alice.example.com"),
)
UNPLANNED = replace(NOTHING, project="antbuddy-vn", environment="staging", endpoint="", findings=PROBLEMS)

OUTCOMES = (
    Outcome(ADDRESS("survey.welcome"), "create", Result.DONE),
    Outcome(ADDRESS("phonebook.vip"), "rows", Result.UNKNOWN, "the answer was lost"),
    Outcome(ADDRESS("campaign.tet"), "update", Result.FAILED, "frequency: too high"),
    Outcome(ADDRESS("survey.old"), "delete", Result.SKIPPED, "something failed before"),
)
