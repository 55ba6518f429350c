"""What a docstring, a message or a document cites is in the repository: files, headings, variants of the simulator.

A citation is `docs/alice-api.md#lost-answers`, from the root of the checkout; more headings of the same page may follow
it, as in `docs/alice-api.md#create and #put`. Laws are cited by their number, standards by that of their RFC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from provisioner.simulator import VARIANTS
from tests.test_docs import DOCUMENTS, ROOT, anchors

FOLDERS = ("provisioner", "tests", "schemas", "docs", "examples", ".ci")
ENDINGS = {".py", ".md", ".json", ".yaml", ".yml", ".toml", ".html", ".css", ".sh", ".txt", ""}

CITATION = re.compile(r"\b((?:[a-z]+/)*[\w-]+\.md)#([\w-]+(?:,? (?:and )?#[\w-]+)*)")
FILE = re.compile(r"\bdocs/(?:[\w-]+/)*[\w-]+\.\w+")
MODULE = re.compile(r"`((?:\w+/)+\w+\.py)`")

# Documents that are not here; numbered sections, findings, questions and traps are theirs.
ELSEWHERE = re.compile(
    r"\b(?:contract|design|models|brief)\.md|antbot-api|newfies-reference"
    r"|\b(?:contract|design),? (?:sections? )?[0-9]\b|\b(?:contract|design), section|\breference,? [0-9]"
    r"|\bunknown [0-9]+\b|\btraps? [0-9]|\bpromises? [0-9]|\bissue (?:#?[0-9]|\")|\bRFC\b(?!\s+[0-9]{3})"
    r"|\bdecree\b(?!\s+[0-9]+/[0-9]{4})|§|\([1-9]\.[0-9]{1,2}\)\.?\"\"\"|\"\"\"[A-Z][0-9]+:",
    re.IGNORECASE,
)


def _sources() -> Iterator[Path]:
    yield from (path for path in ROOT.iterdir() if path.is_file() and path.suffix in {".md", ".toml"})
    yield ROOT / "Makefile"
    for folder in FOLDERS:
        yield from (path for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix in ENDINGS)


SOURCES = {path: path.read_text(encoding="utf-8") for path in sorted(_sources()) if "__pycache__" not in path.parts}


@cache
def headings(name: str) -> set[str]:
    path = ROOT / name
    return anchors(path.read_text(encoding="utf-8")) if path.is_file() else set()


def cited(text: str) -> Iterator[tuple[str, str]]:
    """(file, heading) of every citation."""
    for name, slugs in CITATION.findall(text):
        yield from ((name, slug) for slug in re.split(r",? (?:and )?#", slugs))


def places(pattern: re.Pattern[str]) -> Iterator[tuple[str, re.Match[str]]]:
    """Every match in the repository, this file left out, with `path:line`."""
    for path, text in SOURCES.items():
        if path != Path(__file__):
            for found in pattern.finditer(text):
                line = text.count("\n", 0, found.start()) + 1
                yield f"{path.relative_to(ROOT).as_posix()}:{line}", found


def test_every_cited_heading_exists() -> None:
    known = [(place, cites) for place, found in places(CITATION) for cites in cited(found[0]) if not _is_link(place)]
    assert len(known) > 100
    assert [f"{place} {name}#{slug}" for place, (name, slug) in known if slug not in headings(name)] == []


def _is_link(place: str) -> bool:
    """Links of Markdown start at their own file: `tests/test_docs.py` follows them."""
    return place.partition(":")[0].endswith(".md")


def test_every_cited_file_exists() -> None:
    assert [f"{place} {found[0]}" for place, found in places(FILE) if not (ROOT / found[0]).is_file()] == []


def test_every_cited_module_exists() -> None:
    roots = (ROOT, ROOT / "provisioner")
    missing = [
        f"{place} {found[1]}"
        for place, found in places(MODULE)
        if not any((root / found[1]).is_file() for root in roots)
    ]
    assert missing == []


def test_nothing_cites_what_is_not_here() -> None:
    assert [f"{place} {found[0]}" for place, found in places(ELSEWHERE)] == []


@pytest.mark.parametrize(
    "text",
    [
        '"""An alarm (5.3)."""',
        "Contract, section 6.",
        "contract 5.11",
        "design.md",
        "(design, section 5, Calls)",
        "reference 2.13",
        "unknown 7",
        'Issue "rows", point 5',
        "issue 12",
        "see the RFC",
        "by decree",
    ],
)
def test_such_citations_are_found(text: str) -> None:
    assert ELSEWHERE.search(text)


@pytest.mark.parametrize("text", ["contract 2026-118, clause 4", "RFC 9110", "Decree 91/2020/ND-CP", "a reference"])
def test_what_can_be_looked_up_may_be_cited(text: str) -> None:
    assert not ELSEWHERE.search(text)


# The page about the API


def sections(text: str) -> dict[str, str]:
    """The text under each heading, by its anchor."""
    parts = re.split(r"^#+ (.*)$", text, flags=re.MULTILINE)[1:]
    return {slug: body for title, body in zip(parts[::2], parts[1::2], strict=True) for slug in anchors(f"# {title}")}


API = sections((ROOT / "docs" / "alice-api.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_stands_under_its_heading_with_its_values(name: str) -> None:
    variant = VARIANTS[name]
    values = {"choices": "KIND,...", "fields": "KIND.FIELD,..."}.get(variant.form, variant.default)
    if variant.form == "choice" or name == "faults":
        values = "|".join(variant.values)
    assert f"`{name}={values}`" in API[variant.anchor]


def test_every_heading_about_the_api_is_there_once() -> None:
    text = (ROOT / "docs" / "alice-api.md").read_text(encoding="utf-8")
    assert len(API) == len(re.findall(r"^#+ ", text, re.MULTILINE))


def test_every_document_is_searched() -> None:
    assert set(DOCUMENTS) <= SOURCES.keys()
