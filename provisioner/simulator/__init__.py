"""A local Alice: Django REST framework over SQLite, with a dialler that calls nobody.

It implements docs/alice-api.md over real HTTP, so that the provisioner can be tried and tested without the real
service; everything unknown there is a variant. Importing this package does not import Django.
"""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from provisioner.simulator.clock import clock_at
from provisioner.simulator.runtime import Mode
from provisioner.simulator.variants import VARIANTS, Variants, checked, describe, parse_variants

__all__ = ["VARIANTS", "describe", "parse_variants", "serve"]


def serve(
    *,
    port: int,
    host: str = "127.0.0.1",
    db: Path | None,
    page_size: int,
    variants: Mapping[str, str],
    speed: float,
    now: datetime | None = None,
    dialler: bool = True,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; `on_ready` is called with the base URL once requests are answered."""
    from provisioner.simulator.serving import run

    mode = Mode(Variants(checked(variants)), page_size, speed, clock_at(now), dialler)
    run(mode, (host, port), db, on_ready, threading.Event())
