"""`rules:` of alice.yaml to values, and what is wrong with them that a schema cannot see: ids, expressions, examples.

An expression is looked at where it stands in the file before anything is planned: what is no CEL, and what asks for a
variable, a function or a field that there is none of, is a mistake of the project like any other. `alice-apply stop`
and what else reads the settings alone is not kept from its work by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from provisioner.error_ids import ErrorId
from provisioner.manifests.drafts import Diagnostics, Manifest
from provisioner.manifests.nodes import MappingNode, Path, Scalar, find, written
from provisioner.manifests.nodes import Sequence as SequenceNode
from provisioner.manifests.schema_validator import schema
from provisioner.manifests.values import Values, WrongValue
from provisioner.messages import did_you_mean, listed, named
from provisioner.plan.findings import FINDINGS
from provisioner.project import ProjectRule, RuleExample
from provisioner.resources import KINDS, Instant
from provisioner.rules.evaluation import faults
from provisioner.rules.expression import mentions, misnamed

RULES, ENVIRONMENTS = "rules", "environments"
ID = re.compile(r"[a-z0-9][a-z0-9_-]*")
EXPRESSIONS = ("when", "require")


def rules_of(
    data: Sequence[Mapping[str, Any]], zone: ZoneInfo, table: MappingNode, manifest: Manifest, report: Diagnostics
) -> tuple[ProjectRule, ...]:
    """The rules; `data` is as the schema has it, `table` is where they stand."""
    found = []
    for index, each in enumerate(data):
        path: Path = (RULES, index)
        places = {name: manifest.place(find(table, (*path, name))) for name in EXPRESSIONS if name in each}
        examples = each.get("examples", ())
        made = tuple(
            _example(one, each.get("kind", ""), (*path, "examples", at), zone, table, manifest, report)
            for at, one in enumerate(examples)
        )
        facts = {name: each[name] for name in ("id", "require", "severity", "message", "kind", "when") if name in each}
        facts["message"] = facts["message"].strip()
        found.append(ProjectRule(**facts, examples=made, source=manifest.place(find(table, path)), positions=places))
    return tuple(found)


def check(rules: Iterable[ProjectRule], report: Diagnostics) -> None:
    """Report every expression that cannot be evaluated, whatever the values."""
    found = [(rule, name, getattr(rule, name)) for rule in rules for name in EXPRESSIONS if getattr(rule, name)]
    told = faults([text for _, _, text in found]) if found else ()
    for (rule, name, text), fault in zip(found, told, strict=True):
        message = fault or next(misnamed(mentions(text), rule.kind), "")
        if message:
            place, path = rule.positions.get(name), f"{RULES}.{rule.id}"
            report.add(ErrorId.RULE_INVALID, f"{name}: {message}", place, path=path)


def check_names(root: MappingNode) -> Iterator[tuple[Path, str]]:
    """(place, what is wrong) of names of checks that there are none of, and ids of rules that are taken."""
    common = [each for _, each in _ids(root, ())]
    environments = root.get(ENVIRONMENTS)
    tables = environments.entries.items() if isinstance(environments, MappingNode) else ()
    inside = [((ENVIRONMENTS, name), node) for name, (_, node) in tables if isinstance(node, MappingNode)]
    everywhere = {*common, *(each for path, node in inside for _, each in _ids(node, path))}
    for path, node in [((), root), *inside]:
        own = [each for _, each in _ids(node, path)]
        # The checks of the whole project may name a rule that one environment has.
        yield from _unknown(node, path, [*_checks(), *sorted({*common, *own} if path else everywhere)])
        for place, each in _ids(node, path):
            if each in _checks() or each in FINDINGS:
                yield place, f"{named(each)} is a check, or what planning finds: give the rule another id"
        seen: set[str] = set()
        for place, each in _ids(node, path):
            if each in seen:
                yield place, f"{named(each)} is the id of another rule too; a finding has to say which one it is of"
            seen.add(each)


def _checks() -> list[str]:
    """The checks there are, as the schema lists them."""
    found: list[str] = schema("project")["properties"]["checks"]["propertyNames"]["anyOf"][0]["enum"]
    return found


def _ids(table: MappingNode, path: Path) -> Iterator[tuple[Path, str]]:
    rules = table.get(RULES)
    for index, rule in enumerate(rules.items if isinstance(rules, SequenceNode) else ()):
        each = rule.get("id") if isinstance(rule, MappingNode) else None
        if isinstance(each, Scalar):
            yield (*path, RULES, index, "id"), each.text


def _unknown(table: MappingNode, path: Path, known: Sequence[str]) -> Iterator[tuple[Path, str]]:
    """Names that nothing has. What has a dot in it is another package's; what is no id the schema complains of."""
    for place, name in _named(table):
        if name not in known and ID.fullmatch(name):
            guess = did_you_mean(name, known) or f"; there are {listed(known, 20)}"
            yield (*path, *place), f"unknown name{guess}"


def _named(table: MappingNode) -> Iterator[tuple[Path, str]]:
    """Every name of a check in settings of severities and in waivers, where the schema takes it for one."""
    checks, waivers = table.get("checks"), table.get("waivers")
    yield from ((("checks", name), name) for name in (checks.entries if isinstance(checks, MappingNode) else ()))
    for index, waiver in enumerate(waivers.items if isinstance(waivers, SequenceNode) else ()):
        name = waiver.get("check") if isinstance(waiver, MappingNode) else None
        if isinstance(name, Scalar):
            yield ("waivers", index, "check"), name.text


def _example(
    data: Mapping[str, Any],
    kind: str,
    path: Path,
    zone: ZoneInfo,
    table: MappingNode,
    manifest: Manifest,
    report: Diagnostics,
) -> RuleExample:
    """An example with its moments as such; what is no moment is reported."""
    known = {name: data[name] for name in ("expect", "name", "action", "rows", "plan") if name in data}
    for name in ("resource", "before"):
        values = data.get(name)
        known[name] = values if values is None else dict(values)
        owner = KINDS.get(str((values or {}).get("kind", kind)))
        for each in owner.fields if owner and values else ():
            if isinstance(each, Instant) and each.name in known[name]:
                try:
                    known[name][each.name] = Values(zone).instant(known[name][each.name])
                except WrongValue as error:
                    place = (*path, name, each.name)
                    report.add(error.id, str(error), manifest.place(find(table, place)), path=written(place))
    return RuleExample(**known, source=manifest.place(find(table, path)))
