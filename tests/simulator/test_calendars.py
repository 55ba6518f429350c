"""The calendar chain. See docs/alice-api.md#calendars-and-events."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from .client import Api

NOW = datetime(2027, 1, 25, 3, 0, tzinfo=UTC)


def alarms_rung(api: Api) -> list[str]:
    return [ring["number"] for ring in api.simulator.rings() if ring["cause"] == "alarm"]


def test_a_setting_needs_a_sealed_survey_not_a_template(api: Api) -> None:
    template = api.create("survey-template")["id"]
    assert list(api.post("calendar-setting", survey=template).json()) == ["survey"]
    api.started_campaign(object_id=template)
    sealed = api.rows("survey-list")[0]["id"]
    assert api.create("calendar-setting", survey=sealed)["survey"] == sealed


def test_the_create_answer_of_a_calendar_user_has_no_id(api: Api) -> None:
    setting = api.calendar_chain()["calendar-setting"]
    body = api.create("calendar-user", username="second", calendar_setting=setting)
    assert set(body) == {"username", "last_name", "first_name", "email", "calendar_setting"}


def test_calendar_user_create_full_has_one(api: Api) -> None:
    setting = api.calendar_chain()["calendar-setting"]
    api.simulator.variants(calendar_user_create="full")
    assert isinstance(api.create("calendar-user", username="second", calendar_setting=setting)["id"], int)


def test_calendar_user_create_may_crash_after_the_commit(api: Api) -> None:
    setting = api.calendar_chain()["calendar-setting"]
    api.simulator.variants(calendar_user_create="500-after-commit")
    answer = api.post("calendar-user", username="second", calendar_setting=setting)
    assert (answer.status_code, answer.headers["Content-Type"][:9]) == (500, "text/html")
    assert [row["username"] for row in api.rows("calendar-user")] == ["clinic-bot", "second"]
    again = api.post("calendar-user", username="second", calendar_setting=setting)
    assert (again.status_code, list(again.json())) == (400, ["username"])


def test_user_names_are_unique_across_all_tenants(api: Api) -> None:
    setting = api.calendar_chain()["calendar-setting"]
    assert list(api.post("calendar-user", username="acme", calendar_setting=setting).json()) == ["username"]


def test_the_polymorphic_list_is_a_note_an_object_or_an_array(api: Api) -> None:
    api.simulator.variants(calendar_user_list="polymorphic")
    assert api.get("calendar-user/").json() == {"note": "no calendar-user found"}
    api.simulator.variants(calendar_user_list="paged")
    setting = api.calendar_chain()["calendar-setting"]
    api.simulator.variants(calendar_user_list="polymorphic")
    assert api.get("calendar-user/").json()["username"] == "clinic-bot"
    api.post("calendar-user", username="second", calendar_setting=setting)
    assert [row["username"] for row in api.get("calendar-user/").json()] == ["clinic-bot", "second"]


def test_password_hashes_are_hidden_unless_they_leak(api: Api) -> None:
    user = api.calendar_chain()["calendar-user"]
    assert "password" not in api.one("calendar-user", user)
    api.simulator.variants(password_hash="leaked")
    leaked = api.one("calendar-user", user)["password"]
    assert leaked.startswith("md5$")
    assert "secret" not in leaked


def test_a_calendar_user_may_hide_its_setting(api: Api) -> None:
    chain = api.calendar_chain()
    assert api.one("calendar-user", chain["calendar-user"])["calendar_setting"] == chain["calendar-setting"]
    api.simulator.variants(calendar_user_setting="hidden")
    assert "calendar_setting" not in api.one("calendar-user", chain["calendar-user"])


def test_an_update_stores_the_password_in_clear_and_locks_the_user_out(api: Api) -> None:
    chain = api.calendar_chain()
    credentials = {"username": "clinic-bot", "password": "secret"}
    assert api.send("POST", "get-token/", credentials).status_code == 200
    fields = {**credentials, "calendar_setting": chain["calendar-setting"]}
    assert api.put("calendar-user", chain["calendar-user"], **fields).status_code == 200
    assert api.simulator.row("user", chain["calendar-user"])["password"] == "secret"
    assert api.send("POST", "get-token/", credentials).status_code == 400


def test_a_deleted_setting_hides_users_calendars_events_and_alarms(api: Api, user: Callable[[str], Api]) -> None:
    chain = api.calendar_chain()
    api.create("alarm", event=chain["event"])
    api.simulator.variants(delete="all")
    api.send("DELETE", f"calendar-setting/{chain['calendar-setting']}/")
    kinds = ("calendar-user", "calendar", "event", "alarm")
    assert [api.rows(kind) for kind in kinds] == [[], [], [], []]
    admin = user("admin")
    assert [len(admin.rows(kind)) for kind in ("calendar", "event", "alarm")] == [1, 1, 1]


def test_a_deleted_calendar_user_takes_calendars_events_and_alarms_along(api: Api) -> None:
    chain = api.calendar_chain()
    api.create("alarm", event=chain["event"])
    api.simulator.variants(delete="all")
    api.send("DELETE", f"calendar-user/{chain['calendar-user']}/")
    counts = api.simulator.counts()
    assert [counts[kind] for kind in ("calendar", "event", "alarm")] == [0, 0, 0]


def test_a_calendar_without_user_is_invisible(api: Api) -> None:
    api.simulator.create("calendar", name="Nobody's")
    assert api.rows("calendar") == []


@pytest.mark.parametrize(
    ("offset", "rings"),
    [
        (timedelta(0), True),
        (timedelta(minutes=-59), True),
        (timedelta(minutes=-61), False),
        (timedelta(seconds=4), True),
        (timedelta(minutes=2), False),
    ],
)
def test_an_alarm_rings_from_its_moment_until_an_hour_later(api: Api, offset: timedelta, rings: bool) -> None:
    event = api.calendar_chain()["event"]
    api.create("alarm", event=event, date_start_notice=(NOW + offset).isoformat())
    api.simulator.tick()
    assert alarms_rung(api) == ["0934890883"] * rings


def test_an_alarm_without_a_date_rings_at_once_and_only_once(api: Api) -> None:
    alarm = api.create("alarm", event=api.calendar_chain()["event"])
    api.simulator.tick()
    api.simulator.tick()
    assert alarms_rung(api) == ["0934890883"]
    assert api.simulator.rings()[0]["id"] == alarm["id"]
    after = api.one("alarm", alarm["id"])
    assert (alarm["status"], after["status"], after["num_attempt"]) == (1, 5, 1)
    assert [row["alarm"] for row in api.rows("cdr")] == [True]


def test_the_same_alarm_twice_rings_twice(api: Api) -> None:
    event = api.calendar_chain()["event"]
    for _ in range(2):
        api.create("alarm", event=event)
    api.simulator.tick()
    assert len(alarms_rung(api)) == 2


def test_a_changed_alarm_that_has_rung_rings_again_only_if_it_rearms(api: Api) -> None:
    event = api.calendar_chain()["event"]
    alarm = api.create("alarm", event=event)["id"]
    api.simulator.tick()
    api.put("alarm", alarm, alarm_phonenumber="0935", event=event)
    api.simulator.tick()
    assert alarms_rung(api) == ["0934890883"]
    api.simulator.variants(alarm_change="rearms")
    api.put("alarm", alarm, alarm_phonenumber="0936", event=event)
    api.simulator.tick()
    assert alarms_rung(api) == ["0934890883", "0936"]


def test_an_event_that_has_started_is_completed(api: Api) -> None:
    chain = api.calendar_chain()
    ids = {"creator": chain["calendar-user"], "calendar": chain["calendar"]}
    event = api.create("event", start=NOW.isoformat(), **ids)
    api.simulator.tick()
    assert [api.one("event", id)["status"] for id in (event["id"], chain["event"])] == [2, 1]


def test_a_repeating_event_clones_itself_and_its_alarms(api: Api) -> None:
    chain = api.calendar_chain()
    start = {"start": NOW.isoformat(), "end": NOW.isoformat(), "repeats": "DAILY"}
    api.simulator.change("event", chain["event"], **start)
    api.create("alarm", event=chain["event"], date_start_notice="2027-01-26T00:00:00Z")
    api.simulator.tick()
    first, clone = api.rows("event")
    assert (clone["title"], clone["parent_event"], clone["start"]) == (
        first["title"],
        first["id"],
        "2027-01-26T03:00:00Z",
    )
    assert [row["event"] for row in api.rows("alarm")] == [first["id"], clone["id"]]


def test_nothing_checks_that_an_event_ends_after_it_starts(api: Api) -> None:
    chain = api.calendar_chain()
    ids = {"creator": chain["calendar-user"], "calendar": chain["calendar"]}
    api.create("event", start="2027-02-15T03:00:00Z", end="2027-02-15T02:00:00Z", **ids)
