"""How many requests came within the last second, for the variant `rate_limit`. Knows nothing of Django."""

import threading
import time
from collections import deque


class Rate:
    """The moments of the requests that were let in."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._recent: deque[float] = deque()

    def admits(self, limit: float) -> bool:
        """Whether one more request stays within so many a second; if so, it counts."""
        moment = time.monotonic()
        with self._lock:
            while self._recent and self._recent[0] <= moment - 1:
                self._recent.popleft()
            if len(self._recent) >= limit:
                return False
            self._recent.append(moment)
            return True
