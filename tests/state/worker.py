"""Another run of the tool, in a process that the tests can kill: `worker.py DO URL DIRECTORY [NUMBER]`.

Each line on stdout is a fact that was true when it was printed.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from provisioner.errors import StateLocked
from provisioner.model import Address, Recorded
from provisioner.state import Entry, Store, open_store


def say(*words: object) -> None:
    print(*words, flush=True)


def hold(store: Store) -> None:
    """Takes the lock and keeps it until killed."""
    with store.lock():
        say("locked")
        time.sleep(60)


def put(store: Store) -> None:
    """Records for ever, and says each time what is recorded."""
    with store.lock():
        for number in itertools.count():
            store.put(Recorded(Address("contact", str(number)), number, {"text": "x" * 500}))
            say(number)


def together(store: Store) -> None:
    """Eight threads that begin, say so, record and say so, for ever: they share commits."""

    def work(thread: int) -> None:
        for number in itertools.count():
            address = Address("contact", f"{thread}-{number}")
            begun = store.begin(Entry(address, "contact", "POST", "contact", datetime.now(UTC), 30.0))
            say(f"begun {address.key}")
            store.put(Recorded(address, number), settles=begun)
            say(f"recorded {address.key}")

    with store.lock(), ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))


def contend(store: Store, rounds: int) -> None:
    """Takes the lock again and again; a file lock tells whether anybody else was inside at the same time."""
    with Path(os.environ["INSIDE"]).open("w") as inside:
        for number in range(rounds):
            with store.lock(timeout=30):
                fcntl.flock(inside, fcntl.LOCK_EX | fcntl.LOCK_NB)
                store.put(Recorded(Address("contact", f"{os.getpid()}-{number}"), number))
                fcntl.flock(inside, fcntl.LOCK_UN)
    say("done")


def attempt(store: Store) -> None:
    """One try at the lock."""
    try:
        with store.lock():
            say("locked")
    except StateLocked as error:
        say(error)


def main() -> None:
    do, url, directory, *numbers = sys.argv[1:]
    act = {"hold": hold, "put": put, "together": together, "contend": contend, "attempt": attempt}[do]
    with open_store(url, directory=Path(directory), project="antbuddy", environment="default") as store:
        act(store, *map(int, numbers))


if __name__ == "__main__":
    main()
