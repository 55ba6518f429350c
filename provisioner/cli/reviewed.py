"""Reviewed is applied: whether a plan file is of this place and key, unused, and still what would be done.

Compared is what was agreed to (`plan.build`); what makes a plan stale is told by address, field and value, as the two
plans show it, never a secret one.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from provisioner import __version__
from provisioner.cli.invocation import GlobalOptions
from provisioner.cli.open import open_settings, open_state
from provisioner.cli.planfile import PlanKey, SavedPlan, same_key
from provisioner.errors import BadPlanFile, ManifestError, ProvisionerError, StalePlan, UsageError
from provisioner.model import SENSITIVE
from provisioner.plan.build import Contents
from provisioner.plan.model import FieldChange, Plan
from provisioner.plan.secrets import digest
from provisioner.project import Project
from provisioner.reports.wording import changed, harmless, worded
from provisioner.resources import KINDS

if TYPE_CHECKING:
    from provisioner.plan.build import ExecutablePlan
    from provisioner.project import Settings
    from provisioner.state import Store

COUNTS = (("add", "to add"), ("change", "to change"), ("remove", "to deactivate"), ("calls", "that ring"))
NOT_NEEDED = "was planned, is no longer needed"
NOT_PLANNED = "was not planned"
Entry = Mapping[str, Any]

SHOWN = 10
DEFAULT = "default"
ENVIRONMENTS = "environments"
AGAIN = "plan again, and have it reviewed"
NONE_SUCH = f"alice.yaml has none of that name; {AGAIN}"


@dataclass(frozen=True, slots=True)
class Agreed:
    """A plan and what is agreed to with it; `statuses` are those of live objects now, by address."""

    plan: Plan
    contents: Contents
    statuses: Mapping[str, str] | None = None

    def part(self, name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.contents.get(name, {})
        return found

    def field(self, address: str, path: str) -> FieldChange | None:
        """A field as the plan shows it."""
        change = next((each for each in self.plan.changes if str(each.address) == address), None)
        return next((each for each in change.fields if each.path == path), None) if change else None


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
            f"the plan file was made with another --var {', '.join(differing)}: leave it out, or plan again"
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


def require_unchanged(saved: SavedPlan, executable: ExecutablePlan) -> None:
    """StalePlan with a short list of what differs, when something else would be done now."""
    if saved.plan.fingerprint == executable.plan.fingerprint:
        return
    now = Agreed(executable.plan, executable.contents, _statuses(executable))
    found = list(differences(Agreed(saved.plan, saved.contents), now))
    rest = [f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    raise StalePlan(found[:SHOWN] + rest)


def _statuses(executable: ExecutablePlan) -> dict[str, str]:
    """What can be started and what it is now."""
    found = {}
    for address, decision in executable.decisions.items():
        lifecycle = KINDS[address.kind].lifecycle
        if lifecycle is not None and decision.before is not None and lifecycle.field in decision.before:
            found[str(address)] = str(decision.before[lifecycle.field])
    return found


def differences(saved: Agreed, today: Agreed) -> Iterator[str]:
    """Every difference in a line of its own, the most telling first."""
    for address in sorted(saved.part("changes").keys() | today.part("changes").keys()):
        yield from _change(address, saved, today)
    yield from _rows(saved.part("rows"), today.part("rows"))
    yield from _dialled(saved.part("dialled"), today.part("dialled"))
    for name, now in today.part("calls").items():
        if (was := saved.part("calls").get(name)) != now:
            yield f"{name} that ring: {was} -> {now}"
    yield from _settings("alice.yaml", saved.part("settings"), today.part("settings"))
    for address in sorted(saved.part("own").keys() | today.part("own").keys()):
        yield from _settings(address, *(agreed.part("own").get(address, {}) for agreed in (saved, today)))


def _settings(where: str, was: Entry, now: Entry) -> Iterator[str]:
    """What it was checked, gated and would be sent by, key by key."""
    old, new = dict(_leaves(was)), dict(_leaves(now))
    for path in sorted(old.keys() | new.keys()):
        if old.get(path) != new.get(path):
            yield f"{where} {harmless(path)}: {changed(FieldChange('', old.get(path), new.get(path)))}"


def _leaves(entry: Entry, above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in entry.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _change(address: str, saved: Agreed, today: Agreed) -> Iterator[str]:
    was, now = saved.part("changes").get(address), today.part("changes").get(address)
    status = (today.statuses or {}).get(address)
    standing = f"; it is now {harmless(status)}" if status else ""
    if was is None or now is None:
        change: Entry = was or now or {}
        action = f"{change['action']}{' that rings' if change['calls'] else ''}"
        yield f"{address}: {NOT_PLANNED if was is None else NOT_NEEDED} ({action}){standing}"
        return
    for name in ("action", "id"):
        if was[name] != now[name]:
            yield f"{address}: {name} {_plain(was[name])} -> {_plain(now[name])}"
    if was["calls"] != now["calls"]:
        yield f"{address}: {'rings' if now['calls'] else 'does not ring any more'}"
    if was["status"] != now["status"]:
        yield f"{address}: is now {_plain(now['status'])}, was {_plain(was['status'])}"
    yield from _fields(address, was["fields"], now["fields"], saved, today)
    told = {path for path, _ in was["fields"].items() ^ now["fields"].items()}
    yield from _references(address, was["references"], now["references"], told)


def _fields(address: str, was: Entry, now: Entry, saved: Agreed, today: Agreed) -> Iterator[str]:
    for path in sorted(was.keys() | now.keys()):
        before, after = saved.field(address, path), today.field(address, path)
        if path not in now and before is not None:
            yield f"{address} {path}: {worded(before.after)} {NOT_NEEDED}"
        elif path not in was and after is not None:
            yield f"{address} {path}: {worded(after.after)} {NOT_PLANNED}"
        elif was.get(path) != now.get(path) and before is not None and after is not None:
            yield f"{address} {path}: {_values(before.after, after.after)}"


def _values(was: Any, now: Any) -> str:
    if was == now:
        return f"another value {SENSITIVE}" if now == SENSITIVE else f"another value than the {worded(was)} of then"
    return changed(FieldChange("", was, now))


def _references(address: str, was: Entry, now: Entry, told: set[str]) -> Iterator[str]:
    """Names that mean other objects than they did; what is written otherwise is told already."""
    for path in sorted((was.keys() | now.keys()) - told):
        old, new = was.get(path, []), now.get(path, [])
        gone, come = [each for each in old if each not in new], [each for each in new if each not in old]
        if gone != come:
            yield f"{address} {path}: means another object now: {_ids(gone)} -> {_ids(come)}"


def _ids(targets: list[Any]) -> str:
    return ", ".join(f"id {each}" if isinstance(each, int) else _plain(each) for each in targets) or "none"


def _rows(was: Entry, now: Entry) -> Iterator[str]:
    for address in sorted(was.keys() | now.keys()):
        old, new = was.get(address), now.get(address)
        if old is None or new is None:
            yield f"rows of {address}: {NOT_PLANNED if old is None else NOT_NEEDED}"
        elif old != new:
            counts = [f"{old[name]} -> {new[name]} {what}" for name, what in COUNTS if old[name] != new[name]]
            other = [f"id {_plain(old['id'])} -> {_plain(new['id'])}"] if old["id"] != new["id"] else []
            told = ", ".join([*counts, *other]) or "as many as planned, but other ones or with other values"
            yield f"rows of {address}: {told}"


def _dialled(was: Entry, now: Entry) -> Iterator[str]:
    for name in sorted(was.keys() | now.keys()):
        old, new = was.get(name, {}), now.get(name, {})
        if old.get("rows") != new.get("rows"):
            yield f"contacts to be called of {name}: {_plain(old.get('rows'))} -> {_plain(new.get('rows'))}"
        elif old != new:
            yield f"contacts to be called of {name}: as many as planned, but other ones"


def _plain(value: Any) -> str:
    return "none" if value is None else harmless(str(value))
