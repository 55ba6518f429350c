"""Which fault, if any, happens to which request: drawn from a seed, so that a failing run can be repeated.

The draw depends on method, path and how often that pair was requested, not on the order in which threads arrive.
What a fault does is the middleware's business (fault_middleware.py). Contract section 6. Knows nothing of Django.
"""

import random
import threading
from collections import Counter

from provisioner.simulator.request_log import SAFE_METHODS
from provisioner.simulator.variants import Variants


class FaultPlan:
    """Draws a fault for each request in turn."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._repetitions: Counter[tuple[str, str]] = Counter()

    def draw(self, method: str, path: str, variants: Variants) -> str | None:
        """The name of the fault that strikes this request."""
        faults = sorted(variants.names("faults"))
        if not faults or not _in_scope(method, variants["fault_scope"]):
            return None
        with self._lock:
            self._repetitions[method, path] += 1
            repetition = self._repetitions[method, path]
        dice = random.Random(f"{variants['fault_seed']} {method} {path} {repetition}")
        return dice.choice(faults) if dice.random() < variants.number("fault_rate") else None


def _in_scope(method: str, scope: str) -> bool:
    return scope == "all" or (scope == "reads") == (method in SAFE_METHODS)
