"""Reviewed is applied: whether a plan file is of this place and key, unused, and still what would be done.

Compared is what was agreed to (`plan.build`); `stale` says what differs.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from provisioner import __version__
from provisioner.cli.invocation import GlobalOptions
from provisioner.cli.open import open_settings, open_state
from provisioner.cli.planfile import PlanKey, SavedPlan, same_key
from provisioner.cli.stale import ReviewedPlan, differences
from provisioner.errors import BadPlanFile, ManifestError, ProvisionerError, StalePlan, UsageError
from provisioner.model import SENSITIVE
from provisioner.plan.secrets import digest
from provisioner.project import Project
from provisioner.reports.wording import harmless
from provisioner.resources import KINDS

if TYPE_CHECKING:
    from provisioner.plan.build import ExecutablePlan
    from provisioner.project import Settings
    from provisioner.state import Store

DEFAULT = "default"
ENVIRONMENTS = "environments"
AGAIN = "plan again, and have it reviewed"
NONE_SUCH = f"alice.yaml has none of that name; {AGAIN}"


def shown_variables(context: GlobalOptions, project: Project) -> dict[str, str]:
    """The --var of a run as a plan shows and keeps them: none that reached a row, a number or a password."""
    private = project.private
    return {name: SENSITIVE if name in private else value for name, value in context.variables.items()}


def hashed_variables(context: GlobalOptions, project: Project, key: PlanKey) -> dict[str, str]:
    """Hashes of those that are not kept."""
    return {name: _hashed(name, context.variables[name], key) for name in project.private}


def _hashed(name: str, value: str, key: PlanKey) -> str:
    return digest([name, value], key.key)


def as_planned(context: GlobalOptions, saved: SavedPlan) -> GlobalOptions:
    """The context that a plan file names, which is not verified yet; StalePlan for `-e` or ALICE_ENV of another one."""
    environment, asked = saved.plan.environment, context.environ.get("ALICE_ENV")
    if context.environment is not None and context.environment != environment:
        raise StalePlan([_other("environment", environment, f"{context.environment} (-e)")])
    if context.environment is None and asked and asked != environment:
        raise StalePlan([_other("environment", environment, f"{asked} (ALICE_ENV)")])
    chosen = None if environment == DEFAULT else environment
    return replace(context, environment=chosen, variables={**_kept(saved), **context.variables})


def planned_settings(context: GlobalOptions, planned: GlobalOptions, saved: SavedPlan) -> Settings:
    """alice.yaml as the plan file names it; BadPlanFile where what the file says is why it cannot be read.

    `context` is the one that was asked for. Nobody knows yet who wrote the file.
    """
    try:
        return open_settings(planned)
    except ManifestError as error:
        if all(each.path == ENVIRONMENTS for each in error.diagnostics):
            raise BadPlanFile(
                f"the plan file is of environment {harmless(saved.plan.environment)}: {NONE_SUCH}"
            ) from error
        require_given(context, saved)
        open_settings(replace(planned, variables=context.variables))
        raise BadPlanFile(f"the --var that the plan file names do not fit alice.yaml: {AGAIN}") from error


def require_same_variables(context: GlobalOptions, saved: SavedPlan) -> None:
    """UsageError when `--var` beside a file that was verified says otherwise, or one is missing."""
    stored: Mapping[str, str] = saved.plan.options.get("variables", {})
    kept = _kept(saved)
    _require_same(sorted(name for name, value in context.variables.items() if kept.get(name, value) != value))
    _require_same(sorted(context.variables.keys() - stored.keys()))
    require_given(context, saved)


def require_given(context: GlobalOptions, saved: SavedPlan) -> None:
    """UsageError when a --var is missing that the plan file does not keep."""
    missing = sorted(map(harmless, saved.variables.keys() - context.variables.keys()))
    if missing:
        told = f"the plan file does not keep the value of --var {', '.join(missing)}, which reaches rows or secrets"
        raise UsageError(f"{told}: give the same again, before `apply`")


def _kept(saved: SavedPlan) -> dict[str, str]:
    stored: Mapping[str, str] = saved.plan.options.get("variables", {})
    return {name: value for name, value in stored.items() if name not in saved.variables}


def _require_same(differing: list[str]) -> None:
    if differing:
        raise UsageError(
            f"the plan file was made with another --var {', '.join(differing)}: remove it, or create a new plan"
        )


def require_same_origin(saved: SavedPlan, settings: Settings) -> None:
    """StalePlan for a file of another endpoint, project, environment or tool version; before anything is read."""
    from provisioner.state.values import normalised_endpoint

    plan = saved.plan
    shown = settings.endpoint_shown
    same_place = normalised_endpoint(plan.endpoint) == normalised_endpoint(shown)
    pairs = (
        ("endpoint", shown if same_place else plan.endpoint, shown),
        ("project", plan.project, settings.project),
        ("environment", plan.environment, settings.environment),
        ("tool version", plan.tool_version, __version__),
    )
    found = [_other(name, was, now) for name, was, now in pairs if was != now]
    if found:
        raise StalePlan(found)


def _other(name: str, was: str | None, now: str | None) -> str:
    return f"the plan file is of {name} {harmless(str(was))}, this is {harmless(str(now))}"


def verified(saved: SavedPlan, context: GlobalOptions, settings: Settings) -> PlanKey:
    """The key of a plan file whose every byte is as it was made, else BadPlanFile."""
    key = same_key(saved.key, context.environ, lambda: _state_key(context, settings))
    saved.verify(key)
    return key


def require_same_hidden(context: GlobalOptions, saved: SavedPlan, key: PlanKey) -> None:
    """UsageError when a --var that a verified plan file holds the hash of alone has another value now."""
    hashes = saved.variables.items()
    _require_same(
        [
            n
            for n, was in hashes
            if not hmac.compare_digest(was.encode(), _hashed(n, context.variables[n], key).encode())
        ]
    )


def _state_key(context: GlobalOptions, settings: Settings) -> bytes:
    with open_state(context, settings) as store:
        return store.scope.key


def doubt(saved: SavedPlan, context: GlobalOptions) -> str:
    """Why nobody can tell here whether a plan file is as it was made, or nothing; BadPlanFile when it is not."""
    if not saved.complete:
        return "this is a report, not a plan file"
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
    applied = store.applied_plans.find(saved.id)
    if applied is not None:
        when = applied.at.strftime("%Y-%m-%d %H:%M UTC")
        raise BadPlanFile(
            f"{saved.path} was applied on {when} by {applied.by}, and a plan file can be applied "
            "only once: create a new plan for what is left"
        )


def require_unchanged(saved: SavedPlan, executable: ExecutablePlan) -> None:
    """StalePlan with a short list of what differs, when something else would be done now."""
    missing = [name for name in saved.plan.checks if name not in executable.plan.checks]
    if missing and saved.contents.get("settings") == executable.contents["settings"]:
        raise StalePlan(f"the check {harmless(name)} ran then, and is not installed here" for name in missing)
    if saved.plan.fingerprint == executable.plan.fingerprint:
        return
    now = ReviewedPlan(executable.plan, executable.contents, _statuses(executable))
    raise StalePlan(differences(ReviewedPlan(saved.plan, saved.contents), now))


def _statuses(executable: ExecutablePlan) -> dict[str, str]:
    """What can be started and what it is now."""
    found = {}
    for address, decision in executable.decisions.items():
        startable = KINDS[address.kind].startable
        if startable is not None and decision.before is not None and startable.field in decision.before:
            found[str(address)] = str(decision.before[startable.field])
    return found
