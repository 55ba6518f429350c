"""The plan: decisions, removals and row changes brought into order, counted, gated and fingerprinted. Pure.

`ExecutablePlan` is the plan people see with the decisions, steps and relations that apply works from. Its fingerprint
is over `Contents`: what a reviewer agreed to, as one value.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from provisioner import __version__
from provisioner.encoding import canonical
from provisioner.language import gettext, term
from provisioner.model import Address, Finding, Reference
from provisioner.plan import dialled, gates
from provisioner.plan.decision import Decision
from provisioner.plan.dialled import RowTarget
from provisioner.plan.diff import unshown
from provisioner.plan.doubles import similar
from provisioner.plan.findings import waived
from provisioner.plan.live import Live
from provisioner.plan.match import Matches
from provisioner.plan.model import Action, Calls, Change, Deferred, Drift, Outlook, Plan, RowChange
from provisioner.plan.references import Targets
from provisioner.plan.secrets import Key, digest
from provisioner.plan.situation import Situation
from provisioner.plan.steps import Graph, Verb, linear, links, steps
from provisioner.project import ClockSpan, Policy, Project, ProjectRule, Safety, Settings, Waiver
from provisioner.resources import KINDS
from provisioner.stop_marks import NOTHING_STOPPED, Marks

Contents = dict[str, dict[str, Any]]
LENGTH = 32  # hex digits of a field's hash
SENT_BY = ("timezone", "server_timezone", "region", "number_format")  # keys that say how a declared value is sent


@dataclass(frozen=True, slots=True)
class ExecutablePlan:
    """A plan and what it was made from.

    `row_targets`: of every address whose rows a step sends, whether they ring and can be read back.
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
    row_targets: Mapping[Address, RowTarget]
    marks: Marks = NOTHING_STOPPED


