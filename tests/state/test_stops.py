"""Marks of emergency stops: made without the lock, kept through renames and a change of schema, struck out by name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from provisioner.errors import StateError
from provisioner.model import Address
from provisioner.state import Store
from provisioner.stop_marks import ADDRESS, EVERYTHING, ID, NAME, Mark, Marks, StopTarget, by_address

from .conftest import OpenState
from .samples import CAMPAIGN, SURVEY, record

NOON = datetime(2027, 1, 20, 12, 0, 0, 250_000, tzinfo=UTC)
LATER = NOON.replace(hour=13)
NAMED = Mark("campaign", ADDRESS, str(CAMPAIGN), NOON)
NUMBERED, CALLED = Mark("campaign", ID, "7", NOON), Mark("campaign", NAME, "Tết", LATER, asked=False)
ALL = Mark("campaign", EVERYTHING, "", LATER)


def test_a_mark_is_made_while_another_process_has_the_lock_and_comes_back(store: Store, open_state: OpenState) -> None:
    assert store.stops() == Marks()
    with store.lock():
        open_state().mark_stopped([NAMED, NUMBERED, CALLED, ALL])
        assert set(store.stops().every) == {NAMED, NUMBERED, CALLED, ALL}
    assert open_state(environment="other").stops() == Marks()


def test_a_stop_made_anew_takes_the_place_of_the_mark_and_is_not_struck_out_with_it(store: Store) -> None:
    store.mark_stopped([NAMED])
    anew = Mark("campaign", ADDRESS, str(CAMPAIGN), LATER)
    store.mark_stopped([anew])
    store.lift_stops([NAMED])
    assert store.stops().every == (anew,)
    store.lift_stops([anew], instead=[NUMBERED])
    assert store.stops().every == (NUMBERED,)


def test_a_mark_moves_with_its_address_recorded_or_not(store: Store) -> None:
    other = Address("campaign", "tet-2028")
    store.mark_stopped([NAMED])
    assert store.move(CAMPAIGN, other) == {CAMPAIGN: other}
    assert [mark.address for mark in store.stops().every] == [other]
    store.put(record(other))
    store.move(other, CAMPAIGN)
    store.leave([CAMPAIGN])
    assert store.stops().every == (NAMED,)
    with pytest.raises(StateError, match="is not recorded"):
        store.move(SURVEY, Address("survey", "other"))


@pytest.mark.parametrize(
    ("mark", "target", "marked"),
    [
        (NAMED, StopTarget("campaign", frozenset({CAMPAIGN})), True),
        (NAMED, StopTarget("campaign", frozenset({Address("campaign", "tet")}), 7, "Tết"), False),
        (NUMBERED, StopTarget("campaign", frozenset(), 7), True),
        (NUMBERED, StopTarget("survey", frozenset(), 7), False),
        (CALLED, StopTarget("campaign", frozenset(), None, "Tết"), True),
        (ALL, StopTarget("campaign"), True),
        (ALL, StopTarget("alarm"), False),
    ],
)
def test_what_a_mark_is_about(mark: Mark, target: StopTarget, marked: bool) -> None:
    assert target.marked(mark) is marked
    assert bool(Marks((mark,)).on(target)) is marked


def test_several_marks_of_one_thing_come_to_the_latest_and_the_most_cautious() -> None:
    assert by_address([], CAMPAIGN) is None
    assert by_address([NUMBERED, CALLED], CAMPAIGN) == Mark("campaign", ADDRESS, str(CAMPAIGN), LATER, asked=True)
    assert Marks((NAMED, ALL)).since(Marks((NAMED,))) == Marks((ALL,))
