"""Addresses of a for_each in every report: each stays valid for those who read it, and shows the key.

Keys of manifests are letters, digits, - and _; a plan file may bring others, and no report relies on where one is from.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape

import pytest

from provisioner.inspect import graph
from provisioner.model import Address, Finding, Reference, Resource, Source
from provisioner.plan.model import Action, Change, Deferred, Drift, FieldChange, Link, Outcome, Plan, Result, RowChange
from provisioner.reports import REPORTS, Run, plan_document, plan_from_document

from .published import Page, read_github, read_junit, read_sarif
from .samples import EVERYTHING

HOSTILE = [
    'a"b',
    "a'b",
    "a|b",
    "<b>x</b>",
    "</td><script>x</script>",
    "a`b``c",
    "<![CDATA[x",
    "{{x}}",
    "a;b%c&amp;",
    "\\n,:=",
]
KEYS = ["hue", "thua-thien_2", "Huế", "😀", *HOSTILE]
PAIR = ("plan", "apply")
each_key = pytest.mark.parametrize("key", KEYS, ids=str)


def plan_of(key: str) -> Plan:
    """The address wherever one may stand, and where only one may."""
    survey, campaign = Address("survey", f"care[{key}]"), Address("campaign", f"tet[{key}]")
    section, book = Address("section", f"care[{key}].hi"), Address("phonebook", f"vip[{key}]")
    fields = (FieldChange("survey", None, Reference("survey", "key", survey.key)),)
    return replace(
        EVERYTHING,
        changes=(Change(survey, Action.CREATE, fields), Change(section, Action.CREATE, fields)),
        rows=(RowChange(book, add=1),),
        deferred=(Deferred(Address("alarm", f"call[{key}]"), "later"),),
        drift=(Drift(campaign, (FieldChange("frequency", 1, 2),)),),
        findings=(Finding("content", "error", "odd", campaign, Source("a.yaml", 1, 2)),),
        links=(Link(campaign, survey),),
        refusals=(f"{campaign} would ring",),
    )


def run_of(key: str, view: str) -> Run:
    outcome = Outcome(Address("campaign", f"tet[{key}]"), "update", Result.FAILED, "no")
    return Run(plan_of(key), (outcome,) if view == "apply" else None, "plan", "folder")


def rendered(name: str, key: str, view: str) -> str:
    return REPORTS[name].render(run_of(key, view), False)


@each_key
@pytest.mark.parametrize("view", PAIR)
def test_programs_get_the_address_as_it_is(key: str, view: str) -> None:
    campaign = f"campaign.tet[{key}]"
    sarif = read_sarif(rendered("sarif", key, view))
    assert [each["message"]["text"] for each in sarif["results"]] == [f"odd ({campaign})"]
    [place] = sarif["results"][0]["locations"]
    assert place["logicalLocations"] == [{"fullyQualifiedName": campaign, "kind": "resource"}]
    junit = read_junit(rendered("junit", key, view))
    assert any(campaign in value for each in junit.iter() for value in (*each.attrib.values(), each.text or ""))
    assert any(campaign in message for _, _, message in read_github(rendered("github", key, view)))
    assert any(campaign in each["description"] for each in json.loads(rendered("codequality", key, view)))
    document = json.loads(json.dumps(plan_document(plan_of(key))))
    assert plan_document(plan_from_document(document)) == document
    assert [each.address for each in plan_from_document(document).drift] == [Address.parse(campaign)]


@each_key
@pytest.mark.parametrize("view", PAIR)
def test_people_see_the_key_in_its_place(key: str, view: str) -> None:
    for name in ("text", "full"):
        assert f"tet[{key}]" in rendered(name, key, view)
    page, usual = (Page(rendered("markdown", each, view)) for each in (key, "x"))
    shown = "".join((*page.prose, *page.code))
    assert f"tet[{key}]" in shown
    assert [tag for tag in page.tags if tag != "code"] == [tag for tag in usual.tags if tag != "code"]
    assert [len(row) for row in page.rows] == [len(row) for row in usual.rows]


@each_key
@pytest.mark.parametrize("view", PAIR)
def test_the_page_shows_it_and_nothing_of_it_is_markup(key: str, view: str) -> None:
    page, usual = (rendered("html", each, view) for each in (key, "x"))
    texts = [unescape(each) for each in re.split(r"<[^>]*>", page)]
    assert any(f"tet[{key}]" in text for text in texts)
    tags, other = (re.findall(r"<(/?[a-z][\w-]*)", each.lower()) for each in (page, usual))
    assert tags == other


@each_key
def test_drawings_show_it_between_quotes(key: str) -> None:
    survey, campaign = Address("survey", f"care[{key}]"), Address("campaign", f"tet[{key}]")
    uses = {"survey": Reference("survey", "key", survey.key)}
    resources = {each: Resource(each, {}, Source("a.yaml", 1, 1)) for each in (survey,)}
    resources |= {campaign: Resource(campaign, uses, Source("a.yaml", 1, 1))}
    _, first, second, edge = graph.mermaid(resources).splitlines()
    labels = [re.fullmatch(r'  n\d\["([^"<>]*)"\]', each) for each in (first, second)]
    assert [unescape(re.sub(r"#(\d+);", r"&#\1;", each[1])) for each in labels if each] == [str(survey), str(campaign)]
    assert edge == "  n1 -->|survey| n0"
    lines = graph.dot(resources).splitlines()
    quoted = [re.findall(r'"((?:[^"\\]|\\.)*)"', each) for each in lines[3:-1]]
    assert [re.sub(r"\\(.)", r"\1", name) for names in quoted for name in names] == [
        *(str(survey), str(campaign)),
        *(str(campaign), str(survey), "survey"),
    ]
