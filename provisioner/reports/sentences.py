"""The sentences of a report, in one place because people search logs for them. Plain ASCII, right in the singular."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from provisioner.model import Action, Outcome, Plan, Result, RowChange

NO_CHANGES = "No changes. Alice matches the manifests."
ALWAYS = (Action.CREATE, Action.UPDATE, Action.DELETE)


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 row`, `1,000 rows`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def summary(plan: Plan) -> str:
    """What apply would do: addresses by action, then rows."""
    if plan.empty:
        return " ".join([NO_CHANGES, *_unsent(plan)])
    actions = ", ".join(f"{number:,} to {action}" for action, number in _actions(plan))
    add, change, remove = (sum(getattr(rows, name) for rows in plan.rows) for name in ("add", "change", "remove"))
    return f"Plan: {actions}; rows: {add:,} to add, {change:,} to change, {remove:,} to deactivate."


def drift(plan: Plan) -> str:
    """How much was changed by others."""
    if not plan.drift:
        return "No drift. Alice matches what was applied last."
    gone = sum(not each.fields for each in plan.drift)
    return f"Drift: {count(len(plan.drift) - gone, 'address', 'addresses')} changed, {gone:,} gone."


def findings(plan: Plan) -> str:
    """How many findings of each severity, waived ones apart."""
    if not plan.findings:
        return "No findings."
    open_ = Counter(str(finding.severity) for finding in plan.findings if not finding.waived)
    parts = [count(open_[severity], severity) for severity in ("error", "warning")] + [f"{open_['info']:,} info"]
    waived = sum(finding.waived for finding in plan.findings)
    return f"Findings: {', '.join(parts)}, {waived:,} waived."


def rings(plan: Plan) -> str:
    """What would make telephones ring; never left out when something does."""
    if not plan.rings:
        return "Rings: nothing."
    calls = plan.calls
    alarms = count(calls.alarms, "alarm")
    started = f"{count(calls.campaigns, 'campaign')} started"
    dialled = f"{count(calls.contacts, 'contact')} newly dialled"
    marked = "" if calls.campaigns or calls.contacts or calls.alarms else "; see what is marked (rings)"
    return f"Rings: {started}, {dialled}, {alarms}{marked}."


def rows(change: RowChange) -> str:
    """`1,000 rows to add, 3 to change, 2 to deactivate, 10 unchanged`, then what was left out, if any."""
    parts = [
        f"{count(change.add, 'row')} to add",
        f"{change.change:,} to change",
        f"{change.remove:,} to deactivate",
        f"{change.unchanged:,} unchanged",
    ]
    parts += [f"{change.invalid:,} invalid"] if change.invalid else []
    parts += [count(change.duplicate, "duplicate")] if change.duplicate else []
    return ", ".join(parts)


def applied(outcomes: Iterable[Outcome]) -> str:
    """How apply ended; a change that was skipped was not tried."""
    results = Counter(outcome.result for outcome in outcomes)
    if not results:
        return "Apply: nothing to do."
    parts = [f"{results[Result.DONE]:,} done", f"{results[Result.FAILED]:,} failed"]
    parts += [f"{results[Result.UNKNOWN]:,} unknown"] if results[Result.UNKNOWN] else []
    parts += [f"{results[Result.SKIPPED]:,} not tried"]
    parts += [f"{results[Result.DEFERRED]:,} deferred"] if results[Result.DEFERRED] else []
    return f"Apply: {', '.join(parts)}."


def how_to_go_on(outcomes: Iterable[Outcome]) -> str:
    """What to do next, or nothing when all is done."""
    results = {outcome.result for outcome in outcomes}
    if Result.UNKNOWN in results:
        return "It is not known whether every write arrived: what was sent is recorded, run apply again to settle it."
    if results & {Result.FAILED, Result.SKIPPED}:
        return "What was done is recorded: mend the cause and run apply again to finish."
    return "What is deferred is done by the next run of apply." if Result.DEFERRED in results else ""


def _actions(plan: Plan) -> list[tuple[str, int]]:
    return [(action, number) for action, number in plan.summary().items() if number or action in ALWAYS]


def _unsent(plan: Plan) -> list[str]:
    """Actions of an empty plan: they change what is recorded and send nothing."""
    parts = [f"{number:,} to {action}" for action, number in plan.summary().items() if number]
    return [f"({', '.join(parts)}: recorded only, nothing is sent)"] if parts else []
