"""When the next request may start: slots, the rate limit, the common pause after a 429, and cancelling.

One `Throttle` is shared by all threads of a client; it sends nothing and knows no request. All times are seconds of
`time.monotonic`. See docs/alice-api.md#rate-limit.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from provisioner.error_ids import ErrorId
from provisioner.errors import ApiError

LONGEST_PAUSE = 120.0
GLANCE = 0.1  # the longest that a waiting thread does not look whether it was cancelled
MOST_PAUSES = 10
SILENT = 2.0  # seconds; whoever waits for longer is told

Tell = Callable[[str], object]


class Cancelled(ApiError):
    """The client was told to stop before this request was sent."""

    id = ErrorId.API_STOPPED


class Throttle:
    """At most `parallelism` requests at once, `rate_limit` a second; `backoff` is the first pause without advice.

    `tell` gets a line about every long pause, once: many threads may share one.
    """

    def __init__(
        self,
        *,
        parallelism: int,
        rate_limit: float | None = None,
        backoff: float = 0.5,
        tell: Tell = lambda line: None,
    ) -> None:
        self._tell = tell
        self._told_until = 0.0
        self._slots = threading.BoundedSemaphore(parallelism)
        self._interval = 1 / rate_limit if rate_limit else 0.0
        self._slow = self._interval > SILENT  # and nobody was told yet
        self._backoff = backoff
        self._lock = threading.Lock()
        self._cancelled = False
        self._free_at = 0.0
        self._paused_until = 0.0
        self._pauses = 0

    @contextmanager
    def turn(self) -> Iterator[float]:
        """Wait for a slot and hold it for one request; gives the time it may start. Raises Cancelled."""
        while not self._slots.acquire(timeout=GLANCE):
            self._check()
        try:
            yield self._start()
        finally:
            self._slots.release()

    def throttled(self, started: float, retry_after: float | None) -> bool:
        """A request that started then was answered 429: everybody pauses. False when it is time to give up.

        Only pauses that let nothing through are counted, and the refusals of one crowd are one pause: many threads
        under a slow limit may each be refused often while the run as a whole gets on.
        """
        with self._lock:
            if started >= self._paused_until:
                self._pauses += 1
            if self._pauses > MOST_PAUSES:
                return False
            wait = self.delay(self._pauses) if retry_after is None else max(retry_after, self._backoff)
            wait = min(wait, LONGEST_PAUSE)
            until = time.monotonic() + wait * random.uniform(1.0, 1.1)
            self._paused_until = max(self._paused_until, until)
            self._free_at = max(self._free_at, self._paused_until)
        self._announce(wait, "the server throttles")
        return True

    def recover(self, failures: int) -> None:
        """After the first, second, ... failure of a request: give the server time. Raises Cancelled."""
        wait = self.delay(failures)
        self._announce(wait, "the server does not answer as it should")
        self.sleep(wait)

    def flowing(self) -> None:
        """Any other answer: the server takes requests again."""
        self._pauses = 0

    def delay(self, attempt: int) -> float:
        """The pause after the first, second, ... failure: it doubles, and is jittered."""
        return float(min(self._backoff * 2 ** (attempt - 1), LONGEST_PAUSE) * random.uniform(0.8, 1.2))

    def sleep(self, seconds: float) -> None:
        """Wait, unless cancelled: then raise Cancelled within a tenth of a second."""
        until = time.monotonic() + seconds
        self._check()
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, GLANCE))
            self._check()

    def cancel(self) -> None:
        """Nothing starts any more; whoever waits gives up. Requests in flight are left to finish.

        A flag and no Event: a signal handler that runs this may have interrupted the very thread that holds the
        Event's lock, and would wait for it for ever.
        """
        self._cancelled = True

    def _announce(self, seconds: float, why: str) -> None:
        """Once per pause: one that ends about when another does is the same to whoever waits."""
        now = time.monotonic()
        with self._lock:
            more = now + seconds - max(now, self._told_until)
            new = more > max(SILENT, seconds / 2) and not self._cancelled
            if new:
                self._told_until = now + seconds
        if new:
            self._tell(f"{why}: pausing {seconds:.0f} s")

    def _check(self) -> None:
        if self._cancelled:
            raise Cancelled("stopped before it was sent")

    def _start(self) -> float:
        """A pause may be declared while we wait for our place: then queue again behind it."""
        while True:
            place = self._reserve()
            self.sleep(place - time.monotonic())
            with self._lock:
                if self._paused_until <= place:
                    return place

    def _reserve(self) -> float:
        with self._lock:
            place = max(time.monotonic(), self._free_at)
            self._free_at = place + self._interval
            slow, self._slow = self._slow, False
        if slow:
            self._tell(f"the rate limit that was set: one request every {self._interval:.0f} s")
        return place
