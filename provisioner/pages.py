"""The pages that explain errors, notices and findings: Markdown of `docs`, as the wheel carries it.

`errors/*.md` have a heading for each id, below it a sentence, why, how to mend it, and what the message looks like.
`checks/*.md` are a page for each check. A page that is not there in a language is shown in English. Reads files only.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from provisioner import runtime
from provisioner.language import ENGLISH

AREAS = ("yaml", "manifests", "project", "rows", "plan", "gates", "api", "state", "usage", "notices", "exit-codes")
CHECKS, ERRORS = "checks", "errors"
INDEX = "README"
WIDTH = 100

_LINK = re.compile(r"\[([^\]]*)\]\([^)\s]*\)")
_HEADING = re.compile(r"^## (\S+)$", re.MULTILINE)
_FENCE = re.compile(r"(^ *```.*?^ *```$)", re.MULTILINE | re.DOTALL)
_ITEM = re.compile(r"\n(?=- |\d+\. )")
_EXAMPLE = re.compile(r"- (?P<label>[^`:]+): (?P<mark>`+) ?(?P<said>.*?) ?(?P=mark)")
_EXAMPLES = re.compile(r"^(?:Examples|Ví dụ): .*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is said about one id. `area` is the title of its page, `page` where that is in `docs`."""

    id: str
    area: str
    page: str
    body: str

    @property
    def summary(self) -> str:
        """The first sentence or sentences, in a line."""
        return _plain(" ".join(self.body.partition("\n\n")[0].split()))

    def text(self) -> str:
        """All of it, for a terminal."""
        return "\n".join([self.id, "", *_lines(self.body), self.page])


def entries(language: str = ENGLISH) -> Mapping[str, Explanation]:
    """All there are, by id, in the order of the pages."""
    found = {entry.id: entry for entry in _of(ENGLISH)}
    return found if language == ENGLISH else {**found, **{entry.id: entry for entry in _of(language)}}


def _of(language: str) -> Iterator[Explanation]:
    folder = runtime.pages() if language == ENGLISH else runtime.pages() / language
    for area in AREAS:
        yield from _errors(folder, f"{ERRORS}/{area}.md")
    index = folder / CHECKS / f"{INDEX}.md"
    title = _title(index) if index.is_file() else ""
    for path in sorted((folder / CHECKS).glob("*.md")):
        if path.stem != INDEX:
            body = path.read_text(encoding="utf-8").partition("\n")[2]
            yield Explanation(path.stem, title, _shown(folder, path), _EXAMPLES.sub("", body).strip())


def _errors(folder: Path, name: str) -> Iterator[Explanation]:
    path = folder / name
    if path.is_file():
        _, *parts = _HEADING.split(path.read_text(encoding="utf-8"))
        for id, body in zip(parts[::2], parts[1::2], strict=True):
            yield Explanation(id, _title(path), f"{_shown(folder, path)}#{id}", body.strip())


def _title(path: Path) -> str:
    return path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")


def _shown(folder: Path, path: Path) -> str:
    """As the repository has it, also where the wheel does not."""
    return f"docs/{path.relative_to(runtime.pages()).as_posix()}"


def _lines(markdown: str) -> Iterator[str]:
    """Prose is wrapped, code stays as it is."""
    for place, part in enumerate(_FENCE.split(markdown)):
        if place % 2:
            yield from (*part.splitlines(), "")
        else:
            for paragraph in filter(None, (each.strip("\n") for each in part.split("\n\n"))):
                yield from (*_prose(paragraph), "")


def _prose(part: str) -> Iterator[str]:
    """A paragraph, or the items of a list each for itself. A message is a line, however long."""
    for item in _ITEM.split(part):
        if found := _EXAMPLE.fullmatch(item):
            yield from (f"{found['label']}:", f"    {found['said']}")
            continue
        begins = item.startswith("- ")
        text = _plain(" ".join(item.split()))
        yield from textwrap.wrap(
            text, WIDTH, subsequent_indent="  " * begins, break_long_words=False, break_on_hyphens=False
        )


def _plain(text: str) -> str:
    """Without links, which lead nowhere in a terminal."""
    return _LINK.sub(r"\1", text)
