"""The plan: decisions, removals and row changes brought into order, counted, gated and fingerprinted. Pure.

ExecutablePlan = the plan people see + the decisions, steps and relations that applying works from
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from provisioner import __version__
from provisioner.kinds import KINDS
from provisioner.marks import NOTHING_STOPPED, Marks
from provisioner.model import Address, Change, Deferred, Drift, Finding, Outlook, Plan, Project
from provisioner.planning import fingerprint, gates, ringing
from provisioner.planning.comparing import unshown
from provisioner.planning.deciding import Decision
from provisioner.planning.fingerprint import Contents
from provisioner.planning.links import links
from provisioner.planning.live import Live
from provisioner.planning.matching import Matches
from provisioner.planning.seals import Key
from provisioner.planning.situation import Situation
from provisioner.planning.steps import Graph, Verb, linear, steps
from provisioner.planning.waiving import waived


@dataclass(frozen=True, slots=True)
class ExecutablePlan:
    """A plan and what it was made from.

    `plan` is shown and saved; beside it a plan file holds `contents`, which its fingerprint is made of, so that a stale
    plan can say what differs. `marks` are the stops that planning knew of.
    """

    plan: Plan
    project: Project
    decisions: Mapping[Address, Decision]
    matches: Matches
    live: Live
    steps: Graph
    contents: Contents
    marks: Marks = NOTHING_STOPPED


def build(
    situation: Situation,
    noticed: Iterable[Finding],
    drifted: tuple[Drift, ...],
    outlook: Outlook,
    key: Key,
) -> ExecutablePlan:
    """Everything together, in the order of apply. `noticed` are the findings of checks."""
    decisions, matches, rows, removed = situation.decisions, situation.matches, situation.rows, situation.removed
    graph = steps(decisions, removed.changes, rows.changes, matches.targets)
    changes = _ordered(graph, decisions, removed.changes)
    row_changes = tuple(rows.changes[address] for address in decisions if address in rows.changes)
    settings, options = situation.project.settings, situation.options
    findings = (*_findings(situation), *waived(noticed, settings, situation.now))
    deferred = tuple(Deferred(d.address, d.waits or d.partly) for d in decisions.values() if d.waits or d.partly)
    touched = [c.address for c in changes if c.writes] + [r.address for r in row_changes if r.writes]
    calls = ringing.calls(decisions, rows.changes, rows.active, matches.targets)
    contents = fingerprint.contents(situation, changes, row_changes, calls, key)
    plan = Plan(
        tool_version=__version__,
        project=settings.project,
        environment=settings.environment,
        endpoint=settings.endpoint,
        created_at=situation.now,
        options=options.document(),
        changes=changes,
        rows=row_changes,
        deferred=deferred,
        drift=drifted,
        findings=findings,
        calls=calls,
        outlook=outlook,
        fingerprint=fingerprint.fingerprint(contents),
        refusals=(
            *removed.refusals,
            *gates.needs_calls(changes, row_changes, options),
            *gates.errors_found(findings, changes, row_changes, decisions),
            *gates.too_few_reached(outlook.courses, options),
            *gates.too_many_changes(changes, situation.recorded, decisions, settings.safety, options),
            *gates.too_many_rows(row_changes, rows.live, decisions, settings.safety, options),
        ),
        links=links(situation, touched, deferred),
        timezone=settings.timezone,
    )
    return ExecutablePlan(plan, situation.project, decisions, matches, situation.live, graph, contents, situation.marks)


def _ordered(
    graph: Graph, decisions: Mapping[Address, Decision], removed: Mapping[Address, Change]
) -> tuple[Change, ...]:
    """One change per address, where its last step stands; rows have a list of their own."""
    last = {step.address: index for index, step in enumerate(linear(graph)) if step.verb is not Verb.ROWS}
    changes = [d.change for d in decisions.values() if d.change is not None] + list(removed.values())
    return tuple(sorted(changes, key=lambda change: last[change.address]))


def _findings(situation: Situation) -> tuple[Finding, ...]:
    """What planning itself has to say."""
    found = [finding for decision in situation.decisions.values() for finding in decision.findings]
    unclear = ringing.unclear(situation.decisions, situation.live)
    unseen = (*_not_read(situation.matches), *_not_verified(situation.decisions.values()))
    told = (*situation.matches.findings, *unseen, *unclear)
    return (*found, *told, *situation.removed.findings, *situation.rows.findings)


def _not_verified(decisions: Iterable[Decision]) -> Iterator[Finding]:
    """Declared fields that the server never shows, once for each; of some the record says that they were sent."""
    found: dict[tuple[str, str], list[Decision]] = {}
    for decision in decisions:
        match = decision.match
        if match.live is not None and not match.unread and decision.chosen and not decision.late:
            declared = match.resource.fields.keys() - match.resource.lifecycle.ignore_changes
            for field in unshown(KINDS[decision.address.kind], declared, match.live):
                found.setdefault((decision.address.kind, field.name), []).append(decision)
    for (kind, name), those in found.items():
        first, more = those[0], f" (and of {len(those) - 1} more)" if those[1:] else ""
        sent = all(name in _recorded(each) and name not in each.changed for each in those)
        message = (
            f"the server does not show {name} of {KINDS[kind].title}s{more}, so whether it is as declared cannot be "
            f"verified{': it was sent' if sent else ''}. Look in Alice's web page"
        )
        severity = "info" if sent else "warning"
        yield Finding("not-verified", severity, message, first.address, first.resource.position(name))


def _recorded(decision: Decision) -> set[str]:
    """The fields that were sent before, as far as the record knows."""
    record = decision.match.record
    return {*record.fields, *record.digests} if record else set()


def _not_read(matches: Matches) -> Iterator[Finding]:
    """Kinds that the server does not list: what was recorded stands for what is live."""
    unread = Counter(match.resource.address.kind for match in matches.by_address.values() if match.unread)
    for name, count in sorted(unread.items()):
        kind = KINDS[name]
        message = f"the server does not list {kind.title}s: {count} not read, taken to be as recorded"
        yield Finding("not-read", "info", message)
