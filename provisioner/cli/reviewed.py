"""Reviewed is applied: what a plan file holds beside the plan, and whether today's plan is still that one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from provisioner import __version__
from provisioner.cli.context import Context
from provisioner.cli.planfile import SavedPlan
from provisioner.errors import StalePlan, UsageError

if TYPE_CHECKING:
    from provisioner.model import Settings
    from provisioner.planning.building import Blueprint

SHOWN = 10


def extra_of(blueprint: Blueprint) -> dict[str, Any]:
    """The part of a plan file that is for `apply` alone: no personal data, keyed hashes only."""
    return {"salt": blueprint.key.salt.hex(), "digests": dict(blueprint.parts), "key_check": blueprint.key.check}


def salt_of(saved: SavedPlan) -> bytes:
    """Half of the key of the saved digests."""
    try:
        return bytes.fromhex(saved.extra["salt"])
    except (KeyError, ValueError, TypeError):
        raise UsageError("the plan file has no salt: make one with `alice-apply plan --out FILE`") from None


def as_planned(context: Context, saved: SavedPlan) -> Context:
    """The context the plan was made with; UsageError when `-e` or `--var` beside the file say otherwise."""
    environment = saved.plan.environment
    if context.environment is not None and context.environment != environment:
        raise UsageError(f"the plan file is of environment {environment}: leave -e out, or plan again")
    stored: Mapping[str, str] = saved.plan.options.get("variables", {})
    differing = sorted(key for key, value in context.variables.items() if stored.get(key) != value)
    if differing:
        raise UsageError(
            f"the plan file was made with another --var {', '.join(differing)}: leave it out, or plan again"
        )
    chosen = None if environment == "default" else environment
    return replace(context, environment=chosen, variables=dict(stored))


def require_same_origin(saved: SavedPlan, settings: Settings) -> None:
    """StalePlan for a file of another endpoint, project, environment or tool version; before anything is read."""
    pairs = (
        ("endpoint", saved.plan.endpoint, settings.endpoint),
        ("project", saved.plan.project, settings.project),
        ("environment", saved.plan.environment, settings.environment),
        ("tool version", saved.plan.tool_version, __version__),
    )
    differences = [f"the plan file is of {name} {was}, this is {now}" for name, was, now in pairs if was != now]
    if differences:
        raise StalePlan(differences)


def require_unchanged(saved: SavedPlan, blueprint: Blueprint) -> None:
    """StalePlan with a short list of what differs, when something else would be written now."""
    if saved.extra.get("key_check") != blueprint.key.check:
        raise StalePlan(
            ["the plan file was made with another key: set the same ALICE_PLAN_KEY (or password) in both jobs"]
        )
    if saved.plan.fingerprint == blueprint.plan.fingerprint:
        return
    differences = list(_differences(saved.extra.get("digests", {}), blueprint.parts))
    differences = differences or ["the plan file was changed by hand since it was made"]
    rest = [f"and {len(differences) - SHOWN} more"] if len(differences) > SHOWN else []
    raise StalePlan(differences[:SHOWN] + rest)


def _differences(saved: Mapping[str, str], today: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(saved.keys() | today.keys()):
        if name not in today:
            yield f"{name}: was planned, is no longer needed"
        elif name not in saved:
            yield f"{name}: was not planned"
        elif saved[name] != today[name]:
            yield f"{name}: would be written with other values"
