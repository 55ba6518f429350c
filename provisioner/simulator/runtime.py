"""The one mutable value of a running simulator: its mode, clock, tokens, log and random generators.

Django gives views and models no place to pass such a value through, so they ask `RUNTIME` for it. Everything in it is
frozen or guards itself with its own lock. Knows nothing of Django.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from provisioner.simulator.arming import Arming
from provisioner.simulator.clock import Clock
from provisioner.simulator.fault_hold import Hold
from provisioner.simulator.faults import FaultPlan
from provisioner.simulator.rate import Rate
from provisioner.simulator.request_log import RequestLog
from provisioner.simulator.tokens import Tokens
from provisioner.simulator.variants import Variants


@dataclass(frozen=True)
class Mode:
    """What can be chosen at the start and changed by the control endpoints."""

    variants: Variants = field(default_factory=lambda: Variants({}))
    page_size: int = 10
    speed: float = 1.0
    clock: Clock = field(default_factory=Clock)
    dialler: bool = True

    def __post_init__(self) -> None:
        if self.page_size < 1 or self.speed < 0:
            raise ValueError("a page has at least one row, and a speed is not negative")


class Runtime:
    """The mode in force and what has happened since the last reset."""

    def __init__(self) -> None:
        self.hold = Hold()
        self.start(Mode())

    def start(self, mode: Mode) -> None:
        """Begin a run; a reset without arguments comes back to this mode."""
        self.started_with = mode
        self.reset(mode)

    def reset(self, mode: Mode) -> None:
        self.mode = mode
        self.log = RequestLog()
        self.tokens = Tokens()
        self.faults = FaultPlan()
        self.arming = Arming()
        self.hold_request(Hold())
        self.rate = Rate()
        self.shuffles = random.Random(mode.variants["fault_seed"])
        self.calls = random.Random(mode.variants["dialler_seed"])

    def hold_request(self, hold: Hold) -> None:
        """Let go what is held, and hold another."""
        self.hold.release()
        self.hold = hold

    def change(self, **fields: object) -> None:
        self.mode = replace(self.mode, **fields)  # type: ignore[arg-type]

    def change_variants(self, given: Mapping[str, str]) -> None:
        self.change(variants=self.mode.variants.changed(given))


RUNTIME = Runtime()


def variants() -> Variants:
    return RUNTIME.mode.variants


def now() -> datetime:
    """The time on the simulated server."""
    return RUNTIME.mode.clock.now()
