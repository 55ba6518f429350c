"""docs/alice-api.md#transport: tokens, slashes, 404s, languages, verbs."""

import time
from collections.abc import Callable

import pytest
import requests

from provisioner.simulator.process import Simulator

from .client import Api


def test_a_token_opens_the_api_and_its_absence_is_a_401_with_a_challenge(api: Api) -> None:
    assert api.get("phonebook/").status_code == 200
    answer = api.send("GET", "phonebook/", headers={"Authorization": None})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert "detail" in answer.json()


def test_another_scheme_than_bearer_is_as_good_as_none(api: Api) -> None:
    token = str(api.session.headers["Authorization"]).split()[1]
    assert api.send("GET", "phonebook/", headers={"Authorization": f"Token {token}"}).status_code == 401


def test_an_email_logs_in_like_a_name(api: Api) -> None:
    answer = api.send("POST", "get-token/", {"username": "demo@example.com", "password": "demo"})
    assert answer.status_code == 200


def test_a_login_without_a_password_is_a_field_error(api: Api) -> None:
    assert "password" in api.send("POST", "get-token/", {"username": "demo"}).json()


@pytest.mark.parametrize(("choice", "key"), [("400", "non_field_errors"), ("401", "detail")])
def test_token_login_error_chooses_the_answer_to_a_wrong_password(api: Api, choice: str, key: str) -> None:
    api.simulator.variants(token_login_error=choice)
    answer = api.send("POST", "get-token/", {"username": "demo", "password": "wrong"})
    assert (answer.status_code, list(answer.json())) == (int(choice), [key])


