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

from provisioner.bound import Bound
from provisioner.language import current, gettext, number, pattern, term, told, translated
from provisioner.messages import count
from provisioner.plan.model import Outcome, Plan, Result
from provisioner.reports import row_counts, sentences
from provisioner.reports.page.changes import SIGNS
from provisioner.reports.report import Run, not_compared
from provisioner.reports.wording import visible, worded
from provisioner.resources import KINDS

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

MOST = 500  # members of a list that is not shortened by its own rules
TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Truncated:
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
    environment.filters["number"] = number
    environment.filters["known"] = _known
    environment.filters["bold"] = _bold
    environment.filters["term"] = term  # of values alone: what is constant, Jinja makes once for all languages
    environment.filters["some"] = _some
    environment.filters["worded"] = worded
    environment.filters["things"] = _things
    environment.filters["coded"] = _coded
    environment.filters["left_out"] = row_counts.left_out
    environment.filters["quiet"] = row_counts.quiet
    environment.globals |= {"SIGNS": SIGNS, "language": current, "count": count, "many": _many, "bound": _bound}
    environment.globals |= {"_": _sentence}
    return environment


def _final(value: Any) -> Any:
    """What is not yet markup is made visible before it is escaped: no character hides or reorders others."""
    return value if hasattr(value, "__html__") else visible(value if isinstance(value, str) else str(value))


def _sentence(template: str, **values: Any) -> Markup:
    """What `gettext` makes, for a page: values that are markup stay markup."""
    from markupsafe import escape

    return escape(pattern(template)).format_map({name: _value(value) for name, value in values.items()})


def _value(value: Any) -> Any:
    return told(value) if isinstance(value, int | float) else _final(value)


def _bold(value: Any) -> Markup:
    """A number or a name that matters."""
    from markupsafe import Markup

    return Markup("<b>{}</b>").format(number(value) if isinstance(value, int | float) else _final(value))


def _many(number: int, noun: str, plural: str = "") -> Markup:
    """`1,000 contacts`, with the number for programs."""
    from markupsafe import Markup

    return Markup('<data value="{}">{}</data>').format(number, count(number, noun, plural))


def _bound(value: Bound, noun: str, plural: str = "") -> Markup:
    """The same of a number that may not be known."""
    if value.most is None:
        return _sentence("Not known, at least {things}", things=_many(value.least, noun, plural))
    return _sentence("At most {things}", things=_many(value.most, noun, plural))


def _coded(text: str) -> Any:
    """A sentence; what stands in backticks is code."""
    from markupsafe import Markup

    parts = translated(text).split("`")
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
    return gettext("not known") if value is None else number(value)


def _some(values: Sequence[Any]) -> Truncated:
    """At most `MOST`: a page of ten thousand lines is read by nobody."""
    return Truncated(values[:MOST], max(0, len(values) - MOST))


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
    text = gettext("No") if plan.refusals else gettext("Yes") if not plan.empty else gettext("Nothing to refuse")
    tone = "bad" if plan.refusals else "good"
    return Verdict(tone, text, (sentences.findings(plan),))


def _planned(plan: Plan) -> Verdict:
    if plan.refusals:
        reasons = count(len(plan.refusals), "reason")
        return Verdict("bad", gettext("Apply would refuse this plan, for {reasons}", reasons=reasons), plan.refusals)
    if plan.rings:
        return Verdict("ring", gettext("Applying this makes telephones ring"))
    if plan.empty:
        told = sentences.nothing(plan)
        return Verdict("good" if sentences.is_as_declared(plan) else "info", told)
    return Verdict("info", gettext("Applying this changes Alice; no telephone will ring"))


def _applied(outcomes: tuple[Outcome, ...]) -> Verdict:
    results = Counter(outcome.result for outcome in outcomes)
    unfinished = results[Result.FAILED] + results[Result.UNKNOWN] + results[Result.SKIPPED]
    tone = "bad" if unfinished else "warn" if results[Result.DEFERRED] else "good"
    advice = sentences.how_to_go_on(outcomes)
    return Verdict(tone, sentences.applied(outcomes), (advice,) if advice else ())


def _worst(plan: Plan) -> str:
    found = {str(each.severity) for each in plan.findings if not each.waived}
    return "bad" if "error" in found else "warn" if "warning" in found else "good"
