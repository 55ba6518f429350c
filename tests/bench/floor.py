"""The floor of a measurement: the same requests, the same library, as many threads, and the answers thrown away.

`python -m tests.bench.floor ENDPOINT LOG THREADS`: LOG holds what the stand-in was asked, `[[method, target, size]]`.
"""

from __future__ import annotations

import json
import queue
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import requests


def main(endpoint: str, log: str, threads: str) -> None:
    """Everything in the log, in its order, by all threads together."""
    parts = urlsplit(endpoint)
    entries: queue.SimpleQueue[tuple[str, str, int]] = queue.SimpleQueue()
    for entry in json.loads(Path(log).read_text()):
        entries.put(entry)
    host = f"{parts.scheme}://{parts.netloc}"
    workers = [threading.Thread(target=_ask, args=(host, entries)) for _ in range(int(threads))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def _ask(host: str, entries: queue.SimpleQueue[tuple[str, str, int]]) -> None:
    bodies: dict[int, bytes] = {0: b""}
    with requests.Session() as session:
        session.trust_env = False  # alice-apply looks at the environment once per run, not once per request
        while True:
            try:
                method, target, size = entries.get_nowait()
            except queue.Empty:
                return
            if size not in bodies:
                bodies[size] = b" " * size
            session.request(method, host + target, data=bodies[size]).raise_for_status()


if __name__ == "__main__":
    main(*sys.argv[1:])
