"""What rings is counted, whoever declares it, and never said to be less than what the simulator's dialler then does."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.checks.conftest import CAMPAIGN, Desk, phonebook, survey
from tests.factories import NOW

NUMBERS = [f"09348908{number:02}" for number in range(60)]
DAY = timedelta(days=1)


@pytest.fixture
def hanoi(desk: Desk) -> Desk:
    """The server's clock is the project's."""
    desk.configure(server_timezone="Asia/Ho_Chi_Minh")
    desk.simulator.variants(server_tz="Asia/Ho_Chi_Minh")
    return desk


def line(desk: Desk, *options: str) -> str:
    """The impact line of a plan."""
    return desk.succeed("plan", *options).out.splitlines()[-1]


def outlook(desk: Desk) -> dict[str, Any]:
    return dict(desk.plan()["outlook"])


def declare(desk: Desk, *numbers: str, **campaigns: dict[str, Any]) -> None:
    """One survey and one phonebook, and the campaigns; without any nothing else is declared."""
    declared = {"campaigns": {key: {**CAMPAIGN, **fields} for key, fields in campaigns.items()}} if campaigns else {}
    desk.declare(surveys={"promo": survey()}, phonebooks={"vip": phonebook(*numbers)}, **declared)


def dialled(desk: Desk, *moments: datetime) -> list[str]:
    """The numbers that ring, the dialler run forward on the first mornings, or at some moments."""
    mornings = [NOW + day * DAY + timedelta(minutes=minutes) for day in (0, 3, 4) for minutes in (1, 10)]
    for moment in moments or mornings:
        desk.simulator.clock(moment)
        desk.simulator.tick(540)
    return [ring["number"] for ring in desk.simulator.rings()]


def campaign_of_others(desk: Desk, books: list[int], user: int = 203, **fields: Any) -> int:
    """A campaign that runs on the account and is nobody's here, with its contacts taken in."""
    made = desk.simulator.create(
        "campaigns",
        user=user,
        name=fields.pop("name", "Others"),
        phonebook=books,
        aleg_gateway=fields.pop("gateway", 24),
        object_id=350,
        frequency=10,
        startingdate=(NOW - DAY).isoformat(),
        expirationdate=(NOW + 10 * DAY).isoformat(),
        daily_start_time="08:00:00",
        daily_stop_time="17:00:00",
        status=1,
        **fields,
    )
    return int(made["id"])


def test_a_phonebook_that_only_an_undeclared_campaign_dials(hanoi: Desk) -> None:
    declare(hanoi, *NUMBERS[:3])
    hanoi.apply()
    [book] = [row["id"] for row in hanoi.simulator.objects("phonebook") if row["name"] == "VIP"]
    campaign_of_others(hanoi, [book])
    declare(hanoi, *NUMBERS[:5])
    when = "from 2027-01-15 09:00 to 2027-01-25 09:00 +07:00, on gateway AliceBackupGateway"
    assert line(hanoi) == (
        f"Impact: at most 2 calls to 2 people, {when}; running already: at most 3 calls to 3 people, {when}, "
        "not declared here: at most 3 calls to 3 people."
    )
    [campaign] = outlook(hanoi)["campaigns"]
    shown = [campaign[name] for name in ("name", "declared", "contacts", "rings")]
    assert shown == ["Others", "undeclared", 5, 2]
    assert [load["gateway"] for load in outlook(hanoi)["gateways"]] == ["AliceBackupGateway"]
    said = hanoi.apply()
    assert f"Rings now: at most 5 calls to 5 people, {when}.\n" in said.out
    hanoi.demand_nothing_to_do()
    assert sorted(dialled(hanoi)) == sorted(NUMBERS[:5])


def test_a_running_campaign_that_is_no_longer_declared_is_counted_and_said_apart(hanoi: Desk) -> None:
    declare(hanoi, *NUMBERS[:30], tet={})
    hanoi.apply()
    declare(hanoi, *NUMBERS[:30])
    assert "running already: at most 30 calls to 30 people" in line(hanoi)
    assert "not declared here: at most 30 calls to 30 people" in line(hanoi)
    assert [each["id"] for each in hanoi.plan()["findings"] if each["severity"] == "warning"] == ["running-undeclared"]


