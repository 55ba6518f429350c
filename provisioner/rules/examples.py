"""The examples beside rules, run: what each rule says of the resource that stands there, as expected or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from provisioner.model import Address
from provisioner.plan.model import Action
from provisioner.project import ProjectRule, RuleExample, Settings
from provisioner.rules.evaluation import Question, RuleResult, RuleVerdict, verdicts
from provisioner.rules.expression import ACTION, BEFORE, FACTS, MEMBERS, PLAN, RESOURCE, ROWS, mentions
from provisioner.rules.variables import NO_PLAN, described, value_of

NAMED = "example"  # the key of a resource that has none
NOT_ASKED = RuleVerdict(RuleResult.SKIP)


@dataclass(frozen=True, slots=True)
class ExampleRun:
    """What a rule said of one of its examples; `name` is that of the example, or its number."""

    rule: ProjectRule
    name: str
    example: RuleExample
    verdict: RuleVerdict

    @property
    def said(self) -> str:
        """In the words of `expect`: what a rule is not about passes."""
        return str(RuleResult.PASS if self.verdict.result is RuleResult.SKIP else self.verdict.result)

    @property
    def as_expected(self) -> bool:
        return self.said == self.example.expect


def run_examples(settings: Settings) -> list[ExampleRun]:
    """All of them, in the order in which they are written."""
    texts = [text for rule in settings.rules for text in (rule.when or "true", rule.require)]
    found = [(at, rule, name, each) for at, rule in enumerate(settings.rules) for name, each in _named(rule.examples)]
    asked = [_is_about(rule, each) for _, rule, _, each in found]
    zone = ZoneInfo(settings.timezone)
    questions = [
        Question(_variables(rule, each, settings, zone), ((2 * at, 2 * at + 1),))
        for (at, rule, _, each), about in zip(found, asked, strict=True)
        if about
    ]
    told = iter(verdicts(texts, questions))
    return [
        ExampleRun(rule, name, each, next(told) if about else NOT_ASKED)
        for (_, rule, name, each), about in zip(found, asked, strict=True)
    ]


def _named(examples: Iterable[RuleExample]) -> Iterator[tuple[str, RuleExample]]:
    yield from ((each.name or f"{number}", each) for number, each in enumerate(examples, 1))


def _is_about(rule: ProjectRule, example: RuleExample) -> bool:
    """As for what is planned: resources of its kind, and of what goes only rules that ask for the action."""
    if rule.kind and _kind(rule, example.resource) != rule.kind:
        return False
    goes = example.action in (Action.DELETE, Action.FORGET)
    return not goes or ACTION in mentions(rule.when, rule.require).members


def _kind(rule: ProjectRule, values: Mapping[str, Any]) -> str:
    return str(values.get("kind", rule.kind))


def _variables(rule: ProjectRule, example: RuleExample, settings: Settings, zone: ZoneInfo) -> dict[str, Any]:
    before, rows = example.before, example.rows
    plan = {**NO_PLAN, "environment": settings.environment, "project": settings.project or ""}
    plan["endpoint"] = settings.endpoint_shown
    for name, value in example.plan.items():
        plan[name] = {**plan[name], **value} if isinstance(plan.get(name), dict) and isinstance(value, dict) else value
    return {
        RESOURCE: _resource(rule, example.resource, zone, with_labels=True),
        BEFORE: None if before is None else _resource(rule, before, zone, with_labels=False),
        ACTION: example.action or str(Action.CREATE if before is None else Action.UPDATE),
        ROWS: None if rows is None else {**dict.fromkeys(MEMBERS[ROWS], 0), **rows},
        PLAN: value_of(plan, zone),
    }


def _resource(rule: ProjectRule, values: Mapping[str, Any], zone: ZoneInfo, *, with_labels: bool) -> dict[str, Any]:
    address = Address(_kind(rule, values), str(values.get("key", NAMED)))
    fields = {name: value for name, value in values.items() if name not in (*FACTS, "labels")}
    labels = {name: str(value) for name, value in (values.get("labels") or {}).items()}
    return described(address, fields, zone, labels if with_labels else None)
