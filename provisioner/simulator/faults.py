"""Which fault, if any, happens to which request: drawn from a seed, so that a failing run can be repeated.

The draw depends on method, path and how often that pair was requested, not on the order in which threads arrive;
only with the variants `fault_every` and `fault_at` it is each n-th, or the n-th, request that arrives.
What a fault does is the middleware's business (fault_middleware.py). Knows nothing of Django.
See docs/alice-api.md#lost-answers.
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
        self._arrived = 0

    def draw(self, method: str, path: str, variants: Variants) -> str | None:
        """The name of the fault that strikes this request."""
        faults = sorted(variants.names("faults"))
        if not faults or not in_scope(method, variants["fault_scope"]):
            return None
        with self._lock:
            self._arrived += 1
            self._repetitions[method, path] += 1
            arrived, repetition = self._arrived, self._repetitions[method, path]
        dice = random.Random(f"{variants['fault_seed']} {method} {path} {repetition}")
        return dice.choice(faults) if _strikes(arrived, dice, variants) else None


def _strikes(arrived: int, dice: random.Random, variants: Variants) -> bool:
    at, every = variants.integer("fault_at"), variants.integer("fault_every")
    if at or every:
        return arrived == at if at else arrived % every == 0
    return dice.random() < variants.number("fault_rate")


def in_scope(method: str, scope: str) -> bool:
    """Whether a method is one of `all`, `reads` or `writes`."""
    return scope == "all" or (scope == "reads") == (method in SAFE_METHODS)
