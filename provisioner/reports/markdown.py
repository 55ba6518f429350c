"""The plan as a comment on a pull request: what rings first, findings with their places, the changes to unfold.

It fits into a comment (65,536 characters) whatever the plan: what does not fit is counted, and no part crowds out
another. Text of manifests and servers stays text, in one of two ways: as code, in which nothing is markup, a link or a
mention; or as prose, with character references for what could be markup, and an invisible space inside of what forges
look for in the finished text (`@name`, `#12`, `https://`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from string import punctuation

from provisioner.errors import Severity
from provisioner.language import Message, gettext, ngettext, number, template, term
from provisioner.manifests.environments import DEFAULT
from provisioner.messages import count, listed
from provisioner.model import Finding
from provisioner.plan.model import Outcome, Plan, Result, RowChange
from provisioner.reports import lines, row_counts, sentences
from provisioner.reports.detail import paint, whole
from provisioner.reports.grouping import AlikeGroup, grouped_changes, grouped_findings, unchanged
from provisioner.reports.report import Report, Run
from provisioner.reports.wording import harmless

CUT = "..."
INVISIBLE = "\u200b"
WITHOUT_MEANING = ",;:.?/=+-%()"

# Signs that mean something within a line, and at its beginning.
_MARKUP = re.compile(f"[{re.escape(''.join(sign for sign in punctuation if sign not in WITHOUT_MEANING))}{INVISIBLE}]")
_BEGINNING = re.compile(rf"(\d*)([{re.escape(punctuation)}])")
_LOOKED_FOR = re.compile(r"[@#!~%$&](?=\S)|:(?=/)|www(?=\.)", re.IGNORECASE)
_TICKS = re.compile(r"`+")

LONGEST = 65_536
# A job may put a line of its own before it.
SPARE = 1_536
TRIMMED = template("{count:,} more are left out here: a comment is short. `--output full` shows all.")

# Nearly whole: one text must not take the room of everything else.
WHOLE = replace(whole(500), groups=True, named=200)
# More than fits in any case; the rest is not even drawn.
MOST = 1000
RINGING = 20
FEW, MOST_UNFOLDED = 5, 200  # addresses of a finding
PLAIN = paint(False)
WORST = (Severity.ERROR, Severity.WARNING, Severity.INFO)
NOT_DONE = (Result.FAILED, Result.UNKNOWN, Result.SKIPPED, Result.DEFERRED)


def render(run: Run, colour: bool) -> str:
    """GitHub's flavour of Markdown, at most so long."""
    views = {"drift": _drift_view, "check": _check_view}
    head, parts = (_concluded if run.conclusion else views.get(run.view, _plan_view))(run)
    first = "\n\n".join([marker(run), *head])
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
    return head, [*first, _findings(run), _rows(plan.rows), _alarms(plan), _changes(run), _deferred(plan), _drift(plan)]


def _drift_view(run: Run) -> tuple[list[str], list[Part]]:
    return [_heading(run.plan, "drift"), f"**{sentences.drift(run.plan)}**"], [
        _drift(run.plan),
        _findings(run.comparison),
    ]


def _check_view(run: Run) -> tuple[list[str], list[Part]]:
    said = [] if run.plan.findings else [f"**{sentences.findings(run.plan)}**"]
    return [_heading(run.plan, "check"), *said], [_findings(run)]


def _concluded(run: Run) -> tuple[list[str], list[Part]]:
    """In the place of a plan: why there is none."""
    return [_heading(run.plan, run.view), f"**{prose(run.conclusion)}**"], [_findings(run, gettext("Diagnostics"))]


def marker(run: Run) -> str:
    """By this a bot finds the comment that it wrote before, of the same command and environment; it is not shown."""
    what = "apply" if run.outcomes is not None else run.view
    environment = run.plan.environment if run.plan.environment != DEFAULT else ""
    parts = (re.sub(r"[^\w.-]", "_", part) for part in ("alice-apply", what, environment) if part)
    return f"<!-- {':'.join(parts)} -->"


def _heading(plan: Plan, what: str) -> str:
    project = gettext("project {project}, ", project=code(plan.project)) if plan.project else ""
    environment = gettext("environment {environment}", environment=code(plan.environment))
    return f"### alice-apply {what}: {project}{environment}"


def _rings(plan: Plan) -> Part:
    """A box that nobody overlooks, with the first addresses that ring."""
    before = [
        "> [!CAUTION]",
        f"> **{gettext('This makes telephones ring.')}**",
        f"> {prose(sentences.rings(plan))}",
        f"> {prose(sentences.impact(plan))}",
        ">",
    ]
    ringing = [f"> - {code(str(each.address))}: {term(each.action)}" for each in plan.changes if each.calls]
    rows = ((each.address, count(each.calls, "row")) for each in plan.rows if each.calls)
    ringing += [f"> - {code(str(address))}: {counted}" for address, counted in rows]
    rest = template("and {count:,} more")
    return Part("\n".join(before), tuple(ringing[:RINGING]), rest=rest, total=len(ringing), mark="> - ")


