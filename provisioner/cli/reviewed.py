"""Reviewed is applied: whether a plan file is of this place and key, unused, and still what would be done."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from provisioner import __version__
from provisioner.cli.context import Context
from provisioner.cli.opening import open_settings, open_state
from provisioner.cli.planfile import SavedPlan
from provisioner.cli.plankey import PlanKey, same_key
from provisioner.cli.staleness import Agreed, differences
from provisioner.errors import BadPlanFile, ProvisionerError, StalePlan, UsageError
from provisioner.kinds import KINDS
from provisioner.model import SENSITIVE, Project
from provisioner.planning.seals import digest
from provisioner.reports.wording import harmless

if TYPE_CHECKING:
    from provisioner.model import Settings
    from provisioner.planning.building import Blueprint
    from provisioner.state import Store

SHOWN = 10
DEFAULT = "default"


def shown_variables(context: Context, project: Project) -> dict[str, str]:
    """The --var of a run as a plan shows and keeps them: none that reached a row, a number or a password."""
    private = project.private
    return {name: SENSITIVE if name in private else value for name, value in context.variables.items()}


def hashed_variables(context: Context, project: Project, key: PlanKey) -> dict[str, str]:
    """Hashes of those that are not kept."""
    return {name: _hashed(name, context.variables[name], key) for name in project.private}


def _hashed(name: str, value: str, key: PlanKey) -> str:
    return digest([name, value], key.key)


def as_planned(context: Context, saved: SavedPlan) -> Context:
    """The context the plan was made with; UsageError when `-e` or `--var` beside the file say otherwise.

    StalePlan when ALICE_ENV is another environment than the file's.
    """
    environment, asked = saved.plan.environment, context.environ.get("ALICE_ENV")
    if context.environment is not None and context.environment != environment:
        raise UsageError(f"the plan file is of environment {harmless(environment)}: leave -e out, or plan again")
    if context.environment is None and asked and asked != environment:
        raise StalePlan([_other("environment", environment, f"{asked} (ALICE_ENV)")])
    stored: Mapping[str, str] = saved.plan.options.get("variables", {})
    kept = {name: value for name, value in stored.items() if name not in saved.variables}
    _require_same(sorted(name for name, value in context.variables.items() if kept.get(name, value) != value))
    _require_same(sorted(context.variables.keys() - stored.keys()))
    missing = sorted(map(harmless, saved.variables.keys() - context.variables.keys()))
    if missing:
        told = f"the plan file does not keep the value of --var {', '.join(missing)}, which reaches rows or secrets"
        raise UsageError(f"{told}: give the same again, before `apply`")
    chosen = None if environment == DEFAULT else environment
    return replace(context, environment=chosen, variables={**kept, **context.variables})


def _require_same(differing: list[str]) -> None:
    if differing:
        raise UsageError(
            f"the plan file was made with another --var {', '.join(differing)}: leave it out, or plan again"
        )


def require_same_origin(saved: SavedPlan, settings: Settings) -> None:
    """StalePlan for a file of another endpoint, project, environment or tool version; before anything is read."""
    from provisioner.state.values import normalised_endpoint

    plan = saved.plan
    same_place = normalised_endpoint(plan.endpoint) == normalised_endpoint(settings.endpoint)
    pairs = (
        ("endpoint", settings.endpoint if same_place else plan.endpoint, settings.endpoint),
        ("project", plan.project, settings.project),
        ("environment", plan.environment, settings.environment),
        ("tool version", plan.tool_version, __version__),
    )
    found = [_other(name, was, now) for name, was, now in pairs if was != now]
    if found:
        raise StalePlan(found)


def _other(name: str, was: str | None, now: str | None) -> str:
    return f"the plan file is of {name} {harmless(str(was))}, this is {harmless(str(now))}"


def verified(saved: SavedPlan, context: Context, settings: Settings) -> PlanKey:
    """The key of a plan file whose every byte is as it was made; else BadPlanFile, and UsageError for another --var."""
    key = same_key(saved.key, context.environ, lambda: _state_key(context, settings))
    saved.verify(key)
    hashes = saved.variables.items()
    _require_same(
        [
            n
            for n, was in hashes
            if not hmac.compare_digest(was.encode(), _hashed(n, context.variables[n], key).encode())
        ]
    )
    return key


def _state_key(context: Context, settings: Settings) -> bytes:
    with open_state(context, settings) as store:
        return store.scope.key


def doubt(saved: SavedPlan, context: Context) -> str:
    """Why nobody can tell here whether a plan file is as it was made, or nothing; BadPlanFile when it is not."""
    if not saved.complete:
        return "this is a report, and no plan file"
    saved.require_intact()
    try:
        environment = saved.plan.environment
        chosen = replace(context, environment=None if environment == DEFAULT else environment)
        key = same_key(saved.key, context.environ, lambda: _state_key(chosen, open_settings(chosen)))
    except ProvisionerError as error:
        return str(error) if isinstance(error, BadPlanFile) else "the state that has its key cannot be asked here"
    saved.verify(key)
    return ""


def require_unused(saved: SavedPlan, store: Store) -> None:
    """A plan file counts once: what a reviewer agreed to has been done, or begun, and perhaps been stopped since."""
    applied = store.applied(saved.id)
    if applied is not None:
        when = applied.at.strftime("%Y-%m-%d %H:%M UTC")
        raise BadPlanFile(
            f"{saved.path} was applied on {when} by {applied.by}, and a plan file counts once: "
            "plan again, and have what is left reviewed"
        )


def require_unchanged(saved: SavedPlan, blueprint: Blueprint) -> None:
    """StalePlan with a short list of what differs, when something else would be done now."""
    if saved.plan.fingerprint == blueprint.plan.fingerprint:
        return
    now = Agreed(blueprint.plan, blueprint.contents, _statuses(blueprint))
    found = list(differences(Agreed(saved.plan, saved.contents), now))
    rest = [f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    raise StalePlan(found[:SHOWN] + rest)


def _statuses(blueprint: Blueprint) -> dict[str, str]:
    """What can be started and what it is now."""
    found = {}
    for address, decision in blueprint.decisions.items():
        lifecycle = KINDS[address.kind].lifecycle
        if lifecycle is not None and decision.before is not None and lifecycle.field in decision.before:
            found[str(address)] = str(decision.before[lifecycle.field])
    return found
