"""docs/alice-api.md#lists: envelopes, pages, order, filters."""

from typing import Any

import pytest

from .client import Api


@pytest.fixture
def phonebooks(api: Api) -> list[int]:
    return api.simulator.create_many("phonebook", [{"name": f"Book {number}"} for number in range(23)])


def ids(body: Any) -> list[int]:
    return [row["id"] for row in body]


def test_a_page_holds_ten_rows_in_drfs_envelope(api: Api, phonebooks: list[int]) -> None:
    body = api.get("phonebook/").json()
    assert list(body) == ["count", "next", "previous", "results"]
    assert (body["count"], body["previous"], ids(body["results"])) == (23, None, phonebooks[:10])
    assert body["next"] == f"{api.simulator.endpoint}/phonebook/?page=2"


def test_links_keep_the_other_parameters(api: Api, phonebooks: list[int]) -> None:
    assert "search=Book" in api.get("phonebook/", search="Book", page=2).json()["next"]


@pytest.mark.parametrize("page", ["4", "0", "x"])
def test_a_page_past_the_end_is_a_404_invalid_page(api: Api, phonebooks: list[int], page: str) -> None:
    answer = api.get("phonebook/", page=page)
    assert (answer.status_code, answer.json()) == (404, {"detail": "Invalid page."})


def test_past_end_may_be_empty_or_repeat_the_last_page(api: Api, phonebooks: list[int]) -> None:
    api.simulator.variants(past_end="empty")
    assert api.rows("phonebook", page=4) == []
    api.simulator.variants(past_end="repeat")
    assert ids(api.rows("phonebook", page=9)) == phonebooks[20:]


def test_lists_may_be_results_only_or_bare(api: Api, phonebooks: list[int]) -> None:
    api.simulator.variants(lists="results")
    assert list(api.get("phonebook/").json()) == ["results"]
    api.simulator.variants(lists="bare")
    assert ids(api.get("phonebook/", page=3).json()) == phonebooks[20:]


def test_paging_off_gives_every_row_every_time(api: Api, phonebooks: list[int]) -> None:
    api.simulator.variants(paging="off")
    assert ids(api.rows("phonebook", page=7)) == phonebooks
    assert api.get("phonebook/").json()["next"] is None
    assert api.get("dnc-list/").json() == {"count": 0, "next": None, "previous": None, "results": []}


def test_page_size_is_ignored_unless_it_is_honoured_up_to_a_maximum(api: Api, phonebooks: list[int]) -> None:
    assert len(api.rows("phonebook", page_size=20)) == 10
    api.simulator.variants(page_size_param="honoured", page_size_max=15)
    assert [len(api.rows("phonebook", page_size=size)) for size in ("5", "20", "x")] == [5, 15, 10]


def test_count_may_promise_more_than_there_is(api: Api, phonebooks: list[int]) -> None:
    api.simulator.variants(count="inflated")
    assert api.get("phonebook/").json()["count"] == 24


def test_count_may_be_that_of_a_page(api: Api, phonebooks: list[int]) -> None:
    api.simulator.variants(count="page")
    assert [api.get("phonebook/", page=page).json()["count"] for page in (1, 3)] == [10, 10]


def test_next_may_be_missing_or_name_a_page_that_is_not_there(api: Api, phonebooks: list[int]) -> None:
    def last_two() -> list[bool]:
        return [bool(api.get("phonebook/", page=page).json()["next"]) for page in (2, 3)]

    assert last_two() == [True, False]
    api.simulator.variants(next="null")
    assert last_two() == [False, False]
    api.simulator.variants(next="always")
    assert last_two() == [True, True]


def test_next_may_name_a_foreign_host(api: Api, phonebooks: list[int]) -> None:
    api.simulator.variants(next_host="foreign")
    link = api.get("phonebook/").json()["next"]
    assert link == "http://alice-internal:8000/rest-api/phonebook/?page=2"


def test_shuffled_order_skips_and_repeats_rows_between_pages(api: Api, phonebooks: list[int]) -> None:
    api.simulator.variants(order="shuffled")
    orders = {tuple(ids(api.rows("phonebook"))) for _ in range(4)}
    assert len(orders) > 1
    passes = [id for _ in range(4) for page in (1, 2, 3) for id in ids(api.rows("phonebook", page=page))]
    assert len(set(passes[:23])) < 23
    assert set(passes) <= set(phonebooks)


def test_shuffled_order_shuffles_a_campaigns_phonebooks_too(api: Api, phonebooks: list[int]) -> None:
    campaign = api.create("campaigns", phonebook=phonebooks)["id"]
    api.simulator.variants(order="shuffled")
    lists = [api.one("campaigns", campaign)["phonebook"] for _ in range(3)]
    assert lists[0] != lists[1] or lists[1] != lists[2]
    assert sorted(lists[0]) == phonebooks


def test_updated_order_moves_a_changed_row_to_the_end(api: Api, phonebooks: list[int]) -> None:
    api.simulator.variants(order="updated")
    api.put("phonebook", phonebooks[0], name="Changed")
    assert ids(api.rows("phonebook", page=3))[-1] == phonebooks[0]


