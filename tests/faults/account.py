"""What an account holds and what rings because of it, in a form that two runs can be compared by.

Ids become names, what differs from run to run anyway is left out, and rows are counted: a duplicate is seen at once.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from provisioner.simulator.process import Simulator

Account = dict[str, Counter[str]]

# kind: how its rows are called, and which of their columns point at what
KINDS: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "survey-template": (("name",), {}),
    "section-template": ((), {"survey": "survey-template"}),
    "phonebook": (("name",), {}),
    "campaigns": (("name",), {"phonebook": "phonebook", "imported": "phonebook"}),
    "survey-list": (("name", "campaign"), {"campaign": "campaigns"}),
    "sealed-section": ((), {"survey": "survey-list"}),
    "contact": ((), {"phonebook": "phonebook"}),
    "dnc-list": (("name",), {}),
    "dnc-contact": ((), {"dnc": "dnc-list"}),
    "subscriber-list": ((), {"campaign": "campaigns"}),
    "calendar-setting": (("label",), {"survey": "survey-list"}),
    "user": (("username",), {}),
    "calendar-profile": ((), {"user": "user", "calendar_setting": "calendar-setting"}),
    "calendar": (("name",), {"user": "user"}),
    "event": (("title",), {"calendar": "calendar", "creator": "user"}),
    "alarm": (("alarm_phonenumber", "event"), {"event": "event"}),
}
# Ids, dates of making and saving, random text, and Newfies-Dialer's own bookkeeping
PASSING = {"id", "created_date", "updated_date", "created_on", "campaign_code", "password", "first_started"}
PASSING |= {"object_id", "contact_id", "order"}
IN_THE_WINDOW = datetime(2027, 1, 15, 9, tzinfo=UTC)

Names = dict[str, dict[int, str]]


def content(simulator: Simulator) -> Account:
    """Every row of every table, ids aside; the order of sections counts, the numbers they are ordered by do not."""
    names: Names = {}
    account: Account = {}
    for kind, (own, relations) in KINDS.items():
        rows = [_named(row, relations, names) for row in simulator.objects(kind)]
        names[kind] = {row["id"]: " of ".join(str(row[name]) for name in own) for row in rows}
        account[kind] = Counter(_text(kind, row, rows) for row in rows)
    return account


def _named(row: Mapping[str, Any], relations: Mapping[str, str], names: Names) -> dict[str, Any]:
    return {name: _name(value, names[relations[name]]) if name in relations else value for name, value in row.items()}


def _name(value: Any, names: Mapping[int, str]) -> Any:
    return sorted(names[each] for each in value) if isinstance(value, list) else names.get(value)


def _text(kind: str, row: Mapping[str, Any], rows: list[dict[str, Any]]) -> str:
    """Empty text and null are the same to everybody."""
    kept = {name: value for name, value in row.items() if name not in PASSING and value not in (None, "")}
    if kind == "subscriber-list":
        del kept["contact"]  # an id; its number is in a column of its own
    if "order" in row:
        kept["place"] = sum(other["survey"] == row["survey"] and other["order"] < row["order"] for other in rows)
    return json.dumps(kept, ensure_ascii=False, sort_keys=True)


def armed(simulator: Simulator) -> Counter[tuple[str, str]]:
    """How often each campaign was set running and each alarm set."""
    return Counter((note["cause"], _label(simulator, note)) for note in simulator.arming())


def rung(simulator: Simulator) -> Counter[tuple[str, str, str]]:
    """Let the dialler do all its work, alarms of the far future included: number, cause and whose doing it was."""
    simulator.clock(IN_THE_WINDOW)
    while simulator.tick(3600):
        pass
    for moment in sorted({alarm["date_start_notice"] for alarm in simulator.objects("alarm")}):
        simulator.clock(datetime.fromisoformat(moment))
        simulator.tick(1)
    return Counter((ring["number"], ring["cause"], _label(simulator, ring)) for ring in simulator.rings())


def _label(simulator: Simulator, note: Mapping[str, Any]) -> str:
    """What rang or was set off; a campaign that was deleted since has no name."""
    if note["cause"] == "campaign":
        found = simulator.objects("campaigns", id=note["id"])
        return str(found[0]["name"]) if found else "deleted"
    alarm = simulator.row("alarm", note["id"])
    return f"{alarm['alarm_phonenumber']} {simulator.row('event', alarm['event'])['title']}"


def difference(found: Mapping[Any, Any], wanted: Mapping[Any, Any]) -> str:
    """What is there too often and what too seldom, for a failing test."""
    lines = []
    for kind in {**wanted, **found}:
        mine, theirs = found.get(kind, 0), wanted.get(kind, 0)
        if isinstance(mine, int) or isinstance(theirs, int):
            mine, theirs = Counter({str(kind): mine}), Counter({str(kind): theirs})
        lines += [f"+ {kind}: {row} x{count}" for row, count in (mine - theirs).items()]
        lines += [f"- {kind}: {row} x{count}" for row, count in (theirs - mine).items()]
    return "\n".join(lines)
