"""Dates of a list are read in sets; each of them says what it says when it is read alone, wherever the clock is
changed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

from provisioner.model import Address, Resource, Rows, Source
from provisioner.project import Settings
from provisioner.reminders import Agenda, Reminder
from provisioner.resources import KINDS
from provisioner.rows import Workspace
from provisioner.rows.appointments.agenda import AgendaTables
from provisioner.rows.appointments.cells import CellReader
from provisioner.rows.sql import micros

CALENDAR, PLACE = Address("calendar", "clinic"), Source("calendars.yaml", 3, 5)
REMIND = tuple(map(Reminder.parse, ("-1d 02:30", "0d 07:30", "-2h", "-45m", "-1d")))
ZONES = ("Asia/Ho_Chi_Minh", "Europe/Berlin", "Australia/Lord_Howe", "America/Havana", "Pacific/Apia", "UTC")
ODD = (
    *("2027-02-30 10:00", "2027-02-28 24:00", "2027-02-28 10:60", "1960-01-01 10:00", "2500-01-01 10:00"),
    *("2027-13-01 10:00", "0000-01-01 10:00", "2027-01-20", "2027-1-20 10:00", "2027-01-20  10:00", "20.01.2027"),
    *("2027-01-20 10:00+07:00", "2027-01-20T10:00:00Z", "2027-01-20 10:00:30.5", "2027-01-20 9:00"),
    *("2011-12-30 10:00", "2011-12-29 23:59", "2011-12-31 00:00"),  # a day that Apia has never seen
)


def texts(seed: int) -> list[str]:
    """Every quarter of an hour about the days on which these zones change their clocks, and any other moment."""
    random = Random(seed)
    days = [f"2027-{day}" for day in ("03-13", "03-14", "03-15", "03-27", "03-28", "03-29", "04-03", "04-04", "04-05")]
    days += [f"2027-{day}" for day in ("10-02", "10-03", "10-04", "10-30", "10-31", "11-01", "11-06", "11-07", "11-08")]
    found = [f"{day} {hour:02}:{minute:02}" for day in days for hour in range(24) for minute in (0, 15, 30, 45, 59)]
    for _ in range(500):
        day = f"{random.randint(1971, 2199)}-{random.randint(1, 12):02}-{random.randint(1, 31):02}"
        found.append(f"{day}{random.choice(' T')}{random.randint(0, 23):02}:{random.randint(0, 59):02}:17")
    return [*found, *ODD]


def alone(reader: CellReader, text: str) -> tuple[int | None, str, str | None]:
    found = reader.moment(text)
    if isinstance(found, str):
        return None, "", f"{found}:start"
    return micros(found), ",".join(map(str, reader.dues(found))), None


CASES = [(zone, REMIND) for zone in ZONES] + [(ZONES[1], REMIND[:2]), (ZONES[1], REMIND[2:])]


@pytest.mark.parametrize(("zone", "remind"), CASES, ids=lambda each: each if isinstance(each, str) else len(each))
def test_every_date_says_what_it_says_alone(zone: str, remind: tuple[Reminder, ...], tmp_path: Path) -> None:
    agenda, dates = Agenda(lasts=timedelta(minutes=30), remind=remind), texts(1)
    lines = [f"K{row},T,{date},0934890883\n" for row, date in enumerate(dates)]
    tmp_path.joinpath("list.csv").write_text("".join(["key,title,start,phone\n", *lines]), encoding="utf-8")
    rows = Rows(PLACE, (tmp_path / "list.csv",), agenda=agenda, invalid="skip")
    owner = KINDS[CALENDAR.kind].appointments
    assert owner is not None
    with Workspace(tmp_path) as space:
        tables = AgendaTables(space, owner, "VN")
        tables.load_source(Resource(CALENDAR, {}, PLACE, appointments=rows), Settings(tmp_path, "", timezone=zone))
        with tables.cursor() as connection:
            query = f"SELECT start, dues, reason FROM {tables.owned(CALENDAR).source} ORDER BY row"
            found = connection.execute(query).fetchall()
    reader = CellReader(agenda, ZoneInfo(zone), "VN", "national")
    assert dict(zip(dates, found, strict=True)) == {text: alone(reader, text) for text in dates}
    assert sum(reason is None for _, _, reason in found) > 2000
