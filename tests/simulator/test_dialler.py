"""The dialler: who is called when, how fast, and what remains of it. See docs/alice-api.md#side-effects."""

import time
from datetime import UTC, datetime

from .client import Api


def numbers_rung(api: Api) -> list[str]:
    return [ring["number"] for ring in api.simulator.rings()]


def test_frequency_is_calls_per_minute_and_parts_of_a_call_add_up(api: Api) -> None:
    api.started_campaign(*"123456789", frequency=6)
    assert [api.simulator.tick(5) for _ in range(6)] == [0, 1, 0, 1, 0, 1]


def test_speed_multiplies_the_calls_not_the_clock(api: Api) -> None:
    before = api.simulator.clock()
    api.simulator.reset(now=before, speed=10)
    api.login()
    api.started_campaign(*"123456789", frequency=6)
    assert api.simulator.tick(5) == 5
    assert (api.simulator.clock() - before).total_seconds() < 5


def test_calls_become_records_and_subscribers_are_done(api: Api) -> None:
    campaign = api.started_campaign(*(f"09{number:02}" for number in range(40)), callerid="19001234")
    assert api.simulator.tick(60) == 40
    records, subscribers = api.simulator.objects("cdr"), api.simulator.objects("subscriber-list")
    assert {row["disposition"] for row in records} >= {"ANSWER", "NOANSWER", "BUSY"}
    assert {(row["campaign"], row["callerid"], row["alarm"]) for row in records} == {
        (campaign["id"], "19001234", False)
    }
    answered = {row["phone_number"] for row in records if row["disposition"] == "ANSWER"}
    assert answered == {row["duplicate_contact"] for row in subscribers if row["status"] == 8}
    assert {row["status"] for row in subscribers} == {4, 8}
    assert all(row["duration"] >= row["billsec"] for row in records)


def test_the_same_seed_makes_the_same_calls(api: Api) -> None:
    def outcomes(seed: int) -> list[str]:
        api.simulator.reset(now=datetime(2027, 1, 25, 3, tzinfo=UTC), variants={"dialler_seed": seed})
        api.login()
        api.started_campaign(*"123456789")
        api.simulator.tick(60)
        return [row["disposition"] for row in api.rows("cdr")]

    assert outcomes(1) == outcomes(1) != outcomes(2)


def test_answer_rate_decides_how_many_answer(api: Api) -> None:
    api.simulator.variants(answer_rate=0)
    api.started_campaign(*"123456789")
    api.simulator.tick(60)
    assert "ANSWER" not in {row["disposition"] for row in api.rows("cdr")}


def test_a_campaign_whose_subscribers_are_done_is_completed(api: Api) -> None:
    campaign, empty = api.started_campaign("0934")["id"], api.started_campaign(name="empty")["id"]
    api.simulator.tick(60)
    assert [api.one("campaigns", id)["status"] for id in (campaign, empty)] == [5, 1]


def test_a_paused_campaign_stops_calling(api: Api) -> None:
    campaign = api.started_campaign("1", "2")["id"]
    api.simulator.tick(1)
    api.status(campaign, 2)
    api.simulator.tick(600)
    assert numbers_rung(api) == ["1"]


def test_nothing_rings_outside_the_dates_and_the_daily_window(api: Api) -> None:
    api.started_campaign("1", daily_start_time="08:00", daily_stop_time="17:00")
    for hour in (7, 18):
        api.simulator.clock(datetime(2027, 1, 25, hour, tzinfo=UTC))
        assert api.simulator.tick(600) == 0
    api.simulator.clock(datetime(2027, 1, 19, 12, tzinfo=UTC))
    assert api.simulator.tick(600) == 0
    api.simulator.clock(datetime(2027, 1, 25, 12, tzinfo=UTC))
    assert api.simulator.tick(600) == 1


def test_an_overnight_window_never_opens(api: Api) -> None:
    api.started_campaign("1", daily_start_time="21:00", daily_stop_time="08:00")
    for hour in (3, 12, 22):
        api.simulator.clock(datetime(2027, 1, 25, hour, tzinfo=UTC))
        assert api.simulator.tick(600) == 0


def test_server_tz_moves_the_daily_window(api: Api) -> None:
    api.simulator.variants(server_tz="Asia/Ho_Chi_Minh")
    api.started_campaign("1", daily_start_time="08:00", daily_stop_time="17:00")
    api.simulator.clock(datetime(2027, 1, 25, 12, tzinfo=UTC))
    assert api.simulator.tick(600) == 0
    api.simulator.clock(datetime(2027, 1, 25, 3, tzinfo=UTC))
    assert api.simulator.tick(600) == 1


def test_a_gateway_limits_the_calls_of_a_round_and_counts_them(api: Api) -> None:
    api.simulator.change("gateway", 23, maximum_call=2)
    api.started_campaign(*"12345")
    assert api.simulator.tick(60) == 2
    assert api.one("gateway", 23)["count_call"] == 2


def test_an_inactive_gateway_fails_every_call_and_rings_nobody(api: Api) -> None:
    api.simulator.change("gateway", 23, status=0)
    api.started_campaign("0934")
    assert api.simulator.tick(60) == 1
    assert api.rows("cdr")[0]["disposition"] == "FAILED"
    assert api.simulator.rings() == []


def test_dnc_numbers_are_compared_as_text(api: Api) -> None:
    dnc = api.create("dnc-list")["id"]
    api.create("dnc-contact", dnc=dnc, phone_number="+84934890883")
    api.create("dnc-contact", dnc=dnc, phone_number="0935")
    campaign = api.create("campaigns", phonebook=[api.phonebook_of("0934890883", "0935")])["id"]
    api.simulator.change("campaigns", campaign, dnc=dnc)
    api.status(campaign, 1)
    api.simulator.tick(60)
    assert numbers_rung(api) == ["0934890883"]
    assert [row["status"] for row in api.rows("subscriber-list", contact="0935")] == [7]


def test_without_a_list_of_its_own_a_campaign_calls_dnc_numbers(api: Api) -> None:
    api.create("dnc-contact", dnc=api.create("dnc-list")["id"], phone_number="0934")
    api.started_campaign("0934")
    api.simulator.tick(60)
    assert numbers_rung(api) == ["0934"]


def test_callees_of_a_dnc_section_put_themselves_on_the_list(api: Api) -> None:
    api.simulator.variants(answer_rate=1)
    survey, dnc = api.create("survey-template")["id"], api.create("dnc-list")["id"]
    api.create("section-template", survey=survey, type=9)
    phonebook = api.create("phonebook")["id"]
    rows = [{"phonebook": phonebook, "contact": f"09{number:04}"} for number in range(100)]
    api.simulator.create_many("contact", rows)
    campaign = api.create("campaigns", object_id=survey, phonebook=[phonebook])["id"]
    api.simulator.change("campaigns", campaign, dnc=dnc)
    api.status(campaign, 1)
    api.simulator.tick(120)
    assert 0 < len(api.rows("dnc-contact")) < 100


def test_the_background_dialler_ticks_by_itself(api: Api) -> None:
    api.simulator.reset(now=datetime(2027, 1, 25, 3, tzinfo=UTC), speed=100, dialler=True)
    api.login()
    api.started_campaign("1", "2", "3")
    deadline = time.monotonic() + 5
    while len(api.simulator.rings()) < 3 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert sorted(numbers_rung(api)) == ["1", "2", "3"]