def _refused(plan: Plan) -> Part:
    reasons = tuple(f"> - {prose(each)}" for each in plan.refusals[:MOST])
    before = f"> [!WARNING]\n> {gettext('`apply` would refuse:')}\n>"
    return Part(before, reasons, rest=TRIMMED, total=len(plan.refusals), mark="> - ")


def _unfinished(outcomes: Iterable[Outcome]) -> Part:
    """What did not end well, the worst first."""
    found = sorted((each for each in outcomes if each.result in NOT_DONE), key=lambda each: NOT_DONE.index(each.result))
    shown = (
        row(term(each.result), code(str(each.address)), term(each.action), prose(each.message)) for each in found[:MOST]
    )
    columns = ("", gettext("address"), gettext("action"), gettext("message"))
    return _table(gettext("Not done"), columns, shown, len(found))


def _findings(run: Run, title: str = "") -> Part:
    """The worst first."""
    found = grouped_findings(
        sorted(run.plan.findings, key=lambda each: (each.waived, WORST.index(Severity(each.severity))))
    )
    shown = (_finding(run, each) for each in found[:MOST])
    title = title or sentences.findings(run.plan).removesuffix(".")
    return _table(title, ("", gettext("where"), gettext("what"), gettext("check")), shown, len(found))


def _finding(run: Run, found: Finding | AlikeGroup[Finding]) -> str:
    finding, where = (found.first, _several(found)) if isinstance(found, AlikeGroup) else (found, _where(run, found))
    severity = Severity(finding.severity)
    shown = f"**{term(severity)}**" if severity is Severity.ERROR else term(severity)
    return row(gettext("waived") if finding.waived else shown, where, prose(finding.message), code(finding.id))


def _where(run: Run, finding: Finding) -> str:
    source = finding.source
    place = code(f"{run.file(source)}:{source.line}:{source.column}") if source else ""
    address = code(str(finding.address)) if finding.address else ""
    return "<br>".join(filter(None, [address, place]))


def _several(found: AlikeGroup[Finding]) -> str:
    """The first addresses, and the others to unfold, as far as they fit."""
    addresses = [code(str(each.address)) for each in found.members]
    others = addresses[FEW:]
    unfolded = listed(others, MOST_UNFOLDED)
    more = gettext("and {count:,} more", count=len(others))
    return f"{', '.join(addresses[:FEW])}<details><summary>{more}</summary>{unfolded}</details>"


def _rows(rows: Sequence[RowChange]) -> Part:
    rows, quiet = unchanged(rows)
    names = ("add", "change", "remove", "unchanged", "invalid", "duplicate")
    shown = (
        row(code(str(each.address)), *(number(getattr(each, name)) for name in names), prose(row_counts.left_out(each)))
        for each in rows[:MOST]
    )
    columns = (
        *(gettext("rows of"), gettext("add"), gettext("change"), gettext("deactivate")),
        *(gettext("unchanged"), gettext("invalid"), gettext("duplicate"), gettext("left out")),
    )
    part = _table(gettext("Rows"), columns, shown, len(rows))
    return replace(part, after="\n" + prose(row_counts.quiet(quiet))) if quiet else part


def _alarms(plan: Plan) -> Part:
    """When alarms ring, by day."""
    days = [*sentences.alarm_days(sentences.several_alarms(plan.outlook))]
    shown = (row(day, number(alarms), by_hour) for day, alarms, by_hour in days[:MOST])
    title = gettext("Alarms that ring once this is applied")
    return _table(title, (gettext("day"), gettext("alarms"), gettext("by hour")), shown, len(days))


def _changes(run: Run) -> Part:
    """What is changed, field by field."""
    shown = grouped_changes(run.plan.changes)
    detail = WHOLE.within(len(shown))
    blocks = ("\n".join(lines.change_block(each, PLAIN, detail)) for each in shown[:MOST])
    title = ngettext("{count:,} change, in order", "{count:,} changes, in order", len(run.plan.changes))
    return _unfolding(title, blocks, len(shown))


def _deferred(plan: Plan) -> Part:
    blocks = lines.deferred_lines(plan.deferred[:MOST], WHOLE)
    deferred = len(plan.deferred)
    return _unfolding(gettext("{count:,} deferred: nothing is sent now", count=deferred), blocks, deferred)


