"""Whatever stands in manifests or comes from a server, no text breaks out of its place in any report."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from provisioner.bound import Bound
from provisioner.model import Finding, Source
from provisioner.plan.model import (
    Action,
    Change,
    Deferred,
    Drift,
    FieldChange,
    Impact,
    Outcome,
    Outlook,
    Plan,
    Result,
    RowChange,
)
from provisioner.reports import REPORTS, Run, plan_document, plan_from_document

from .published import Page, read_github, read_junit, read_sarif
from .samples import ADDRESS, EVERYTHING

PIECES = (
    *("|", "\\", "`", "```", "~~~", "<b>", "</details>", "<script>x</script>", "<!-- ", "-->", "&amp;", "&#64;", "\n"),
    *("@team/people", "@bob", "#12", "!12", "https://evil.example", "www.evil.example", "bob@evil.example", "\r\n"),
    *("[a](http://b)", "![a](b)", "[x]: http://b", "* a", "# a", "1. a", "- a", "===", "---", "| - |", "> a", "    a"),
    *(
        "::error::x",
        "%0A",
        "::",
        ",",
        ":",
        "=",
        "%25",
        "]]>",
        "<![CDATA[",
        "\x1b[2J",
        "\x00",
        "\u202e",
        "\u2028",
        "\x85",
    ),
    *("a", "Chào", "😀", " ", "{0}", "$x$", "_x_", "*x*", "~x~", "\t", "+", '"', "'", "\ufffe", "\ud7ff", "\ufdd0"),
)
HOSTILE = st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join)
TAGS = {
    *("h3", "h4", "p", "strong", "blockquote", "ul", "li", "table", "thead", "tbody", "tr", "th", "td"),
    *("br", "details", "summary", "pre", "code"),
}

each_text = [
    example("|"),
    example("\\|"),
    example("`a``b` | ``"),
    example("</summary></details><img src=x onerror=y>"),
    example("@bob #1 https://a.b www.a.b a@b.example"),
    example("x\n\n## y\n\n::error::z"),
]


def plan_of(text: str) -> Plan:
    """The text wherever one may stand; the rest is as it always is."""
    source = Source(f"dir/{text}.yaml", 1, 2)
    fields = (FieldChange("name", None, text), FieldChange("x", (text, "b"), ("c", text)), FieldChange("y", text, "z"))
    return replace(
        EVERYTHING,
        project=text,
        environment=text,
        endpoint=f"https://{text}",
        changes=(
            Change(ADDRESS("survey.a"), Action.CREATE, fields, True, text),
            Change(ADDRESS("survey.b"), Action.UPDATE, fields, False, text),
        ),
        rows=(RowChange(ADDRESS("phonebook.vip"), add=1, calls=1),),
        deferred=(Deferred(ADDRESS("alarm.checkup"), text),),
        drift=(Drift(ADDRESS("campaign.tet"), fields),),
        findings=(
            Finding("content", "error", text, ADDRESS("campaign.tet"), source),
            Finding("content", "warning", text, ADDRESS("campaign.tet"), source, True, text),
        ),
        outlook=Outlook(impact=Impact(Bound.exact(1), Bound.exact(1), gateways=(text,), doubts=(text,))),
        refusals=(text,),
    )


def run_of(text: str, view: str = "plan", applied: bool = False) -> Run:
    results = (Result.DONE, Result.FAILED, Result.UNKNOWN, Result.SKIPPED, Result.DEFERRED)
    outcomes = tuple(Outcome(ADDRESS(f"survey.{result}"), "update", result, text) for result in results)
    return Run(plan_of(text), outcomes if applied else None, view, "folder")


def rendered(name: str, run: Run) -> str:
    return REPORTS[name].render(run, False)


every_view = pytest.mark.parametrize("view", ["plan", "apply", "drift", "check"])


def run_for(view: str, text: str) -> Run:
    return run_of(text, "plan" if view == "apply" else view, view == "apply")


def hostile(function: object) -> object:
    decorated = given(HOSTILE)(function)  # type: ignore[arg-type]
    for each in each_text:
        decorated = each(decorated)
    return settings(max_examples=30, deadline=None)(decorated)


@every_view
@hostile
def test_markdown_stays_as_it_was_laid_out(view: str, text: str) -> None:
    shown, usual = (Page(rendered("markdown", run_for(view, each))) for each in (text, "x"))
    assert set(shown.tags) <= TAGS
    assert [tag for tag in shown.tags if tag != "code"] == [tag for tag in usual.tags if tag != "code"]
    assert [len(row) for row in shown.rows] == [len(row) for row in usual.rows]
    assert {name for name, _ in shown.attributes} <= {"lang", "align"}


@every_view
@hostile
def test_markdown_mentions_and_links_nobody(view: str, text: str) -> None:
    page = Page(rendered("markdown", run_for(view, text)))
    for prose in page.prose:
        prose = re.sub(r"^\[!(CAUTION|WARNING)\]$", "", prose.strip())
        assert not re.search(r"[@#!]\w|https?://|www\.", prose)


@every_view
@hostile
def test_github_reads_as_many_commands_as_were_given(view: str, text: str) -> None:
    found, usual = (read_github(rendered("github", run_for(view, each))) for each in (text, "x"))
    assert [(name, [*properties]) for name, properties, _ in found] == [(name, [*keys]) for name, keys, _ in usual]
    if view != "drift":
        name, properties, message = found[0]
        assert (name, properties["line"], properties["col"], properties["title"]) == ("error", "1", "2", "content")
        assert message == f"{printable(text)} (campaign.tet)"
        assert properties["file"] == printable(run_for(view, text).file(Source(f"dir/{text}.yaml", 1, 2)))


def printable(text: str) -> str:
    """Line ends stay, other control characters are replaced."""
    return re.sub(
        r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]", "?", text.replace("\t", " ")
    )


@every_view
@hostile
def test_junit_follows_its_schema_with_the_same_tests(view: str, text: str) -> None:
    found, usual = (read_junit(rendered("junit", run_for(view, each))) for each in (text, "x"))
    assert [element.tag for element in found.iter()] == [element.tag for element in usual.iter()]


@every_view
@hostile
def test_sarif_follows_its_schema_with_the_same_results(view: str, text: str) -> None:
    found, usual = (read_sarif(rendered("sarif", run_for(view, each))) for each in (text, "x"))
    assert [result["ruleId"] for result in found["results"]] == [result["ruleId"] for result in usual["results"]]
    for result in found["results"]:
        assert not re.search(r"\]\(", result["message"]["text"])
        location = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"[A-Za-z0-9_.~/%-]+", location)


@every_view
@hostile
def test_text_keeps_its_lines_and_moves_no_cursor(view: str, text: str) -> None:
    for name in ("text", "full"):
        found, usual = (rendered(name, run_for(view, each)) for each in (text, "x" * len(text)))
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202e]", found)
        assert name == "full" or found.count("\n") == usual.count("\n")


@hostile
def test_numbers_and_json_are_not_touched_by_any_text(text: str) -> None:
    assert rendered("gitlab", run_of(text)) == rendered("gitlab", run_of("x"))
    assert plan_from_document(json.loads(json.dumps(plan_document(plan_of(text))))) == plan_of(text)
