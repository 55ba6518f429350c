"""The client against the simulator, whose paging, errors and OPTIONS are Django REST framework's own."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from provisioner.api import Credentials
from provisioner.errors import AuthError, Forbidden, Inconsistent, ObjectMissing, Rejected, RouteMissing
from provisioner.simulator.process import Simulator

from .conftest import MakeClient

DEMO = Credentials("demo", "demo")
DEMO_ID = 203
CAMPAIGN = {
    "name": "Tet",
    "aleg_gateway": 23,
    "object_id": 350,
    "frequency": 10,
    "startingdate": "2027-01-20T00:00:00Z",
    "expirationdate": "2027-01-30T00:00:00Z",
    "daily_start_time": "08:00",
    "daily_stop_time": "17:00",
}


@pytest.fixture(scope="module")
def process() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def simulator(process: Simulator) -> Simulator:
    process.reset()
    return process


def filled(simulator: Simulator, rows: int, **variants: object) -> list[int]:
    """The id of a phonebook of demo's, and those of its contacts."""
    simulator.reset(variants=variants)
    phonebook = simulator.create("phonebook", user=DEMO_ID, name="Many")["id"]
    contacts = [{"phonebook": phonebook, "contact": f"09{number:08}"} for number in range(rows)]
    return [phonebook, *(simulator.create_many("contact", contacts) if rows else [])]


LISTS = [
    {"lists": lists, "past_end": past_end, "page_size_param": page_size, "order": order}
    for lists in ("envelope", "results", "bare")
    for past_end in ("404", "empty", "repeat")
    for page_size in ("ignored", "honoured")
    for order in ("id", "shuffled")
    if not (order == "shuffled" and past_end == "repeat" and lists != "envelope")  # no count, no end: nobody can tell
]


@pytest.mark.parametrize("rows", [0, 1, 10, 37])
@pytest.mark.parametrize("variants", LISTS, ids=lambda variants: "-".join(variants.values()))
def test_every_variant_of_a_list_is_read_completely(
    simulator: Simulator, client_of: MakeClient, rows: int, variants: dict[str, str]
) -> None:
    phonebook, *expected = filled(simulator, rows, next_host="foreign", **variants)
    found = client_of(simulator.endpoint, DEMO).list("contact", {"phonebook": phonebook})
    assert sorted(contact["id"] for contact in found) == expected


CONTRADICTIONS = [
    {"next": next, "count": count, "past_end": past_end}
    for next in ("null", "always")
    for count in ("exact", "page")
    for past_end in ("404", "empty")
    if (next, count) != ("null", "page")  # nothing says that there is more
]


@pytest.mark.parametrize("rows", [0, 10, 20, 37])
@pytest.mark.parametrize("variants", CONTRADICTIONS, ids=lambda variants: "-".join(variants.values()))
def test_a_list_is_read_completely_although_its_count_and_its_next_contradict_each_other(
    simulator: Simulator, client_of: MakeClient, rows: int, variants: dict[str, str]
) -> None:
    phonebook, *expected = filled(simulator, rows, **variants)
    client = client_of(simulator.endpoint, DEMO)
    if (variants["count"], variants["past_end"]) == ("page", "empty") and rows > 10:
        with pytest.raises(Inconsistent, match="each of them names another page"):
            client.list("contact", {"phonebook": phonebook})
        return
    assert sorted(contact["id"] for contact in client.list("contact", {"phonebook": phonebook})) == expected


def test_a_list_without_pages_is_read_completely(simulator: Simulator, client_of: MakeClient) -> None:
    phonebook, *expected = filled(simulator, 37, lists="bare", paging="off")
    found = client_of(simulator.endpoint, DEMO).list("contact", {"phonebook": phonebook})
    assert [contact["id"] for contact in found] == expected


def test_a_count_of_one_too_many_is_inconsistent(simulator: Simulator, client_of: MakeClient) -> None:
    phonebook, *_ = filled(simulator, 37, count="inflated")
    with pytest.raises(Inconsistent, match="37 of 38"):
        client_of(simulator.endpoint, DEMO).list("contact", {"phonebook": phonebook})


@pytest.mark.parametrize("path", ["base", "root"])
@pytest.mark.parametrize("body", ["access_token", "token", "access", "data"])
def test_every_form_of_login_works(simulator: Simulator, client_of: MakeClient, path: str, body: str) -> None:
    simulator.reset(variants={"token_path": path, "token_body": body})
    client = client_of(simulator.host, DEMO)
    assert client.list("gateway")
    assert "demo" in client.identity()


@pytest.mark.parametrize("status", ["400", "401"])
def test_a_wrong_password_is_an_auth_error(simulator: Simulator, client_of: MakeClient, status: str) -> None:
    simulator.reset(variants={"token_login_error": status})
    with pytest.raises(AuthError, match="wrong user name or password"):
        client_of(simulator.endpoint, Credentials("demo", "wrong")).list("gateway")


@pytest.mark.parametrize("auth_error", ["401", "403"])
def test_a_token_ousted_by_another_login_is_renewed(
    simulator: Simulator, client_of: MakeClient, auth_error: str
) -> None:
    simulator.reset(variants={"auth_error": auth_error, "token_sessions": "one"})
    ours, theirs = client_of(simulator.endpoint, DEMO), client_of(simulator.endpoint, DEMO)
    ours.list("phonebook")
    theirs.list("phonebook")
    assert ours.create("phonebook", {"name": "VIP"})["name"] == "VIP"
    assert ours.logins == 2