def _drift(plan: Plan) -> Part:
    detail = WHOLE.within(len(plan.drift))
    blocks = ("\n".join(lines.drift_lines([each], detail)) for each in plan.drift[:MOST])
    drifted = len(plan.drift)
    return _unfolding(gettext("{count:,} changed on Alice and not by apply", count=drifted), blocks, drifted)


def _table(title: str, columns: Sequence[str], rows: Iterable[str], total: int) -> Part:
    """A table under a heading."""
    before = "\n".join([f"#### {title}", "", row(*columns), row(*("---" for _ in columns))])
    return Part(before, tuple(rows), rest=TRIMMED, total=total, mark="\n")


def _unfolding(title: str, blocks: Iterable[str], total: int) -> Part:
    """Blocks of lines that are hidden until somebody wants them, coloured as a diff."""
    items = tuple("\n".join(map(harmless, block.split("\n"))) for block in blocks)
    ticks = fence(items)
    before = f"<details><summary>{title}</summary>\n\n{ticks}diff"
    return Part(before, items, f"{ticks}\n\n</details>", TRIMMED, total, "\n")


def code(text: str, longest: int = 300) -> str:
    """The text as code within a line."""
    shown = _short(" ".join(harmless(text).split()), longest)
    if not shown:
        return ""
    fence = "`" * (max(map(len, _TICKS.findall(shown)), default=0) + 1)
    edge = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{edge}{shown}{edge}{fence}"


def prose(text: str, longest: int = 1000) -> str:
    """A sentence within a line; what stands in backticks is code."""
    parts = _short(" ".join(harmless(text).split()), longest).replace("``", "` `").split("`")
    if len(parts) % 2 == 0:
        return _referenced("`".join(parts))
    return "".join(code(part) if index % 2 else _referenced(part) for index, part in enumerate(parts))


def row(*cells: str) -> str:
    """A row of a table; code may hold the sign that parts cells."""
    apart = (cell.replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(apart)} |"


def fence(blocks: Iterable[str]) -> str:
    """What begins and ends a block of code, and nothing in it can end."""
    return "`" * max(3, 1 + max((len(ticks) for block in blocks for ticks in _TICKS.findall(block)), default=0))


def _referenced(text: str) -> str:
    apart = _LOOKED_FOR.sub(lambda found: found[0] + INVISIBLE, text)
    begun = _BEGINNING.match(apart)
    first, rest = (begun[1] + _reference(begun[2]), apart[begun.end() :]) if begun else ("", apart)
    return first + _MARKUP.sub(lambda found: _reference(found[0]), rest)


def _reference(sign: str) -> str:
    return f"&#{ord(sign)};"


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[:longest] + CUT


@dataclass(frozen=True, slots=True)
class Part:
    """`items` are whole lines, or several with line ends; they stand between `before` and `after`.

    They may be the first of a `total` that is greater. `rest`, after `mark`, says how many were left out. A part
    without items is left out altogether.
    """

    before: str
    items: tuple[str, ...]
    after: str = ""
    rest: str = template("... and {count:,} more")
    total: int = 0
    mark: str = ""

    def text(self, room: int) -> str:
        """The first items that fit into so many bytes."""
        shown, left = [], room
        for item in self.items:
            left -= size(item)
            if left < 0:
                break
            shown.append(item)
        more = max(self.total, len(self.items)) - len(shown)
        said = [self._said(more)] if more else []
        return "\n".join(filter(None, [self.before, *shown, self.after, *said]))

    @property
    def frame(self) -> int:
        """Bytes of what is shown however little fits."""
        return size(self.before) + size(self.after) + size(self._said(max(self.total, len(self.items))))

    def _said(self, more: int) -> str:
        return self.mark + Message(self.rest, {"count": more})

    @property
    def wanted(self) -> int:
        """Bytes of all items."""
        return sum(map(size, self.items))


def size(text: str) -> int:
    """Bytes of the text and a line end; never fewer than its characters, however those are counted."""
    return len(text.encode()) + 1


def fit(parts: Sequence[Part], room: int) -> Iterator[str]:
    """The parts in their order, together no longer than so many bytes."""
    parts = [part for part in parts if part.items]
    shares = _shares([part.wanted for part in parts], room - sum(part.frame for part in parts))
    yield from (part.text(share) for part, share in zip(parts, shares, strict=True))


def _shares(wanted: Sequence[int], room: int) -> list[int]:
    """As much as each wants; where that is too much, what is left after the modest ones is shared alike."""
    shares = [0] * len(wanted)
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    for done, index in enumerate(order):
        shares[index] = max(0, min(wanted[index], room // (len(wanted) - done)))
        room -= shares[index]
    return shares


BEGINS = r"(?:<!-- alice-apply:\S+ -->\s+)?### alice-apply "

REPORT = Report("markdown", render, ("md",), begins=BEGINS, concludes=True, translated=True)
