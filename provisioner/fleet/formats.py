"""The summary as text, JSON, Markdown and HTML: one table, the worst first, in the language in force. Computes nothing.

`columns` decides what the table of each command shows; the formats draw the same cells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import orjson

from provisioner.fleet.client import NOT_WELL, Counted, FleetClient
from provisioner.fleet.summary import Summary
from provisioner.inspect.table import Table
from provisioner.language import ENGLISH, LANGUAGES, gettext, joined, number, spoken, term
from provisioner.messages import count
from provisioner.reports.markdown import LONGEST, SPARE, TRIMMED, Part, code, fit, prose, row, size
from provisioner.reports.page.rendering import Verdict, rendered
from provisioner.text import in_json

MARK = "<!-- alice-apply:fleet -->"  # by which a job finds its own comment again
CLIENT = "client"  # the first column
UNREAD = "?"  # what nobody could read is not nothing
SIGNS = {"add": "+", "change": "~", "remove": "-"}

Cell = Callable[[FleetClient], str]


@dataclass(frozen=True, slots=True)
class SummaryFormat:
    """A format; `form` and `translated` are as those of `reports.report.Report`."""

    name: str
    render: Callable[[Summary], str]
    form: str = "text"
    translated: bool = True

    def told(self, summary: Summary, language: str) -> str:
        """The text, in a language where it is one for people."""
        with spoken(language if self.translated else ENGLISH):
            return self.render(summary)


def _counted(part: Counted | None, *names: str) -> str:
    """The sum of some counts."""
    return UNREAD if part is None else number(sum(part.get(name, 0) for name in names))


def _rows(client: FleetClient) -> str:
    """`+120 ~3`."""
    if client.rows is None:
        return UNREAD
    return " ".join(f"{SIGNS[name]}{number(each)}" for name, each in client.rows.items() if each) or "0"


def _calls(client: FleetClient) -> str:
    """`2 campaigns, 1,200 contacts`."""
    return UNREAD if client.calls is None else _listed(client.calls, {name: name[:-1] for name in client.calls})


def _findings(client: FleetClient) -> str:
    names = {"error": "error", "warning": "warning"}
    return UNREAD if client.findings is None else _listed(client.findings, names)


def _listed(part: Counted, nouns: Mapping[str, str]) -> str:
    return ", ".join(count(part[name], noun) for name, noun in nouns.items() if part.get(name)) or "0"


def _outcomes(client: FleetClient) -> str:
    found = client.outcomes or {}
    return ", ".join(gettext("{count:,} {result}", count=each, result=term(name)) for name, each in found.items())


def _deleted(client: FleetClient) -> str:
    """Nothing for none, so that the column is there only where somebody must see it."""
    deleted = (client.changes or {}).get("delete", 0)
    return number(deleted) if deleted else ""


def _why(client: FleetClient) -> str:
    return joined(client.reasons, "; ")


_PLAN: Mapping[str, Cell] = MappingProxyType(
    {
        "create": lambda client: _counted(client.changes, "create"),
        "change": lambda client: _counted(client.changes, "update", "replace", "adopt"),
        "delete": _deleted,
        "rows": _rows,
        "calls": _calls,
        "findings": _findings,
    }
)
COLUMNS: Mapping[str, Mapping[str, Cell]] = MappingProxyType(
    {
        "plan": _PLAN,
        "apply": {**_PLAN, "outcomes": _outcomes},
        "drift": {
            "drifted": lambda client: _counted(client.drift, "drifted"),
            "not compared": lambda client: _counted(client.drift, "not_compared"),
        },
        "status": {
            "campaigns": lambda client: _counted(client.campaigns, "total"),
            "running": lambda client: _counted(client.campaigns, "running"),
            "behind": lambda client: _counted(client.campaigns, "behind"),
        },
    }
)


def is_summary(head: bytes) -> bool:
    """Whether a file that begins so is a summary, and a new one may take its place; see `reports.is_report`."""
    return head.startswith((MARK.encode(), *(f"{name} ".encode() for name in _first_columns())))


def _first_columns() -> Iterator[str]:
    """What the table begins with, in every language: a summary in another one is written over as well."""
    for language in LANGUAGES:
        with spoken(language):
            yield term(CLIENT)


def table(summary: Summary) -> Table:
    """A row for each environment; a column that says nothing of any is left out."""
    columns = COLUMNS[summary.command]
    rows = [
        (each.environment, term(each.result), *(cell(each) for cell in columns.values()), _why(each))
        for each in summary.clients
    ]
    return Table((CLIENT, "result", *columns, "why"), tuple(rows)).without_empty_columns().in_language()


def _text(summary: Summary) -> str:
    return f"{table(summary).text()}\n{summary.sentence}\n"


def _json(summary: Summary) -> str:
    return in_json(orjson.dumps(summary.document(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode())


def _markdown(summary: Summary) -> str:
    """At most as long as a comment may be; it begins with a mark that no environment can forge."""
    shown = table(summary)
    project = f" {gettext('of project {project}', project=code(summary.project))}" if summary.project else ""
    head = [MARK, f"### alice-apply {summary.title}{project}", f"**{prose(summary.sentence)}**"]
    before = "\n".join([row(*shown.columns), row(*("---" for _ in shown.columns))])
    lines = tuple(row(code(first), *map(prose, rest)) for first, *rest in shown.rows)
    part = Part(before, lines, rest=TRIMMED, total=len(lines), mark="\n")
    first = f"{head[0]}\n{head[1]}\n\n{head[2]}"
    return "\n\n".join([first, *fit([part], LONGEST - SPARE - size(first) - 1)]) + "\n"


def _html(summary: Summary) -> str:
    shown = table(summary)
    return rendered(
        "fleet.html",
        summary=summary,
        columns=shown.columns[1:],
        rows=list(zip(summary.clients, (cells[1:] for cells in shown.rows), strict=True)),
        version=summary.document()["tool_version"],
        title=gettext(
            "{view} of {project}",
            view=summary.title.capitalize(),
            project=summary.project or gettext("all environments"),
        ),
        eyebrow=gettext("{view} of {moment}", view=summary.title, moment=f"{summary.created_at:%Y-%m-%d %H:%M} UTC"),
        verdict=_verdict(summary),
        sections=[],
    )


def _verdict(summary: Summary) -> Verdict:
    if any(result in NOT_WELL for result in summary.results):
        return Verdict("bad", summary.sentence)
    return Verdict("ring" if summary.calls else "good", summary.sentence)


FORMATS: Mapping[str, SummaryFormat] = MappingProxyType(
    {
        each.name: each
        for each in (
            SummaryFormat("text", _text),
            SummaryFormat("json", _json, "json", translated=False),
            SummaryFormat("markdown", _markdown),
            SummaryFormat("html", _html, "xml"),
        )
    }
)
