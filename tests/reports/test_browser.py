"""The HTML report in a browser: quiet, offline, equal to the JSON, for every size, colour scheme and way of reading."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import orjson
import pytest

from provisioner.reports import REPORTS, Run
from provisioner.reports.document import run_document
from provisioner.simulator.process import Simulator
from tests.browser import PHONE, Browser
from tests.factories import NOW
from tests.operator import Operator

from .rich import OUTCOMES, RICH, large
from .samples import NOTHING

QUICKSTART = Path(__file__).resolve().parents[2] / "examples" / "quickstart"
RUNS = {"applied": Run(RICH, OUTCOMES), "nothing": Run(NOTHING), "large": Run(large(1000))}
VIETNAMESE = "vietnamese"  # words are longer
LUMINANCE = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0)"
TABLE = """id => [...document.querySelectorAll(`#${id} table`)].map(table => [...table.tBodies[0].rows]
    .map(row => [...row.cells].map(cell => cell.innerText.trim())))"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    for name, run in RUNS.items():
        (folder / f"{name}.html").write_text(REPORTS["html"].render(run, False), encoding="utf-8")
    (folder / f"{VIETNAMESE}.html").write_text(REPORTS["html"].told(RUNS["applied"], False, "vi"), encoding="utf-8")
    return {name: folder / f"{name}.html" for name in (*RUNS, VIETNAMESE)}


def plain_numbers(rows: list[list[str]]) -> list[list[int]]:
    """What can be read as numbers in each row."""
    cells = [[cell.replace(",", "") for cell in row] for row in rows]
    return [[int(cell) for cell in row if cell.isdecimal()] for row in cells]


def demand_equal(browser: Browser, document: dict[str, Any]) -> None:
    """The numbers of the page are those of the JSON."""
    tiles = browser.ask("[...document.querySelectorAll('.tiles data')].map(each => +each.value)")
    assert tiles == [*document["summary"].values()]
    text = browser.ask("document.querySelector('.answers').textContent")
    impact = document["outlook"]["impact"]
    if document["calls"]["campaigns"]:
        for number in (*document["calls"].values(), impact["calls"], impact["people"]):
            assert f"{number:,} " in text
    counts = ("add", "change", "remove", "unchanged", "invalid", "duplicate", "calls")
    rows = browser.ask(f"({TABLE})('rows')") if document["rows"] else [[]]
    assert plain_numbers(rows[0]) == [[each[name] for name in counts] for each in document["rows"]]
    campaigns = document["outlook"]["campaigns"]
    table = browser.ask(f"({TABLE})('timeline')") if campaigns else [[]]
    assert plain_numbers(table[0]) == [
        [each[name] for name in ("frequency", "contacts", "reached")] for each in campaigns
    ]
    sections = browser.ask(
        "Object.fromEntries([...document.querySelectorAll('nav b')].map(each =>"
        " [each.parentElement.hash.slice(1), +each.textContent.replaceAll(',', '')]))"
    )
    for name in ("changes", "findings", "drift", "deferred", "rows", "outcomes"):
        assert sections.get(name, 0) == len(document.get(name, ())), name
    shown = browser.ask("[...document.querySelectorAll('#changes .change summary > code')].map(each => each.innerText)")
    if len(document["changes"]) < 100:
        assert sorted(shown) == sorted(each["address"] for each in document["changes"])


@pytest.mark.parametrize("name", RUNS)
def test_a_page_is_quiet_and_offline_and_says_what_the_json_says(
    browser: Browser, pages: dict[str, Path], name: str
) -> None:
    browser.open(pages[name])
    browser.unfold()
    assert browser.complaints == []
    assert [each for each in browser.fetched if not each.startswith("data:")] == [pages[name].as_uri()]
    assert browser.ask("performance.getEntriesByType('resource').length") == 0
    demand_equal(browser, orjson.loads(orjson.dumps(run_document(RUNS[name]))))


