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


def test_moving_takes_along_children_dependencies_and_journal(store: Store) -> None:
    new, greeting, bye = Address("survey", "hello"), Address("section", "hello.greeting"), Address("section", "hello.x")
    other = Address("section", "welcome-2.greeting")
    for each in (record(SURVEY, fields={"name": "welcome"}), record(GREETING, depends_on=(SURVEY,)), record(other)):
        store.put(each)
    store.put(record(CAMPAIGN, depends_on=(GREETING, SURVEY)))
    store.mark_absent(Address("section", "welcome.x"))
    store.begin(entry(SURVEY))
    assert store.move(SURVEY, new) == {SURVEY: new, GREETING: greeting, Address("section", "welcome.x"): bye}
    assert store.recorded() == {
        CAMPAIGN: record(CAMPAIGN, depends_on=(greeting, new)),
        greeting: record(greeting, depends_on=(new,)),
        other: record(other),
        new: record(new, fields={"name": "welcome"}),
    }
    assert store.absences() == {bye}
    assert [pending.address for pending in store.pending()] == [new]


def test_moving_changes_every_recorded_mention_of_the_key(store: Store) -> None:
    pair = {"sent": "welcome", "received": 7}
    names = {"name": "welcome", "survey": "welcome", "phonebooks": ["welcome", {"name": "welcome"}]}
    store.put(record(SURVEY))
    store.put(record(GREETING, fields={"survey": "welcome", "question": "welcome"}))
    store.put(record(CAMPAIGN, fields=names, ignored={"survey": pair}, forms={"name": pair}))
    clinic, night = Address("calendar_setting", "clinic"), Address("calendar_setting", "night")
    store.put(record(clinic, fields={"survey": "welcome", "gateway": "welcome"}))
    store.put(record(night, fields={"survey": {"campaign": CAMPAIGN.key}}))
    store.move(SURVEY, Address("survey", "hello"))
    store.move(CAMPAIGN, Address("campaign", "tet-2028"))
    found = {str(address): each for address, each in store.recorded().items()}
    assert found["section.hello.greeting"].fields == {"survey": "hello", "question": "welcome"}
    assert found["campaign.tet-2028"].fields == {**names, "survey": "hello"}
    assert found["campaign.tet-2028"].ignored == {"survey": {"sent": "hello", "received": 7}}
    assert found["campaign.tet-2028"].forms == {"name": pair}
    assert found["calendar_setting.clinic"].fields == {"survey": "hello", "gateway": "welcome"}
    assert found["calendar_setting.night"].fields == {"survey": {"campaign": "tet-2028"}}


def test_moving_is_refused_as_a_whole_when_a_child_has_no_place(store: Store) -> None:
    store.put(record(SURVEY))
    store.put(record(GREETING))
    store.begin(entry(Address("section", "hello.greeting")))
    with pytest.raises(StateError, match=r"a write to section\.hello\.greeting has had no answer yet"):
        store.move(SURVEY, Address("survey", "hello"))
    assert set(store.recorded()) == {SURVEY, GREETING}


def test_leaving_notes_that_the_object_is_still_there_until_it_is_recorded_again(store: Store) -> None:
    for each in (record(SURVEY), record(GREETING), record(CAMPAIGN)):
        store.put(each)
    missing = Address("section", "welcome.x")
    store.mark_absent(missing)
    assert store.leave([SURVEY, GREETING, Address("survey", "nobody")]) == (SURVEY, GREETING, missing)
    assert (set(store.recorded()), store.absences()) == ({CAMPAIGN}, frozenset())
    assert [(each.address, each.verb, each.left) for each in store.pending()] == [
        (SURVEY, "POST", True),
        (GREETING, "POST", True),
    ]
    store.put(record(SURVEY))
    store.mark_absent(GREETING)
    assert store.pending() == ()


def test_what_was_left_in_place_takes_no_address(store: Store) -> None:
    store.put(record(SURVEY))
    store.put(record(CAMPAIGN))
    store.leave([CAMPAIGN])
    store.move(SURVEY, CAMPAIGN)
    assert (list(store.recorded()), store.pending()) == ([CAMPAIGN], ())


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
