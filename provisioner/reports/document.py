"""The plan as one JSON value, and back: what `--output json` prints and a plan file holds.

Programs rely on it (schemas/plan.schema.json): keys, their order and their meaning change only together with
`FORMAT_VERSION`. Remote ids
and digests of rows are left out: only the run that made them needs them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from provisioner.encoding import plain
from provisioner.language import Message, recalled
from provisioner.manifests.schema_validator import Gate
from provisioner.model import NO_LABELS, Address, Finding, Source
from provisioner.plan.model import Action, Calls, Change, Deferred, Drift, FieldChange, Link, Outcome, Plan, RowChange
from provisioner.reports.outlook_document import moment, outlook_document, read_outlook
from provisioner.reports.report import Run
from provisioner.resources import KINDS
from provisioner.resources.values import field_value
from provisioner.runtime import PLAN_SCHEMA, schemas

FORMAT_VERSION = 1
TOLD = ("changes", "deferred", "findings", "refusals", "outlook")  # what sentences stand in
DIAGNOSTICS = "diagnostics"
COUNTS = ("add", "change", "remove", "unchanged", "invalid", "duplicate", "calls")

JsonObject = dict[str, Any]


class NotAPlan(ValueError):
    """The value is no plan document; `version` is its format version when it has another one."""

    def __init__(self, message: str, version: Any = None) -> None:
        self.version = version
        super().__init__(message)


def plan_document(plan: Plan) -> JsonObject:
    """The plan as a JSON value."""
    return {
        "format_version": FORMAT_VERSION,
        "tool_version": plan.tool_version,
        "project": plan.project,
        "environment": plan.environment,
        "endpoint": plan.endpoint,
        "created_at": plan.created_at.isoformat(),
        "options": plain(plan.options),
        "fingerprint": plan.fingerprint,
        "summary": plan.summary(),
        "rows": [_rows(rows) for rows in plan.rows],
        "changes": [_change(change) for change in plan.changes],
        "deferred": [{"address": str(each.address), "reason": str(each.reason)} for each in plan.deferred],
        "drift": [{"address": str(each.address), "fields": _fields(each.fields)} for each in plan.drift],
        "findings": [_finding(finding) for finding in plan.findings],
        "calls": {name: getattr(plan.calls, name) for name in ("campaigns", "contacts", "alarms")},
        "outlook": outlook_document(plan.outlook),
        "refusals": list(map(str, plan.refusals)),
        "links": [{"address": str(each.address), "needs": str(each.needs)} for each in plan.links],
        "timezone": plan.timezone,
        "checks": list(plan.checks),
    }


def run_document(run: Run) -> JsonObject:
    """The plan, and the outcomes when it was applied; where there is no plan, why."""
    if run.conclusion:
        return diagnostics_document(run)
    document = plan_document(run.plan)
    if run.outcomes is not None:
        document["outcomes"] = [_outcome(outcome) for outcome in run.outcomes]
    return document


def diagnostics_document(run: Run) -> JsonObject:
    """What stands in the place of a plan: no key says what would be done, so no program takes it for "nothing"."""
    plan = run.plan
    return {
        "format_version": FORMAT_VERSION,
        "tool_version": plan.tool_version,
        "project": plan.project,
        "environment": plan.environment,
        "endpoint": plan.endpoint or None,
        "created_at": plan.created_at.isoformat(),
        "command": run.view,
        "conclusion": run.conclusion,
        DIAGNOSTICS: [_finding(finding) for finding in plan.findings],
    }


def plan_from_document(document: Any) -> Plan:
    """Inverse of `plan_document`; raises NotAPlan when the value is none, or one of another format version."""
    if not isinstance(document, Mapping) or "format_version" not in document:
        raise NotAPlan("it has no format_version")
    if document["format_version"] != FORMAT_VERSION:
        raise NotAPlan("it has another format_version", document["format_version"])
    if DIAGNOSTICS in document:
        raise NotAPlan("it says why none was made")
    _require_schema(document)
    try:
        known = {str(each): each for each in map(Message.read, document.get("messages", ()))}
        told = {name: recalled(document[name], known) for name in TOLD if known and name in document}
        return _plan({**document, **told})
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, OSError) as error:
        raise NotAPlan(f"it is damaged: {type(error).__name__}") from error


def sentences_of(plan: Plan) -> list[JsonObject]:
    """What the sentences of a plan were made of, each once: the texts of its document are the English ones."""
    found = {str(each): each for each in said(plan) if isinstance(each, Message)}
    return [each.document() for each in found.values()]


def said(plan: Plan) -> Iterator[str]:
    """Every sentence of a plan, as it was made."""
    yield from (each.message for each in plan.findings)
    yield from (each.reason for each in plan.changes)
    yield from (each.reason for each in plan.deferred)
    yield from plan.refusals
    outlook = plan.outlook
    yield from chain.from_iterable(each.doubts for each in (outlook.impact, outlook.running, outlook.total))
    yield from chain.from_iterable((each.doubt, each.contacts.reason) for each in outlook.campaigns)


def _require_schema(document: Any) -> None:
    """NotAPlan with the place of the first value that is none; never the value, which may be anything."""
    place = _gate().fault(document)
    if place is not None:
        raise NotAPlan(f"it is damaged at {'.'.join(map(str, place))[:60] or 'its top'!r}")


@cache
def _gate() -> Gate:
    return Gate(json.loads((schemas() / PLAN_SCHEMA).read_text(encoding="utf-8")))


def _fields(fields: Iterable[FieldChange]) -> list[JsonObject]:
    return [{"path": field.path, "before": plain(field.before), "after": plain(field.after)} for field in fields]


def _change(change: Change) -> JsonObject:
    return {
        "address": str(change.address),
        "action": change.action.value,
        "fields": _fields(change.fields),
        "calls": change.calls,
        "reason": str(change.reason),
        **({"labels": plain(change.labels)} if change.labels else {}),
    }


def _rows(rows: RowChange) -> JsonObject:
    counts = {name: getattr(rows, name) for name in COUNTS}
    return {"address": str(rows.address), **counts, "left_out": dict(rows.left_out)}


def _finding(finding: Finding) -> JsonObject:
    return {
        "id": finding.id,
        "severity": str(finding.severity),
        "address": None if finding.address is None else str(finding.address),
        "source": None if finding.source is None else str(finding.source),
        "message": str(finding.message),
        "waived": finding.waived,
        "justification": finding.justification or None,
    }


def _outcome(outcome: Outcome) -> JsonObject:
    return {
        "address": str(outcome.address),
        "action": str(outcome.action),
        "result": outcome.result.value,
        "message": str(outcome.message),
    }


def _plan(document: Mapping[str, Any]) -> Plan:
    return Plan(
        tool_version=document["tool_version"],
        project=document["project"],
        environment=document["environment"],
        endpoint=document["endpoint"],
        created_at=moment(document["created_at"]),
        options=dict(document["options"]),
        fingerprint=document["fingerprint"],
        rows=tuple(_read_rows(each) for each in document["rows"]),
        changes=tuple(_read_change(each) for each in document["changes"]),
        deferred=tuple(Deferred(Address.parse(each["address"]), each["reason"]) for each in document["deferred"]),
        drift=tuple(_read_drift(each) for each in document["drift"]),
        findings=tuple(_read_finding(each) for each in document["findings"]),
        calls=Calls(**document["calls"]),
        outlook=read_outlook(document.get("outlook", {})),
        refusals=tuple(document.get("refusals", ())),
        links=tuple(
            Link(Address.parse(each["address"]), Address.parse(each["needs"])) for each in document.get("links", ())
        ),
        timezone=ZoneInfo(document.get("timezone", "UTC")).key,
        checks=tuple(document.get("checks", ())),
    )


def _read_fields(address: Address, fields: Iterable[Mapping[str, Any]]) -> tuple[FieldChange, ...]:
    kind = KINDS.get(address.kind)
    return tuple(
        FieldChange(
            each["path"],
            field_value(kind, each["path"], each["before"]),
            field_value(kind, each["path"], each["after"]),
        )
        for each in fields
    )


def _read_change(document: Mapping[str, Any]) -> Change:
    address = Address.parse(document["address"])
    fields = _read_fields(address, document["fields"])
    said = (Action(document["action"]), fields, document["calls"], document["reason"])
    return Change(address, *said, labels=document.get("labels") or NO_LABELS)


def _read_drift(document: Mapping[str, Any]) -> Drift:
    address = Address.parse(document["address"])
    return Drift(address, _read_fields(address, document["fields"]))


def _read_rows(document: Mapping[str, Any]) -> RowChange:
    counts = {name: int(document[name]) for name in COUNTS}
    change = RowChange(Address.parse(document["address"]), left_out=dict(document.get("left_out", {})))
    return replace(change, **counts)  # type: ignore[arg-type]  # all of them are counts


def _read_finding(document: Mapping[str, Any]) -> Finding:
    return Finding(
        id=document["id"],
        severity=document["severity"],
        message=document["message"],
        address=Address.parse(document["address"]) if document["address"] else None,
        source=_read_source(document["source"]) if document["source"] else None,
        waived=document["waived"],
        justification=document.get("justification") or "",
    )


def _read_source(text: str) -> Source:
    file, line, column = text.rsplit(":", 2)
    return Source(file, int(line), int(column))
