"""SARIF 2.1.0, for code scanning: findings at the lines of the manifests that cause them.

A finding keeps its fingerprint while its counts and its line change, so that a viewer knows it again. What has no place
of its own stands at the beginning of the project file, because viewers leave out results without one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import orjson

from provisioner.errors import Severity
from provisioner.model import Address, Finding, Source
from provisioner.plan.findings import FINDINGS
from provisioner.plan.model import Drift, Outcome, Plan, Result
from provisioner.reports import sentences
from provisioner.reports.report import Report, Run, not_compared
from provisioner.reports.wording import harmless

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
OFF = "off"
DRIFT = "drift"
PROJECT = Source("alice.yaml", 1, 1)
BAD = (Result.FAILED, Result.UNKNOWN)

JsonObject = dict[str, Any]


def render(run: Run, colour: bool) -> str:
    """One run of one tool, indented, with a final newline."""
    findings = noted(run)
    rules = _rules(findings)
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "alice-apply", "version": run.plan.tool_version, "rules": rules}},
                "automationDetails": {"id": f"alice-apply/{run.view}/{run.plan.environment}/"},
                "columnKind": "unicodeCodePoints",
                "invocations": [_invocation(run)],
                "results": list(_results(run, findings, [rule["id"] for rule in rules])),
            }
        ],
    }
    return orjson.dumps(log, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _rules(findings: Iterable[Finding]) -> list[JsonObject]:
    """All checks, all that planning finds, and what a plan of another version may have found, by id."""
    from provisioner.checks import CHECKS

    known = {check.id: _rule(check.id, check.title, check.severity) for check in CHECKS.values()}
    known |= {name: _rule(name, title) for name, title in FINDINGS.items()}
    others = {each.id: _rule(each.id, each.id) for each in findings if each.id not in known}
    return [rule for _, rule in sorted((known | others).items())]


def _rule(name: str, title: str, severity: str = "") -> JsonObject:
    rule: JsonObject = {"id": name, "shortDescription": {"text": title}}
    if severity == OFF:
        return {**rule, "defaultConfiguration": {"enabled": False}}
    return {**rule, "defaultConfiguration": {"level": LEVELS[Severity(severity)]}} if severity else rule


def _results(run: Run, findings: Iterable[Finding], rules: list[str]) -> Iterator[JsonObject]:
    for each, fingerprint in fingerprinted(findings):
        result = {
            "ruleId": each.id,
            "ruleIndex": rules.index(each.id),
            "level": LEVELS[Severity(each.severity)],
            "message": _message(_worded(each)),
            "locations": [_location(run, each)],
            "partialFingerprints": {"aliceFinding/v1": fingerprint},
        }
        yield {**result, "suppressions": [_suppression(each)]} if each.waived else result


def _worded(finding: Finding) -> str:
    """With the key of a for_each: the line is that of all, and viewers show no logical location."""
    address = finding.address
    return f"{harmless(finding.message)} ({address})" if address and address.instance else finding.message


def fingerprinted(findings: Iterable[Finding]) -> Iterator[tuple[Finding, str]]:
    """Each with what tells it from the others and stays while its counts and its line change."""
    seen: Counter[str] = Counter()
    for each in findings:
        same = "\n".join([each.id, str(each.address or ""), each.source.file if each.source else ""])
        seen[same] += 1
        yield each, sha256(f"{same}\n{seen[same]}".encode(errors="surrogateescape")).hexdigest()[:32]


def _location(run: Run, finding: Finding) -> JsonObject:
    source = finding.source or PROJECT
    physical = {
        "artifactLocation": {"uri": quote(run.file(source), errors="surrogateescape"), "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": source.line, "startColumn": source.column},
    }
    return {"physicalLocation": physical, **(_logical(finding.address) if finding.address else {})}


def _logical(address: Address) -> JsonObject:
    return {"logicalLocations": [{"fullyQualifiedName": harmless(str(address)), "kind": "resource"}]}


def _suppression(finding: Finding) -> JsonObject:
    """A waiver stands in the project file, not at the line."""
    return {"kind": "external", "status": "accepted", "justification": harmless(finding.justification)}


def noted(run: Run) -> tuple[Finding, ...]:
    """What is to be seen at lines: findings, of a view of drift what differs or may."""
    return _compared(run.plan) if run.view == "drift" and not run.conclusion else run.plan.findings


def _compared(plan: Plan) -> tuple[Finding, ...]:
    return (*(_drifted(each) for each in plan.drift), *not_compared(plan))


def _drifted(drift: Drift) -> Finding:
    return Finding(DRIFT, Severity.WARNING, f"not by apply: {sentences.drifted(drift)}", drift.address)


def _invocation(run: Run) -> JsonObject:
    """Whether a plan was made, and apply went well; with what did not."""
    notes = [_note(each) for each in run.outcomes or () if each.result in BAD]
    failed = bool(notes) or run.failed
    if run.failed:
        notes = [{"level": "error", "message": _message(run.conclusion)}]
    return {"executionSuccessful": not failed, **({"toolExecutionNotifications": notes} if notes else {})}


def _note(outcome: Outcome) -> JsonObject:
    message = f"{outcome.action} of {outcome.address}: {outcome.message or outcome.result}"
    return {"level": "error", "message": _message(message), "descriptor": {"id": outcome.result.value}}


def _message(text: str) -> JsonObject:
    """`[text](target)` would be a link in a message."""
    return {"text": harmless(text).replace("](", "] (")}


BEGINS = r'\{\s*"\$schema": "[^"]*",[^{]*"runs": \[\s*\{\s*"tool": \{\s*"driver": \{\s*"name": "alice-apply"'

REPORT = Report("sarif", render, form="json", begins=BEGINS, concludes=True)