def test_what_others_run_is_counted_on_any_gateway_and_only_if_it_is_about_us(hanoi: Desk) -> None:
    mine, theirs = hanoi.simulator.create_many(
        "phonebook", [{"user": 203, "name": "Mine"}, {"user": 104, "name": "Theirs"}]
    )
    rows = [(mine, NUMBERS[:4]), (theirs, NUMBERS[10:17])]
    hanoi.simulator.create_many(
        "contact", [{"phonebook": book, "contact": number} for book, numbers in rows for number in numbers]
    )
    hanoi.simulator.change("gateway", 25, user=1)
    campaign_of_others(hanoi, [mine], user=203, gateway=24)
    campaign_of_others(hanoi, [mine], user=104, gateway=25, name="Foreign")
    campaign_of_others(hanoi, [theirs], user=104, gateway=25, name="Apart")
    declare(hanoi, *NUMBERS[20:22], tet={"status": "paused"})
    hanoi.environ = {"ALICE_USERNAME": "admin", "ALICE_PASSWORD": "admin"}
    hanoi.simulator.variants(user_field="username")
    hanoi.simulator.change("phonebook", mine, user=1)
    names = {each["name"]: each["declared"] for each in outlook(hanoi)["campaigns"]}
    assert names == {"Tet": "declared", "Others": "foreign", "Foreign": "foreign"}


@pytest.mark.parametrize("rows", [12, 40])
@pytest.mark.parametrize(
    "rule", [{}, {"filters": "ignored"}, {"lists": "bare"}, {"lists": "results"}, {"order": "shuffled"}], ids=str
)
def test_who_was_taken_in_is_called_whatever_the_server_says_of_filters(
    hanoi: Desk, rows: int, rule: dict[str, str]
) -> None:
    declare(hanoi, *NUMBERS[:rows], tet={})
    hanoi.apply()
    declare(hanoi, *NUMBERS[: rows - 3], tet={})
    hanoi.simulator.variants(**rule)
    said = hanoi.succeed("apply", "--auto-approve", "--max-remove-percent", "50").out
    assert f"running already: at most {rows} calls to {rows} people" in said
    assert f"at most {rows} calls to {rows} people" in line(hanoi)
    assert len(dialled(hanoi)) == rows


def test_a_first_page_that_fits_by_chance_proves_nothing(hanoi: Desk) -> None:
    desk = hanoi
    books = desk.simulator.create_many("phonebook", [{"user": 203, "name": name} for name in ("One", "Two")])
    rows = [{"phonebook": books[0], "contact": number} for number in NUMBERS[:15]]
    rows += [{"phonebook": books[1], "contact": number} for number in NUMBERS[15:29]]
    desk.simulator.create_many("contact", rows)
    one = {**CAMPAIGN, "phonebooks": [{"id": books[0]}]}
    two = {**CAMPAIGN, "name": "Two", "phonebooks": [{"id": books[1]}]}
    desk.declare(surveys={"promo": survey()}, campaigns={"one": one})
    desk.simulator.variants(filters="ignored")
    assert "at most 15 calls to 15 people" in line(desk)
    desk.simulator.variants(filters="honoured")
    desk.apply()
    desk.declare(surveys={"promo": survey()}, campaigns={"one": one, "two": two})
    desk.apply()
    desk.declare(surveys={"promo": survey()}, campaigns={"one": one, "two": {**two, "status": "paused"}})
    desk.apply()
    desk.simulator.variants(filters="ignored")
    assert "running already: at most 15 calls to 15 people" in line(desk)
    assert len(dialled(desk)) == 15


START = (NOW + 3 * DAY).isoformat()


@pytest.mark.parametrize("freeze", ["at-once", "delayed", "never"])
def test_a_start_that_has_still_to_take_its_contacts_in_rings_all_of_them(hanoi: Desk, freeze: str) -> None:
    hanoi.simulator.variants(freeze=freeze)
    declare(hanoi, *NUMBERS[:20], tet={"startingdate": START})
    assert line(hanoi).startswith("Impact: at most 20 calls to 20 people")
    hanoi.apply()
    hanoi.demand_nothing_to_do()
    assert line(hanoi).startswith("Rings: nothing new; running already: at most 20 calls to 20 people")
    declare(hanoi, *NUMBERS[:21], tet={"startingdate": START})
    assert line(hanoi).startswith("Impact: at most 1 call to 1 person")
    hanoi.apply()
    most = outlook(hanoi)["running"]["calls"]
    assert 21 <= most <= 22
    assert len(dialled(hanoi)) == 21


