"""What several threads record or begin at once is one transaction: all of it is there when they return."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, event

from provisioner.model import Address, Recorded
from provisioner.state import LockLost, Store

from .conftest import OpenState
from .samples import CAMPAIGN, SURVEY, entry, record

WORKERS = 8


class Transactions:
    """Counts those that write. The first waits until everybody else asks for the next one."""

    def __init__(self, store: Store) -> None:
        self.store, self.count = store, 0
        event.listen(store._database.engine, "commit", self._commit)

    def _commit(self, connection: Connection) -> None:
        self.count += 1
        while self.count == 1 and len(self.store._commits._waiting) < WORKERS - 1:
            pass


def addresses() -> list[Address]:
    return [Address("contact", str(number)) for number in range(WORKERS)]


def at_once(work: object, store: Store) -> list[object]:
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(work, addresses()))  # type: ignore[arg-type]


def test_eight_that_begin_at_once_need_two_commits(store: Store, open_state: OpenState) -> None:
    store.mark_absent(SURVEY)  # the tables are there
    counted = Transactions(store)
    numbers = at_once(lambda address: store.begin(entry(address)), store)
    assert counted.count == 2
    found = {each.address: each.id for each in open_state().pending()}
    assert found == dict(zip(addresses(), numbers, strict=True)), "each got the id of its own entry"


def test_eight_that_record_and_settle_at_once_need_two_commits(store: Store, open_state: OpenState) -> None:
    numbers = {address: store.begin(entry(address)) for address in addresses()}
    counted = Transactions(store)
    at_once(lambda address: store.put(record(address, 7), settles=numbers[address]), store)
    assert counted.count == 2
    other = open_state()
    assert (list(other.recorded()), other.pending()) == (addresses(), ())
    assert other.scope.serial == WORKERS


def test_one_that_cannot_be_recorded_fails_alone(store: Store) -> None:
    store.mark_absent(SURVEY)
    bad = addresses()[3]

    def work(address: Address) -> None:
        store.put(record(address, fields={"bad": object()} if address == bad else {}))

    Transactions(store)
    with pytest.raises(TypeError):
        at_once(work, store)
    assert set(store.recorded()) == set(addresses()) - {bad}


def test_a_lost_lock_stops_what_begins_and_nothing_that_is_recorded(store: Store, open_state: OpenState) -> None:
    """An answered change is recorded, whoever has the lock by now."""

    def begin() -> None:
        with pytest.raises(LockLost):
            store.begin(entry(SURVEY))

    with store.lock():
        open_state().unlock()
        with ThreadPoolExecutor(2) as pool:
            done = [pool.submit(begin), pool.submit(store.put, record(CAMPAIGN))]
            for each in done:
                each.result()
    assert (list(store.recorded()), store.pending()) == ([CAMPAIGN], ())


def test_several_are_recorded_all_or_none(store: Store) -> None:
    with pytest.raises(TypeError):
        store.put(record(CAMPAIGN), record(SURVEY, fields={"bad": object()}))
    assert store.recorded() == {}
    store.put(record(CAMPAIGN), record(SURVEY))
    renamed = Address(CAMPAIGN.kind, "renamed")
    store.put(Recorded(renamed, 5), instead_of=[CAMPAIGN])
    assert set(store.recorded()) == {SURVEY, renamed}
    assert store.scope.serial == 2
