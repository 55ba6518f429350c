"""Reports for people in another language: no English word is left but those of the project; programs read English."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jinja2 import Environment

from provisioner.language import spoken
from provisioner.reports import REPORTS, Run, is_report, plan_document, plan_from_document
from provisioner.reports.document import sentences_of
from provisioner.reports.page.rendering import TEMPLATES
from tests.strange import english
from tests.test_language import GENERATE

from .rich import OUTCOMES as RICH_OUTCOMES
from .rich import RICH
from .samples import EVERYTHING, NOTHING, OUTCOMES

RUNS = {
    "plan": Run(EVERYTHING),
    "apply": Run(EVERYTHING, OUTCOMES),
    "check": Run(EVERYTHING, view="check"),
    "drift": Run(EVERYTHING, view="drift"),
    "nothing": Run(NOTHING),
    "nothing to check": Run(NOTHING, view="check"),
    "nothing drifted": Run(NOTHING, view="drift"),
    "rich": Run(RICH),
    "rich, applied": Run(RICH, RICH_OUTCOMES),
}
FOR_PEOPLE = ("text", "full", "markdown", "html")
FOR_PROGRAMS = ("json", "sarif", "github", "gitlab", "junit")
SENTENCE = re.compile("(?!alice-apply )[A-Za-z]+,? [a-z]")


def given(run: Run) -> list[Any]:
    """What a run was given by its project and the server; in samples findings too are texts that nobody translates."""
    said = {each["template"] for each in sentences_of(run.plan)}
    assert not said, "samples hold texts of a project"
    return [plan_document(run.plan), [each.message for each in run.outcomes or ()]]


@pytest.mark.parametrize("name", sorted(f"{path.relative_to(TEMPLATES)}" for path in TEMPLATES.rglob("*.html")))
def test_no_template_says_anything_without_the_catalogue(name: str) -> None:
    """Whatever a page may hold that no sample does."""
    known = {each for message in GENERATE.extracted() for each in ids(message.id)}
    tokens = [*Environment().lex((TEMPLATES / name).read_text(encoding="utf-8"))]
    said = [value.strip("'\"") for _, token, value in tokens if token == "string"]
    written = "".join(value for _, token, value in tokens if token == "data")
    assert [text for text in said if SENTENCE.match(text) and text not in known] == []
    assert english("html", written, ()) == []


def ids(text: Any) -> Iterator[str]:
    """A sentence, and the noun where it is one with a number."""
    yield from (each.removeprefix("{count:,} ") for each in ([text] if isinstance(text, str) else text))
    yield from [text] if isinstance(text, str) else text


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("format", FOR_PEOPLE)
def test_no_english_is_left(strange: None, format: str, name: str) -> None:
    text = REPORTS[format].told(RUNS[name], False, "vi")
    assert english(format, text, given(RUNS[name])) == []


@pytest.mark.parametrize("format", FOR_PROGRAMS)
def test_programs_read_english(strange: None, format: str) -> None:
    run = RUNS["rich, applied"]
    assert REPORTS[format].told(run, False, "vi") == REPORTS[format].render(run, False)


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("format", FOR_PEOPLE)
def test_a_report_in_another_language_is_known_as_one(format: str, name: str) -> None:
    """So that the next run may write over it."""
    assert is_report(REPORTS[format].told(RUNS[name], False, "vi").encode())


def test_a_plan_in_vietnamese() -> None:
    text = REPORTS["text"].told(RUNS["apply"], False, "vi")
    assert "Các thay đổi, theo thứ tự:" in text
    assert "Đổ chuông: bắt đầu 1 chiến dịch" in text


def test_a_saved_plan_is_told_again() -> None:
    """Its texts are English, and what they were made of stands beside them."""
    from dataclasses import replace

    from provisioner.language import gettext
    from provisioner.model import Finding

    said = gettext("and {count:,} more", count=1200)
    plan = replace(NOTHING, findings=(Finding("over", "info", said),), refusals=(said,))
    shown = plan_document(plan)
    saved = json.loads(json.dumps({**shown, "messages": sentences_of(plan)}))
    assert saved["findings"][0]["message"] == "and 1,200 more"
    again = plan_from_document(saved)
    assert again == plan
    with spoken("vi"):
        assert "và 1.200 mục khác [over]" in REPORTS["text"].render(Run(again), False)
    assert (plan_document(again), sentences_of(again)) == (shown, saved["messages"])


def test_what_stands_beside_a_saved_plan_cannot_say_anything_else() -> None:
    """A sentence is known by its English text: whoever reads Vietnamese is told the same as whoever reads English."""
    shown = plan_document(EVERYTHING)
    other = [{"template": "No findings.", "plural": "", "arguments": {}}]
    assert plan_from_document({**shown, "messages": other}) == plan_from_document(shown)
