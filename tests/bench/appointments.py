"""A calendar with a list of appointments, as a project and as the lists of a server: see `account`.

One appointment a minute from ten in the morning to six, on as many days as it takes; two reminders of each.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.bench.account import MOMENT, Spec, number, paged

CALENDAR, BOT = 4, 11
A_DAY = 480
FIRST = datetime(2027, 2, 1, 10)  # by the project's clock, seven hours before UTC
MANIFEST = """calendars:
  clinic:
    name: Clinic
    user: {id: 11}
    appointments: {file: list.csv, duration: 30m, remind: ["-1d 09:00", "-2h"]}
"""


def start_of(index: int) -> datetime:
    """When one begins, by the project's clock."""
    return FIRST + timedelta(days=index // A_DAY, minutes=index % A_DAY)


def write_appointments(folder: Path, spec: Spec) -> None:
    """The list and its manifest."""
    folder.joinpath("calendar.yaml").write_text(MANIFEST)
    with folder.joinpath("list.csv").open("w", encoding="utf-8") as file:
        file.write("key,title,start,phone,note\n")
        for index in range(spec.appointments):
            file.write(f"H{index},BN{index},{start_of(index):%Y-%m-%d %H:%M},{number(index)},x\n")


def lists(spec: Spec) -> dict[str, list[dict[str, Any]]]:
    """What appointments are in."""
    if not spec.appointments:
        return {}
    bot = {"id": BOT, "username": "bot", "first_name": "", "last_name": "", "email": "", "calendar_setting": 1}
    calendar = {"id": CALENDAR, "name": "Clinic", "user": BOT, "max_concurrent": 0, "created_date": MOMENT}
    return {"calendar-user": [bot], "calendar": [calendar]}


def pages(spec: Spec) -> dict[tuple[str, int], list[bytes]]:
    """Events and alarms; nothing where they are still to be made."""
    count = 0 if spec.creates else spec.appointments
    if not count:
        return {}
    events, alarms = map(_event, range(count)), (text for index in range(count) for text in _alarms(index))
    return {
        ("event", 0): [*paged(events, count, spec.page_size)],
        ("alarm", 0): [*paged(alarms, 2 * count, spec.page_size)],
    }


def _event(index: int) -> str:
    start = start_of(index)
    return (
        f'{{"id":{index + 1},"title":"BN{index}","description":null,"start":"{_utc(start)}",'
        f'"end":"{_utc(start + timedelta(minutes=30))}","creator":{BOT},"calendar":{CALENDAR},"created_on":"{MOMENT}",'
        '"notify_count":0,"status":1,"parent_event":null,"occ_count":0}'
    )


def _alarms(index: int) -> Iterator[str]:
    start = start_of(index)
    morning = (start - timedelta(days=1)).replace(hour=9, minute=0)
    for turn, moment in enumerate((morning, start - timedelta(hours=2))):
        yield (
            f'{{"id":{2 * index + turn + 1},"alarm_phonenumber":"{number(index)}","event":{index + 1},'
            f'"date_start_notice":"{_utc(moment)}","phonenumber_transfer":null,"method":1,"status":1,"result":0,'
            f'"maxretry":0,"retry_delay":0,"num_attempt":0,"advance_notice":0,"created_date":"{MOMENT}"}}'
        )


def _utc(moment: datetime) -> str:
    return f"{moment - timedelta(hours=7):%Y-%m-%dT%H:%M:%SZ}"
