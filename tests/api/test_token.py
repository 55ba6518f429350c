"""docs/alice-api.md#authentication: where it comes from, whose it is, and what happens when it is refused."""

import base64
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from provisioner.api import Client, Credentials
from provisioner.errors import ApiError, AuthError, Forbidden, RouteMissing

from .conftest import PASSWORD, TOKEN, MakeClient, Serve
from .scripted import LOGIN, NO_OBJECT, NOT_FOUND_PAGE, Reply, Script, ScriptedServer, Seen, numbered, paged

OK = Reply(200, {"id": 5})


def jwt(**claims: Any) -> str:
    """A token that says who it is for; nobody checks its signature."""
    return ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({}, claims, 1)
    )


def login_answer(reply: Reply, otherwise: Reply = OK) -> Script:
    return lambda seen: reply if "get-token" in seen.path else otherwise


def only(tokens: set[str], refusal: int, otherwise: Reply = OK) -> Script:
    """Accepts some tokens and refuses the others."""
    return lambda seen: otherwise if seen.token in tokens else Reply(refusal, {"detail": "Invalid token."})


def test_nothing_is_sent_before_the_first_request_and_one_login_serves_them_all(
    serve: Serve, client_of: MakeClient
) -> None:
    server = serve(OK)
    client = client_of(server)
    assert server.seen == []
    client.get("phonebook", 5)
    client.get("phonebook", 5)
    assert [(seen.method, seen.path) for seen in server.seen] == [
        ("POST", LOGIN),
        ("GET", "/rest-api/phonebook/5/"),
        ("GET", "/rest-api/phonebook/5/"),
    ]
    assert server.logins[0].body == {"username": "demo", "password": "secret"}
    assert "Authorization" not in server.logins[0].headers
    assert [seen.headers["Authorization"] for seen in server.asked] == ["Bearer t1", "Bearer t1"]


@pytest.mark.parametrize(
    "body",
    [
        {"access_token": "abc", "token_type": "Bearer", "expires_in": 3600},
        {"token": "abc"},
        {"access": "abc", "refresh": "r"},
        {"data": {"access_token": "abc"}},
        {"status": 200, "data": {"access": "abc", "user": {"id": 7}}},
        {"access": {"x": 1}, "token": "abc"},
    ],
)
def test_the_token_is_found_under_every_known_name(serve: Serve, client_of: MakeClient, body: Any) -> None:
    server = serve(login_answer(Reply(200, body)), own_login=True)
    client_of(server).get("phonebook", 5)
    assert server.asked[0].token == "abc"


@pytest.mark.parametrize("missing", [NOT_FOUND_PAGE, Reply(404, {"detail": "no route"})], ids=["html", "json"])
def test_the_login_is_looked_for_at_the_hosts_root_too_and_found_again_at_once(
    serve: Serve, client_of: MakeClient, missing: Reply
) -> None:
    tokens = iter(["a", "b"])

    def script(seen: Seen) -> Reply:
        if seen.path == "/get-token/":
            return Reply(200, {"token": next(tokens)})
        return missing if seen.path == LOGIN else only({"b"}, 401)(seen)

    server = serve(script, own_login=True)
    client_of(server).get("phonebook", 5)
    assert [seen.path for seen in server.logins] == [LOGIN, "/get-token/", "/get-token/"]


def test_a_server_without_any_login_is_a_wrong_endpoint(serve: Serve, client_of: MakeClient) -> None:
    with pytest.raises(RouteMissing, match="no login here: check `endpoint`"):
        client_of(serve(NOT_FOUND_PAGE, own_login=True)).get("phonebook", 5)


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refused_login_says_wrong_password_and_repeats_nothing_of_the_answer(
    serve: Serve, client_of: MakeClient, status: int
) -> None:
    server = serve(Reply(status, {"non_field_errors": ["demo / secret is wrong"]}), own_login=True)
    with pytest.raises(AuthError, match="wrong user name or password: check ALICE_USERNAME") as caught:
        client_of(server).get("phonebook", 5)
    assert "demo" not in str(caught.value) and "secret" not in str(caught.value)
    assert caught.value.status == status


def test_an_error_in_a_successful_login_is_a_refused_login(serve: Serve, client_of: MakeClient) -> None:
    with pytest.raises(AuthError, match="wrong user name or password"):
        client_of(serve(Reply(200, {"error": "bad"}), own_login=True)).get("phonebook", 5)


