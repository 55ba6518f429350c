"""`status --html`, in a browser: the same design and rules as the report, and the numbers of the JSON."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from provisioner.inspect.alarm_status import AlarmStatus
from provisioner.inspect.campaign_status import CampaignStatus
from provisioner.inspect.status_page import page_of
from provisioner.model import LiveObject, Unknown
from provisioner.project import Settings
from provisioner.simulator.process import Simulator
from tests.browser import PHONE, Browser
from tests.operator import Operator

from .accounts import campaign
from .test_campaign_status import NOW, started

PROJECT = "alice: 1\nproject: vn\nendpoint: {}\ntimezone: Asia/Ho_Chi_Minh\nserver_timezone: UTC\n"
HOSTILE = "<script>alert(1)</script><b>x\u202e"
PERSONAL = "0900"


def status(simulator: Simulator, folder: Path, now: datetime = NOW) -> tuple[Path, list[dict[str, Any]]]:
    """The page and the JSON of the same moment."""
    operator = Operator(folder, simulator, now=now)
    operator.write("alice.yaml", PROJECT.format(simulator.endpoint))
    said = operator.succeed("status", "--output", "json", "--html", str(folder / "status.html"))
    return folder / "status.html", json.loads(said.out)


def test_the_page_says_what_the_json_says(browser: Browser, simulator: Simulator, tmp_path: Path) -> None:
    started(simulator)
    campaign(simulator, HOSTILE, 4, start=False)
    page, documents = status(simulator, tmp_path)
    browser.open(page)
    assert browser.complaints == []
    assert [each for each in browser.fetched if not each.startswith("data:")] == [page.as_uri()]
    [first, second] = documents
    text = browser.ask("document.body.innerText")
    forecast = first["forecast"]
    assert (
        f"{forecast['done']:,} of {forecast['total']:,} done" in text and f"{forecast['expected']:,} expected" in text
    )
    assert f"At this pace {forecast['by_expiry']:,} ({forecast['percent_by_expiry']}%)" in text
    assert "1 campaign of 2 runs; 1 will not reach everybody at this pace" in text
    bars = browser.ask("[...document.querySelectorAll('.bar data')].map(each => +each.value)")
    counted = [*first["subscribers"]["by"].values(), *first["cdr"]["by"].values()]
    assert bars == [*counted, *(each["calls"] for each in first["daily"])]
    assert second["forecast"] is None and "nobody taken in yet" in text
    assert "<script>alert(1)</script><b>x\\u202e" in text
    assert PERSONAL not in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_can_be_read_by_everybody(browser: Browser, simulator: Simulator, tmp_path: Path, scheme: str) -> None:
    started(simulator, contacts=500)
    page, _ = status(simulator, tmp_path)
    browser.open(page, PHONE, scheme)
    assert browser.ask("document.documentElement.scrollWidth") == PHONE[0]
    assert browser.ask("document.querySelectorAll('svg[role=img]').length") == 2
    assert browser.violations() == []


def test_a_page_that_cannot_be_written_is_refused_before_anything_is_asked(
    simulator: Simulator, tmp_path: Path
) -> None:
    operator = Operator(tmp_path, simulator, now=NOW)
    operator.write("alice.yaml", PROJECT.format(simulator.endpoint))
    simulator.clear_requests()
    said = operator.run("status", "--html", str(tmp_path / "no" / "such.html"))
    assert (said.code, simulator.requests()) == (1, [])
    assert "make its folder first" in said.err


@pytest.mark.parametrize("word", ["started", Unknown("a code"), None], ids=["started", "code", "none"])
def test_a_campaign_that_may_run_is_not_nothing(word: object) -> None:
    """Its contacts could not be read, or nobody understands its status."""
    fields = {"name": "tet", "status": word, "expirationdate": NOW + timedelta(days=1)}
    page = page_of([CampaignStatus(LiveObject("campaign", 7, fields))], Settings(Path(), "http://localhost"), NOW)
    assert "1 campaign of 1 may run: not known how far" in page
    assert "Nothing runs" not in page


def test_alarms_that_cannot_be_listed_are_something_to_show() -> None:
    page = page_of([], Settings(Path(), "http://localhost"), NOW, AlarmStatus(unlisted="GET: 403"))
    assert "There is nothing to show" not in page and "Not known: the server does not list them" in page
