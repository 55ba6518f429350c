"""The HTML report as a text: what it holds, what can never be in it, and that it is the same every time."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import orjson
import pytest

from provisioner.model import Address, Finding
from provisioner.plan.model import CampaignForecast, Change, Drift, FieldChange, Outcome, Plan
from provisioner.reports import REPORTS, Run, plan_document, plan_from_document
from provisioner.reports.page.changes import groups
from provisioner.reports.page.rendering import TEMPLATES

from .rich import OUTCOMES, RICH, large
from .samples import EVERYTHING, NOTHING

HOSTILE = "</style></script><script>alert(1)</script><img src=x onerror=alert(1)>\"'`{{7*7}}{%x%}&amp;\u202e\x00\x1b[2J"
RUNS = {
    "rich": Run(RICH),
    "applied": Run(RICH, OUTCOMES),
    "everything": Run(EVERYTHING),
    "nothing": Run(NOTHING),
    "drift": Run(RICH, view="drift"),
    "check": Run(RICH, view="check"),
}


class Page(HTMLParser):
    """The tags of a page with their attributes, its ids, and its text."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.source = REPORTS["html"].render(run, False)
        self.feed(self.source)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    @property
    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        return [(tag, tuple(attributes)) for tag, attributes in self.tags]


each_run = pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)


@each_run
def test_a_page_loads_nothing_and_runs_nothing(run: Run) -> None:
    page = Page(run)
    links = [value for _, attributes in page.tags for name, value in attributes.items() if name in ("href", "src")]
    assert links and not [each for each in links if each is None or not each.startswith(("#", "data:,"))]
    assert not [tag for tag, _ in page.tags if tag in ("script", "iframe", "img", "object", "form")]
    assert set(re.findall(r"url\([^)]*\)|@import", page.source)) <= {"url(#hatch)", "url(#tip)"}
    assert "default-src 'none'" in page.source


@each_run
def test_ids_are_there_once_and_what_points_at_one_finds_it(run: Run) -> None:
    page = Page(run)
    ids = Counter(attributes["id"] for _, attributes in page.tags if "id" in attributes)
    assert not [each for each, count in ids.items() if count > 1]
    named = {"aria-labelledby": "", "href": "#"}
    for _, attributes in page.tags:
        for name, mark in named.items():
            targets = (attributes.get(name) or "").split()
            assert not {each.removeprefix(mark) for each in targets if each.startswith(mark)} - {*ids, "data:,"}


@pytest.mark.parametrize(
    "plan", [RICH, EVERYTHING, NOTHING, large(300)], ids=["rich", "everything", "nothing", "large"]
)
def test_the_same_plan_gives_the_same_bytes_also_when_it_was_saved(plan: Plan) -> None:
    saved = plan_from_document(orjson.loads(orjson.dumps(plan_document(plan))))
    assert Page(Run(plan)).source == Page(Run(plan)).source == Page(Run(saved)).source


def renamed(text: str) -> Run:
    """A plan in which everything that somebody wrote is that text."""
    address = Address("survey", text)
    fields = (FieldChange("script", text, f"{text}."), FieldChange("name", None, text))
    outlook = RICH.outlook
    campaigns = (replace(outlook.campaigns[0], label=text, gateway=text, address=address), *outlook.campaigns[1:])
    loads = tuple(replace(each, gateway=text, peak_of=(text,)) for each in outlook.loads)
    plan = replace(
        RICH,
        project=text,
        environment=text,
        endpoint=text,
        tool_version=text,
        fingerprint=text,
        options={"variables": {"x": text}, "prune": True},
        changes=tuple(replace(each, address=address, fields=fields, reason=text) for each in RICH.changes),
        rows=tuple(replace(each, address=address) for each in RICH.rows),
        deferred=tuple(replace(each, address=address, reason=text) for each in RICH.deferred),
        drift=(Drift(address, fields),),
        findings=(Finding(text, "error", text, address),),
        outlook=replace(outlook, campaigns=campaigns, loads=loads),
        refusals=(text,),
        links=tuple(replace(each, needs=Address("phonebook", text)) for each in RICH.links),
    )
    return Run(plan, tuple(Outcome(address, text, each.result, text) for each in OUTCOMES))


def test_no_text_of_a_manifest_becomes_markup() -> None:
    page = Page(renamed(HOSTILE))
    assert page.shape == Page(renamed("plain text")).shape
    assert not set("\u202e\x00\x1b") & set(page.source)
    assert "\\u202e" in page.text and "<script>alert(1)</script>" in page.text


def test_a_zone_that_is_none_is_a_damaged_plan_file() -> None:
    document = plan_document(RICH)
    with pytest.raises(ValueError, match="damaged"):
        plan_from_document({**document, "timezone": "Mars/Olympus"})


