"""docs/alice-api.md#errors: what each answer becomes."""

import json
from typing import Any

import pytest

from provisioner.api import Client
from provisioner.errors import (
    ApiError,
    AuthError,
    Forbidden,
    ObjectMissing,
    OutcomeUnknown,
    Rejected,
    RouteMissing,
    TooLarge,
    Unreachable,
)

from .conftest import TOKEN, MakeClient, Serve
from .scripted import NO_OBJECT, NOT_FOUND_PAGE, Reply

VERBS = {
    "get": lambda client: client.get("phonebook", 5),
    "create": lambda client: client.create("phonebook", {"name": "VIP"}),
    "post": lambda client: client.post("campaigns/5/status", {"status": 1}),
    "update": lambda client: client.update("phonebook", 5, {"name": "VIP"}),
    "delete": lambda client: client.delete("campaigns", 5),
    "options": lambda client: client.options("phonebook"),
    "list": lambda client: client.list("phonebook"),
    "first": lambda client: client.first("phonebook"),
}
READS = ("get", "options", "list", "first")
WRITES = ("create", "post", "update", "delete")

ANSWERS = [
    pytest.param(NOT_FOUND_PAGE, RouteMissing, "no such endpoint", id="html-404"),
    pytest.param(Reply(404), RouteMissing, "no such endpoint", id="empty-404"),
    pytest.param(NO_OBJECT, ObjectMissing, "no such object", id="json-404"),
    pytest.param(Reply(403, {"detail": "Not yours."}), Forbidden, "Not yours.", id="403"),
    pytest.param(Reply(403, "<html></html>"), Forbidden, "does not allow this", id="html-403"),
    pytest.param(Reply(405, {"detail": 'Method "PUT" not allowed.'}), Forbidden, 'Method "PUT" not', id="405"),
    pytest.param(Reply(407, "<html></html>"), Unreachable, "the proxy wants a user name", id="407"),
    pytest.param(Reply(413, "<html></html>"), TooLarge, "send fewer rows", id="413"),
    pytest.param(Reply(415, {"detail": "Unsupported media type."}), ApiError, "415: Unsupported media", id="415"),
    pytest.param(Reply(418, "<title>Teapot</title>"), ApiError, "418: text/html titled 'Teapot'", id="418"),
    pytest.param(Reply(400, "<title>Bad Request (400)</title>"), ApiError, "titled 'Bad Request", id="html-400"),
]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(("reply", "error", "message"), ANSWERS)
def test_every_verb_maps_an_answer_to_the_same_exception(
    serve: Serve, client_of: MakeClient, verb: str, reply: Reply, error: type[ApiError], message: str
) -> None:
    server = serve(reply)
    with pytest.raises(ApiError, match=message) as caught:
        VERBS[verb](client_of(server))
    assert type(caught.value) is error
    assert caught.value.status == reply.status
    assert caught.value.method == server.asked[0].method
    assert caught.value.path == server.asked[0].path.removeprefix("/rest-api/")
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [500, 501, 502, 503, 504])
@pytest.mark.parametrize("verb", READS)
def test_a_server_error_on_a_read_is_tried_again_and_then_an_error(
    serve: Serve, client_of: MakeClient, verb: str, status: int
) -> None:
    server = serve(Reply(status, "<html><title>Server Error (500)</title>0934890883</html>"))
    with pytest.raises(ApiError, match=rf"failed with {status} .*Server Error.*tried several times") as caught:
        VERBS[verb](client_of(server))
    assert type(caught.value) is ApiError
    assert "0934890883" not in str(caught.value)
    assert len(server.asked) == 4


