"""`get` against the simulator: every kind, by filter and by id."""

from __future__ import annotations

from typing import Any

import pytest

from provisioner.errors import ApiError, ObjectMissing
from provisioner.inspect import get
from provisioner.inspect.get import wanted
from provisioner.resources import KINDS
from provisioner.simulator.process import Simulator

from .accounts import campaign, client


def found(simulator: Simulator, kind: str, **filters: str) -> list[Any]:
    with client(simulator) as api:
        return get.find(api, KINDS[kind], wanted(KINDS[kind], filters))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_can_be_listed_and_shown(simulator: Simulator, kind: str) -> None:
    campaign(simulator, "tet", 2)
    table = get.as_table(KINDS[kind], found(simulator, kind))
    assert all(len(row) == len(table.columns) for row in table.rows)


@pytest.mark.parametrize("variants", [{}, {"filters": "ignored"}], ids=["honoured", "ignored"])
def test_filters_hold_even_when_the_server_ignores_them(simulator: Simulator, variants: dict[str, str]) -> None:
    campaign(simulator, "one", 3)
    campaign(simulator, "two", 2, start=False)
    simulator.variants(**variants)
    assert [each["name"] for each in found(simulator, "campaign", status="started")] == ["one"]
    assert len(found(simulator, "contact", phonebook="294")) == 2
    assert len(found(simulator, "subscriber", campaign="1243", status="pending")) == 3


@pytest.mark.parametrize("detail", ["on", "documented", "none", "html-404"])
def test_one_object_is_found_with_or_without_a_route_for_it(simulator: Simulator, detail: str) -> None:
    number = campaign(simulator, "tet")
    simulator.variants(get_detail=detail)
    with client(simulator) as api:
        assert get.find_one(api, KINDS["campaign"], number)["name"] == "tet"
        with pytest.raises(ObjectMissing, match="no campaign with id 99"):
            get.find_one(api, KINDS["campaign"], 99)


@pytest.mark.parametrize(
    ("variants", "words"),
    [({"forbidden_get": "section-template"}, "may not be read"), ({"absent": "section-template"}, "does not exist")],
    ids=["forbidden", "absent"],
)
def test_a_kind_that_is_not_shown_is_a_clear_error(simulator: Simulator, variants: dict[str, str], words: str) -> None:
    simulator.variants(**variants)
    with pytest.raises(ApiError, match=f"sections: section-template/ {words}"):
        found(simulator, "section")
    with client(simulator) as api, pytest.raises(ApiError, match=words):
        get.find_one(api, KINDS["section"], 1)


def test_a_leaked_password_hash_goes_nowhere(simulator: Simulator) -> None:
    campaign(simulator, "tet")
    simulator.variants(password_hash="leaked", calendar_user_create="full")
    with client(simulator) as api:
        sealed = api.list("survey-list")[0]["id"]
        setting = {"label": "x", "survey": sealed, "aleg_gateway": 23, "call_timeout": 60}
        number = api.create("calendar-setting", setting)["id"]
        api.create("calendar-user", {"username": "bot", "password": "secret", "calendar_setting": number})
        assert any("password" in each for each in api.list("calendar-user"))
    assert [each["username"] for each in found(simulator, "calendar_user")] == ["bot"]
    assert not any("password" in each for each in found(simulator, "calendar_user"))


def test_secrets_are_removed_at_any_depth() -> None:
    payload = {"user": {"id": 1, "password": "x"}, "list": [{"password": "y", "a": [1]}]}
    assert get.without_secrets(payload) == {"user": {"id": 1}, "list": [{"a": [1]}]}


@pytest.mark.parametrize(
    "key",
    ["token", "auth_token", "accessToken", "api_key", "apikey", "client_secret", "passwd", "PASSWORD", "sip_password"],
)
def test_what_may_open_an_account_is_removed_whatever_it_is_called(key: str) -> None:
    assert get.without_secrets({"id": 1, key: "x", "author": {key: "y", "keyword": "z"}}) == {
        "id": 1,
        "author": {"keyword": "z"},
    }


@pytest.mark.parametrize("form", ["int", "str", "url", "nested"])
def test_relations_are_ids_and_codes_are_names_in_a_table(simulator: Simulator, form: str) -> None:
    campaign(simulator, "tet")
    simulator.variants(relations=form)
    table = get.as_table(KINDS["campaign"], found(simulator, "campaign"))
    row = dict(zip(table.columns, table.rows[0], strict=True))
    assert (row["status"], row["phonebook"], row["aleg_gateway"]) == ("started", "293", "23")
