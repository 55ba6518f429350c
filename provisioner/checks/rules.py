"""The project's own rules (docs/guides/rules.md) over what a plan leaves behind, and what it takes away.

Each is a check by the name of its id, with a severity and waivers as those have. What is not known is not nothing: a
rule that looks at it, or that cannot be evaluated, is an error and never silently true.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from provisioner.checks.check import OFF, Check
from provisioner.checks.context import Context
from provisioner.errors import Severity
from provisioner.language import gettext
from provisioner.model import NO_LABELS, Address, Finding, Source, Unknown
from provisioner.plan import dialled
from provisioner.plan.decision import Decision, DecisionState
from provisioner.plan.diff import shown
from provisioner.plan.model import Action
from provisioner.plan.references import Targets
from provisioner.plan.situation import Situation
from provisioner.project import ProjectRule, Settings
from provisioner.resources import KINDS
from provisioner.rules.evaluation import Question, RuleResult, verdicts
from provisioner.rules.expression import (
    ACTION,
    BEFORE,
    MEMBERS,
    PLAN,
    RESOURCE,
    ROWS,
    Mentions,
    members_of_kind,
    mentions,
)
from provisioner.rules.variables import described, value_of

UNDONE = "none"  # the action where nothing is done
NOT_SHOWN = gettext("the server does not show it")
NOT_SETTLED = gettext("whether it exists is not settled")


@dataclass(frozen=True, slots=True)
class RuleSubject:
    """What rules are asked about: its variables, and which members of them are not known, each with the reason.

    `gone`: nothing of it is left, so only rules that ask for the action are about it.
    """

    address: Address
    variables: Mapping[str, Any]
    source: Source | None = None
    unknown: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    gone: bool = False


def enabled_rules(settings: Settings) -> tuple[ProjectRule, ...]:
    """Those that are not off."""
    return tuple(rule for rule in settings.rules if settings.checks.get(rule.id, rule.severity) != OFF)


def run_rules(context: Context) -> Iterator[Finding]:
    """What the rules find, rule by rule."""
    rules, configured = enabled_rules(context.settings), context.settings.checks
    found = _found(rules, list(_subjects(context.situation))) if rules else {}
    for rule in rules:
        own = found[rule.id]
        check = Check(rule.id, rule.severity, rule.message, lambda _, own=own: iter(own))  # type: ignore[misc]
        yield from check.findings(context, configured)


def _found(rules: Iterable[ProjectRule], subjects: Iterable[RuleSubject]) -> dict[str, list[Finding]]:
    """By the rule's id; everything is evaluated in one go."""
    looked = {rule.id: mentions(rule.when, rule.require) for rule in rules}
    numbers = {text: number for number, text in enumerate(dict.fromkeys(_texts(rules)))}
    found: dict[str, list[Finding]] = {rule.id: [] for rule in rules}
    asked: list[tuple[ProjectRule, RuleSubject]] = []
    questions: list[Question] = []
    for subject in subjects:
        pairs = []
        for rule in (each for each in rules if _is_about(each, subject, looked[each.id])):
            if why := _not_known(subject, looked[rule.id]):
                found[rule.id].append(_error(rule, subject, why))
                continue
            asked.append((rule, subject))
            pairs.append((numbers[rule.when] if rule.when else None, numbers[rule.require]))
        if pairs:
            questions.append(Question(subject.variables, tuple(pairs)))
    for (rule, subject), verdict in zip(asked, verdicts(list(numbers), questions), strict=True):
        if verdict.result is RuleResult.ERROR:
            found[rule.id].append(_error(rule, subject, verdict.reason))
        elif verdict.result is RuleResult.FAIL:
            found[rule.id].append(Finding(rule.id, rule.severity, rule.message, subject.address, subject.source))
    return found


def _texts(rules: Iterable[ProjectRule]) -> Iterator[str]:
    for rule in rules:
        yield from filter(None, (rule.when, rule.require))


def _is_about(rule: ProjectRule, subject: RuleSubject, looked: Mentions) -> bool:
    if rule.kind and rule.kind != subject.address.kind:
        return False
    return not subject.gone or ACTION in looked.members


def _not_known(subject: RuleSubject, looked: Mentions) -> str:
    """What a rule looks at and nobody knows, with the reason; "" where all is known."""
    for variable, members in subject.unknown.items():
        for name in sorted(looked.of(variable, members)):
            return gettext("{field} is not known: {reason}", field=f"{variable}.{name}", reason=members[name])
    return ""


def _error(rule: ProjectRule, subject: RuleSubject, why: str) -> Finding:
    message = gettext(
        "could not be evaluated, so it counts as broken: {why} ({message})", why=why, message=rule.message
    )
    return Finding(rule.id, Severity.ERROR, message, subject.address, rule.source)


def _subjects(situation: Situation) -> Iterator[RuleSubject]:
    """Everything declared that is there or comes, but what is over; then what goes."""
    zone, plan, hazy = ZoneInfo(situation.project.settings.timezone), _plan(situation), _hazy(situation)
    describe, changes = _Description(situation.matches.targets, zone), situation.row_changes
    for decision in situation.decisions.values():
        if decision.late or (decision.state is DecisionState.LEFT_OUT and decision.before is None):
            continue
        rows = changes.get(decision.address)
        variables = {
            RESOURCE: describe.after(decision),
            BEFORE: describe.before(decision),
            ACTION: str(decision.change.action) if decision.change else UNDONE,
            ROWS: {name: getattr(rows, name) for name in MEMBERS[ROWS]} if rows else None,
            PLAN: plan,
        }
        unknown = {RESOURCE: _unknown_after(decision), BEFORE: _unknown_before(decision), PLAN: hazy}
        unknown[ROWS] = _unknown_rows(decision, decision.address in changes, situation.rows.unread)
        yield RuleSubject(decision.address, variables, decision.resource.source, unknown)
    for address, change in situation.removed.changes.items():
        live = situation.live.find(address.kind, change.remote_id) if change.remote_id is not None else None
        fields = live.fields if live else situation.recorded[address].fields
        before = describe.fields(address, fields)
        left = described(address, {}, zone, NO_LABELS)
        gone = {RESOURCE: left, BEFORE: before, ACTION: str(change.action), ROWS: None, PLAN: plan}
        unread = dict.fromkeys(_not_shown(address, fields), NOT_SHOWN) | _unclear(fields)
        yield RuleSubject(address, gone, None, {BEFORE: unread, PLAN: hazy}, gone=True)