@pytest.mark.parametrize("verb", READS)
def test_a_read_survives_a_few_server_errors(serve: Serve, client_of: MakeClient, verb: str) -> None:
    server = serve([Reply(502), Reply(500), Reply(504), Reply(200, {"id": 5})])
    VERBS[verb](client_of(server))
    assert len(server.asked) == 4


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("verb", WRITES)
def test_a_server_error_on_a_write_is_an_unknown_outcome_and_never_repeated(
    serve: Serve, client_of: MakeClient, verb: str, status: int
) -> None:
    server = serve(Reply(status, "<html></html>"))
    with pytest.raises(OutcomeUnknown, match="it may have been done") as caught:
        VERBS[verb](client_of(server))
    assert (caught.value.reason, caught.value.status) == ("timeout" if status == 504 else "server-error", status)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("status", "reason"), [(408, "timeout"), (499, "timeout"), (419, "server-error"), (460, "server-error")]
)
@pytest.mark.parametrize("verb", WRITES)
def test_a_write_that_a_proxy_waited_for_no_longer_or_answers_as_nobody_knows_is_an_unknown_outcome(
    serve: Serve, client_of: MakeClient, verb: str, status: int, reason: str
) -> None:
    server = serve(Reply(status, "<html><title>Gateway</title></html>"))
    with pytest.raises(OutcomeUnknown, match=r"Gateway.*it may have been done") as caught:
        VERBS[verb](client_of(server))
    assert (caught.value.reason, caught.value.status) == (reason, status)
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [402, 406, 409, 410, 415, 422, 423, 425, 431, 451])
@pytest.mark.parametrize("verb", WRITES)
def test_a_write_that_is_refused_by_a_known_code_is_an_error(
    serve: Serve, client_of: MakeClient, verb: str, status: int
) -> None:
    with pytest.raises(ApiError, match=f"answered {status}: no") as caught:
        VERBS[verb](client_of(serve(Reply(status, {"detail": "no"}))))
    assert type(caught.value) is ApiError


@pytest.mark.parametrize("verb", WRITES)
def test_a_write_answered_too_late_is_an_unknown_outcome(serve: Serve, client_of: MakeClient, verb: str) -> None:
    server = serve(Reply(201, {"id": 5}, delay=0.4))
    with pytest.raises(OutcomeUnknown, match=r"no answer from http\S+/ within 0.1 s: it may have been done") as caught:
        VERBS[verb](client_of(server, TOKEN, timeout=0.1))
    assert caught.value.reason == "timeout"
    assert len(server.asked) == 1


@pytest.mark.parametrize("lost", [Reply(drop=True), Reply(201, {"id": 5}, cut=3), Reply(200, cut=0, body={"a": 1})])
@pytest.mark.parametrize("verb", WRITES)
def test_a_write_whose_connection_drops_is_an_unknown_outcome(
    serve: Serve, client_of: MakeClient, verb: str, lost: Reply
) -> None:
    server = serve(lost)
    with pytest.raises(OutcomeUnknown, match="closed the connection") as caught:
        VERBS[verb](client_of(server))
    assert caught.value.reason == "dropped"
    assert len(server.asked) == 1


@pytest.mark.parametrize("verb", READS)
@pytest.mark.parametrize(
    "lost", [Reply(drop=True), Reply(200, {"id": 5}, cut=3), Reply(200, {"id": 5}, delay=0.4)], ids=str
)
def test_a_read_without_an_answer_is_tried_again(serve: Serve, client_of: MakeClient, verb: str, lost: Reply) -> None:
    server = serve([lost, Reply(200, {"id": 5})])
    VERBS[verb](client_of(server, TOKEN, timeout=0.2))
    assert len(server.asked) == 2


def test_a_read_that_is_never_answered_is_an_error(serve: Serve, client_of: MakeClient) -> None:
    server = serve(Reply(drop=True))
    told = "closed the connection before the answer was complete, tried several times"
    with pytest.raises(ApiError, match=told) as caught:
        client_of(server).get("phonebook", 5)
    assert type(caught.value) is ApiError and caught.value.status is None
    assert len(server.asked) == 4


@pytest.mark.parametrize("verb", WRITES)
@pytest.mark.parametrize("status", [302, 303])
def test_a_redirect_to_another_answer_may_be_that_to_a_write_which_was_done(
    serve: Serve, client_of: MakeClient, verb: str, status: int
) -> None:
    server = serve(Reply(status, headers={"Location": "/rest-api/phonebook/"}))
    with pytest.raises(OutcomeUnknown, match="redirects to another address: it may have been done") as caught:
        VERBS[verb](client_of(server))
    assert (caught.value.reason, caught.value.status) == ("server-error", status)
    assert len(server.asked) == 1


