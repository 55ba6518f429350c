"""`status --watch`: what it says of a reading, when it ends, and what a failed reading does."""

from __future__ import annotations

import os
import pty
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from provisioner.inspect import watch
from provisioner.inspect.alarm_status import AlarmStatus
from provisioner.inspect.campaign_status import CampaignStatus
from provisioner.inspect.reading import Reading
from provisioner.model import LiveObject, Unknown
from provisioner.simulator.process import Simulator
from tests.cli.processes import ended, start

from .accounts import campaign
from .test_campaign_status import NOW, ZONES, started, statuses
from .test_status_page import PROJECT

PATIENCE = 60.0


def status(word: object, expires: datetime = NOW + timedelta(days=1)) -> CampaignStatus:
    """Of a campaign of which nothing else is known."""
    return CampaignStatus(LiveObject("campaign", 7, {"name": "tet", "status": word, "expirationdate": expires}))


@pytest.mark.parametrize("word", ["started", Unknown("a code"), None], ids=["started", "code", "none"])
def test_a_status_that_nobody_understands_may_be_running(word: object) -> None:
    assert Reading(NOW, (status("paused"), status(word))).running


@pytest.mark.parametrize("word", ["paused", "aborted", "ended", "completed"])
def test_what_is_stopped_or_over_does_not_run(word: str) -> None:
    assert not Reading(NOW, (status(word), status("started", NOW))).running


def test_a_line_tells_progress_pace_and_how_far_it_comes(simulator: Simulator) -> None:
    started(simulator)
    [found] = statuses(simulator)
    line = watch.line(found, NOW, ZONES)
    assert line.startswith("campaign tet (id 1243): started, 420 of 3,000 done (14%), ")
    assert " expected by now; 420 dialled: " in line and " answered, " in line
    assert " calls a minute, " in line and line.endswith(" called when it expires on 2027-01-22 17:00")
    reading = Reading(NOW, (found,))
    assert all(len(line) <= 80 for line in watch.table(reading).fewer(80).text(80).splitlines())


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=20), "1 min"),
        (timedelta(minutes=45), "45 min"),
        (timedelta(hours=1, minutes=5), "1 h 5 min"),
        (timedelta(days=2, hours=3), "2 d 3 h"),
    ],
    ids=["seconds", "minutes", "hours", "days"],
)
def test_time_left(span: timedelta, said: str) -> None:
    assert watch.duration(span) == said


def test_alarms_of_the_next_hours_and_those_of_which_nobody_knows_when() -> None:
    found = AlarmStatus()
    found.ahead.update({NOW: 3, NOW + timedelta(hours=5): 2, NOW + timedelta(hours=6): 9, None: 1})
    assert [*watch.alarms(Reading(NOW, (), found))] == [
        "Alarms of the next 6 hours: 5 (12:00 3, 17:00 2); 1 nobody knows when"
    ]
    [line] = watch.alarms(Reading(NOW, (), AlarmStatus(unlisted="GET alarm: 403")))
    assert line.startswith("Alarms: not known")
    assert not [*watch.alarms(Reading(NOW, (), None))]


# The command


@pytest.fixture
def project(simulator: Simulator, tmp_path: Path) -> Path:
    (tmp_path / "alice.yaml").write_text(PROJECT.format(simulator.endpoint), encoding="utf-8")
    return tmp_path


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def readings(simulator: Simulator) -> int:
    return sum(each["method"] == "GET" and each["path"].endswith("/campaigns/") for each in simulator.requests())


def test_a_log_gets_lines_until_nothing_runs(simulator: Simulator, project: Path) -> None:
    number = campaign(simulator, "tet", 30)
    simulator.change("campaigns", number, frequency=10)
    process = start(project, "status", "--watch", "--interval", "0.1")
    try:
        until(lambda: readings(simulator) >= 2)
        simulator.variants(absent="campaigns")  # it cannot be read for a while
        seen = readings(simulator)
        until(lambda: readings(simulator) >= seen + 2)
        assert process.poll() is None
        simulator.variants(absent="")
        for _ in range(4):
            simulator.tick(60)
        code, out, err = ended(process, PATIENCE)
    finally:
        process.kill()
    assert code == 0, err
    lines = out.splitlines()
    assert lines[-1] == "No campaign of this account runs." and "started, 0 of 30 done" in lines[0]
    assert "completed, 30 of 30 done (100%)" in lines[-2] and "30 dialled: " in lines[-2]
    assert "this reading failed, the next one is awaited: " in err and "Traceback" not in err


def test_it_ends_with_the_campaigns_that_were_asked_for(simulator: Simulator, project: Path) -> None:
    campaign(simulator, "one", 3, start=False)
    campaign(simulator, "other", 30)
    code, out, err = ended(start(project, "status", "one", "--watch", "--interval", "0.1"))
    assert (code, out.splitlines()[1:]) == (0, ["None of these campaigns runs."]), err


def test_what_nobody_understands_is_watched_until_it_is_certain(simulator: Simulator, project: Path) -> None:
    number = campaign(simulator, "tet", 30)
    simulator.change("campaigns", number, status=99)
    process = start(project, "status", "--watch", "--interval", "0.1")
    try:
        until(lambda: readings(simulator) >= 3)
        assert process.poll() is None
        simulator.change("campaigns", number, status=2)
        code, out, err = ended(process, PATIENCE)
    finally:
        process.kill()
    assert (code, out.splitlines()[-1]) == (0, "No campaign of this account runs."), err


def test_a_first_reading_that_fails_is_an_error(simulator: Simulator, project: Path) -> None:
    simulator.variants(absent="campaigns")
    code, out, err = ended(start(project, "status", "--watch", "--interval", "0.1"))
    assert (code, out) == (1, "") and "campaigns cannot be listed" in err


def test_what_does_not_go_with_it_is_refused(simulator: Simulator, project: Path) -> None:
    code, _, err = ended(start(project, "status", "--watch", "--html", "x.html"))
    assert code == 1 and "leave the other options out" in err
    code, _, err = ended(start(project, "status", "--interval", "5"))
    assert code == 1 and "--interval is about --watch" in err


@contextmanager
def terminal() -> Iterator[tuple[int, bytearray]]:
    """What a program gets as its stdout, and what it has drawn there."""
    ours, theirs = pty.openpty()
    drawn = bytearray()

    def follow() -> None:
        with suppress(OSError):
            while part := os.read(ours, 65536):
                drawn.extend(part)

    reader = threading.Thread(target=follow, daemon=True)
    reader.start()
    try:
        yield theirs, drawn
    finally:
        os.close(theirs)
        reader.join(10)
        os.close(ours)


def interrupted(simulator: Simulator, project: Path, **streams: Any) -> None:
    """Watching two readings long, and then Ctrl-C."""
    simulator.clear_requests()
    variables = {"TERM": "xterm", "COLUMNS": "80"}
    process = start(project, "status", "--watch", "--interval", "0.1", environ=variables, **streams)
    until(lambda: readings(simulator) >= 2)
    process.send_signal(signal.SIGINT)
    code, _, err = ended(process)
    assert (code, err) == (130, "interrupted\n")


def test_an_interrupt_ends_it_quietly(simulator: Simulator, project: Path) -> None:
    campaign(simulator, "tet", 30)
    interrupted(simulator, project)
    with terminal() as (theirs, drawn):
        interrupted(simulator, project, stdout=theirs)
    text = drawn.decode()
    assert "Ctrl-C ends this and stops no call" in text and "\x1b[?25h" in text  # the cursor is back
    assert text.count("tet") >= 2 and "started" in text