def test_a_wrong_password_is_tried_once_for_all_threads(serve: Serve, client_of: MakeClient) -> None:
    server = serve(Reply(400, {}, delay=0.05), own_login=True)
    client = client_of(server)
    with ThreadPoolExecutor(8) as threads:
        results = [threads.submit(client.get, "phonebook", number) for number in range(8)]
    assert all(isinstance(result.exception(), AuthError) for result in results)
    assert len(server.logins) == 1


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        pytest.param(Reply(200, "<html><title>Welcome</title></html>"), "text/html titled 'Welcome'", id="page"),
        pytest.param(Reply(200, {"ok": True}), "holds no token", id="no-token"),
        pytest.param(Reply(200, {"token": ""}), "holds no token", id="empty-token"),
        pytest.param(Reply(200, ["abc"]), "holds no token", id="list"),
        pytest.param(Reply(200), "an empty answer", id="nothing"),
        pytest.param(
            Reply(302, headers={"Location": "https://other.invalid/"}), "redirects to https://other", id="3xx"
        ),
        pytest.param(Reply(500, "<title>Oops</title>"), "failed with 500", id="5xx"),
    ],
)
def test_a_login_that_makes_no_sense_says_so(serve: Serve, client_of: MakeClient, reply: Reply, message: str) -> None:
    with pytest.raises(ApiError, match=message) as caught:
        client_of(serve(reply, own_login=True)).create("phonebook", {"name": "x"})
    assert not isinstance(caught.value, AuthError)


def test_a_login_is_repeated_after_a_lost_answer(serve: Serve, client_of: MakeClient) -> None:
    replies = [Reply(drop=True), Reply(503), Reply(429), Reply(200, {"token": "abc"})]
    server = serve(lambda seen: replies.pop(0) if "get-token" in seen.path else OK, own_login=True)
    client = client_of(server)
    assert client.get("phonebook", 5) == {"id": 5}
    assert client.logins == 4


@pytest.mark.parametrize("refusal", [401, 403])
def test_an_expired_token_is_renewed_and_the_request_repeated_once(
    serve: Serve, client_of: MakeClient, refusal: int
) -> None:
    accepted = {"t1"}
    server = serve(lambda seen: only(accepted, refusal)(seen))
    client = client_of(server)
    client.get("phonebook", 5)
    accepted.clear()
    accepted.add("t2")
    assert client.create("phonebook", {"name": "VIP"}) == {"id": 5}
    assert [(seen.method, seen.token) for seen in server.asked] == [("GET", "t1"), ("POST", "t1"), ("POST", "t2")]


@pytest.mark.parametrize("refusal", [401, 403])
def test_many_threads_with_an_expired_token_log_in_once(serve: Serve, client_of: MakeClient, refusal: int) -> None:
    accepted, together = {"t1"}, threading.Barrier(8)

    def script(seen: Seen) -> Reply:
        if seen.token == "t1" and "t1" not in accepted:
            together.wait(5)
        return only(accepted, refusal)(seen)

    server = serve(script)
    client = client_of(server)
    client.get("phonebook", 1)
    accepted.clear()
    accepted.add("t2")
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: client.get("phonebook", number), range(8)))
    assert len(server.logins) == 2


@pytest.mark.parametrize("refusal", [401, 403])
def test_two_clients_that_oust_each_other_both_get_on(serve: Serve, client_of: MakeClient, refusal: int) -> None:
    """Each login makes the other client's token invalid."""
    server: ScriptedServer = serve(lambda seen: only({f"t{len(server.logins)}"}, refusal)(seen))
    clients = [client_of(server), client_of(server)]
    for number in range(10):
        assert clients[number % 2].create("phonebook", {}) == {"id": 5}
    assert len(server.logins) == 10


def test_a_token_ousted_again_while_others_used_it_is_renewed_again(serve: Serve, client_of: MakeClient) -> None:
    second_try = threading.Event()

    def script(seen: Seen) -> Reply:
        """Refuses t1, and t2 to the slow request although t2 worked for another in the meantime."""
        if seen.token == "t2" and "slow" in seen.path:
            second_try.wait(5)
            return Reply(401)
        return only({"t2", "t3"}, 401)(seen)

    server = serve(script)
    client = client_of(server)
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(client.get, "slow", 1)
        while len(server.logins) < 2:
            time.sleep(0.01)
        client.get("phonebook", 5)
        second_try.set()
        assert slow.result(5) == {"id": 5}
    assert len(server.logins) == 3


def test_a_fresh_token_refused_with_401_is_an_auth_error(serve: Serve, client_of: MakeClient) -> None:
    server = serve(Reply(401, {"detail": "no"}))
    client = client_of(server)
    for _ in range(3):
        with pytest.raises(AuthError, match="although the login is fresh"):
            client.get("phonebook", 5)
    assert len(server.logins) == 2


def test_a_forbidden_list_causes_one_login_however_often_it_is_read(serve: Serve, client_of: MakeClient) -> None:
    server = serve(lambda seen: Reply(403, {"detail": "no"}) if "section" in seen.path else OK)
    client = client_of(server)
    client.get("phonebook", 5)
    for _ in range(5):
        with pytest.raises(Forbidden, match="section-template/: no"):
            client.list("section-template")
    assert len(server.logins) == 2


def test_a_list_forbidden_to_a_token_that_never_worked_causes_no_login(serve: Serve, client_of: MakeClient) -> None:
    server = serve(lambda seen: Reply(403, {"detail": "no"}) if "section" in seen.path else OK)
    client = client_of(server)
    with pytest.raises(Forbidden):
        client.list("section-template")
    assert len(server.logins) == 1