@pytest.mark.parametrize("verb", WRITES)
@pytest.mark.parametrize("status", [301, 307, 308])
def test_a_redirected_write_is_an_error_because_nothing_was_written(
    serve: Serve, client_of: MakeClient, verb: str, status: int
) -> None:
    server = serve(Reply(status, headers={"Location": "/rest-api/phonebook/"}))
    with pytest.raises(ApiError, match="so nothing was written") as caught:
        VERBS[verb](client_of(server))
    assert type(caught.value) is ApiError
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("body", "fields", "general"),
    [
        pytest.param({"name": ["Required.", "Too long."]}, {"name": ("Required.", "Too long.")}, (), id="fields"),
        pytest.param({"name": "Required."}, {"name": ("Required.",)}, (), id="one-text"),
        pytest.param({"non_field_errors": ["Duplicated!"]}, {}, ("Duplicated!",), id="non-field"),
        pytest.param({"__all__": ["Unique."]}, {}, ("Unique.",), id="all"),
        pytest.param({"detail": "JSON parse error"}, {}, ("JSON parse error",), id="detail"),
        pytest.param({"error": "Limit reached"}, {}, ("Limit reached",), id="error"),
        pytest.param({"name": ["A."], "non_field_errors": ["B."]}, {"name": ("A.",)}, ("B.",), id="fields-and-general"),
        pytest.param(
            {"contacts": [{}, {"email": ["Enter a valid email address."]}]},
            {"contacts": ("row 2: email: Enter a valid email address.",)},
            (),
            id="rows",
        ),
        pytest.param(["Bad."], {}, ("Bad.",), id="list"),
        pytest.param(
            {"contact": ["+84 934-890-883 and a.b@c.vn are taken, 2027-01-20 and pk 12345 are not"]},
            {"contact": ("(hidden) and (hidden) are taken, 2027-01-20 and pk 12345 are not",)},
            (),
            id="masked",
        ),
    ],
)
def test_a_rejection_names_the_fields(
    serve: Serve, client_of: MakeClient, body: Any, fields: dict[str, tuple[str, ...]], general: tuple[str, ...]
) -> None:
    with pytest.raises(Rejected) as caught:
        client_of(serve(Reply(400, body))).create("contact", {})
    assert (caught.value.fields, caught.value.general, caught.value.status) == (fields, general, 400)


def test_what_was_sent_is_not_quoted_back(serve: Serve, client_of: MakeClient) -> None:
    sent = {"password": "korrekt-horse", "contacts": [{"first_name": "Quỳnhmai", "rows": {"note": 31337}}], "ok": None}
    server = serve(Reply(422, {"detail": f"refused: {json.dumps(sent)}"}))
    with pytest.raises(ApiError) as caught:
        client_of(server).create("calendar-user", sent)
    assert "refused" in str(caught.value) and str(caught.value).count("(hidden)") == 3
    assert not any(value in str(caught.value) for value in ("korrekt", "Quỳnhmai", "Qu\\u1ef3nhmai", "31337"))


@pytest.mark.parametrize("verb", ["create", "post", "update"])
def test_an_error_in_a_success_is_a_rejection(serve: Serve, client_of: MakeClient, verb: str) -> None:
    server = serve(Reply(200, {"error": "The contact duplicated (0934890883)!\n"}))
    with pytest.raises(Rejected) as caught:
        VERBS[verb](client_of(server))
    assert caught.value.general == ("The contact duplicated ((hidden))!",)
    assert caught.value.status == 200


def test_an_empty_error_in_a_success_is_none(serve: Serve, client_of: MakeClient) -> None:
    assert client_of(serve(Reply(200, {"error": None, "status": 1}))).post("campaigns/5/status", {"status": 1}) == {
        "error": None,
        "status": 1,
    }


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        pytest.param(Reply(201, {"id": 5, "name": "VIP"}), {"id": 5, "name": "VIP"}, id="object"),
        pytest.param(Reply(201, {"url": "http://x/phonebook/5/"}), {"url": "http://x/phonebook/5/", "id": 5}, id="url"),
        pytest.param(Reply(201, {"username": "bot"}), {"username": "bot"}, id="without-id"),
        pytest.param(Reply(201, {}), {}, id="empty-object"),
        pytest.param(Reply(201), {}, id="blank"),
        pytest.param(Reply(204), {}, id="no-content"),
        pytest.param(Reply(201, b"null"), {}, id="null"),
        pytest.param(Reply(200, [{"id": 1}]), {"results": [{"id": 1}]}, id="list"),
    ],
)
@pytest.mark.parametrize("verb", ["create", "post", "update"])
def test_a_write_gives_what_the_server_shows(
    serve: Serve, client_of: MakeClient, verb: str, reply: Reply, expected: dict[str, Any]
) -> None:
    assert VERBS[verb](client_of(serve(reply))) == expected


