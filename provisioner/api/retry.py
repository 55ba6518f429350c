"""Brings one request to an answer that settles it: pauses, repeats, redirects, counting, the log line.

What was certainly not executed (429, no connection) is repeated whatever the verb; what only reads is repeated after
a lost answer or a server error; a write whose outcome is unknown never is. Must not know where tokens come from.
See docs/alice-api.md#rate-limit and #lost-answers.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable

from provisioner.api.endpoint import redirected
from provisioner.api.responses import unanswered
from provisioner.api.throttle import Throttle
from provisioner.api.transport import Transport
from provisioner.api.wire import Answer, Loss, Lost, Purpose, Request

RETRIES = 3
MOST_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})

Log = Callable[[str], object]


class Exchange:
    """Shared by all threads of a client."""

    def __init__(self, transport: Transport, pace: Throttle, log: Log | None = None) -> None:
        self._transport = transport
        self._pace = pace
        self._log = log
        self._lock = threading.Lock()
        self._counts: Counter[Purpose] = Counter()
        self._reached = False

    def send(self, request: Request, token: str = "") -> Answer:
        """The answer, whatever its status; raises Unreachable, OutcomeUnknown, Cancelled, ApiError for none at all."""
        failures = 0
        while True:
            with self._pace.turn() as started:
                outcome = self._follow(request, token)
            if isinstance(outcome, Answer) and outcome.status == 429:
                if self._pace.throttled(started, outcome.retry_after()):
                    continue
                return outcome
            self._pace.flowing()
            failures += 1
            if failures > RETRIES or not self._repeats(request, outcome):
                return _settled(request, outcome)
            self._pace.recover(failures)

    def sent(self, purpose: Purpose) -> int:
        """How many requests of a purpose went out, repeats included."""
        return self._counts[purpose]

    def _repeats(self, request: Request, outcome: Answer | Lost) -> bool:
        if isinstance(outcome, Lost) and outcome.reason is Loss.UNREACHABLE:
            return self._reached  # a server that answered before is restarting; any other address is wrong
        return request.repeatable and (isinstance(outcome, Lost) or outcome.status >= 500)

    def _follow(self, request: Request, token: str) -> Answer | Lost:
        """Redirects of a GET within the same server; the credentials go nowhere else."""
        url: str | None = request.url
        outcome = self._once(request, request.url, token)
        for _ in range(MOST_REDIRECTS):
            if request.method != "GET" or isinstance(outcome, Lost) or outcome.status not in REDIRECTS or not url:
                break
            url = redirected(url, outcome.headers.get("Location", ""))
            outcome = self._once(request, url, token) if url else outcome
        return outcome

    def _once(self, request: Request, url: str, token: str) -> Answer | Lost:
        with self._lock:
            self._counts[request.purpose] += 1
        began = time.monotonic()
        outcome = self._transport.send(request, url, token)
        if isinstance(outcome, Answer):
            self._reached = True
        if self._log:
            self._log(_line(request, outcome, time.monotonic() - began))
        return outcome


def _settled(request: Request, outcome: Answer | Lost) -> Answer:
    if isinstance(outcome, Lost):
        raise unanswered(request, outcome)
    return outcome


def _line(request: Request, outcome: Answer | Lost, seconds: float) -> str:
    if isinstance(outcome, Lost):
        return f"{request.method} {request.shown} {outcome.reason} {seconds * 1000:.0f} ms"
    return f"{request.method} {request.shown} {outcome.status} {seconds * 1000:.0f} ms {len(outcome.body)} bytes"