@dataclass(frozen=True, slots=True)
class _Description:
    """Resources as rules see them: references as written or by key, secrets as what stands in their place."""

    targets: Targets
    zone: ZoneInfo

    def after(self, decision: Decision) -> dict[str, Any]:
        """A resource as it stands once the plan is applied; settings that are never sent are part of it."""
        resource, values = decision.resource, decision.after
        found: dict[str, Any] = {}
        for each in KINDS[decision.address.kind].fields:
            if each.name in values:
                same = each.name in decision.desired and decision.desired[each.name] == values[each.name]
                record = decision.match.record
                found[each.name] = shown(
                    resource, each, values[each.name], self.targets, before=not same, record=record
                )
        names = members_of_kind(KINDS[decision.address.kind])
        found |= {name: value for name, value in resource.settings.items() if name in names}
        return described(decision.address, found, self.zone, resource.labels)

    def before(self, decision: Decision) -> dict[str, Any] | None:
        """As it is live; None where it is not there."""
        if decision.before is None:
            return None
        record = decision.match.record
        found = {
            each.name: shown(
                decision.resource, each, decision.before[each.name], self.targets, before=True, record=record
            )
            for each in KINDS[decision.address.kind].fields
            if each.name in decision.before
        }
        return described(decision.address, found, self.zone)

    def fields(self, address: Address, fields: Mapping[str, Any]) -> dict[str, Any]:
        """What is no longer declared, as it is live."""
        found = {}
        for each in KINDS[address.kind].fields:
            if each.name in fields and not each.sensitive:
                value = fields[each.name]
                found[each.name] = self.targets.show(value, each.to) if hasattr(each, "to") else value
        return described(address, found, self.zone)


def _plan(situation: Situation) -> dict[str, Any]:
    """Of the plan as a whole what its head says."""
    settings, rows = situation.project.settings, situation.rows
    decided = (decision.change for decision in situation.decisions.values() if decision.change)
    actions = Counter(str(each.action) for each in (*decided, *situation.removed.changes.values()))
    alarms = sum(change.calls for change in situation.appointments.changes.values())
    calls = dialled.calls(situation.decisions, rows.changes, rows.active, situation.matches.targets, alarms)
    facts = {
        "summary": {**dict.fromkeys(map(str, Action), 0), **actions},
        "calls": asdict(calls),
        "environment": settings.environment,
        "project": settings.project or "",
        "endpoint": settings.endpoint_shown,
    }
    found: dict[str, Any] = value_of(facts, ZoneInfo(settings.timezone))
    return found


def _hazy(situation: Situation) -> dict[str, str]:
    """How many are called is not known where it is not known what runs, or whom it dials."""
    unclear = next(dialled.unclear(situation.decisions, situation.live), None)
    uncounted = dialled.newly_dialled(situation.decisions) - situation.rows.active.keys()
    if unclear is None and not uncounted:
        return {}
    unread = gettext("the contacts of a phonebook that is dialled were not read")
    return {"calls": unclear.message if unclear else unread}


def _unknown_after(decision: Decision) -> dict[str, str]:
    found = _unclear(decision.after) | dict.fromkeys(decision.unclear, gettext("it reads in a form that nobody knows"))
    record = decision.match.record
    sent = {*decision.changed, *(record.fields if record else ()), *(record.digests if record else ())}
    if decision.before is not None:
        missing = _not_shown(decision.address, decision.before)
        found |= {name: NOT_SHOWN for name in missing if name not in sent or name not in decision.desired}
    return found


def _unknown_before(decision: Decision) -> dict[str, str]:
    if decision.before is None:
        held = decision.state is DecisionState.HELD and decision.match.unsettled
        return dict.fromkeys(members_of_kind(KINDS[decision.address.kind]), NOT_SETTLED) if held else {}
    return dict.fromkeys(_not_shown(decision.address, decision.before), NOT_SHOWN) | _unclear(decision.before)


def _unclear(fields: Mapping[str, Any]) -> dict[str, str]:
    return {name: value.told for name, value in fields.items() if isinstance(value, Unknown)}


def _not_shown(address: Address, fields: Mapping[str, Any]) -> Iterator[str]:
    """Fields of something live that the server leaves out: they may hold anything."""
    kind = KINDS[address.kind]
    yield from (each.name for each in kind.fields if each.name not in fields and each.name != kind.parent)


def _unknown_rows(decision: Decision, compared: bool, unread: frozenset[Address]) -> dict[str, str]:
    declared = decision.resource.rows is not None or decision.resource.appointments is not None
    if decision.before is not None and decision.address in unread:
        return dict.fromkeys(MEMBERS[ROWS], gettext("the server does not show its rows"))
    return dict.fromkeys(MEMBERS[ROWS], gettext("they were not compared")) if declared and not compared else {}
