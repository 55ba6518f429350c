"""`status` against the simulator: the numbers, and how few requests they take."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from provisioner.api.counts import name_of
from provisioner.errors import UsageError
from provisioner.inspect import campaign_status
from provisioner.inspect.campaign_status import CampaignStatus
from provisioner.inspect.lookup import ProjectIds, startable_kind
from provisioner.inspect.reach import reach_of
from provisioner.inspect.status_page import page_of
from provisioner.model import Address, LiveObject, Resource, Source
from provisioner.project import Settings
from provisioner.resources import KINDS, Zones
from provisioner.simulator.process import Simulator

from .accounts import campaign, client

ZONES = Zones(ZoneInfo("Asia/Ho_Chi_Minh"))
NOW = datetime(2027, 1, 21, 12, tzinfo=ZONES.project)
UNUSUAL = [
    {},
    {"filters": "ignored"},
    {"lists": "bare"},
    {"lists": "results"},
    {"relations": "url"},
    {"order": "shuffled"},
    {"count": "page"},
    {"next": "null"},
    {"next": "always"},
]


def statuses(simulator: Simulator, name: str | None = None) -> list[CampaignStatus]:
    with client(simulator) as api:
        return campaign_status.statuses(api, ZONES, name, ProjectIds(), NOW)


def test_all_of_a_for_each_is_also_what_is_left_of_keys_that_left_it(simulator: Simulator) -> None:
    for name in ("Tết Hà Nội", "Tet Hue", "Tết Vinh", "other"):
        campaign(simulator, name)
    hanoi, hue = (Address("campaign", f"tet[{key}]") for key in ("hanoi", "hue"))
    resources = {
        hanoi: Resource(hanoi, {"name": "Tết Hà Nội"}, Source("a.yaml", 1, 1)),
        hue: Resource(hue, {"name": "Tết Huế"}, Source("a.yaml", 1, 1)),  # its name changed since the last apply
    }
    recorded = {hanoi: 1243, hue: 1244, Address("campaign", "tet[vinh]"): 1245, Address("campaign", "tet"): 1246}
    with client(simulator) as api:
        for declared, ids in ((resources, [1243, 1244, 1245, 1246]), ({}, [1243, 1244, 1245, 1246])):
            known = ProjectIds(declared, lambda: recorded)
            found = campaign_status.statuses(api, ZONES, "campaign.tet", known, NOW)
            assert [each.live.id for each in found] == ids
        one = campaign_status.statuses(api, ZONES, "campaign.tet[hanoi]", ProjectIds(resources, _not_asked), NOW)
        assert [each.live.id for each in one] == [1243], "one that is declared and found needs no state"


def _not_asked() -> dict[Address, int]:
    raise AssertionError("the state may be slow")


@pytest.mark.parametrize("variants", UNUSUAL, ids=lambda given: str(given))
def test_every_campaign_gets_its_own_numbers_whatever_the_server_is_like(
    simulator: Simulator, variants: dict[str, str]
) -> None:
    campaign(simulator, "small", 3)
    campaign(simulator, "large", 25)
    campaign(simulator, "waiting", 4, start=False)
    simulator.tick(6)
    live = {number: Counter[str]() for number in (1243, 1244, 1245)}
    for row in simulator.objects("subscriber-list"):
        live[row["campaign"]][status_name(row["status"])] += 1
    simulator.variants(**variants)
    found = {each.live.id: each.counts["subscribers"] for each in statuses(simulator)}
    assert found == live
    assert found[1244] and found[1244].total() == 25
    assert not found[1245]


def status_name(code: int) -> str:
    return ("", "pending", "pause", "abort", "fail", "sent", "in_process", "not_authorised", "completed")[code]


def test_a_large_campaign_is_counted_and_not_read(simulator: Simulator) -> None:
    campaign(simulator, "large", 300)
    simulator.tick(60)
    simulator.clear_requests()
    [found] = statuses(simulator)
    assert found.counts["subscribers"] is not None
    assert found.counts["subscribers"].total() == 300
    assert len(simulator.requests()) < 26


def test_done_is_what_will_not_be_dialled_any_more(simulator: Simulator) -> None:
    campaign(simulator, "tet", 4)
    [sealed] = simulator.objects("survey-list")
    simulator.change("survey-list", sealed["id"], created_date="2020-01-01T00:00:00Z")
    for row, status in zip(simulator.objects("subscriber-list"), (8, 4, 6, 1), strict=True):
        simulator.change("subscriber-list", row["id"], status=status)
    [found] = statuses(simulator)
    assert campaign_status.document(found, ZONES) | {"cdr": None} == {
        "id": 1243,
        "name": "tet",
        "status": "started",
        "percent_done": 50,
        "forecast": {
            "total": 4,
            "done": 2,
            "expected": 4,
            "by_expiry": 2,  # two in seven years, and what is farther off than ten is not looked at
            "percent_by_expiry": 50,
            "finishes": None,
        },
        "subscribers": {"total": 4, "by": {"pending": 1, "fail": 1, "in_process": 1, "completed": 1}},
        "cdr": None,
        "reach": {
            "dialled": 0,
            "percent": None,
            "answered": 0,
            "noanswer": 0,
            "busy": 0,
            "failed": 0,
            "cancel": 0,
            "congestion": 0,
        },
        "daily": None,
        "startingdate": "2020-01-01T07:00:00+07:00",
        "expirationdate": "2040-01-01T07:00:00+07:00",
        "daily_start_time": "00:00",
        "daily_stop_time": "23:59:59",
    }


def test_a_campaign_nobody_was_taken_into_has_no_percentage(simulator: Simulator) -> None:
    campaign(simulator, "new", 4, start=False)
    [row] = campaign_status.as_table(statuses(simulator), ZONES).rows
    assert row[:6] == ("1243", "new", "paused", "-", "0", "0")


def test_counts_that_may_not_be_read_are_said_to_be_so(simulator: Simulator) -> None:
    campaign(simulator, "tet", 4)
    simulator.variants(forbidden_get="subscriber-list", absent="cdr")
    [row] = campaign_status.as_table(statuses(simulator), ZONES).rows
    assert row[3:7] == ("-", "not readable", "not readable", "not known")
    [found] = statuses(simulator)
    assert campaign_status.document(found, ZONES)["reach"] is None
    page = page_of([found], Settings(Path(), "http://127.0.0.1"), NOW)
    assert "not known" in page


@pytest.mark.parametrize("answer", ["html-404", "403", "500"])
def test_a_page_of_records_that_fails_leaves_the_reach_unknown(simulator: Simulator, answer: str) -> None:
    campaign(simulator, "tet", 25)
    simulator.tick(60)
    simulator.variants(failing_pages="cdr", failing_page_answer=answer, lists="bare")
    [row] = campaign_status.as_table(statuses(simulator), ZONES).rows
    assert row[4].startswith("25: ") and row[5:7] == ("not readable", "not known")


def test_one_campaign_by_name_or_id(simulator: Simulator) -> None:
    campaign(simulator, "one")
    campaign(simulator, "two")
    assert [each.live.id for each in statuses(simulator, "two")] == [1244]
    assert [each.live.id for each in statuses(simulator, "1243")] == [1243]
    with pytest.raises(UsageError, match="no campaign has this id, name or key"):
        statuses(simulator, "three")


# Forecast and days


def started(simulator: Simulator, contacts: int = 3000) -> None:
    """A campaign that may dial from 08:00 to 17:00 from 20 to 22 January, ten calls a minute; now two days on."""
    number = campaign(simulator, "tet", contacts)
    begins = datetime(2027, 1, 20, 8, tzinfo=ZONES.project)
    simulator.change(
        "campaigns",
        number,
        startingdate=begins.isoformat(),
        expirationdate=(begins + timedelta(days=2, hours=9)).isoformat(),
        daily_start_time="01:00:00",
        daily_stop_time="10:00:00",
        frequency=10,
    )
    for moment, minutes in ((begins, 30), (begins + timedelta(days=1), 12)):
        simulator.clock(moment + timedelta(minutes=1))
        for _ in range(minutes):
            simulator.tick(60)
    simulator.clear_requests()


SERVER_UTC = Zones(ZONES.project, ZoneInfo("UTC"))


def daily(simulator: Simulator) -> CampaignStatus:
    with client(simulator) as api:
        found = campaign_status.statuses(api, SERVER_UTC, None, ProjectIds(), NOW)
        [with_days] = campaign_status.with_daily(api, found, SERVER_UTC, NOW)
    return with_days


def test_progress_stands_beside_its_forecast(simulator: Simulator) -> None:
    started(simulator)
    progress = daily(simulator).progress
    assert progress is not None
    pace = progress.pace
    assert (pace.total, pace.done) == (3000, 420)
    assert pace.expected == 3000 and pace.behind == 2580  # 13 hours open so far, ten a minute
    assert pace.by_expiry == 420 * 27 // 13 and pace.finishes is None
    assert progress.forecast.windows[0][0] == datetime(2027, 1, 20, 8, tzinfo=ZONES.project)
    assert progress.forecast.gateway == "AliceDevGateway"


def test_calls_are_counted_by_the_days_of_the_project(simulator: Simulator) -> None:
    started(simulator)
    assert daily(simulator).daily == ((date(2027, 1, 20), 300), (date(2027, 1, 21), 120))


@pytest.mark.parametrize("variants", [{"filters": "ignored"}, {"lists": "bare"}, {"absent": "cdr"}], ids=str)
def test_days_that_cannot_be_trusted_are_not_told(simulator: Simulator, variants: dict[str, str]) -> None:
    started(simulator)
    simulator.variants(**variants)
    assert daily(simulator).daily is None


def test_days_are_asked_for_and_no_record_is_read(simulator: Simulator) -> None:
    started(simulator)
    with client(simulator) as api:
        found = campaign_status.statuses(api, SERVER_UTC, None, ProjectIds(), NOW)
        simulator.clear_requests()
        campaign_status.with_daily(api, found, SERVER_UTC, NOW)
    assert len(simulator.requests()) == 2


def test_the_table_says_what_is_expected(simulator: Simulator) -> None:
    started(simulator)
    table = campaign_status.as_table([daily(simulator)], SERVER_UTC)
    row = dict(zip(table.columns, table.rows[0], strict=True))
    assert (row["done"], row["expected"], row["by expiry"], row["finishes"]) == ("14%", "100%", "29%", "")


def test_what_has_just_begun_has_no_pace_yet(simulator: Simulator) -> None:
    number = campaign(simulator, "tet", 3)
    begins = datetime(2027, 1, 20, 8, tzinfo=ZONES.project)
    expires = begins + timedelta(days=2)
    simulator.change(
        "campaigns", number, startingdate=begins.isoformat(), expirationdate=expires.isoformat(), frequency=2
    )
    with client(simulator) as api:
        [just] = campaign_status.statuses(api, SERVER_UTC, None, {}, begins + timedelta(seconds=40))
        [long_ago] = campaign_status.statuses(api, SERVER_UTC, None, {}, begins + timedelta(minutes=30))
    table = campaign_status.as_table([just, long_ago], SERVER_UTC)
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    assert [(row["expected"], row["by expiry"]) for row in rows] == [("33%", "-"), ("100%", "0%")]
    forecast = campaign_status.document(just, SERVER_UTC)["forecast"]
    assert (forecast["by_expiry"], forecast["percent_by_expiry"]) == (None, None)
    page = page_of([just], Settings(Path(), "http://127.0.0.1"), begins + timedelta(seconds=40))
    assert "there is no pace yet" in page and "not at this pace" not in page


def test_a_late_start_is_measured_from_the_start(simulator: Simulator) -> None:
    number = campaign(simulator, "tet", 3)
    [sealed] = simulator.objects("survey-list")
    begins = datetime(2027, 1, 20, 8, tzinfo=ZONES.project)
    expires, began = begins + timedelta(days=9), begins + timedelta(days=3)
    dates = {"startingdate": begins.isoformat(), "expirationdate": expires.isoformat()}
    simulator.change("campaigns", number, frequency=2, **dates)
    simulator.change("survey-list", sealed["id"], created_date=began.isoformat())
    with client(simulator) as api:
        [late] = campaign_status.statuses(api, SERVER_UTC, None, ProjectIds(), began + timedelta(minutes=1))
        simulator.variants(absent="survey-list")
        [unknown] = campaign_status.statuses(api, SERVER_UTC, None, ProjectIds(), began + timedelta(minutes=1))
    assert late.progress is not None and unknown.progress is not None
    assert (late.progress.pace.expected, late.progress.pace.by_expiry) == (2, None)
    assert unknown.progress.pace.expected == 3, "nobody knows when it was started"


def test_a_late_start_without_its_moment_is_measured_from_the_first_call(simulator: Simulator) -> None:
    """With a start three days late nobody can have kept up with `startingdate`."""
    number = campaign(simulator, "tet", 30)
    begins = datetime(2027, 1, 20, 8, tzinfo=ZONES.project)
    dates = {"startingdate": begins.isoformat(), "expirationdate": (begins + timedelta(days=9)).isoformat()}
    simulator.change("campaigns", number, frequency=2, **dates)
    first = begins + timedelta(days=3, minutes=17)
    for minutes in range(4):
        simulator.clock(first + timedelta(minutes=minutes))
        simulator.tick(60)
    for variants in ({"absent": "survey-list"}, {"absent": "survey-list", "filters": "ignored"}):
        simulator.variants(**variants)
        simulator.clear_requests()
        with client(simulator) as api:
            [late] = campaign_status.statuses(api, SERVER_UTC, None, ProjectIds(), first + timedelta(minutes=4))
        assert late.progress is not None
        assert (late.progress.pace.done, late.progress.pace.expected) in ((8, 7), (8, 8), (8, 9)), variants
        assert len(simulator.requests()) < 60


def test_a_campaign_that_was_stopped_is_not_one_that_never_began(simulator: Simulator) -> None:
    number = campaign(simulator, "tet", 200)
    simulator.tick(50)
    simulator.change("campaigns", number, status=2)
    [found] = statuses(simulator)
    calls = len(simulator.objects("cdr"))
    row = campaign_status.as_table([found], ZONES).rows[0]
    assert row[2] == f"paused after {calls} calls"
    assert campaign_status.document(found, ZONES)["status"] == "paused", "the contract of the JSON"
    page = page_of([found], Settings(Path(), "http://127.0.0.1"), NOW)
    assert f"paused after {calls} calls" in page and "not started" not in page


def test_when_nobody_is_left_it_is_said_what_happened(simulator: Simulator) -> None:
    campaign(simulator, "tet", 20)
    simulator.tick(60)
    for row in simulator.objects("subscriber-list"):
        simulator.change("subscriber-list", row["id"], status=8)
    [found] = statuses(simulator)
    calls = found.counts["cdr"]
    assert calls is not None and 0 < calls["ANSWER"] < calls.total() and found.reach is not None
    page = page_of([found], Settings(Path(), "http://127.0.0.1"), NOW)
    assert "Nobody is left to call." in page and "Everybody is called" not in page
    share = 100 * calls["ANSWER"] // 20
    said = f"20 dialled: {calls['ANSWER']} answered, {20 - calls['ANSWER']} not (reach {share}%)."
    assert said in page
    assert campaign_status.as_table([found], ZONES).rows[0][6] == f"{share}% of 20"
    told = campaign_status.document(found, ZONES)["reach"]
    assert (told["dialled"], told["answered"], told["busy"]) == (20, calls["ANSWER"], calls["BUSY"])


@pytest.mark.parametrize(
    ("taken", "calls", "sentence", "cell"),
    [
        (None, {"ANSWER": 61, "BUSY": 30, "NOANSWER": 23}, "114 dialled: 61 answered, 53 not", "53% of 114"),
        (10, {"ANSWER": 4, "NOANSWER": 20}, "10 dialled: 4 answered, 6 not", "40% of 10"),
        (3, {"ANSWER": 1, "VOICEMAIL": 1}, "2 dialled: 1 answered, 0 not, 1 not known", "50% of 2"),
        (3, {}, "nobody was dialled", "-"),
    ],
    ids=["calls", "called again", "a code that nobody knows", "no call"],
)
def test_reach_in_words(taken: int | None, calls: dict[str, int], sentence: str, cell: str) -> None:
    subscribers = None if taken is None else Counter({"completed": taken})
    reach = reach_of(startable_kind(), {"subscribers": subscribers, "cdr": Counter(calls)})
    assert reach is not None
    assert (reach.sentence, reach.cell) == (sentence, cell)


def test_a_status_that_nobody_knows_may_mean_a_call_to_come() -> None:
    kind = startable_kind()
    assert kind.startable is not None
    counts = Counter({"pending": 1, "completed": 1, "9": 2})
    status = campaign_status.CampaignStatus(LiveObject(kind.name, 1, {}), {"subscribers": counts, "calls": None})
    assert status.percent_done(kind.startable) == 25
    assert campaign_status.document(status, ZONES)["subscribers"]["by"]["9"] == 2


@pytest.mark.parametrize("raw", [None, {"phone": "0934890884"}, ["0934890884"], "0934890884", "waiting for Lan", 10**9])
def test_what_is_no_code_is_counted_and_not_repeated(raw: object) -> None:
    """A server may show somebody's number where a status should be."""
    for tally in startable_kind().startable.tallies:  # type: ignore[union-attr]
        assert name_of(KINDS[tally.kind], tally, {tally.field: raw}) == "unknown"
        assert name_of(KINDS[tally.kind], tally, {tally.field: "SEEN_NOWHERE"}) == "SEEN_NOWHERE"
