"""The documents as a site (mkdocs.yml): it builds without a warning, loads nothing from elsewhere, and is searched."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser import Browser
from tests.test_docs import ROOT

LOADED = re.compile(r"""<(?:script|img|iframe|link[^>]* rel="?stylesheet"?)[^>]* (?:src|href)="?(https?:[^"> ]+)""")
LUNR = "Function is not registered with pipeline"  # what lunr says of its own module for several languages
RESULT = ".md-search-result__item"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_document_and_example_is_a_page_that_loads_nothing_from_elsewhere(site: Path) -> None:
    pages = {path.relative_to(site).as_posix(): path.read_text(encoding="utf-8") for path in site.rglob("*.html")}
    documents = [path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")]
    documents += [Path("examples", path.parent.name) for path in (ROOT / "examples").glob("*/README.md")]
    names = {path.with_suffix(".html").as_posix().replace("README.html", "index.html") for path in documents}
    assert names <= pages.keys()
    assert not [found for text in pages.values() for found in LOADED.findall(text)]


@pytest.mark.parametrize(("page", "words"), [("guides/failures", "unsettled"), ("vi/index", "danh bạ")])
def test_it_is_searched_from_a_file(page: str, words: str, site: Path, browser: Browser) -> None:
    browser.open(site / f"{page}.html")
    browser.tab.keyboard.press("s")
    browser.tab.keyboard.type(words)
    browser.tab.keyboard.press("End")  # the page reads its field when a key is let go, and ạ is none of the keyboard's
    browser.tab.wait_for_selector(RESULT)
    assert browser.tab.locator(RESULT).count() > 1
    assert not [each for each in browser.complaints if LUNR not in each]
    assert not [address for address in browser.fetched if not address.startswith("file:")]
