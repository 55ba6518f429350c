"""JUnit XML, as test reports of CI show it: checks and addresses as tests, errors, refusals and failures as failures.

What apply would refuse fails the test of its gate, as an error finding does: neither lets an apply go on. A waived
finding is a skipped test, and so is what was not tried. Warnings fail nothing; they stand in the output of their suite.
The dialect is the one that Ant's schema describes, which Jenkins and GitLab read too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC
from xml.etree import ElementTree

from provisioner.errors import Severity
from provisioner.model import Finding
from provisioner.plan.model import Outcome, Plan, Result
from provisioner.reports import sentences
from provisioner.reports.report import Report, Run, not_compared
from provisioner.reports.wording import harmless

ENDED = {
    Result.FAILED: "failure",
    Result.UNKNOWN: "error",
    Result.SKIPPED: "skipped",
    Result.DEFERRED: "skipped",
}
HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n'
# What XML 1.0 has no way to write.
_IMPOSSIBLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class JUnitCase:
    """One test: passed, or `ended` as failure, error or skipped because of `message`."""

    group: str
    name: str
    ended: str = ""
    kind: str = ""
    message: str = ""


def render(run: Run, colour: bool) -> str:
    """One suite for what was found, and one for what was planned, applied or changed by others."""
    root = ElementTree.Element("testsuites")
    for number, (name, cases, output) in enumerate(_suites(run)):
        root.append(_suite(run.plan, number, name, list(_numbered(cases)), output))
    ElementTree.indent(root)
    return HEADER + ElementTree.tostring(root, encoding="unicode") + "\n"


def _suites(run: Run) -> Iterator[tuple[str, Iterable[JUnitCase], str]]:
    plan = run.plan
    if run.conclusion:
        yield run.view, _check_cases(run), run.conclusion
        return
    if run.view == "drift":
        yield "drift", _drift_cases(plan), sentences.drift(plan)
        return
    notes = [f"{each.severity}: {_place(run, each)}{each.message} [{each.id}]" for each in plan.findings]
    yield "checks", _check_cases(run), "\n".join([*notes, sentences.findings(plan)])
    if run.view == "plan":
        spoken = [sentences.summary(plan), *([sentences.rings(plan)] if plan.rings else []), sentences.impact(plan)]
        yield "plan", _plan_cases(plan), "\n".join(spoken)
    if run.outcomes is not None:
        ended = [sentences.applied(run.outcomes), sentences.how_to_go_on(run.outcomes)]
        yield "apply", _outcome_cases(run.outcomes), "\n".join(ended).strip()


def _check_cases(run: Run) -> Iterator[JUnitCase]:
    """One per finding, one per check that ran and found nothing, and one that is there whatever is found."""
    yield JUnitCase("check", "ran")
    found = {finding.id for finding in run.plan.findings}
    yield from (JUnitCase(f"check.{name}", "nothing found") for name in run.plan.checks if name not in found)
    for each in run.plan.findings:
        case = JUnitCase(f"check.{each.id}", str(each.address or "project"))
        if each.waived:
            yield replace(case, ended="skipped", message=f"waived: {each.justification}")
        elif Severity(each.severity) is Severity.ERROR:
            yield replace(case, ended="failure", kind=each.id, message=f"{_place(run, each)}{each.message}")
        else:
            yield case


def _plan_cases(plan: Plan) -> Iterator[JUnitCase]:
    """One per address that would be written, per gate that would refuse, and one for the plan itself."""
    yield JUnitCase("plan", "made")
    refused = (
        JUnitCase("plan.refused", reason.partition(":")[0], "failure", "refused", reason) for reason in plan.refusals
    )
    yield from refused
    yield from (JUnitCase(f"plan.{each.action}", str(each.address)) for each in plan.changes)
    yield from (JUnitCase("plan.rows", str(each.address)) for each in plan.rows if each.writes)
    yield from (JUnitCase("plan.deferred", str(each.address), "skipped", "", each.reason) for each in plan.deferred)


def _outcome_cases(outcomes: Iterable[Outcome]) -> Iterator[JUnitCase]:
    yield JUnitCase("apply", "ended")
    for each in outcomes:
        ended = ENDED.get(each.result, "")
        yield JUnitCase(
            f"apply.{each.action}", str(each.address), ended, each.result.value, each.message or each.result
        )


def _drift_cases(plan: Plan) -> Iterator[JUnitCase]:
    """One per address that others changed, or may have; one that passes says that it was looked for."""
    yield JUnitCase("drift", "compared")
    yield from (
        JUnitCase("drift", str(each.address), "failure", "drift", sentences.drifted(each)) for each in plan.drift
    )
    yield from (JUnitCase("drift", str(each.address), "failure", each.id, each.message) for each in not_compared(plan))


def _place(run: Run, finding: Finding) -> str:
    source = finding.source
    return harmless(f"{run.file(source)}:{source.line}:{source.column}: ") if source else ""


def _numbered(cases: Iterable[JUnitCase]) -> Iterator[JUnitCase]:
    """Names are told apart: two findings of one check about one address are two tests."""
    seen: Counter[tuple[str, str]] = Counter()
    for case in cases:
        seen[case.group, case.name] += 1
        times = seen[case.group, case.name]
        yield case if times == 1 else replace(case, name=f"{case.name} #{times}")


def _suite(plan: Plan, number: int, name: str, cases: list[JUnitCase], output: str) -> ElementTree.Element:
    ended = Counter(case.ended for case in cases)
    counts = {"tests": len(cases), "failures": ended["failure"], "errors": ended["error"], "skipped": ended["skipped"]}
    made = plan.created_at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    attributes: dict[str, str | int] = {
        "name": name,
        "package": "alice-apply",
        "id": number,
        "hostname": "localhost",
        "timestamp": made,
    }
    suite = _element("testsuite", **attributes, **counts, time="0")
    properties = ElementTree.SubElement(suite, "properties")
    about = {"project": plan.project or "", "environment": plan.environment, "endpoint": plan.endpoint}
    for key, value in {**about, "tool_version": plan.tool_version}.items():
        properties.append(_element("property", name=key, value=value))
    suite.extend(_test(case) for case in cases)
    ElementTree.SubElement(suite, "system-out").text = _possible(output)
    ElementTree.SubElement(suite, "system-err")
    return suite


def _test(case: JUnitCase) -> ElementTree.Element:
    test = _element("testcase", classname=f"alice-apply.{case.group}", name=case.name, time="0")
    if case.ended == "skipped":
        test.append(_element("skipped", message=case.message))
    elif case.ended:
        test.append(_element(case.ended, type=case.kind, message=case.message))
        test[0].text = _possible(case.message)
    return test


def _element(tag: str, **attributes: str | int) -> ElementTree.Element:
    """An element whose attributes are tokens: one line, no blanks but single ones."""
    values = {name: " ".join(harmless(_possible(str(value))).split()) for name, value in attributes.items()}
    return ElementTree.Element(tag, values)


def _possible(text: str) -> str:
    return _IMPOSSIBLE.sub("?", text)


BEGINS = r'<\?xml [^>]*>\s*<testsuites>\s*<testsuite name="\w+" package="alice-apply"'

REPORT = Report("junit", render, ("xml",), "xml", BEGINS, concludes=True)
