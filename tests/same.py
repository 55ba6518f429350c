"""Two values that should be equal: what differs, path by path, where a comparison by `==` would print both in full."""

from __future__ import annotations

from typing import Any


def demand_same(found: Any, expected: Any) -> None:
    """Rows and secrets stay out of it: of a failure everybody may read the log."""
    if found != expected:
        from deepdiff import DeepDiff

        difference = DeepDiff(expected, found, ignore_order=False).pretty()
        raise AssertionError(difference or f"{found!r} is not {expected!r}")