def test_every_chart_is_there_and_has_ink(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["applied"])
    charts = browser.ask("""[...document.querySelectorAll('svg[role=img]')].map(each => [
        each.closest('section').id, each.getBoundingClientRect().width, each.querySelectorAll('rect, path').length,
        each.querySelector('title').textContent.length, each.querySelector('desc').textContent.length])""")
    sections = [each[0] for each in charts]
    assert sections == ["timeline", *["forecast"] * 4, *["load"] * 2]
    assert all(width > 300 and shapes > 5 and title and words for _, width, shapes, title, words in charts)


@pytest.mark.parametrize("name", [*RUNS, VIETNAMESE])
def test_a_telephone_scrolls_in_one_direction_only(browser: Browser, pages: dict[str, Path], name: str) -> None:
    browser.open(pages[name], PHONE)
    browser.unfold()
    assert browser.ask("document.documentElement.scrollWidth") == PHONE[0]
    wide = """[...document.querySelectorAll('main *')].filter(each => !each.closest('.scroll, svg, .unseen')
        && each.getBoundingClientRect().right > innerWidth + 1).map(each => each.outerHTML.slice(0, 120))"""
    assert browser.ask(wide) == []


def test_the_scheme_of_the_reader_is_followed_and_paper_is_light(browser: Browser, pages: dict[str, Path]) -> None:
    looks = {}
    for scheme, media in (("light", "screen"), ("dark", "screen"), ("dark", "print")):
        browser.open(pages["applied"], scheme=scheme, media=media)
        looks[scheme, media] = browser.ask(LUMINANCE)
    assert looks["light", "screen"] > 700 and looks["dark", "screen"] < 100 and looks["dark", "print"] == 765


@pytest.mark.parametrize("name", ["applied", VIETNAMESE])
@pytest.mark.parametrize(("size", "scheme"), [((1280, 900), "light"), ((1280, 900), "dark"), (PHONE, "light")], ids=str)
def test_axe_finds_nothing_serious(
    browser: Browser, pages: dict[str, Path], size: tuple[int, int], scheme: str, name: str
) -> None:
    browser.open(pages[name], size, scheme)
    browser.unfold()
    assert browser.violations() == []


def test_the_keyboard_skips_to_the_report_and_reaches_every_chart(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["applied"])
    browser.tab.keyboard.press("Tab")
    assert browser.ask("document.activeElement.className") == "skip"
    assert browser.ask("document.activeElement.getBoundingClientRect().left") >= 0
    browser.tab.keyboard.press("Enter")
    assert browser.ask("document.activeElement.id") == "main"
    assert browser.ask("[...document.querySelectorAll('.scroll')].every(each => each.tabIndex === 0 && each.ariaLabel)")


def test_paper_holds_the_fields_that_are_folded_on_a_screen(browser: Browser, pages: dict[str, Path]) -> None:
    height = (
        "document.querySelector('details.change:not([open]) .fields').checkVisibility({contentVisibilityAuto: true})"
    )
    browser.open(pages["applied"])
    assert not browser.ask(height)
    browser.open(pages["applied"], media="print")
    assert browser.ask(height)
    assert browser.tab.pdf(format="A4").startswith(b"%PDF")


def test_a_real_plan_and_its_apply(browser: Browser, simulator: Simulator, tmp_path: Path) -> None:
    shutil.copytree(QUICKSTART, tmp_path / "project")
    operator = Operator(tmp_path / "project", simulator, now=NOW, environ={"ALICE_ENDPOINT": simulator.endpoint})
    page, data = tmp_path / "page.html", tmp_path / "data.json"
    outputs = ("--output", f"html={page}", "--output", f"json={data}")
    operator.succeed("plan", *outputs)
    browser.open(page)
    browser.open(page, media="print")
    assert len(re.findall(rb"/Type\s*/Page\b", browser.tab.pdf(format="A4"))) <= 4
    browser.open(page)
    document = orjson.loads(data.read_bytes())
    assert document["calls"]["campaigns"]
    demand_equal(browser, document)
    operator.apply(*outputs)
    browser.open(page)
    demand_equal(browser, orjson.loads(data.read_bytes()))
    assert browser.complaints == []
    operator.demand_nothing_to_do()
