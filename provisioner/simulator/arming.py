"""What made telephones ring or will, in the order it was done: campaigns set running, alarms set.

The tables show who is or will be called; this shows what was done twice and looks the same afterwards.
See docs/alice-api.md#what-rings. Knows nothing of Django.
"""

import threading


class Arming:
    """Notes (cause, id): `campaign` when one goes from any other status to START, `alarm` when one is made or moved."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._notes: list[tuple[str, int]] = []

    def note(self, cause: str, id: int) -> None:
        with self._lock:
            self._notes.append((cause, id))

    def rows(self) -> list[dict[str, object]]:
        with self._lock:
            return [{"cause": cause, "id": id} for cause, id in self._notes]
