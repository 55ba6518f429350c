"""Writes in flight: noted before they are sent, struck out when their outcome is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from provisioner.state import Store

from .conftest import OpenState
from .samples import CAMPAIGN, SURVEY, entry, record


def test_an_entry_comes_back_with_its_id_until_it_is_settled(store: Store, open_state: OpenState) -> None:
    sent = entry(kind="contact", known_ids=(3, 2**40), digest="ab12", step="replace:create")
    number = store.begin(sent)
    assert open_state().pending() == (replace(sent, id=number),)
    store.settle(number)
    assert store.pending() == ()


def test_entries_come_back_oldest_first(store: Store) -> None:
    numbers = [store.begin(entry(path=f"campaigns/{number}/")) for number in range(12)]
    assert [pending.id for pending in store.pending()] == numbers


def test_send_times_come_back_in_utc(store: Store) -> None:
    hanoi = datetime(2027, 1, 20, 8, 0, tzinfo=timezone(timedelta(hours=7)))
    store.begin(entry(sent_at=hanoi))
    (pending,) = store.pending()
    assert pending.sent_at == hanoi
    assert pending.sent_at.utcoffset() == timedelta(0)


def test_a_send_time_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="aware"):
        store.begin(entry(sent_at=datetime(2027, 1, 20, 8, 0)))
    assert store.pending() == ()


def test_recording_and_settling_are_one_step(store: Store) -> None:
    store.put(record(CAMPAIGN), settles=store.begin(entry(CAMPAIGN)))
    assert store.pending() == ()
    store.forget(CAMPAIGN, settles=store.begin(entry(CAMPAIGN, verb="DELETE")))
    assert (store.pending(), store.recorded()) == ((), {})


def test_a_failed_record_settles_nothing(store: Store) -> None:
    number = store.begin(entry(CAMPAIGN))
    with pytest.raises(TypeError):
        store.put(record(CAMPAIGN, fields={"bad": object()}), settles=number)
    assert [pending.id for pending in store.pending()] == [number]


def test_settling_twice_is_harmless_and_ids_are_never_reused(store: Store) -> None:
    first = store.begin(entry(CAMPAIGN))
    store.settle(first)
    second = store.begin(entry(SURVEY))
    store.settle(first)
    assert [pending.id for pending in store.pending()] == [second]


def test_another_scope_cannot_settle_an_entry(store: Store, open_state: OpenState) -> None:
    number = store.begin(entry())
    staging = open_state(environment="staging")
    staging.begin(entry(SURVEY))
    staging.settle(number)
    assert [pending.id for pending in store.pending()] == [number]
