"""Reports for people in another language: no English word is left but those of the project; programs read English."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from gettext import NullTranslations
from html.parser import HTMLParser
from string import Formatter
from typing import Any

import pytest
from jinja2 import Environment

from provisioner import language
from provisioner.language import spoken
from provisioner.reports import REPORTS, Run, is_report, plan_document, plan_from_document
from provisioner.reports.document import sentences_of
from provisioner.reports.page.rendering import TEMPLATES
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
LETTER = re.compile(r"[A-Za-z]")
CODE = re.compile(r"`[^`\n]*`")
WORD = re.compile(r"[A-Za-z]{2,}")
NAMES = {"apply", "plan", "check", "drift", "Alice", "alice", "id"}  # what is called so in every language
SENTENCE = re.compile("(?!alice-apply )[A-Za-z]+,? [a-z]")
HEARD = ("alt", "aria-label", "data-name", "title")  # attributes that are shown or read out
MARKUP = {"br", "CAUTION", "details", "diff", "summary", "WARNING"}


class Strange(NullTranslations):
    """A language without a letter of English: what is left of English was not asked of the catalogue."""

    def gettext(self, message: str) -> str:
        return "".join(_strange(*part) for part in Formatter().parse(message))

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid2)


def _strange(text: str, name: str | None, spec: str | None, conversion: str | None) -> str:
    parts = re.split(r"(`[^`]*`)", text.replace("{", "{{").replace("}", "}}"))
    value = "" if name is None else f"{{{name}{f':{spec}' if spec else ''}}}"
    return "".join(each if each.startswith("`") else LETTER.sub("ж", each) for each in parts) + value


class Read(HTMLParser):
    """A line for each text of a page that somebody sees or hears; but what is code."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._within: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._within.append(tag)
        self.lines += [value for name, value in attributes if value and name in HEARD]

    def handle_endtag(self, tag: str) -> None:
        while self._within and self._within.pop() != tag:  # those that have no end
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and not {"style", "code"} & {*self._within}:
            self.lines.append(data)


def lines_of(format: str, text: str) -> list[str]:
    """What a reader sees of a report, without what is code."""
    return Read(text).lines if format == "html" else CODE.sub("", text).splitlines()


@pytest.fixture
def strange(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "catalogue", lambda name: Strange())


def words(value: Any) -> Iterator[str]:
    """All texts of a value, and its keys."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from (name, *words(part))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from words(part)
    elif isinstance(value, str):
        yield value


def given(run: Run) -> set[str]:
    """What a run was given by its project and the server; in samples findings too are texts that nobody translates."""
    said = {each["template"] for each in sentences_of(run.plan)}
    assert not said, "samples hold texts of a project"
    document = [plan_document(run.plan), [each.message for each in run.outcomes or ()]]
    return {word for text in words(document) for word in WORD.findall(text)} | NAMES | MARKUP


@pytest.mark.parametrize("name", sorted(f"{path.relative_to(TEMPLATES)}" for path in TEMPLATES.rglob("*.html")))
def test_no_template_says_anything_without_the_catalogue(name: str) -> None:
    """Whatever a page may hold that no sample does."""
    known = {each for message in GENERATE.extracted() for each in ids(message.id)}
    tokens = [*Environment().lex((TEMPLATES / name).read_text(encoding="utf-8"))]
    said = [value.strip("'\"") for _, token, value in tokens if token == "string"]
    written = "".join(value for _, token, value in tokens if token == "data")
    assert [text for text in said if SENTENCE.match(text) and text not in known] == []
    assert [line for line in Read(written).lines if set(WORD.findall(line)) - NAMES] == []


def ids(text: Any) -> Iterator[str]:
    """A sentence, and the noun where it is one with a number."""
    yield from (each.removeprefix("{count:,} ") for each in ([text] if isinstance(text, str) else text))
    yield from [text] if isinstance(text, str) else text


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("format", FOR_PEOPLE)
def test_no_english_is_left(strange: None, format: str, name: str) -> None:
    text = REPORTS[format].told(RUNS[name], False, "vi")
    left = [line for line in lines_of(format, text) if set(WORD.findall(line)) - given(RUNS[name])]
    assert left == []


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