@pytest.mark.parametrize("code", [6, None])
def test_a_status_that_nobody_knows_may_ring(hanoi: Desk, code: int | None) -> None:
    declare(hanoi, *NUMBERS[:20], tet={})
    hanoi.apply()
    if code is None:
        pytest.skip("the simulator keeps a status")
    [tet] = [row["id"] for row in hanoi.simulator.objects("campaigns") if row["name"] == "Tet"]
    hanoi.simulator.change("campaigns", tet, status=code)
    declare(hanoi, *NUMBERS[:20])
    said = line(hanoi)
    assert "running already: at most 20 calls to 20 people" in said
    assert "the status of campaign Tet is not known" in said and "it may ring" in said


@pytest.mark.parametrize("refused", ["subscriber-list", "campaigns"])
def test_what_a_server_does_not_show_is_not_known_and_never_nothing(hanoi: Desk, refused: str) -> None:
    declare(hanoi, *NUMBERS[:20], tet={})
    hanoi.apply()
    hanoi.simulator.variants(forbidden_get=refused)
    said = line(hanoi)
    assert "running already: not known how many calls" in said
    running = outlook(hanoi)["running"]
    assert running["calls"] is None and running["calls_at_least"] == 0 and running["not_known"]


def test_contacts_of_an_unmanaged_phonebook_that_are_not_shown_close_min_reach(hanoi: Desk) -> None:
    [old] = hanoi.simulator.create_many("phonebook", [{"user": 203, "name": "Old"}])
    hanoi.simulator.create_many("contact", [{"phonebook": old, "contact": number} for number in NUMBERS[:25]])
    hanoi.declare(surveys={"promo": survey()}, campaigns={"tet": {**CAMPAIGN, "phonebooks": [{"id": old}]}})
    hanoi.simulator.variants(forbidden_get="contact")
    assert "Impact: not known how many calls" in line(hanoi)
    assert "campaign.tet would reach an unknown share" in hanoi.refusal("--min-reach", "1")
    [finding] = hanoi.findings("forecast")
    assert "it is not known whether it reaches all contacts" in finding["message"]
    hanoi.configure(server_timezone="Asia/Ho_Chi_Minh", checks={"forecast": "error"})
    assert "forecast" in hanoi.refusal()


def books(desk: Desk, **phonebooks: list[str]) -> None:
    declared = {
        name: {"name": name, "contacts": {"rows": [{"contact": number} for number in numbers]}}
        for name, numbers in phonebooks.items()
    }
    campaign = {**CAMPAIGN, "phonebooks": [*phonebooks]}
    desk.declare(surveys={"promo": survey()}, phonebooks=declared, campaigns={"tet": campaign})


def test_who_is_in_two_phonebooks_is_one_person_before_and_after(hanoi: Desk) -> None:
    books(hanoi, vip=NUMBERS[:20], leads=NUMBERS[12:30])
    assert "at most 38 calls to 30 people" in line(hanoi)
    said = hanoi.apply()
    assert "Rings now: at most 38 calls to 30 people" in said.out
    assert "running already: at most 38 calls to 30 people" in line(hanoi)
    rung = dialled(hanoi)
    assert (len(rung), len(set(rung))) == (38, 30)


def test_people_who_were_taken_in_and_left_are_still_people(hanoi: Desk) -> None:
    books(hanoi, vip=NUMBERS[:20], leads=NUMBERS[12:30])
    hanoi.apply()
    books(hanoi, vip=NUMBERS[5:20], leads=NUMBERS[12:30])
    hanoi.apply("--max-remove-percent", "50")
    running = outlook(hanoi)["running"]
    rung = dialled(hanoi)
    assert running["calls"] == len(rung) == 38
    assert len(set(rung)) == 30 <= running["people"] <= 38


