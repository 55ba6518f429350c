"""The plan as a comment on a pull request: what rings first, findings with their places, the changes to unfold.

It fits into a comment (65,536 characters) whatever the plan; what does not fit is counted. All text of manifests and
servers goes through `escaping`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from provisioner.errors import Severity
from provisioner.model import Finding, Outcome, Plan, Result, RowChange
from provisioner.reports import lines, sentences
from provisioner.reports.detail import Detail
from provisioner.reports.escaping import code, fence, prose, row
from provisioner.reports.paint import paint
from provisioner.reports.report import Report, Run
from provisioner.reports.trimming import Part, fit, size
from provisioner.reports.wording import changed_whole, created_whole, harmless

LONGEST = 65_536
# A job may put a line of its own before it, such as a mark to find the comment by.
SPARE = 1_536
TRIMMED = "{} more are left out here: a comment is short. `--output full` shows all."

# Nearly whole: one text must not take the room of everything else.
WHOLE = Detail(None, partial(created_whole, longest=500), partial(changed_whole, longest=500))
# More than fits in any case; the rest is not even drawn.
MOST = 1000
RINGING = 20
PLAIN = paint(False)
WORST = (Severity.ERROR, Severity.WARNING, Severity.INFO)
NOT_DONE = (Result.FAILED, Result.UNKNOWN, Result.SKIPPED, Result.DEFERRED)


def render(run: Run, colour: bool) -> str:
    """GitHub's flavour of Markdown, at most so long."""
    views = {"drift": _drift_view, "check": _check_view}
    head, parts = views.get(run.view, _plan_view)(run)
    first = "\n\n".join(head)
    room = LONGEST - SPARE - size(first) - len(parts)
    return "\n\n".join([first, *fit(parts, room)]) + "\n"


def _plan_view(run: Run) -> tuple[list[str], list[Part]]:
    plan, outcomes = run.plan, run.outcomes
    head = [_heading(plan, "plan" if outcomes is None else "apply")]
    if outcomes is not None:
        head.append(f"**{sentences.applied(outcomes)}** {sentences.how_to_go_on(outcomes)}".strip())
        head.append(prose(sentences.rings_now(plan, outcomes)))
    head += [f"**{sentences.summary(plan)}**"] + ([] if plan.rings else [prose(sentences.impact(plan))])
    first = [_rings(plan), _refused(plan)] if outcomes is None else [_unfinished(outcomes), _rings(plan)]
    return head, [*first, _findings(run), _rows(plan.rows), _changes(run), _deferred(plan), _drift(plan)]


def _drift_view(run: Run) -> tuple[list[str], list[Part]]:
    return [_heading(run.plan, "drift"), f"**{sentences.drift(run.plan)}**"], [
        _drift(run.plan),
        _findings(run.comparison),
    ]


def _check_view(run: Run) -> tuple[list[str], list[Part]]:
    said = [] if run.plan.findings else [f"**{sentences.findings(run.plan)}**"]
    return [_heading(run.plan, "check"), *said], [_findings(run)]


def _heading(plan: Plan, what: str) -> str:
    project = f"project {code(plan.project)}, " if plan.project else ""
    return f"### alice-apply {what}: {project}environment {code(plan.environment)}"


def _rings(plan: Plan) -> Part:
    """A box that nobody overlooks, with the first addresses that ring."""
    before = [
        "> [!CAUTION]",
        "> **This makes telephones ring.**",
        f"> {prose(sentences.rings(plan))}",
        f"> {prose(sentences.impact(plan))}",
        ">",
    ]
    ringing = [f"> - {code(str(each.address))}: {each.action}" for each in plan.changes if each.calls]
    rows = ((each.address, sentences.count(each.calls, "row")) for each in plan.rows if each.calls)
    ringing += [f"> - {code(str(address))}: {counted}" for address, counted in rows]
    return Part("\n".join(before), tuple(ringing[:RINGING]), rest="> - and {} more", total=len(ringing))


def _refused(plan: Plan) -> Part:
    reasons = tuple(f"> - {prose(each)}" for each in plan.refusals[:MOST])
    return Part("> [!WARNING]\n> `apply` would refuse:\n>", reasons, rest=f"> - {TRIMMED}", total=len(plan.refusals))


def _unfinished(outcomes: Iterable[Outcome]) -> Part:
    """What did not end well, the worst first."""
    found = sorted((each for each in outcomes if each.result in NOT_DONE), key=lambda each: NOT_DONE.index(each.result))
    shown = (row(each.result, code(str(each.address)), each.action, prose(each.message)) for each in found[:MOST])
    return _table("Not done", ("", "address", "action", "message"), shown, len(found))


def _findings(run: Run) -> Part:
    """The worst first."""
    found = sorted(run.plan.findings, key=lambda each: (each.waived, WORST.index(Severity(each.severity))))
    shown = (_finding(run, each) for each in found[:MOST])
    title = sentences.findings(run.plan).removesuffix(".")
    return _table(title, ("", "where", "what", "check"), shown, len(found))


def _finding(run: Run, finding: Finding) -> str:
    source, severity = finding.source, Severity(finding.severity)
    place = code(f"{run.file(source)}:{source.line}:{source.column}") if source else ""
    address = code(str(finding.address)) if finding.address else ""
    shown = f"**{severity}**" if severity is Severity.ERROR else str(severity)
    where = "<br>".join(filter(None, [address, place]))
    return row("waived" if finding.waived else shown, where, prose(finding.message), code(finding.id))


def _rows(rows: Sequence[RowChange]) -> Part:
    names = ("add", "change", "remove", "unchanged", "invalid", "duplicate")
    shown = (
        row(code(str(each.address)), *(f"{getattr(each, name):,}" for name in names), prose(sentences.left_out(each)))
        for each in rows[:MOST]
    )
    return _table("Rows", ("rows of", "add", "change", "deactivate", *names[3:], "left out"), shown, len(rows))


def _changes(run: Run) -> Part:
    """What is changed, field by field."""
    blocks = ("\n".join(lines.change_lines([each], PLAIN, WHOLE)) for each in run.plan.changes[:MOST])
    number = len(run.plan.changes)
    return _unfolding(sentences.count(number, "change") + ", in order", blocks, number)


def _deferred(plan: Plan) -> Part:
    blocks = lines.deferred_lines(plan.deferred[:MOST], WHOLE)
    return _unfolding(f"{len(plan.deferred):,} deferred: nothing is sent now", blocks, len(plan.deferred))


def _drift(plan: Plan) -> Part:
    blocks = ("\n".join(lines.drift_lines([each], WHOLE)) for each in plan.drift[:MOST])
    return _unfolding(f"{len(plan.drift):,} changed on Alice and not by apply", blocks, len(plan.drift))


def _table(title: str, columns: Sequence[str], rows: Iterable[str], total: int) -> Part:
    """A table under a heading."""
    before = "\n".join([f"#### {title}", "", row(*columns), row(*("---" for _ in columns))])
    return Part(before, tuple(rows), rest=f"\n{TRIMMED}", total=total)


def _unfolding(title: str, blocks: Iterable[str], total: int) -> Part:
    """Blocks of lines that are hidden until somebody wants them, coloured as a diff."""
    items = tuple("\n".join(map(harmless, block.split("\n"))) for block in blocks)
    ticks = fence(items)
    before = f"<details><summary>{title}</summary>\n\n{ticks}diff"
    return Part(before, items, f"{ticks}\n\n</details>", f"\n{TRIMMED}", total)


REPORT = Report("markdown", render, ("md",), begins="### alice-apply ")
