"""One store, many threads: apply runs independent changes in parallel."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from provisioner.model import Address
from provisioner.state import Store

from .conftest import OpenState
from .samples import entry, record


def test_threads_share_a_store(store: Store) -> None:
    def work(thread: int) -> None:
        for number in range(20):
            address = Address("contact", f"{thread}-{number}")
            store.put(record(address, number), settles=store.begin(entry(address)))
            store.recorded()

    with store.lock(), ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert len(store.recorded()) == store.scope.serial == 160
    assert store.pending() == ()


def test_the_first_write_may_come_from_many_threads_and_stores(store: Store, open_state: OpenState) -> None:
    stores = [store, *(open_state() for _ in range(5))]

    def write(number: int) -> None:
        stores[number].put(record(Address("contact", str(number))))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))
    assert store.scope.serial == 6
    assert len({found.scope.key for found in stores}) == 1
