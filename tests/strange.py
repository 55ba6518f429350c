"""A language without a letter of English, to find what reports say without asking the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from gettext import NullTranslations
from html.parser import HTMLParser
from typing import Any

from provisioner.language import Message, catalogue
from provisioner.plan.model import Outcome, Plan, Result
from provisioner.reports.document import said

FIELD = re.compile(r"{[^{}]*}|[A-Za-z]")
CODE = re.compile(r"`[^`\n]*`")
WORD = re.compile(r"[A-Za-z]{2,}")
# Words that nobody calls a campaign, and that are no Vietnamese syllables without their marks.
HOLDS_TOGETHER = re.compile(
    r"(?<![\w.:/-])(?:the|is|are|was|were|not|of|and|or|it|its|be|been|has|have|had|which|whose|whether|that|this|by|from|with|"
    r"without|after|before|because|does|cannot|may|under|other|than|as|no|unknown|known|shown|sent|waits|kept|left)(?![\w/-]|[.:]\w)"
)
ANSWERED = re.compile(r"(?:GET|POST|PUT|DELETE) \S+: ")
NAMES = {"apply", "plan", "check", "drift", "Alice", "alice", "id"}  # what is called so in every language
HEARD = ("alt", "aria-label", "data-name", "title")  # attributes that are shown or read out
MARKUP = {"br", "CAUTION", "details", "diff", "summary", "WARNING"}


class Strange(NullTranslations):
    """A language without a letter of English: what is left of English was not asked of the catalogue."""

    def gettext(self, message: str) -> str:
        parts = message.split("`")  # every second one is code
        return "`".join(part if index % 2 else FIELD.sub(_strange, part) for index, part in enumerate(parts))

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid2)


def _strange(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith("{") else "ж"


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


def english(format: str, text: str, given: Iterable[Any]) -> list[str]:
    """The lines with English words that are none of a project, a server or a command."""
    known = {word for each in words([*given]) for word in WORD.findall(each)} | NAMES | MARKUP
    return [line for line in lines_of(format, text) if set(WORD.findall(line)) - known]


def untold(text: str) -> list[str]:
    """The parts of a sentence, as it was made, that the catalogue does not know: they are English in every language.

    What is code, a name, an address or a number is none: a part counts if it has a word that holds sentences together.
    Nor is what a request came to, an error in the server's words.
    """
    if not isinstance(text, Message):
        told = " " in text and HOLDS_TOGETHER.search(CODE.sub("", text))  # one word is a name
        return [text] if told and not ANSWERED.match(text) else []
    parts = [part for value in text.arguments.values() if isinstance(value, str) for part in untold(value)]
    return parts if text.template in _known() else [*untold(str(text.template)), *parts]


@cache
def _known() -> frozenset[str]:
    """The English sentences of the catalogue; of those with a number the one for a single thing."""
    return frozenset(each if isinstance(each, str) else each[0] for each in vars(catalogue("vi"))["_catalog"])


def demand_told(plan: Plan, outcomes: Iterable[Outcome] = ()) -> None:
    """Whoever reads Vietnamese is told all of a plan and of what came of it; errors are English (docs/errors)."""
    every = [*said(plan), *(each.message for each in outcomes if each.result not in (Result.FAILED, Result.UNKNOWN))]
    left = [part for each in every for part in untold(each)]
    assert not left, f"said by no gettext: {left}"
