"""The one mutable value of a running simulator: its mode, clock, tokens, log and random generators.

Django gives views and models no place to pass such a value through, so they ask `current()` for it. Everything in it
is frozen or guards itself with its own lock. Knows nothing of Django.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from provisioner.simulator.clock import Clock
from provisioner.simulator.request_log import RequestLog
from provisioner.simulator.tokens import Tokens
from provisioner.simulator.variants import Variants


@dataclass(frozen=True)
class Mode:
    """What can be chosen at the start and changed by the control endpoints."""

    variants: Variants = field(default_factory=lambda: Variants({}))
    page_size: int = 10
    speed: float = 1.0
    clock: Clock = Clock()
    dialler: bool = True


class Runtime:
    """The mode in force and what has happened since the last reset."""

    def __init__(self, mode: Mode) -> None:
        self.started_with = mode
        self.reset(mode)

    def reset(self, mode: Mode) -> None:
        self.mode = mode
        self.log = RequestLog()
        self.tokens = Tokens()
        self.shuffles = random.Random(mode.variants["fault_seed"])
        self.calls = random.Random(mode.variants["dialler_seed"])

    def change(self, **fields: object) -> None:
        self.mode = replace(self.mode, **fields)  # type: ignore[arg-type]

    def change_variants(self, given: Mapping[str, str]) -> None:
        self.change(variants=self.mode.variants.changed(given))


_installed: list[Runtime] = [Runtime(Mode())]


def install(mode: Mode) -> Runtime:
    """Begin a run of the simulator in this process."""
    _installed[0] = Runtime(mode)
    return _installed[0]


def current() -> Runtime:
    return _installed[0]


def variants() -> Variants:
    return _installed[0].mode.variants


def now() -> datetime:
    """The time on the simulated server."""
    return _installed[0].mode.clock.now()
