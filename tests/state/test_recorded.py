"""What is recorded comes back as it was, in its own scope, and survives the store."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from provisioner.errors import StateError
from provisioner.model import Address
from provisioner.state import Store

from .conftest import OpenState
from .samples import CAMPAIGN, GREETING, SURVEY, entry, record


def test_a_new_state_is_empty(store: Store) -> None:
    assert store.recorded() == {}
    assert store.pending() == ()
    assert store.absences() == frozenset()


def test_every_part_of_a_record_comes_back_in_another_store(store: Store, open_state: OpenState) -> None:
    full = record(
        CAMPAIGN,
        2**40,
        fields={"name": "Tết 2027", "frequency": 10, "phonebooks": [3, 1], "ratio": 0.5, "on": True, "gone": None},
        digests={"password": "9f86d081"},
        depends_on=(SURVEY, Address("phonebook", "vip")),
        ignored={"callerid": {"sent": "19001234", "received": ""}},
        forms={"name": {"sent": "Tết", "received": "Tet"}},
        created=True,
        user="linh",
    )
    store.put(full)
    assert open_state().recorded() == {CAMPAIGN: full}


def test_the_order_of_keys_is_kept(store: Store) -> None:
    store.put(record(fields={"z": 1, "a": {"y": 1, "b": 2}, "m": 3}))
    fields = store.recorded()[SURVEY].fields
    assert list(fields) == ["z", "a", "m"]
    assert list(fields["a"]) == ["y", "b"]


def test_read_only_mappings_are_recorded_like_others(store: Store) -> None:
    store.put(record(fields=MappingProxyType({"variables": MappingProxyType({"amount": "100"})})))
    assert store.recorded()[SURVEY].fields == {"variables": {"amount": "100"}}


def test_a_value_that_is_not_json_is_refused_and_nothing_is_recorded(store: Store) -> None:
    with pytest.raises(TypeError):
        store.put(record(fields={"numbers": {1, 2}}))
    assert store.recorded() == {}


def test_records_come_in_the_order_of_their_addresses(store: Store) -> None:
    for address in (SURVEY, GREETING, CAMPAIGN):
        store.put(record(address))
    assert list(store.recorded()) == [CAMPAIGN, GREETING, SURVEY]


def test_putting_again_replaces(store: Store) -> None:
    store.put(record(fields={"name": "old", "gone": 1}, user="linh"))
    store.put(record(remote_id=8, fields={"name": "new"}))
    assert store.recorded() == {SURVEY: record(remote_id=8, fields={"name": "new"})}


def test_forgetting_leaves_the_others_and_may_be_repeated(store: Store) -> None:
    store.put(record(SURVEY))
    store.put(record(CAMPAIGN))
    store.forget(SURVEY)
    store.forget(SURVEY)
    assert list(store.recorded()) == [CAMPAIGN]


def test_moving_takes_along_dependencies_and_journal(store: Store) -> None:
    new = Address("survey", "hello")
    store.put(record(SURVEY, fields={"name": "Chào"}))
    store.put(record(GREETING, depends_on=(CAMPAIGN, SURVEY)))
    store.begin(entry(SURVEY))
    store.move(SURVEY, new)
    assert store.recorded() == {
        GREETING: record(GREETING, depends_on=(CAMPAIGN, new)),
        new: record(new, fields={"name": "Chào"}),
    }
    assert [pending.address for pending in store.pending()] == [new]


def test_moving_onto_an_occupied_address_is_refused(store: Store) -> None:
    store.put(record(SURVEY, 1))
    store.put(record(CAMPAIGN, 2))
    with pytest.raises(StateError, match=r"campaign\.tet-2027 is recorded already"):
        store.move(SURVEY, CAMPAIGN)
    assert [found.remote_id for found in store.recorded().values()] == [2, 1]


def test_moving_what_is_not_recorded_is_refused(store: Store) -> None:
    with pytest.raises(StateError, match=r"survey\.welcome is not recorded"):
        store.move(SURVEY, CAMPAIGN)


def test_an_absence_is_known_until_something_is_recorded(store: Store, open_state: OpenState) -> None:
    store.mark_absent(GREETING)
    store.mark_absent(GREETING)
    assert open_state().absences() == {GREETING}
    store.put(record(GREETING))
    assert store.absences() == frozenset()


def test_an_absence_is_forgotten_like_a_record(store: Store) -> None:
    store.mark_absent(GREETING)
    store.forget(GREETING)
    assert store.absences() == frozenset()


def test_what_is_recorded_cannot_be_absent(store: Store) -> None:
    store.put(record(GREETING))
    with pytest.raises(StateError, match="is recorded: forget it first"):
        store.mark_absent(GREETING)
    assert store.absences() == frozenset()


def test_moving_onto_an_absent_address_ends_the_absence(store: Store) -> None:
    store.put(record(SURVEY))
    store.mark_absent(GREETING)
    store.move(SURVEY, GREETING)
    assert store.absences() == frozenset()


def test_the_serial_counts_changes_and_nothing_else(store: Store) -> None:
    assert store.scope.serial == 0
    store.put(record(SURVEY))
    store.put(record(SURVEY))
    store.move(SURVEY, CAMPAIGN)
    store.mark_absent(GREETING)
    store.forget(CAMPAIGN)
    assert store.scope.serial == 5
    store.settle(store.begin(entry()))
    with store.lock(), pytest.raises(StateError):
        store.move(SURVEY, CAMPAIGN)
    assert store.scope.serial == 5