CLINIC = {
    "calendar_settings": {
        "s": {"label": "S", "survey": {"campaign": "tet"}, "gateway": "AliceBackupGateway", "call_timeout": 60}
    },
    "calendar_users": {"u": {"username": "u", "password": "${env.CLINIC_PASSWORD}", "calendar_setting": "s"}},
    "calendars": {"c": {"name": "C", "user": "u"}},
}


def clinic(desk: Desk, **alarms: tuple[str, str]) -> None:
    """Alarms by key, each with its event: the number and the moment."""
    desk.environ = {"CLINIC_PASSWORD": "correct-horse"}
    events = {
        key: {"title": key, "start": "2027-01-29T09:00:00+07:00", "end": "2027-01-29T10:00:00+07:00", "calendar": "c"}
        for key in alarms
    }
    declared = {
        key: {"event": key, "alarm_phonenumber": number, "date_start_notice": moment}
        for key, (number, moment) in alarms.items()
    }
    more = {"events": events, "alarms": declared} if alarms else {}
    desk.declare(
        surveys={"promo": survey()},
        phonebooks={"vip": phonebook(*NUMBERS[:2])},
        campaigns={"tet": CAMPAIGN},
        **CLINIC,
        **more,
    )


SOON, LATER = "2027-01-28T09:00:00+07:00", "2027-01-28T10:30:00+07:00"


def test_a_contact_and_two_alarms_of_one_number_are_one_person(hanoi: Desk) -> None:
    clinic(hanoi, a=(NUMBERS[1], SOON), b=("+84" + NUMBERS[1][1:], LATER), c=(NUMBERS[9], LATER))
    assert "at most 5 calls to 3 people" in line(hanoi)
    hanoi.apply()
    hanoi.demand_nothing_to_do()
    assert "running already: at most 5 calls to 3 people" in line(hanoi)


@pytest.mark.parametrize("gone", [(), ("b",), ("a", "b")])
def test_an_alarm_that_left_the_manifests_still_rings(hanoi: Desk, gone: tuple[str, ...]) -> None:
    alarms = {"a": (NUMBERS[5], SOON), "b": (NUMBERS[6], LATER)}
    clinic(hanoi, **alarms)
    hanoi.apply()
    clinic(hanoi, **{key: alarm for key, alarm in alarms.items() if key not in gone})
    said = line(hanoi)
    assert "running already: at most 4 calls to 4 people" in said
    found = {each["address"]: each for each in hanoi.findings("undeclared")}
    times = {"a": "28 Jan 09:00", "b": "28 Jan 10:30"}
    for key in gone:
        assert f"not declared here: at most {len(gone)} call" in said
        assert found[f"alarm.{key}"]["severity"] == found[f"event.{key}"]["severity"] == "warning"
        assert f"still rings {times[key]}" in found[f"alarm.{key}"]["message"]
    assert len(outlook(hanoi)["alarms"]) == 2
    moments = [datetime.fromisoformat(each) for each in (SOON, LATER)]
    assert dialled(hanoi, *moments)[-2:] == [NUMBERS[5], NUMBERS[6]]


def test_an_alarm_that_is_deleted_does_not_ring_and_one_that_is_forgotten_does(hanoi: Desk) -> None:
    clinic(hanoi, a=(NUMBERS[5], SOON))
    hanoi.apply()
    clinic(hanoi)
    assert "not declared here: at most 1 call to 1 person" in line(hanoi, "--prune")
    assert [each["severity"] for each in hanoi.findings("undeclared", "--prune")] == ["warning", "warning"]
    hanoi.simulator.variants(delete="all")
    assert "not declared here" not in line(hanoi, "--prune")
    assert hanoi.findings("undeclared", "--prune") == []


def test_where_alarms_are_not_listed_the_recorded_ones_count_and_others_are_not_known(hanoi: Desk) -> None:
    alarms = {"a": (NUMBERS[5], SOON), "b": (NUMBERS[6], LATER)}
    clinic(hanoi, **alarms)
    hanoi.apply()
    clinic(hanoi, a=alarms["a"])
    hanoi.simulator.variants(forbidden_get="alarm")
    said = line(hanoi)
    assert "running already: not known, at least 4 calls to 2 people" in said
    assert "the server does not list alarms" in said
    found = {each["address"]: each["message"] for each in hanoi.findings("undeclared")}
    assert "still rings 28 Jan 10:30" in found["alarm.b"]