def build(
    situation: Situation,
    noticed: Iterable[Finding],
    drifted: tuple[Drift, ...],
    outlook: Outlook,
    key: Key,
    checks: tuple[str, ...] = (),
) -> ExecutablePlan:
    """Everything together, in the order of apply. `noticed` are the findings of checks, `checks` those that ran."""
    decisions, matches, rows, removed = situation.decisions, situation.matches, situation.rows, situation.removed
    both = situation.row_changes
    graph = steps(decisions, removed.changes, both, matches.targets)
    changes = _ordered(graph, decisions, removed.changes)
    row_changes = tuple(both[address] for address in decisions if address in both)
    settings = situation.project.settings
    findings = (*_findings(situation), *waived(noticed, settings, situation.now))
    deferred = tuple(Deferred(d.address, d.waits or d.partly) for d in decisions.values() if d.waits or d.partly)
    touched = [c.address for c in changes if c.writes] + [r.address for r in row_changes if r.writes]
    alarms = sum(change.calls for change in situation.appointments.changes.values())
    calls = dialled.calls(decisions, rows.changes, rows.active, matches.targets, alarms)
    contents = contents_of(situation, changes, row_changes, calls, key)
    plan = Plan(
        tool_version=__version__,
        project=settings.project,
        environment=settings.environment,
        endpoint=settings.endpoint_shown,
        created_at=situation.now,
        options=situation.options.document(),
        changes=changes,
        rows=row_changes,
        deferred=deferred,
        drift=drifted,
        findings=findings,
        calls=calls,
        outlook=outlook,
        fingerprint=fingerprint(contents),
        refusals=tuple(gates.refusals(situation, changes, row_changes, findings, outlook.campaigns)),
        links=links(situation, touched, deferred),
        timezone=settings.timezone,
        checks=checks,
    )
    live, ringing = situation.live, dialled.dialled_now(decisions, situation.live)
    sent_to = dialled.row_targets(both, ringing, rows.unread, matches.targets)
    return ExecutablePlan(
        plan, situation.project, decisions, matches, live, graph, contents, sent_to, marks=situation.marks
    )


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
    unclear = dialled.unclear(situation.decisions, situation.live)
    unseen = (*_not_read(situation.matches), *_not_verified(situation.decisions.values()))
    beside = similar(situation.decisions, situation.matches, situation.live)
    told = (*situation.matches.findings, *beside, *unseen, *unclear)
    of_rows = (*situation.rows.findings, *situation.appointments.findings)
    return (*found, *told, *situation.removed.findings, *of_rows)


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
        first, more = those[0], gettext(" (and of {count} more)", count=len(those) - 1) if those[1:] else ""
        sent = all(name in _recorded(each) and name not in each.changed for each in those)
        message = gettext(
            "the server does not show {field} of {things}{more}, so whether it is as declared cannot be "
            "verified{sent}. Look in Alice's web page",
            field=name,
            things=term(f"{KINDS[kind].title}s"),
            more=more,
            sent=gettext(": it was sent") if sent else "",
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
        message = gettext(
            "the server does not list {things}: {count} not read, taken to be as recorded",
            things=term(f"{kind.title}s"),
            count=count,
        )
        yield Finding("not-read", "info", message)


def contents_of(
    situation: Situation, changes: Sequence[Change], rows: Sequence[RowChange], calls: Calls, key: Key
) -> Contents:
    """What would be written and to what, what rings and how many, as a JSON value.

    changes   every write: action, remote id, keyed hashes of its fields, the remote ids of what it refers to (also by
              a relation that it inherits), and the live status of what can be started
    rows      what would be sent of the rows of an address: counts, those that ring, a keyed digest, whose they are
    dialled   the rows of everything that this plan gets dialled, declared or not: how many, and a keyed digest
    calls     campaigns started, contacts newly dialled, alarms
    settings  of alice.yaml what it was checked, gated and is sent by: thresholds, severities, waivers, rules, hours,
              zones
    own       the same of single resources: purpose, DNC lists, thresholds, what may not be deleted

    Adopting or forgetting without a write is left out, and adopting with fields equals an update, so that the job that
    applies needs no state of the job that planned. Findings and the clock are not in it.
    """
    decisions, targets = situation.decisions, situation.matches.targets
    own = ((str(address), _own(decision, targets)) for address, decision in decisions.items())
    dialled = situation.rows.dialled.items()
    return {
        "changes": {str(c.address): _change(c, decisions.get(c.address), targets, key) for c in changes if c.writes},
        "rows": {str(each.address): _rows(each, targets) for each in rows if each.writes},
        "dialled": {_named(address): {"rows": d.rows, "digest": d.digest} for address, d in dialled},
        "calls": asdict(calls),
        "settings": _settings(situation.project.settings, key),
        "own": {address: settings for address, settings in own if settings},
    }


def fingerprint(contents: Contents) -> str:
    """The hash over all of it, in any order."""
    return hashlib.sha256(json.dumps(contents, sort_keys=True).encode()).hexdigest()


def _change(change: Change, decision: Decision | None, targets: Targets, key: Key) -> dict[str, Any]:
    action = Action.UPDATE if change.action is Action.ADOPT else change.action
    return {
        "action": action.value,
        "id": change.remote_id,
        "calls": change.calls,
        "fields": {each.path: _hashed(each.path, each.after, decision, key) for each in change.fields},
        "references": _references(decision) if decision else {},
        "status": _status(change, decision, targets),
    }


def _hashed(path: str, after: Any, decision: Decision | None, key: Key) -> str:
    declared = decision.resource.fields.get(path, after) if decision else after
    return digest(canonical(declared), key)[:LENGTH]


def _references(decision: Decision) -> dict[str, list[Any]]:
    """The remote ids behind every relation, declared or inherited; of what is made by this plan the address."""
    found = {
        relation.name: decision.desired.get(relation.name) for relation in KINDS[decision.address.kind].relations()
    }
    return {path: _targets(target) for path, target in found.items() if target is not None}


def _targets(target: Any) -> list[Any]:
    return sorted({canonical(each) for each in (target if isinstance(target, tuple) else (target,))}, key=str)


def _status(change: Change, decision: Decision | None, targets: Targets) -> str | None:
    """The live status of what can be started, and whether this plan goes on where an earlier run was stopped."""
    startable, remote_id = KINDS[change.address.kind].startable, change.remote_id
    if startable is None or remote_id is None:
        return None
    found = targets.live.find(change.address.kind, remote_id)
    live = decision.before if decision else found.fields if found else None
    status = str((live or {}).get(startable.field))
    resumes = decision is not None and decision.starts and decision.status.resumes
    return f"{status}, started before" if resumes else status


def _rows(rows: RowChange, targets: Targets) -> dict[str, Any]:
    return {
        "id": targets.ids.get(rows.address),
        "add": rows.add,
        "change": rows.change,
        "remove": rows.remove,
        "calls": rows.calls,
        "digest": rows.digest,
    }


def _named(address: Address) -> str:
    """What is not declared here goes by its id."""
    return f"{address.kind} with id {address.key[1:]}" if address.key.startswith("#") else str(address)


def _settings(settings: Settings, key: Key) -> dict[str, Any]:
    return {
        **({"endpoint": digest(settings.endpoint, key)} if settings.endpoint_hidden else {}),
        **{name: getattr(settings, name) for name in SENT_BY},
        "safety": _safety(settings.safety),
        "checks": dict(settings.checks),
        "waivers": _waivers(settings.waivers),
        "policies": {policy.name: _policy(policy) for policy in settings.policies},
        **({"rules": {rule.id: _rule(rule) for rule in settings.rules}} if settings.rules else {}),
    }


def _safety(safety: Safety) -> dict[str, int]:
    return {
        "max_update_percent": safety.max_update_percent,
        "max_remove_percent": safety.max_remove_percent,
        "from": safety.floor,
    }


def _waivers(waivers: Iterable[Waiver]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for waiver in waivers:
        found.setdefault(f"{waiver.check} of {waiver.address}", []).append(f"until {waiver.until}: {waiver.reason}")
    return {name: sorted(texts) for name, texts in found.items()}


def _policy(policy: Policy) -> dict[str, Any]:
    days = {day.isoformat(): _open(stretches) for day, stretches in policy.holidays.items()}
    hours = [_open(stretches) for stretches in policy.hours]
    texts = {"since": policy.since.isoformat(), "purposes": list(policy.purposes), "hours": hours, "holidays": days}
    return {**asdict(policy), **texts}


def _rule(rule: ProjectRule) -> dict[str, str]:
    return {name: getattr(rule, name) for name in ("kind", "when", "require", "severity", "message")}


def _open(stretches: Iterable[ClockSpan]) -> str:
    return ", ".join(f"{start:%H:%M:%S}-{end:%H:%M:%S}" for start, end in stretches) or "closed"


def _own(decision: Decision, targets: Targets) -> dict[str, Any]:
    """What a resource says for checks and gates; the lists of what it refers to by their ids."""
    names, settings = KINDS[decision.address.kind].manifest.settings, decision.resource.settings
    found = {name: _setting(settings[name], targets) for name in names if name in settings}
    kept = {"lifecycle.prevent_delete": True} if decision.resource.lifecycle.prevent_delete else {}
    return {**found, **kept}


def _setting(value: Any, targets: Targets) -> Any:
    if isinstance(value, Safety):
        return _safety(value)
    if isinstance(value, Reference):
        return canonical(targets.target(value, lambda *_: None))
    if isinstance(value, tuple):
        return sorted((_setting(part, targets) for part in value), key=str)
    return canonical(value)