def test_a_token_that_expires_with_401_is_renewed_also_for_what_was_forbidden_before(
    serve: Serve, client_of: MakeClient
) -> None:
    accepted = {"t1"}
    server = serve(lambda seen: only(accepted, 401, Reply(403, {"detail": "no"}))(seen))
    client = client_of(server)
    for _ in range(2):
        with pytest.raises(Forbidden):
            client.list("section-template")
        accepted.clear()
        accepted.add("t2")
    assert len(server.logins) == 2


def test_what_was_forbidden_and_works_again_is_renewed_like_anything_else(serve: Serve, client_of: MakeClient) -> None:
    answers = iter([403, 200, 403, 200])
    server = serve(lambda seen: Reply(next(answers), {"id": 1}))
    client = client_of(server)
    with pytest.raises(Forbidden):
        client.get("gateway", 1)
    client.get("gateway", 1)
    assert client.get("gateway", 1) == {"id": 1}
    assert len(server.logins) == 2


def test_a_given_token_is_used_without_a_login(serve: Serve, client_of: MakeClient) -> None:
    server = serve(OK)
    client_of(server, TOKEN).get("phonebook", 5)
    assert server.logins == [] and server.asked[0].token == "given"


def test_a_given_token_that_is_refused_stops_with_an_auth_error(serve: Serve, client_of: MakeClient) -> None:
    server = serve(Reply(401, {"detail": "expired"}))
    with pytest.raises(AuthError, match="ALICE_TOKEN is not accepted"):
        client_of(server, TOKEN).create("phonebook", {"name": "VIP"})
    assert len(server.seen) == 1


def test_a_given_token_that_expires_with_403_is_told_from_a_forbidden_list(serve: Serve, client_of: MakeClient) -> None:
    accepted = {"given"}

    def script(seen: Seen) -> Reply:
        return Reply(403, {"detail": "no"}) if "section" in seen.path else only(accepted, 403)(seen)

    client = client_of(serve(script), TOKEN)
    client.get("phonebook", 5)
    with pytest.raises(Forbidden):
        client.list("section-template")
    accepted.clear()
    with pytest.raises(AuthError, match="ALICE_TOKEN is not accepted"):
        client.get("gateway", 23)


def test_a_given_token_is_replaced_by_a_login_when_there_is_a_password(serve: Serve, client_of: MakeClient) -> None:
    server = serve(only({"t1"}, 401))
    client_of(server, Credentials("demo", "secret", "old")).get("phonebook", 5)
    assert [seen.token for seen in server.asked] == ["old", "t1"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param({"token": "abc"}, {"demo"}, id="opaque"),
        pytest.param({"token": "abc", "user_id": 7, "username": "Demo"}, {"demo", "7", "Demo"}, id="beside"),
        pytest.param({"token": "abc", "user": {"id": 7, "email": "d@x.vn"}}, {"demo", "7", "d@x.vn"}, id="nested"),
        pytest.param({"data": {"token": "abc", "user": "bob"}}, {"demo", "bob"}, id="in-data"),
        pytest.param({"access": jwt(user_id=7, sub="s", exp=1)}, {"demo", "7", "s"}, id="jwt"),
        pytest.param({"access": "a.b.c"}, {"demo"}, id="not-quite-a-jwt"),
        pytest.param({"token": "abc", "user": None, "uid": True}, {"demo"}, id="nobody"),
    ],
)
def test_the_identity_is_every_name_the_user_is_known_by(
    serve: Serve, client_of: MakeClient, body: Any, expected: set[str]
) -> None:
    client = client_of(serve(login_answer(Reply(200, body)), own_login=True))
    assert client.identity() == frozenset(expected)


def test_the_identity_of_a_given_token_is_what_it_says_of_itself(serve: Serve, client_of: MakeClient) -> None:
    server = serve(OK)
    assert client_of(server, Credentials(token=jwt(username="bob"))).identity() == {"bob"}
    assert client_of(server, TOKEN).identity() == frozenset()
    assert server.seen == []


def test_a_list_read_in_parallel_survives_a_token_that_expires_on_the_way(serve: Serve, client_of: MakeClient) -> None:
    objects = paged(numbered(300), honour=False)

    def script(seen: Seen) -> Reply:
        return Reply(401, {"detail": "expired"}) if seen.token == "t1" and seen.page > 10 else objects(seen)

    server: ScriptedServer = serve(script)
    client: Client = client_of(server, PASSWORD)
    assert client.list("contact") == numbered(300)
    assert len(server.logins) == 2


def test_a_missing_object_does_not_prove_a_token(serve: Serve, client_of: MakeClient) -> None:
    server = serve([NO_OBJECT, Reply(403, {"detail": "no"})])
    client = client_of(server)
    for _ in range(2):
        with pytest.raises(ApiError):
            client.get("phonebook", 5)
    assert len(server.logins) == 1