@pytest.mark.parametrize(
    ("kind", "params", "names"),
    [
        ("phonebook", {"search": "vi"}, ["VIP"]),
        ("survey-template", {"search": "welc"}, ["Welcome"]),
        ("survey-template", {"is_onboarding": "true"}, ["Khảo sát mẫu"]),
        ("survey-template", {"user": "203"}, ["Welcome"]),
        ("survey-template", {"description": "none"}, []),
        ("campaigns", {"name": "Tet", "status": "2"}, ["Tet"]),
        ("campaigns", {"name": "Te"}, []),
        ("campaigns", {"status": "5"}, []),
    ],
)
def test_documented_filters_are_honoured(api: Api, kind: str, params: dict[str, str], names: list[str]) -> None:
    for created in ("phonebook", "survey-template", "campaigns"):
        api.create(created)
    assert [row["name"] for row in api.rows(kind, **params)] == names


def test_contacts_filter_by_phonebook_and_search_numbers_and_names(api: Api) -> None:
    first, second = api.phonebook_of("0934", "0935"), api.phonebook_of("0934")
    api.create("contact", phonebook=second, contact="0777", first_name="Linh")
    assert len(api.rows("contact", phonebook=first)) == 2
    assert [row["phonebook"] for row in api.rows("contact", search="0934")] == [first, second]
    assert [row["contact"] for row in api.rows("contact", search="lin")] == ["0777"]


def test_campaigns_sealed_surveys_and_subscribers_filter_by_relation(api: Api) -> None:
    one, two = api.started_campaign("0934", name="one"), api.started_campaign("0935", "0936", name="two")
    assert [row["name"] for row in api.rows("campaigns", phonebook=one["phonebook"][0])] == ["one"]
    assert [row["campaign"] for row in api.rows("survey-list", campaign=two["id"], tts_language="vi")] == [two["id"]]
    assert [row["contact"] for row in api.rows("subscriber-list", campaign=two["id"], status=1)] == ["0935", "0936"]
    assert len(api.rows("subscriber-list", contact="0934")) == 1


def test_invalid_values_of_known_filters_are_400s_and_unknown_filters_ignored(api: Api) -> None:
    api.create("phonebook")
    for kind, params in (("campaigns", {"status": 9}), ("contact", {"phonebook": 999}), ("cdr", {"duration": "x"})):
        assert api.get(f"{kind}/", **params).status_code == 400
    assert len(api.rows("phonebook", name="nothing has this name")) == 1


def test_ignored_filters_give_the_full_list(api: Api) -> None:
    api.create("phonebook")
    api.simulator.variants(filters="ignored")
    assert len(api.rows("phonebook", search="nothing has this name")) == 1


def test_filter_match_makes_all_filters_exact_or_all_contain(api: Api) -> None:
    api.create("campaigns")
    api.create("phonebook")
    api.simulator.variants(filter_match="contains")
    assert len(api.rows("campaigns", name="te")) == 1
    api.simulator.variants(filter_match="exact")
    assert (len(api.rows("phonebook", search="vi")), len(api.rows("phonebook", search="VIP"))) == (0, 1)


def test_the_fifteen_cdr_filters(api: Api) -> None:
    api.simulator.variants(answer_rate=1)
    api.started_campaign("0934", "0935", callerid="19001234")
    api.simulator.tick(60)
    call = api.rows("cdr")[0]
    same = ("callid", "callerid", "phone_number", "duration", "billsec", "disposition", "hangup_cause")
    sip = ("sip_term_status", "sip_term_cause", "endpoint_disposition", "campaign", "alarm", "otp")
    moment = call["starting_date"]
    params = {name: call[name] for name in (*same, *sip)} | {"from_date": moment, "to_date": moment}
    assert [row["id"] for row in api.rows("cdr", **params)] == [call["id"]]
    for name, value in {
        "phone_number": "0999",
        "disposition": "BUSY",
        "alarm": "true",
        "to_date": "2020-01-01",
    }.items():
        assert api.rows("cdr", **{name: value}) == []


def test_gateways_are_the_callers_own_or_none(api: Api) -> None:
    assert [(row["id"], row["name"]) for row in api.rows("gateway")] == [
        (23, "AliceDevGateway"),
        (24, "AliceBackupGateway"),
    ]
    api.simulator.variants(gateways="none")
    assert api.rows("gateway") == []


@pytest.mark.parametrize(
    ("answer", "code", "media"),
    [
        ("html-404", 404, "text/html"),
        ("html-403", 403, "text/html"),
        ("403", 403, "application/json"),
        ("405", 405, "application/json"),
        ("500", 500, "text/html"),
    ],
)
def test_one_page_of_a_list_may_fail(api: Api, phonebooks: list[int], answer: str, code: int, media: str) -> None:
    api.simulator.variants(failing_pages="phonebook", failing_page=2, failing_page_answer=answer)
    failed = api.get("phonebook/", page=2)
    assert (failed.status_code, failed.headers["Content-Type"].partition(";")[0]) == (code, media)
    assert ids(api.rows("phonebook", page=3)) == phonebooks[20:]


@pytest.mark.parametrize(("form", "read"), [("99", 99), ("word", "UNHEARD"), ("null", None)])
def test_a_field_may_read_in_a_form_that_nobody_knows(api: Api, phonebooks: list[int], form: str, read: Any) -> None:
    api.simulator.variants(unread_fields="phonebook.name", unread_form=form)
    assert {row["name"] for row in api.rows("phonebook")} == {read}
    api.simulator.variants(unread_fields="phonebook.name", unread_form="hidden")
    assert not [row for row in api.rows("phonebook") if "name" in row]


def test_an_object_may_read_as_another_users(api: Api, phonebooks: list[int]) -> None:
    ours = {row["user"] for row in api.rows("phonebook")}
    api.simulator.variants(other_owner="phonebook")
    others = {row["user"] for row in api.rows("phonebook")}
    assert len(others) == 1
    assert others != ours
