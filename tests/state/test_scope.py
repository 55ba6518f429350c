"""Whose state it is: projects and environments side by side, each tied to one account."""

from __future__ import annotations

import pytest

from provisioner.errors import StateError
from provisioner.model import Address
from provisioner.state import Store, normalised_endpoint

from .conftest import OpenState
from .samples import CAMPAIGN, GREETING, SURVEY, entry, record

ALICE = "https://alice.antbuddy.com/rest-api"


def test_scopes_in_one_database_do_not_see_each_other(open_state: OpenState, url: str) -> None:
    stores = [open_state("default", "one"), open_state("staging", "one"), open_state("default", "two")]
    for number, store in enumerate(stores):
        store.put(record(remote_id=number))
        store.begin(entry(path=str(number)))
        store.mark_absent(GREETING)
    stores[0].forget(SURVEY)
    stores[0].forget(GREETING)
    stores[0].settle(stores[0].pending()[0].id)
    stores[1].move(SURVEY, Address("survey", "hello"))
    assert [sum(len(part) for part in (s.recorded(), s.pending(), s.absences())) for s in stores] == [0, 3, 3]
    assert stores[2].recorded() == {SURVEY: record(remote_id=2)}
    assert [store.scope.serial for store in stores] == [4, 3, 2]


def test_the_key_is_random_and_stays_from_the_first_change_on(store: Store, open_state: OpenState) -> None:
    key = store.scope.key
    assert len(key) == 32
    assert store.scope.key == key
    store.put(record())
    assert store.scope.key == open_state().scope.key == key
    assert open_state(environment="staging").scope.key != key


def test_of_two_first_runs_the_key_of_the_first_change_counts(store: Store, open_state: OpenState) -> None:
    other = open_state()
    assert other.scope.key != store.scope.key
    store.put(record())
    with other.lock():
        assert other.scope.key == store.scope.key


def test_the_users_of_recorded_objects_are_known(store: Store) -> None:
    assert store.scope.users == frozenset()
    store.put(record(SURVEY, user="linh"))
    store.put(record(GREETING, user="linh"))
    store.put(record(CAMPAIGN))
    assert store.scope.users == {"linh"}


def test_an_account_is_remembered_with_the_first_change(store: Store, open_state: OpenState) -> None:
    store.bind(ALICE, "linh")
    assert (store.scope.endpoint, store.scope.user) == ("https://alice.antbuddy.com", "linh")
    assert open_state().scope.endpoint is None
    store.put(record())
    scope = open_state().scope
    assert (scope.endpoint, scope.user) == ("https://alice.antbuddy.com", "linh")


def test_an_account_is_remembered_only_once_somebody_has_answered_there(store: Store, open_state: OpenState) -> None:
    answers = iter([False, False, True])
    store.bind("http://mistyped.example", "linh", answered=lambda: False)
    store.put(record())
    other = open_state()
    other.bind(ALICE, "linh", answered=lambda: next(answers))
    for endpoint in (None, None, "https://alice.antbuddy.com"):
        other.put(record())
        assert open_state().scope.endpoint == endpoint
    with pytest.raises(StateError, match="belongs to endpoint"):
        store.put(record())


def test_binding_after_the_first_change_is_remembered_too(store: Store, open_state: OpenState) -> None:
    store.put(record())
    store.bind(ALICE, None)
    store.put(record())
    assert open_state().scope.endpoint == "https://alice.antbuddy.com"


def test_an_unknown_user_is_filled_in_later_and_then_kept(store: Store, open_state: OpenState) -> None:
    store.bind(ALICE, None)
    store.put(record())
    again = open_state()
    again.bind(ALICE, "linh")
    again.put(record())
    last = open_state()
    last.bind(ALICE, None)
    assert last.scope.user == "linh"


@pytest.mark.parametrize(
    "same",
    [
        "https://alice.antbuddy.com",
        "https://alice.antbuddy.com/",
        "https://ALICE.AntBuddy.com/rest-api/",
        "https://alice.antbuddy.com:443/rest-api",
        "https://someone:secret@alice.antbuddy.com/rest-api",
    ],
)
def test_an_endpoint_may_be_written_in_several_ways(same: str, sqlite_url: str, open_state: OpenState) -> None:
    store = open_state(url=sqlite_url)
    store.bind(ALICE, "linh")
    store.put(record())
    open_state(url=sqlite_url).bind(same, "linh")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://a.example", "https://a.example"),
        ("http://a.example", "http://a.example:8080"),
        ("http://a.example/one/rest-api", "http://a.example/two/rest-api"),
        ("http://a.example:80", "http://a.example:8080"),
    ],
)
def test_endpoints_that_differ_stay_different(one: str, other: str) -> None:
    assert normalised_endpoint(one) != normalised_endpoint(other)


def test_another_endpoint_is_refused_with_both_names_and_advice(store: Store, open_state: OpenState) -> None:
    store.bind(ALICE, "linh")
    store.put(record())
    with pytest.raises(StateError) as caught:
        open_state().bind("http://127.0.0.1:8765/rest-api", "linh")
    text = str(caught.value)
    assert "https://alice.antbuddy.com" in text
    assert "http://127.0.0.1:8765" in text
    assert "-e" in text


def test_another_user_is_refused_with_both_names(store: Store, open_state: OpenState) -> None:
    store.bind(ALICE, "linh")
    store.put(record())
    with pytest.raises(StateError, match="belongs to user linh, this run uses minh"):
        open_state().bind(ALICE, "minh")


def test_a_run_that_was_overtaken_by_another_account_cannot_write(store: Store, open_state: OpenState) -> None:
    late = open_state()
    late.bind("http://127.0.0.1:8765", "linh")
    store.bind(ALICE, "linh")
    store.put(record())
    with pytest.raises(StateError, match="belongs to endpoint"):
        late.put(record(CAMPAIGN))
    assert list(store.recorded()) == [SURVEY]


def test_a_lock_alone_ties_the_scope_to_nobody(store: Store, open_state: OpenState) -> None:
    store.bind(ALICE, "linh")
    with store.lock():
        pass
    other = open_state()
    other.bind("http://127.0.0.1:8765", "minh")
    with other.lock():
        other.put(record())
    with pytest.raises(StateError, match="belongs to endpoint"):
        store.put(record(CAMPAIGN))