@pytest.mark.parametrize("auth_error", ["401", "403"])
def test_tokens_that_expire_at_any_moment_do_not_show(
    simulator: Simulator, client_of: MakeClient, auth_error: str
) -> None:
    """The faults are drawn from a seed: none strikes twice running, which would be a refusal of a fresh token."""
    simulator.reset(variants={"auth_error": auth_error, "faults": "expire-token", "fault_rate": 0.1})
    client = client_of(simulator.endpoint, DEMO)
    made = [client.create("phonebook", {"name": f"n{number}"}) for number in range(30)]
    assert len({phonebook["id"] for phonebook in made}) == 30
    assert client.logins > 2


def test_a_forbidden_list_is_forbidden_while_its_writes_work(simulator: Simulator, client_of: MakeClient) -> None:
    simulator.reset(variants={"forbidden_get": "dnc-list"})
    client = client_of(simulator.endpoint, DEMO)
    for _ in range(3):
        with pytest.raises(Forbidden):
            client.list("dnc-list")
    assert client.create("dnc-list", {"name": "Opt-outs"})["id"]
    assert client.logins <= 2


def test_a_missing_route_and_a_missing_object_are_told_apart(simulator: Simulator, client_of: MakeClient) -> None:
    simulator.reset(variants={"absent": "alarm"})
    client = client_of(simulator.endpoint, DEMO)
    with pytest.raises(RouteMissing):
        client.list("alarm")
    with pytest.raises(ObjectMissing):
        client.get("phonebook", 999_999)


def test_a_validation_error_names_its_fields(simulator: Simulator, client_of: MakeClient) -> None:
    with pytest.raises(Rejected) as caught:
        client_of(simulator.endpoint, DEMO).create("phonebook", {"name": "x" * 91})
    assert set(caught.value.fields) == {"name"}


def test_an_error_of_bulkcontact_is_rejected_without_the_number(simulator: Simulator, client_of: MakeClient) -> None:
    phonebook, *_ = filled(simulator, 1)
    rows = [{"contact": "0900000000", "status": 1}]
    with pytest.raises(Rejected) as caught:
        client_of(simulator.endpoint, DEMO).post("bulkcontact", {"phonebook": phonebook, "contacts": rows})
    assert caught.value.general and "0900000000" not in str(caught.value)


@pytest.mark.parametrize("answer", ["full", "no-id", "empty", "blank"])
def test_every_answer_to_a_create_is_survived(simulator: Simulator, client_of: MakeClient, answer: str) -> None:
    simulator.reset(variants={"create_answer": answer})
    client = client_of(simulator.endpoint, DEMO)
    made = client.create("phonebook", {"name": "Quite new"})
    assert made.get("name", "Quite new") == "Quite new"
    assert [found for found in client.list("phonebook") if found["name"] == "Quite new"]


@pytest.mark.parametrize("answer", ["status", "object", "empty"])
def test_every_answer_to_a_status_change_is_survived(simulator: Simulator, client_of: MakeClient, answer: str) -> None:
    simulator.reset(variants={"status_answer": answer})
    client = client_of(simulator.endpoint, DEMO)
    phonebook = client.create("phonebook", {"name": "VIP"})["id"]
    campaign = client.create("campaigns", {**CAMPAIGN, "phonebook": [phonebook]})["id"]
    client.post(f"campaigns/{campaign}/status", {"status": 3})
    assert client.get("campaigns", campaign)["status"] == 3


@pytest.mark.parametrize("setting", ["paged", "polymorphic"])
def test_calendar_users_are_listed_in_every_form(simulator: Simulator, client_of: MakeClient, setting: str) -> None:
    simulator.reset(variants={"calendar_user_list": setting})
    assert isinstance(client_of(simulator.endpoint, DEMO).list("calendar-user"), list)


def test_options_tell_fields_and_verbs(simulator: Simulator, client_of: MakeClient) -> None:
    client = client_of(simulator.endpoint, DEMO)
    options = client.options("phonebook")
    assert {"GET", "POST"} <= options.allow
    assert options.fields["name"]["max_length"] == 90
    simulator.reset(variants={"options": "405"})
    with pytest.raises(Forbidden):
        client.options("phonebook")


def test_a_rate_limit_of_the_server_slows_us_down_and_nothing_more(simulator: Simulator, client_of: MakeClient) -> None:
    simulator.reset(variants={"rate_limit": 20})
    client = client_of(simulator.endpoint, DEMO)
    with ThreadPoolExecutor(4) as threads:
        answers: list[dict[str, Any]] = list(
            threads.map(lambda n: client.create("phonebook", {"name": f"n{n}"}), range(25))
        )
    assert len(answers) == 25


@pytest.mark.parametrize("faults", ["500-before,500-after", "drop-before,drop-after", "429"])
def test_reads_survive_faults(simulator: Simulator, client_of: MakeClient, faults: str) -> None:
    phonebook, *expected = filled(
        simulator, 95, faults=faults, fault_rate=0.15, fault_scope="reads", fault_retry_after=0
    )
    found = client_of(simulator.endpoint, DEMO).list("contact", {"phonebook": phonebook})
    assert [contact["id"] for contact in found] == expected


def test_delete_removes(simulator: Simulator, client_of: MakeClient) -> None:
    client = client_of(simulator.endpoint, DEMO)
    phonebook = client.create("phonebook", {"name": "VIP"})["id"]
    campaign = client.create("campaigns", {**CAMPAIGN, "phonebook": [phonebook]})["id"]
    client.delete("campaigns", campaign)
    with pytest.raises(ObjectMissing):
        client.get("campaigns", campaign)
