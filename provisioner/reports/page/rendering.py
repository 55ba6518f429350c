"""Templates to text, and the sentence that a page says first.

Escaping is always on and nothing here can turn it off: no manifest text becomes markup.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provisioner.messages import count
from provisioner.plan.model import Outcome, Plan, Result
from provisioner.reports import row_counts, sentences
from provisioner.reports.page.changes import SIGNS
from provisioner.reports.report import Run, not_compared
from provisioner.reports.wording import visible, worded
from provisioner.resources import KINDS

if TYPE_CHECKING:
    from jinja2 import Environment

MOST = 500  # members of a list that is not shortened by its own rules
TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Some:
    """The first of many, and how many more there are."""

    shown: Sequence[Any]
    more: int


def rendered(template: str, **values: Any) -> str:
    """A page; a name that a template uses and nobody gives is an error."""
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=_final,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = _number
    environment.filters["known"] = _known
    environment.filters["some"] = _some
    environment.filters["worded"] = worded
    environment.filters["things"] = _things
    environment.filters["coded"] = _coded
    environment.filters["left_out"] = row_counts.left_out
    environment.filters["quiet"] = row_counts.quiet
    environment.globals["SIGNS"] = SIGNS
    return environment


def _final(value: Any) -> Any:
    """What is not yet markup is made visible before it is escaped: no character hides or reorders others."""
    return value if hasattr(value, "__html__") else visible(str(value))


def _number(value: float) -> str:
    """`1,000`."""
    return f"{value:,}"


def _coded(text: str) -> Any:
    """A sentence; what stands in backticks is code."""
    from markupsafe import Markup

    parts = text.split("`")
    if len(parts) % 2 == 0:
        return text
    code = Markup("<code>{}</code>")
    return Markup("").join(
        code.format(visible(part)) if index % 2 else visible(part) for index, part in enumerate(parts)
    )


def _things(kind: str, number: int) -> str:
    """`49 campaigns`."""
    known = KINDS.get(kind)
    return count(number, known.title if known else kind)


def _known(value: float | None) -> str:
    """The same; None is a number that nobody knows."""
    return "not known" if value is None else _number(value)


def _some(values: Sequence[Any]) -> Some:
    """At most `MOST`: a page of ten thousand lines is read by nobody."""
    return Some(values[:MOST], max(0, len(values) - MOST))


@dataclass(frozen=True, slots=True)
class Verdict:
    """`tone` is good, warn, bad, ring or info, and has a symbol too; `reasons` are shown below the text."""

    tone: str
    text: str
    reasons: tuple[str, ...] = ()


def verdict(run: Run) -> Verdict:
    """What the page is about."""
    if run.conclusion:
        return Verdict(_worst(run.plan), run.conclusion)
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
        return Verdict("bad", f"Apply would refuse this plan, for {count(reasons, 'reason')}", plan.refusals)
    if plan.rings:
        return Verdict("ring", "Applying this makes telephones ring")
    if plan.empty:
        told = sentences.nothing(plan)
        return Verdict("good" if sentences.is_as_declared(plan) else "info", told)
    return Verdict("info", "Applying this changes Alice; no telephone will ring")


def _applied(outcomes: tuple[Outcome, ...]) -> Verdict:
    results = Counter(outcome.result for outcome in outcomes)
    unfinished = results[Result.FAILED] + results[Result.UNKNOWN] + results[Result.SKIPPED]
    tone = "bad" if unfinished else "warn" if results[Result.DEFERRED] else "good"
    advice = sentences.how_to_go_on(outcomes)
    return Verdict(tone, sentences.applied(outcomes), (advice,) if advice else ())


def _worst(plan: Plan) -> str:
    found = {str(each.severity) for each in plan.findings if not each.waived}
    return "bad" if "error" in found else "warn" if "warning" in found else "good"
