"""The one thing a page says first: what it is about, in a sentence, with a tone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from provisioner.model import Outcome, Plan, Result
from provisioner.reports import sentences
from provisioner.reports.report import Run, not_compared


@dataclass(frozen=True, slots=True)
class Verdict:
    """`tone` is good, warn, bad, ring or info, and has a symbol too; `reasons` are shown below the text."""

    tone: str
    text: str
    reasons: tuple[str, ...] = ()


def verdict(run: Run) -> Verdict:
    """What the page is about."""
    if run.outcomes is not None:
        return _applied(run.outcomes)
    if run.view == "drift":
        return Verdict("warn" if run.plan.drift or not_compared(run.plan) else "good", sentences.drift(run.plan))
    if run.view == "check":
        return Verdict(_worst(run.plan), sentences.findings(run.plan))
    return _planned(run.plan)


def allowed(plan: Plan) -> Verdict:
    """Whether apply would do it; open findings are named either way."""
    text = "No" if plan.refusals else "Yes" if not plan.empty else "Nothing to refuse"
    tone = "bad" if plan.refusals else "good"
    return Verdict(tone, text, (sentences.findings(plan),))


def _planned(plan: Plan) -> Verdict:
    if plan.refusals:
        reasons = len(plan.refusals)
        return Verdict("bad", f"Apply would refuse this plan, for {sentences.count(reasons, 'reason')}", plan.refusals)
    if plan.rings:
        return Verdict("ring", "Applying this makes telephones ring")
    if plan.empty:
        told = sentences.nothing(plan)
        return Verdict("good" if told == sentences.NO_CHANGES else "info", told)
    return Verdict("info", "Applying this changes Alice; no telephone rings because of it")


def _applied(outcomes: tuple[Outcome, ...]) -> Verdict:
    results = Counter(outcome.result for outcome in outcomes)
    unfinished = results[Result.FAILED] + results[Result.UNKNOWN] + results[Result.SKIPPED]
    tone = "bad" if unfinished else "warn" if results[Result.DEFERRED] else "good"
    advice = sentences.how_to_go_on(outcomes)
    return Verdict(tone, sentences.applied(outcomes), (advice,) if advice else ())


def _worst(plan: Plan) -> str:
    found = {str(each.severity) for each in plan.findings if not each.waived}
    return "bad" if "error" in found else "warn" if "warning" in found else "good"
