"""Holds one request, the n-th, until it is let go: for tests that kill a client at exactly that point.

    unexecuted   held on arrival, then dropped: it was never done
    executed     done, held before it is answered, then dropped
    late         held on arrival, then done: what a server does with a request whose client has died

Knows nothing of Django.
"""

import threading
from dataclasses import dataclass, field

MODES = ("unexecuted", "executed", "late")
_LONGEST = 30.0


@dataclass
class Hold:
    """Counts requests; the one at place `at` is to be held. The default holds none."""

    at: int = 0
    mode: str = "unexecuted"
    scope: str = "all"
    _seen: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _arrived: threading.Event = field(default_factory=threading.Event)
    _released: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        if self.mode not in MODES or self.scope not in ("all", "reads", "writes"):
            raise ValueError(f"a hold is one of {', '.join(MODES)}, of all, reads or writes")

    def strikes(self) -> bool:
        """Count a request of the scope; whether it is the one."""
        with self._lock:
            self._seen += 1
            return self._seen == self.at

    def wait(self) -> None:
        """Tell that the request is here, and wait until it is let go."""
        self._arrived.set()
        self._released.wait(_LONGEST)

    def release(self) -> None:
        """Let the request go, now or as soon as it comes."""
        self._released.set()

    @property
    def holds(self) -> bool:
        """Whether the request is here and waits."""
        return self._arrived.is_set() and not self._released.is_set()
