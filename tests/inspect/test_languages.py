"""`status` in another language: its table, its page and what `--watch` says; no English word is left but data."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from provisioner.api.counts import Counts
from provisioner.inspect import alarm_status, campaign_status, watch
from provisioner.inspect.alarm_status import AlarmStatus
from provisioner.inspect.campaign_status import CampaignStatus
from provisioner.inspect.reading import Reading
from provisioner.inspect.status_page import page_of
from provisioner.language import spoken
from provisioner.model import LiveObject
from provisioner.project import Settings
from provisioner.simulator.process import Simulator
from tests.strange import english

from .accounts import campaign
from .test_campaign_status import NOW, ZONES, started, statuses

NAMES = ["antbuddy-vn", "localhost", "Asia/Ho_Chi_Minh", "tet", "waiting", "unread", "AliceDevGateway", "GET", "clinic"]
# Fields of a manifest are called in every language as there.
FIELDS = ["startingdate", "expirationdate", "daily_start_time", "daily_stop_time", "Ctrl-C"]


def alarms() -> list[AlarmStatus | None]:
    found = AlarmStatus(following=NOW + timedelta(hours=1))
    found.ahead.update({NOW + timedelta(hours=1): 1200, NOW + timedelta(hours=6): 9, None: 1})
    found.calendars.update({"clinic": 1209, alarm_status.UNKNOWN: 1})
    found.passed.update({"success": 4, "in_process": 1, alarm_status.UNKNOWN: 2})
    return [None, found, AlarmStatus(unlisted="GET: 403")]


def readings(simulator: Simulator) -> list[Reading]:
    """Of an account with a campaign that runs, one that waits and one of which little is known; and of an empty one."""
    started(simulator)
    campaign(simulator, "waiting", 4, start=False)
    unread: dict[str, Counts | None] = {"subscribers": None, "cdr": None}
    live = [{"name": "unread", "status": None, "expirationdate": NOW + timedelta(days=1)}, {"status": "aborted"}]
    others = (CampaignStatus(LiveObject("campaign", 7 + number, each), unread) for number, each in enumerate(live))
    found = (*statuses(simulator), *others)
    return [Reading(NOW, each, of) for each in (found, ()) for of in alarms()]


def settings() -> Settings:
    return Settings(Path(), "http://localhost", project="antbuddy-vn", timezone="Asia/Ho_Chi_Minh")


def test_no_english_is_left(strange: None, simulator: Simulator) -> None:
    for reading in readings(simulator):
        with spoken("vi"):
            page = page_of(reading.campaigns, settings(), NOW, reading.alarms)
            table = campaign_status.as_table(reading.campaigns, ZONES).in_language().text()
            told = [*alarm_status.lines(reading.alarms)] if reading.alarms else []
            told += [
                watch.head(NOW, 10),
                watch.table(reading).text(),
                *watch.alarms(reading),
                watch.ended(None),
                watch.ended("tet"),
            ]
            told += [watch.line(each, NOW, ZONES) for each in reading.campaigns]
            told += [watch.duration(timedelta(minutes=each)) for each in (5, 65, 3000)]
        assert english("html", page, [*NAMES, "default"]) == []
        assert english("text", "\n".join([table, *told]), [*NAMES, *FIELDS]) == []


def test_a_status_in_vietnamese(simulator: Simulator) -> None:
    [reading, *_] = readings(simulator)
    with spoken("vi"):
        page = page_of(reading.campaigns, settings(), NOW)
        line = watch.line(reading.campaigns[0], NOW, ZONES)
    assert '<html lang="vi">' in page and "Trạng thái của antbuddy-vn" in page
    assert line.startswith("chiến dịch tet (id 1243): đang chạy, xong 420 trên 3.000 (14%), dự kiến đến lúc này ")
