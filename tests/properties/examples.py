"""How many random examples there are, and nothing that the machine decides: no deadline, no memory of other runs."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings


def examples(count: int, **how: Any) -> settings:
    """The settings of so many; `how` as those of hypothesis."""
    quiet = {"deadline": None, "database": None, "print_blob": False, "suppress_health_check": [*HealthCheck]}
    return settings(max_examples=count, **quiet, **how)
