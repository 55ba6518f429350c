"""One writer per environment, within one process: who holds it, waiting, losing it."""

from __future__ import annotations

import getpass
import os
import re
import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from provisioner.errors import StateError, StateLocked
from provisioner.state import HeldBy, LockLost, Store, lock

from .conftest import OpenState
from .postgres_server import Server
from .samples import CAMPAIGN, SURVEY, entry, record


@pytest.fixture
def other(url: str, open_state: OpenState, store: Store) -> Store:
    """A second run on the same environment."""
    return open_state()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times the pace."""
    monkeypatch.setattr(lock, "BEAT_SECONDS", 0.1)
    monkeypatch.setattr(lock, "LEASE_SECONDS", 1.0)


def eventually(fact: Callable[[], bool], within: float = 5.0) -> bool:
    """Whether it comes true in time."""
    deadline = time.monotonic() + within
    while not fact():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_a_locked_environment_names_holder_host_and_since(store: Store, other: Store) -> None:
    with store.lock(), pytest.raises(StateLocked) as caught, other.lock():
        pytest.fail("two writers")
    error = caught.value
    assert isinstance(error, HeldBy)
    assert error.holder == f"{getpass.getuser()} (pid {os.getpid()})"
    assert error.host == socket.gethostname()
    assert timedelta(0) <= datetime.now(UTC) - error.since < timedelta(seconds=10)
    assert re.search(r"project 'antbuddy', environment 'default' is locked by .* since 20\d\d-.*Z", str(error))
    assert "--lock-timeout" in str(error)
    assert "state unlock" in str(error)


def test_a_store_cannot_lock_twice(store: Store) -> None:
    with store.lock(), pytest.raises(StateLocked), store.lock():
        pytest.fail("two writers")


def test_the_lock_is_free_after_the_block_however_it_ends(store: Store, other: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.lock():
        _ = 1 / 0
    with other.lock():
        pass
    with store.lock():
        pass


def test_a_refused_run_leaves_the_lock_alone(store: Store, other: Store) -> None:
    with store.lock():
        for _ in range(3):
            with pytest.raises(StateLocked), other.lock():
                pytest.fail("two writers")
        store.begin(entry())


def test_other_environments_and_projects_are_not_locked(store: Store, open_state: OpenState) -> None:
    with store.lock(), open_state(environment="staging").lock(), open_state(project="other").lock():
        pass


def test_plans_can_read_while_an_apply_holds_the_lock(store: Store, other: Store) -> None:
    with store.lock():
        store.put(record())
        assert other.recorded() == {SURVEY: record()}


def test_waiting_ends_when_the_lock_is_given_back(store: Store, other: Store) -> None:
    with store.lock():
        waiting = threading.Thread(target=lambda: _lock_briefly(other))
        waiting.start()
        time.sleep(0.3)
        assert waiting.is_alive()
    waiting.join(timeout=5)
    assert not waiting.is_alive()


def _lock_briefly(store: Store) -> None:
    with store.lock(timeout=10):
        pass


def test_waiting_ends_after_the_timeout(store: Store, other: Store) -> None:
    begun = time.monotonic()
    with store.lock(), pytest.raises(StateLocked, match=r"still after 0\.5 s"), other.lock(timeout=0.5):
        pytest.fail("two writers")
    assert 0.5 <= time.monotonic() - begun < 2


def test_unlocking_a_free_environment_does_nothing(store: Store, other: Store) -> None:
    assert store.unlock() is None
    with store.lock():
        pass
    assert other.unlock() is None


def test_the_holder_can_be_asked_for(store: Store, other: Store) -> None:
    assert store.holder() is None
    with store.lock():
        assert f"(pid {os.getpid()})" in (other.holder() or "")
        store.begin(entry())
    assert other.holder() is None


def test_unlocking_names_the_holder_and_frees_the_lock(store: Store, other: Store) -> None:
    with store.lock():
        assert re.fullmatch(rf".* \(pid {os.getpid()}\) on \S+ since \S+Z", other.unlock() or "")
        with other.lock():
            pass


def test_a_holder_who_lost_the_lock_begins_nothing_more_but_records(quick: None, store: Store, other: Store) -> None:
    with store.lock():
        in_flight = store.begin(entry())
        other.unlock()
        with pytest.raises(LockLost, match="nothing more is written"):
            store.begin(entry(SURVEY))
        assert store.lock_lost
        store.put(record(CAMPAIGN), settles=in_flight)
    assert other.recorded() == {CAMPAIGN: record(CAMPAIGN)}
    assert other.pending() == ()


def test_a_holder_notices_by_himself_that_the_lock_is_lost(quick: None, store: Store, other: Store) -> None:
    with store.lock():
        assert not store.lock_lost
        other.unlock()
        assert eventually(lambda: store.lock_lost)


def test_a_loser_leaves_the_lock_of_his_successor_alone(quick: None, store: Store, other: Store) -> None:
    with store.lock():
        store.unlock()
        successor = other.lock()
        successor.__enter__()
    with pytest.raises(StateLocked), store.lock():
        pytest.fail("two writers")
    other.begin(entry())
    successor.__exit__(None, None, None)


def test_a_store_can_lock_again_after_a_loss(quick: None, store: Store) -> None:
    with store.lock():
        store.unlock()
    with store.lock():
        assert not store.lock_lost
        store.begin(entry())


def test_the_lock_is_kept_longer_than_a_lease(quick: None, store: Store, other: Store) -> None:
    with store.lock():
        time.sleep(1.5)
        with pytest.raises(StateLocked), other.lock():
            pytest.fail("two writers")
        assert not store.lock_lost


def test_a_lost_connection_loses_the_lock(
    quick: None, postgres_url: str, open_state: OpenState, server: Server
) -> None:
    store = open_state(url=postgres_url)
    with store.lock():
        with server.connect() as admin:
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
        assert eventually(lambda: store.lock_lost)
        with pytest.raises(LockLost):
            store.begin(entry())
        store.put(record())


def test_a_server_that_went_away_does_not_hide_what_the_block_raised(
    quick: None, postgres_url: str, open_state: OpenState, server: Server
) -> None:
    store = open_state(url=postgres_url)
    try:
        with pytest.raises(ZeroDivisionError), store.lock():
            server.stop()
            _ = 1 / 0
    finally:
        server.start()


def test_a_stale_name_on_a_lock_is_not_blamed(postgres_url: str, open_state: OpenState) -> None:
    store, other = open_state(url=postgres_url), open_state(url=postgres_url)
    with store.lock():
        with store._database.writing() as connection:
            connection.exec_driver_sql("UPDATE alice_locks SET backend = 1, username = 'long-gone'")
        with pytest.raises(HeldBy, match="locked by linh") as caught, other.lock():
            pytest.fail("two writers")
        assert "long-gone" not in str(caught.value)


# Leases, on SQLite only


@pytest.fixture
def leased(sqlite_url: str, open_state: OpenState) -> Store:
    """A state whose lock is held by a process of another machine."""
    store = open_state(url=sqlite_url)
    with store._database.writing():
        pass
    scope = store._keeper()._scope  # type: ignore[attr-defined]
    stranger = lock.Process("minh", "build-7", 4711, "another boot", "1")
    with store._database.writing() as connection:
        lock.write_row(connection, scope, "token", stranger)
    return store


def age(store: Store, seconds: float) -> None:
    with store._database.writing() as connection:
        connection.exec_driver_sql(f"UPDATE alice_locks SET beat = beat - {seconds}")


def test_a_lease_of_another_machine_holds_while_it_is_fresh(leased: Store) -> None:
    age(leased, lock.LEASE_SECONDS - 2)
    with pytest.raises(StateLocked, match=r"minh \(pid 4711\) on build-7"), leased.lock():
        pytest.fail("two writers")


@pytest.mark.parametrize("seconds", [11, -3600])
def test_a_lease_without_a_fresh_sign_of_life_is_free(leased: Store, seconds: float) -> None:
    age(leased, seconds)
    with leased.lock():
        pass


def test_a_lease_that_ran_out_while_nobody_wanted_it_is_kept(
    quick: None, sqlite_url: str, open_state: OpenState
) -> None:
    store = open_state(url=sqlite_url)
    with store.lock():
        age(store, 3600)
        time.sleep(0.3)
        assert not store.lock_lost
        store.begin(entry())


def test_a_frozen_holder_finds_his_lease_taken(quick: None, sqlite_url: str, open_state: OpenState) -> None:
    store, other = open_state(url=sqlite_url), open_state(url=sqlite_url)
    with store.lock():
        with store._database.writing() as connection:  # as if he had slept: no beat gets through
            connection.exec_driver_sql("UPDATE alice_locks SET beat = 0")
            connection.exec_driver_sql("UPDATE alice_locks SET token = 'asleep'")
        with other.lock():
            with pytest.raises(LockLost):
                store.begin(entry())
            other.begin(entry())


def test_a_full_disk_is_survived_by_the_lock_until_the_lease_has_run_out(
    quick: None, sqlite_url: str, open_state: OpenState, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_state(url=sqlite_url)

    def fail(self: object) -> bool:
        raise StateError("disk full")

    with store.lock():
        monkeypatch.setattr("provisioner.state.sqlite.Lease.beat", fail)
        time.sleep(0.4)
        assert not store.lock_lost
        assert eventually(lambda: store.lock_lost)
