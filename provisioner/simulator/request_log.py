"""The log of API requests since the last reset, for tests that count what a client sent.

It holds no bodies: a log of what a client does may be printed, and bodies are telephone numbers.
"""

import threading
from dataclasses import dataclass

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class LoggedRequest:
    """One request and how it ended; `status` is None if the connection was dropped before anything was done."""

    method: str
    path: str
    query: str
    status: int | None
    user: str | None
    seconds: float
    write: bool
    rows: int | None
    fault: str | None


class RequestLog:
    """Requests in the order in which they were finished."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: list[LoggedRequest] = []

    def add(self, request: LoggedRequest) -> None:
        with self._lock:
            self._requests.append(request)

    def clear(self) -> None:
        with self._lock:
            self._requests.clear()

    def rows(self) -> list[dict[str, object]]:
        with self._lock:
            requests = list(self._requests)
        return [{"sequence": number, **vars(request)} for number, request in enumerate(requests, 1)]
