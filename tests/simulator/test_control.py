"""The control endpoints, through the class that tests use."""

from datetime import UTC, datetime, timedelta

import pytest

from provisioner.simulator.process import ControlError, Simulator

from .client import Api


def test_reset_goes_back_to_the_seed_and_to_the_first_ids(api: Api) -> None:
    first = api.create("phonebook")["id"]
    api.simulator.reset(variants={"create_status": "200"}, page_size=3)
    assert api.get("phonebook/").status_code == 401
    api.login()
    assert api.post("phonebook").json()["id"] == first
    assert api.simulator.variants()["create_status"] == "200"
    api.simulator.create_many("phonebook", [{"name": str(number)} for number in range(5)])
    assert len(api.rows("phonebook")) == 3


def test_reset_without_variants_forgets_those_of_the_test_before(simulator: Simulator) -> None:
    simulator.variants(relations="url")
    simulator.reset()
    assert simulator.variants()["relations"] == "int"


def test_a_reset_takes_milliseconds(simulator: Simulator) -> None:
    started = datetime.now(UTC)
    for _ in range(10):
        simulator.reset()
    assert datetime.now(UTC) - started < timedelta(seconds=2)


def test_an_unknown_variant_or_value_is_an_error_that_lists_the_choices(simulator: Simulator) -> None:
    with pytest.raises(ControlError, match="relations"):
        simulator.variants(relation="url")
    with pytest.raises(ControlError, match=r"one of int\|str\|url\|nested"):
        simulator.reset(variants={"relations": "hyperlink"})


def test_the_log_marks_writes_and_can_be_cleared(api: Api) -> None:
    api.simulator.clear_requests()
    api.get("phonebook/", search="VIP")
    api.create("phonebook")
    read, write = api.simulator.requests()
    assert (read["method"], read["path"], read["status"]) == ("GET", "/rest-api/phonebook/", 200)
    assert (read["query"], read["rows"], read["fault"]) == ("search=VIP", None, None)
    assert (read["write"], write["write"], write["user"], write["sequence"]) == (False, True, "demo", 2)
    assert api.simulator.writes() == [write]


def test_the_clock_can_be_set_and_moved_and_runs_on(simulator: Simulator) -> None:
    moment = datetime(2027, 1, 25, 3, tzinfo=UTC)
    assert timedelta(0) <= simulator.clock(moment) - moment < timedelta(seconds=2)
    assert simulator.clock(advance=3600) - moment >= timedelta(hours=1)
    assert simulator.clock() > simulator.clock(moment)


def test_a_token_can_be_had_without_a_login(api: Api) -> None:
    api.simulator.reset()
    api.session.headers["Authorization"] = f"Bearer {api.simulator.token('admin')}"
    assert len(api.rows("gateway")) == 3
    assert [request["user"] for request in api.simulator.requests()] == ["admin"]
    with pytest.raises(ControlError, match="no user is called 'nobody'"):
        api.simulator.token("nobody")


def test_rows_can_be_made_changed_and_deleted_behind_the_apis_back(api: Api) -> None:
    phonebook = api.simulator.create("phonebook", name="From the web page")
    assert api.one("phonebook", phonebook["id"])["user"] == 203
    api.simulator.change("phonebook", phonebook["id"], name="Renamed there")
    assert api.rows("phonebook")[0]["name"] == "Renamed there"
    api.simulator.delete("phonebook", phonebook["id"])
    assert api.rows("phonebook") == []
    assert api.simulator.writes() == []


def test_relations_and_dates_are_given_as_ids_and_texts(api: Api) -> None:
    phonebook = api.simulator.create("phonebook", name="VIP")["id"]
    contact = api.simulator.create("contact", phonebook=phonebook, contact="0934", status=0)
    campaign = api.simulator.create(
        "campaigns", name="Tet", phonebook=[phonebook], expirationdate="2027-03-01T00:00:00+07:00"
    )
    assert (contact["phonebook"], contact["status"]) == (phonebook, 0)
    assert (campaign["phonebook"], campaign["aleg_gateway"], campaign["status"]) == ([phonebook], 23, 2)
    assert api.one("campaigns", campaign["id"])["expirationdate"] == "2027-02-28T17:00:00Z"


def test_a_start_in_the_web_page_freezes_like_any_start(api: Api) -> None:
    campaign = api.create("campaigns", phonebook=[api.phonebook_of("0934")])["id"]
    api.simulator.change("campaigns", campaign, status=1)
    assert len(api.rows("survey-list")) == 1
    api.simulator.create("contact", phonebook=api.rows("phonebook")[0]["id"], contact="0935")
    assert [row["contact"] for row in api.rows("subscriber-list")] == ["0934", "0935"]


def test_changing_a_contact_in_the_web_page_subscribes_nobody(api: Api) -> None:
    campaign = api.started_campaign()
    contact = api.create("contact", phonebook=campaign["phonebook"][0], status=0)["id"]
    api.simulator.change("contact", contact, status=1)
    assert api.rows("subscriber-list") == []


def test_a_start_that_would_crash_is_refused_in_the_web_page(api: Api) -> None:
    campaign = api.create("campaigns", object_id=999999)["id"]
    with pytest.raises(ControlError):
        api.simulator.change("campaigns", campaign, status=1)
    assert api.one("campaigns", campaign)["status"] == 2


def test_a_calendar_user_made_in_the_web_page_belongs_to_demo(api: Api) -> None:
    setting = api.calendar_chain()["calendar-setting"]
    api.simulator.create("calendar-user", username="second", password="secret", calendar_setting=setting)
    assert [row["username"] for row in api.rows("calendar-user")] == ["clinic-bot", "second"]


def test_many_rows_at_once_answer_their_ids_in_order(simulator: Simulator) -> None:
    phonebook = simulator.create("phonebook", name="VIP")["id"]
    rows = [{"phonebook": phonebook, "contact": str(number)} for number in range(2500)]
    ids = simulator.create_many("contact", rows)
    assert [(row["id"], row["contact"]) for row in simulator.objects("contact", phonebook=phonebook)] == [
        (id, str(number)) for number, id in enumerate(ids)
    ]


@pytest.mark.parametrize(
    ("kind", "fields", "message"),
    [
        ("phone-book", {}, "there are survey-template"),
        ("phonebook", {"title": "x"}, "no column title"),
        ("contact", {"contact": "0934"}, "phonebook"),
    ],
)
def test_mistakes_are_explained(simulator: Simulator, kind: str, fields: dict[str, object], message: str) -> None:
    with pytest.raises(ControlError, match=message):
        simulator.create(kind, **fields)
    with pytest.raises(ControlError, match="no phonebook 999"):
        simulator.change("phonebook", 999, name="x")
