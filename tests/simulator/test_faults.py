"""What goes wrong with a request, seeded. See docs/alice-api.md#lost-answers."""

import time

import pytest
import requests

from .client import Api


def always(api: Api, fault: str, **variants: object) -> None:
    api.simulator.variants(faults=fault, fault_rate=1, **variants)


def phonebooks(api: Api) -> int:
    return len(api.simulator.objects("phonebook", user=203))


@pytest.mark.parametrize(("fault", "rows"), [("drop-before", 0), ("drop-after", 1)])
def test_a_dropped_connection_has_or_has_not_done_its_work(api: Api, fault: str, rows: int) -> None:
    always(api, fault)
    with pytest.raises(requests.exceptions.ConnectionError):
        api.post("phonebook")
    assert phonebooks(api) == rows
    last = api.simulator.writes()[-1]
    assert (last["fault"], last["status"]) == (fault, 201 if rows else None)


@pytest.mark.parametrize(("fault", "rows"), [("500-before", 0), ("500-after", 1)])
def test_an_html_500_before_or_after_the_commit(api: Api, fault: str, rows: int) -> None:
    always(api, fault)
    answer = api.post("phonebook")
    assert (answer.status_code, answer.headers["Content-Type"][:9]) == (500, "text/html")
    assert phonebooks(api) == rows


def test_a_fault_at_one_place_meets_the_request_of_that_number_alone(api: Api) -> None:
    api.simulator.variants(faults="500-before", fault_rate=0, fault_at=2)  # logins do not count
    assert [api.post("phonebook").status_code for _ in range(3)] == [201, 500, 201]


def test_a_429_does_nothing_and_says_when_to_come_back(api: Api) -> None:
    always(api, "429", fault_retry_after=2)
    answer = api.post("phonebook")
    assert (answer.status_code, answer.headers["Retry-After"], list(answer.json())) == (429, "2", ["detail"])
    assert phonebooks(api) == 0


def test_a_slow_request_is_done_at_once_and_answered_late(api: Api) -> None:
    always(api, "slow", fault_slow=1)
    with pytest.raises(requests.exceptions.ReadTimeout):
        api.session.post(f"{api.simulator.endpoint}/phonebook/", json={"name": "VIP"}, timeout=0.3)
    assert phonebooks(api) == 1


def test_a_late_commit_comes_after_the_client_has_given_up(api: Api) -> None:
    always(api, "late-commit", fault_slow=0.6)
    with pytest.raises(requests.exceptions.ReadTimeout):
        api.session.post(f"{api.simulator.endpoint}/phonebook/", json={"name": "VIP"}, timeout=0.2)
    assert phonebooks(api) == 0
    time.sleep(0.8)
    assert phonebooks(api) == 1


def test_a_reset_is_not_overtaken_by_a_late_commit(api: Api) -> None:
    always(api, "late-commit", fault_slow=0.4)
    with pytest.raises(requests.exceptions.ReadTimeout):
        api.session.post(f"{api.simulator.endpoint}/phonebook/", json={"name": "VIP"}, timeout=0.1)
    api.simulator.reset()
    time.sleep(0.6)
    assert phonebooks(api) == 0
    assert api.simulator.requests() == []


def test_an_expired_token_is_a_401_to_a_write_that_was_not_done(api: Api) -> None:
    always(api, "expire-token")
    assert api.post("phonebook").status_code == 401
    assert phonebooks(api) == 0
    api.simulator.variants(faults="")
    assert api.get("phonebook/").status_code == 401
    api.login()
    assert api.get("phonebook/").status_code == 200


def test_a_shuffled_list(api: Api) -> None:
    api.simulator.create_many("phonebook", [{"name": str(number)} for number in range(10)])
    always(api, "shuffle")
    orders = {tuple(row["id"] for row in api.rows("phonebook")) for _ in range(4)}
    assert len(orders) > 1


def test_the_same_seed_strikes_the_same_requests(api: Api) -> None:
    def struck(seed: int) -> list[str | None]:
        api.simulator.reset(variants={"faults": "429,500-before", "fault_rate": 0.5, "fault_seed": seed})
        api.login()
        for _ in range(12):
            api.get("phonebook/")
        return [request["fault"] for request in api.simulator.requests()]

    first = struck(1)
    assert first == struck(1) != struck(2)
    assert {"429", "500-before", None} == set(first)


def test_the_login_is_never_touched_and_the_scope_can_be_writes_or_reads(api: Api) -> None:
    always(api, "500-before", fault_scope="writes")
    api.login()
    assert (api.get("phonebook/").status_code, api.post("phonebook").status_code) == (200, 500)
    always(api, "500-before", fault_scope="reads")
    assert (api.get("phonebook/").status_code, api.post("phonebook").status_code) == (500, 201)


def test_every_nth_request_may_be_struck_in_turn(api: Api) -> None:
    always(api, "500-after", fault_every=3, fault_scope="writes")
    statuses = [api.post("phonebook").status_code for _ in range(6)]
    assert statuses == [201, 201, 500, 201, 201, 500]