def test_a_write_answered_with_a_web_page_has_an_unknown_outcome(serve: Serve, client_of: MakeClient) -> None:
    server = serve(Reply(200, "<html><title>Please sign in to this network</title></html>"))
    with pytest.raises(OutcomeUnknown, match="sign in to this network") as caught:
        client_of(server).create("phonebook", {"name": "VIP"})
    assert caught.value.reason == "server-error"


@pytest.mark.parametrize("body", [[{"id": 5}], b"null", "<html></html>"], ids=["list", "null", "page"])
def test_what_is_no_object_is_an_error(serve: Serve, client_of: MakeClient, body: Any) -> None:
    with pytest.raises(ApiError, match="expected"):
        client_of(serve(Reply(200, body))).get("phonebook", 5)


def test_verbs_send_the_method_path_and_body_they_are_named_for(serve: Serve, client_of: MakeClient) -> None:
    server = serve(Reply(200, {"id": 5}))
    client: Client = client_of(server)
    for verb in ("get", "create", "post", "update", "delete", "options"):
        VERBS[verb](client)
    client.options("phonebook", 5)
    assert [(seen.method, seen.target.removeprefix("/rest-api/"), seen.body) for seen in server.asked] == [
        ("GET", "phonebook/5/", None),
        ("POST", "phonebook/", {"name": "VIP"}),
        ("POST", "campaigns/5/status/", {"status": 1}),
        ("PUT", "phonebook/5/", {"name": "VIP"}),
        ("DELETE", "campaigns/5/", None),
        ("OPTIONS", "phonebook/", None),
        ("OPTIONS", "phonebook/5/", None),
    ]


@pytest.mark.parametrize(
    ("reply", "allow", "fields"),
    [
        pytest.param(
            Reply(
                200,
                {"actions": {"POST": {"name": {"type": "string", "max_length": 90}, "odd": 1}}},
                {"Allow": "GET, post,OPTIONS"},
            ),
            {"GET", "POST", "OPTIONS"},
            {"name": {"type": "string", "max_length": 90}},
            id="collection",
        ),
        pytest.param(
            Reply(200, {"actions": {"PUT": {"name": {"required": True}}}}, {"Allow": "GET, PUT"}),
            {"GET", "PUT"},
            {"name": {"required": True}},
            id="object",
        ),
        pytest.param(Reply(204, headers={"Allow": "GET"}), {"GET"}, {}, id="header-only"),
        pytest.param(Reply(200, "<html></html>"), set(), {}, id="page"),
        pytest.param(Reply(200, {"actions": None}), set(), {}, id="no-actions"),
    ],
)
def test_options_tell_verbs_and_fields(
    serve: Serve, client_of: MakeClient, reply: Reply, allow: set[str], fields: dict[str, Any]
) -> None:
    found = client_of(serve(reply)).options("phonebook")
    assert set(found.allow) == allow
    assert found.fields == fields


@pytest.mark.parametrize("status", [200, 403, 404, 405])
def test_asking_gives_the_answer_whatever_its_status(serve: Serve, client_of: MakeClient, status: int) -> None:
    server = serve(Reply(status, {"detail": "x"}, {"X-Clock": "8"}))
    answer = client_of(server).ask("phonebook", {"page_size": 1})
    assert (answer.status, answer.headers["x-clock"]) == (status, "8")
    assert dict(server.asked[0].query) == {"page_size": "1"}


def test_a_401_shows_as_an_auth_error_whatever_the_verb(serve: Serve, client_of: MakeClient) -> None:
    server = serve(Reply(401, {"detail": "no"}))
    for verb in VERBS:
        with pytest.raises(AuthError):
            VERBS[verb](client_of(server))