def test_the_verdict_says_it_first() -> None:
    assert "Apply would refuse this plan, for 2 reasons" in Page(RUNS["rich"]).text
    assert "Applying this makes telephones ring" in Page(Run(replace(RICH, refusals=()))).text
    assert "no telephone will ring" in Page(Run(replace(NOTHING, changes=EVERYTHING.changes[:1]))).text
    assert "No changes. Alice matches the manifests." in Page(RUNS["nothing"]).text
    assert "Apply: 1 done, 1 failed, 1 unknown, 1 not tried, 1 deferred." in Page(RUNS["applied"]).text


def test_what_is_sensitive_stays_so_and_what_differs_is_marked() -> None:
    source = Page(RUNS["rich"]).source
    assert '<span class="special">(sensitive)</span>' in source
    assert "Gia hạn bảo hiểm <del>xe máy</del>, đợt một" in source
    assert "Gia hạn bảo hiểm <ins>ô tô</ins>, đợt một" in source


def test_views_show_their_part_alone() -> None:
    for view, there, not_there in (("drift", "Drift of", "Forecast"), ("check", "calling-window", "Forecast")):
        page = Page(Run(replace(RICH, changes=(), rows=()), view=view))
        assert there in page.text and not_there not in page.text


def test_ten_thousand_changes_are_counted_and_not_all_shown() -> None:
    page = Page(Run(large(10_000)))
    assert len(page.source) < 1_000_000
    assert "To update 6,500" in page.text and "4,400 more changes" in page.text
    assert sum(attributes.get("class") == "change" for _, attributes in page.tags) < 350


def test_three_hundred_changes_fit_into_a_mail() -> None:
    page = Page(Run(large(300)))
    assert len(page.source.encode()) < 300_000
    assert not [tag for tag, _ in page.tags if tag == "script"]


def test_what_a_reviewer_decides_on_comes_before_charts() -> None:
    sections = [each["id"] for tag, each in Page(Run(RICH)).tags if tag == "section" and (each.get("id") or "")]
    assert sections == [
        *("findings", "changes", "rows", "deferred", "drift"),
        *("timeline", "forecast", "load", "dependencies", "about"),
    ]


def test_what_stands_in_backticks_is_code() -> None:
    finding = Finding("content", "info", "set `dnc: <drop>` to skip them; a lonely ` stays", Address("survey", "a"))
    told = replace(finding, message="set `dnc: <drop>` to skip them")
    source = Page(Run(replace(RICH, findings=(finding, told)))).source
    assert "set <code>dnc: &lt;drop&gt;</code> to skip them" in source
    assert "a lonely ` stays" in source


def test_a_campaign_without_an_end_in_sight_is_drawn_all_the_same() -> None:
    campaign: CampaignForecast = replace(RICH.outlook.campaigns[0], expires=RICH.created_at.replace(year=2040))
    page = Page(Run(replace(RICH, outlook=replace(RICH.outlook, campaigns=(campaign,)))))
    assert "expires Wed 18 Jan 2040, 10:20" in page.text
    assert len(page.source) < 200_000


# Colours


def palettes() -> list[dict[str, str]]:
    """The colours of the light and the dark page."""
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    light, dark = (dict(re.findall(r"--([\w-]+): (#\w{6})\b", each)) for each in style.split("@media")[:2])
    return [light, {**light, **dark}]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


INKS = ("text", "soft", "link", "ring", "bad", "warn", "good", "info", "create", "update", "replace", "delete", "adopt")


@pytest.mark.parametrize("palette", palettes(), ids=["light", "dark"])
def test_every_text_can_be_read_on_every_ground(palette: dict[str, str]) -> None:
    pairs = [(ink, ground) for ink in (*INKS, "forget") for ground in ("page", "card", "sunk")]
    pairs += [("ring", "ring-soft"), ("bad", "bad-soft"), ("good", "good-soft"), ("text", "bad-soft")]
    pairs += [("text", f"{tone}-soft") for tone in ("warn", "good", "ring", "info")]
    assert not [pair for pair in pairs if contrast(palette[pair[0]], palette[pair[1]]) < 4.5]
    assert not [ink for ink in ("dial", "outside", "legal-edge") if contrast(palette[ink], palette["card"]) < 3]


def test_a_change_is_in_one_group_only() -> None:
    found = groups(RICH.changes)
    members: list[Change] = [each.change for group in found for each in (*group.detailed, *group.listed)]
    assert Counter(map(id, members)) == Counter(map(id, RICH.changes))
    assert [group.name for group in found][:2] == ["rings", "delete"]
