"""The text report: what a reviewer reads in a terminal, a log or a pull request. Concise, plain ASCII but for values.

Long texts are cut and a big plan is folded; the report `full` leaves nothing out. `plan_lines` is also used on its own,
before the question whether to apply.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized

from provisioner.language import gettext, term, translated
from provisioner.plan.model import Outcome, Plan
from provisioner.reports import lines, sentences
from provisioner.reports.detail import CONCISE, Detail, Paint, paint
from provisioner.reports.grouping import grouped_changes, grouped_findings, unchanged
from provisioner.reports.report import Report, Run, not_compared
from provisioner.reports.wording import harmless


def render(run: Run, colour: bool, detail: Detail = CONCISE) -> str:
    """The plan, and how it ended when it was applied; or the part of it that was asked for."""
    style = paint(colour)
    shown = list(_concluded(run, style, detail) if run.conclusion else _view(run, style, detail))
    if run.outcomes is not None:
        now = sentences.rings_now(run.plan, run.outcomes)
        shown += ["", *lines.outcome_lines(run.outcomes, now, style, detail)]
    shown += _hint(run.plan if run.view != "outcomes" else None, run.outcomes or (), detail)
    return "\n".join(shown) + "\n"


def _view(run: Run, style: Paint, detail: Detail) -> Iterator[str]:
    views = {"drift": _drift_view, "check": _check_view, "outcomes": _no_view}
    return views.get(run.view, _plan_view)(run.plan, style, detail)


def plan_lines(plan: Plan, colour: bool) -> Iterator[str]:
    """The whole plan, concise."""
    yield from _plan_view(plan, paint(colour), CONCISE)
    yield from _hint(plan, (), CONCISE)


def _plan_view(plan: Plan, style: Paint, detail: Detail) -> Iterator[str]:
    """Who and where, every part that is not empty, and the sentences at the end."""
    yield from _header(plan)
    legend = "  ".join(f"{sign} {term(action)}" for action, sign in lines.SYMBOLS.items())
    yield from _block(
        gettext("Changes, in order:  {legend}", legend=legend), lines.change_lines(plan.changes, style, detail)
    )
    yield from _block(gettext("Rows:"), lines.row_lines(plan.rows, style, detail))
    yield from _block(gettext("Deferred, nothing is sent now:"), lines.deferred_lines(plan.deferred, detail))
    yield from _block(gettext("Drift, changed on Alice and not by apply:"), lines.drift_lines(plan.drift, detail))
    yield from _block(
        gettext("Alarms that ring once this is applied, by hour:"),
        lines.alarm_lines(sentences.several_alarms(plan.outlook), detail),
    )
    yield from _block(gettext("Findings:"), lines.finding_lines(plan.findings, style, detail))
    yield ""
    yield from lines.refusal_lines(plan.refusals, style, detail)
    yield style("bold", sentences.summary(plan))
    if plan.rings:
        yield style("red", sentences.rings(plan))
    yield style("red" if plan.rings else "", sentences.impact(plan))


def _drift_view(plan: Plan, style: Paint, detail: Detail) -> Iterator[str]:
    """Only what others changed."""
    yield from _header(plan)
    yield from _block(gettext("Drift, changed on Alice and not by apply:"), lines.drift_lines(plan.drift, detail))
    yield from _block(gettext("Findings:"), lines.finding_lines(not_compared(plan), style, detail))
    yield from ("", style("bold", sentences.drift(plan)))


def _check_view(plan: Plan, style: Paint, detail: Detail) -> Iterator[str]:
    """Only what checks and the planner have to say."""
    yield from _header(plan)
    yield from _block(gettext("Findings:"), lines.finding_lines(plan.findings, style, detail))
    yield from ("", style("bold", sentences.findings(plan)))


def _concluded(run: Run, style: Paint, detail: Detail) -> Iterator[str]:
    """In the place of a plan: what is wrong, and what comes of it."""
    yield from _header(run.plan)
    yield from _block(gettext("Diagnostics:"), lines.finding_lines(run.plan.findings, style, detail))
    yield from ("", style("bold", harmless(translated(run.conclusion))))


def _no_view(plan: Plan, style: Paint, detail: Detail) -> Iterator[str]:
    """Of a plan that was shown before: nothing."""
    return iter(())


def _header(plan: Plan) -> Iterator[str]:
    project = gettext("project {project}, ", project=plan.project) if plan.project else ""
    environment = gettext("environment {environment}", environment=plan.environment)
    yield harmless(f"{project}{environment}, {plan.endpoint or gettext('endpoint not known')}")


def _block(title: str, content: Iterable[str]) -> Iterator[str]:
    """A part with its title and its lines indented; nothing at all without lines."""
    shown = [f"  {line}" for line in content]
    if shown:
        yield from ("", title, *shown)


def _hint(plan: Plan | None, outcomes: tuple[Outcome, ...], detail: Detail) -> Iterator[str]:
    """Where to see the rest, when a part is long enough to be folded."""
    parts: list[Sized] = [outcomes]
    if plan is not None:
        parts += [plan.changes, plan.rows, plan.deferred, plan.drift, plan.findings, plan.refusals]
    folded = detail.many is not None and any(len(part) > detail.many for part in parts)
    if folded or (detail.groups and plan is not None and _has_groups(plan)):
        yield gettext("Where there are many alike, they are only counted; `--output full` shows all.")


def _has_groups(plan: Plan) -> bool:
    shown: tuple[Sized, ...] = (
        grouped_changes(plan.changes),
        grouped_findings(plan.findings),
        unchanged(plan.rows)[0],
    )
    return sum(map(len, shown)) < len(plan.changes) + len(plan.findings) + len(plan.rows)


# In any language: a report in another one is written over as well.
BEGINS = (
    r"(?:(?:project|dự án) \S+, )?(?:environment|môi trường) \S+, "
    r"(?:https?://|\(sensitive\)\s|endpoint not known\s|không rõ địa chỉ máy chủ\s)"
)

REPORT = Report("text", render, ("txt",), begins=BEGINS, concludes=True, translated=True)