@pytest.mark.parametrize(
    ("choice", "path"),
    [
        ("access_token", ["access_token"]),
        ("token", ["token"]),
        ("access", ["access"]),
        ("data", ["data", "access_token"]),
    ],
)
def test_token_body_names_the_key_of_the_token(api: Api, choice: str, path: list[str]) -> None:
    api.simulator.variants(token_body=choice)
    token = api.send("POST", "get-token/", {"username": "demo", "password": "demo"}).json()
    for key in path:
        token = token[key]
    assert api.send("GET", "gateway/", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_token_path_root_moves_the_token_to_the_hosts_root(api: Api) -> None:
    credentials = {"username": "demo", "password": "demo"}
    root = f"{api.simulator.host}/get-token/"
    assert requests.post(root, json=credentials, timeout=30).status_code == 404
    api.simulator.variants(token_path="root")
    assert requests.post(root, json=credentials, timeout=30).status_code == 200
    missing = api.send("POST", "get-token/", credentials)
    assert (missing.status_code, missing.headers["Content-Type"][:9]) == (404, "text/html")


def test_token_ttl_lets_tokens_expire(api: Api) -> None:
    api.simulator.variants(token_ttl=60)
    api.login()
    assert api.get("gateway/").status_code == 200
    api.simulator.clock(advance=61)
    assert api.get("gateway/").status_code == 401


def test_token_sessions_one_ends_the_earlier_token(api: Api, user: Callable[[str], Api]) -> None:
    api.simulator.variants(token_sessions="one")
    user("demo")
    assert api.get("gateway/").status_code == 401


def test_auth_error_403_answers_without_a_challenge(api: Api) -> None:
    api.simulator.variants(auth_error="403")
    answer = api.send("GET", "phonebook/", headers={"Authorization": "Bearer old"})
    assert answer.status_code == 403
    assert "WWW-Authenticate" not in answer.headers


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_without_its_trailing_slash_every_verb_is_a_301(api: Api, method: str) -> None:
    answer = api.send(method, "phonebook", {"name": "VIP"})
    assert answer.status_code == 301
    assert answer.headers["Location"].endswith("/rest-api/phonebook/")
    assert api.rows("phonebook") == []


def test_requests_turns_a_redirected_post_into_a_get_that_looks_like_success(api: Api) -> None:
    answer = api.session.post(f"{api.simulator.endpoint}/phonebook", json={"name": "VIP"}, timeout=30)
    assert (answer.status_code, answer.request.method) == (200, "GET")


@pytest.mark.parametrize("path", ["sealed-survey/", "/section-template/1/", "campaigns/1/stop/"])
def test_a_missing_route_is_an_html_404(api: Api, path: str) -> None:
    answer = api.get(path)
    assert (answer.status_code, answer.headers["Content-Type"][:9]) == (404, "text/html")


def test_a_missing_object_is_a_json_404(api: Api) -> None:
    answer = api.get("phonebook/999999/")
    assert (answer.status_code, list(answer.json())) == (404, ["detail"])


def test_the_root_lists_the_routes(api: Api) -> None:
    assert api.get("").json()["survey-list"].endswith("/rest-api/survey-list/")


def test_error_texts_follow_accept_language(api: Api) -> None:
    def missing(language: str | None) -> str:
        headers = {"Accept-Language": language}
        return str(api.send("POST", "phonebook/", {}, headers=headers).json()["name"][0])

    assert missing("en") == missing(None) == "This field is required."
    assert missing("vi") == "Trường này là bắt buộc."
    api.simulator.variants(language="vi")
    assert missing(None) == "Trường này là bắt buộc."
    api.simulator.variants(language="vi-always")
    assert missing("en") == "Trường này là bắt buộc."


def test_malformed_json_and_other_types_are_refused(api: Api) -> None:
    url = f"{api.simulator.endpoint}/phonebook/"
    broken = api.session.post(url, data="{bad", headers={"Content-Type": "application/json"}, timeout=30)
    assert (broken.status_code, list(broken.json())) == (400, ["detail"])
    text = api.session.post(url, data="name", headers={"Content-Type": "text/plain"}, timeout=30)
    assert text.status_code == 415
    assert "non_field_errors" in api.send("POST", "phonebook/", ["not", "an", "object"]).json()


def test_patch_is_not_offered_and_the_405_says_what_is(api: Api) -> None:
    phonebook = api.create("phonebook")["id"]
    answer = api.send("PATCH", f"phonebook/{phonebook}/", {"name": "x"})
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, PUT, HEAD, OPTIONS")


def test_deletes_exist_for_campaigns_only(api: Api) -> None:
    assert api.send("DELETE", f"campaigns/{api.create('campaigns')['id']}/").status_code == 204
    assert api.send("DELETE", f"phonebook/{api.create('phonebook')['id']}/").status_code == 405


def test_delete_all_and_none_change_that(api: Api) -> None:
    phonebook, campaign = api.create("phonebook")["id"], api.create("campaigns")["id"]
    api.simulator.variants(delete="none")
    assert api.send("DELETE", f"campaigns/{campaign}/").status_code == 405
    api.simulator.variants(delete="all")
    assert api.send("DELETE", f"phonebook/{phonebook}/").status_code == 204
    assert api.send("DELETE", "gateway/23/").status_code == 405


def test_a_shorter_name_is_said_by_options_and_kept_to(api: Api) -> None:
    api.simulator.variants(max_name="10")
    said = api.send("OPTIONS", "phonebook/").json()["actions"]["POST"]
    assert said["name"]["max_length"] == 10
    answer = api.post("phonebook", name="A phonebook")
    assert (answer.status_code, list(answer.json())) == (400, ["name"])
    assert api.post("phonebook", name="Phonebook").status_code == 201


def test_options_describes_the_fields_and_allow_the_verbs(api: Api) -> None:
    answer = api.send("OPTIONS", "campaigns/")
    fields = answer.json()["actions"]["POST"]
    assert answer.headers["Allow"] == "GET, POST, HEAD, OPTIONS"
    assert fields["name"] == {
        "type": "string",
        "required": True,
        "read_only": False,
        "label": "Name",
        "max_length": 100,
    }
    assert (fields["status"]["read_only"], fields["description"]["required"]) == (True, False)
    detail = api.send("OPTIONS", f"campaigns/{api.create('campaigns')['id']}/")
    assert "frequency" in detail.json()["actions"]["PUT"]
    assert detail.headers["Allow"] == "GET, PUT, DELETE, HEAD, OPTIONS"


def test_options_405_takes_that_away(api: Api) -> None:
    api.simulator.variants(options="405")
    assert api.send("OPTIONS", "campaigns/").status_code == 405
    assert api.send("OPTIONS", "bulkcontact/").status_code == 405


def test_a_forbidden_get_leaves_writes_and_options_alone(api: Api) -> None:
    api.simulator.variants(forbidden_get="section-template,dnc-contact")
    survey = api.create("survey-template")["id"]
    section = api.create("section-template", survey=survey)["id"]
    for path in ("section-template/", f"section-template/{section}/", "dnc-contact/"):
        assert api.get(path).status_code == 403
    assert "GET" in api.send("OPTIONS", "section-template/").headers["Allow"]
    assert api.put("section-template", section, script="Hi").status_code == 200
    assert api.get("dnc-list/").status_code == 200


def test_a_list_may_be_forbidden_or_empty_while_each_object_is_shown(api: Api) -> None:
    api.simulator.variants(forbidden_list="phonebook", list_hides="dnc-list")
    book, numbers = (api.create(path)["id"] for path in ("phonebook", "dnc-list"))
    assert api.get("phonebook/").status_code == 403
    assert api.get("dnc-list/").json()["results"] == []
    for path in (f"phonebook/{book}/", f"dnc-list/{numbers}/"):
        assert api.get(path).status_code == 200


def test_missing_get_is_a_405_and_absent_an_html_404(api: Api) -> None:
    api.simulator.variants(missing_get="alarm", absent="event")
    assert api.get("alarm/").status_code == 405
    assert api.send("OPTIONS", "alarm/").headers["Allow"] == "POST, OPTIONS"
    for method in ("GET", "POST", "OPTIONS"):
        answer = api.send(method, "event/", {})
        assert (answer.status_code, answer.headers["Content-Type"][:9]) == (404, "text/html")


@pytest.mark.parametrize(
    ("choice", "phonebook", "campaign", "gateway"),
    [("on", 200, 200, 200), ("documented", 200, 405, 404), ("none", 405, 405, 404), ("html-404", 404, 404, 404)],
)
def test_get_detail_decides_which_kinds_can_be_read_by_id(
    api: Api, choice: str, phonebook: int, campaign: int, gateway: int
) -> None:
    ids = {"phonebook": api.create("phonebook")["id"], "campaigns": api.create("campaigns")["id"], "gateway": 23}
    api.simulator.variants(get_detail=choice)
    codes = [api.get(f"{kind}/{id}/").status_code for kind, id in ids.items()]
    assert codes == [phonebook, campaign, gateway]


def test_put_kinds_takes_the_undocumented_puts_away(api: Api) -> None:
    survey = api.create("survey-template")["id"]
    assert api.put("survey-template", survey, name="Other").status_code == 200
    api.simulator.variants(put_kinds="documented")
    assert api.put("survey-template", survey, name="Other").status_code == 405
    assert api.put("phonebook", api.create("phonebook")["id"], name="Other").status_code == 200
    api.simulator.variants(put_kinds="none")
    assert api.put("phonebook", api.rows("phonebook")[0]["id"], name="Other").status_code == 405


def test_rate_limit_answers_429_with_retry_after_and_does_nothing(api: Api) -> None:
    api.simulator.variants(rate_limit=3)
    answers = [api.post("phonebook") for _ in range(6)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert refused[0].headers["Retry-After"] == "1"
    assert len(api.simulator.objects("phonebook", user=203)) == len(answers) - len(refused)
    time.sleep(1.1)
    assert api.post("phonebook").status_code == 201


def test_control_endpoints_are_no_part_of_the_api_and_its_log(simulator: Simulator, api: Api) -> None:
    assert api.get("_simulator/requests").status_code == 404
    simulator.counts()
    assert [request["path"] for request in simulator.requests()] == [
        "/rest-api/get-token/",
        "/rest-api/_simulator/requests",
    ]
