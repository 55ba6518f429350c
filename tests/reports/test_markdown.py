"""The comment on a pull request, as GitHub shows it; and that it fits, whatever the plan."""

from __future__ import annotations

from dataclasses import replace

import pytest

from provisioner.model import Address, Finding, Source
from provisioner.plan.model import Action, Change, Drift, FieldChange, Outcome, Plan, Result, RowChange
from provisioner.reports import REPORTS, Run
from provisioner.reports.markdown import LONGEST, Part, code, fit, prose, size

from .published import Page
from .samples import ADDRESS, EVERYTHING, NOTHING, OUTCOMES

LONG = "Chào mừng khách hàng. " * 500


def markdown(plan: Plan, outcomes: tuple[Outcome, ...] | None = None, view: str = "plan") -> str:
    return REPORTS["markdown"].render(Run(plan, outcomes, view), False)


def big(number: int = 10_000, text: str = "met twice") -> Plan:
    """Much of everything, with long texts."""
    addresses = [Address("campaign", f"k{index}") for index in range(number)]
    fields = (FieldChange("name", None, LONG), FieldChange("description", LONG, f"{LONG}!"))

    def differing(index: int) -> tuple[FieldChange, ...]:
        return (fields[0], FieldChange("description", LONG, f"{LONG}{index}"))

    return replace(
        EVERYTHING,
        changes=tuple(Change(each, Action.UPDATE, differing(n), True, text) for n, each in enumerate(addresses)),
        rows=tuple(RowChange(each, add=1, calls=1) for each in addresses),
        drift=tuple(Drift(each, fields) for each in addresses),
        findings=tuple(Finding("overlap", "error", text, each, Source("a.yaml", 1, 1)) for each in addresses),
        refusals=tuple(f"overlap: {text} ({each})" for each in addresses),
    )


def test_it_shows_findings_with_their_places_and_rows_in_tables() -> None:
    page = Page(markdown(EVERYTHING))
    assert page.rows == [
        ["", "where", "what", "check"],
        ["error", "campaign.tettet.yaml:12:5", "opens too early", "calling-window"],
        ["waived", "", "one number in two phonebooks", "overlap"],
        ["rows of", "add", "change", "deactivate", "unchanged", "invalid", "duplicate", "left out"],
        ["phonebook.vip", "1,000", "3", "2", "10", "0", "0", ""],
        ["dnc_list.opt-outs", "1", "0", "0", "0", "2", "1", "2 not a valid telephone number; 1 duplicate"],
    ]
    assert page.headings[0] == "alice-apply plan: project antbuddy-vn, environment staging"
    assert page.tags.count("details") == page.tags.count("summary") == 3


def test_what_rings_comes_before_everything_else() -> None:
    text = markdown(EVERYTHING)
    assert (
        text.index("> [!CAUTION]") < text.index("> [!WARNING]") < text.index("#### Findings") < text.index("<details>")
    )
    assert "> - `campaign.tet`: update\n> - `phonebook.vip`: 1,000 rows\n" in text
    assert "Impact: at most 1,000 calls to 998 people" in text


def test_nothing_to_do_is_three_lines() -> None:
    assert markdown(NOTHING).splitlines()[4:] == ["**No changes. Alice matches the manifests.**", "", "Rings: nothing."]


def test_after_apply_what_is_not_done_comes_first() -> None:
    text = markdown(EVERYTHING, OUTCOMES)
    assert text.index("**Apply: 1 done, 1 failed") < text.index("#### Not done") < text.index("> [!CAUTION]")
    assert Page(text).rows[:4] == [
        ["", "address", "action", "message"],
        ["failed", "campaign.tet", "update", "frequency: too high"],
        ["unknown", "phonebook.vip", "rows", "the answer was lost"],
        ["skipped", "survey.old", "delete", "something failed before"],
    ]
    assert "would refuse" not in text


@pytest.mark.parametrize("view", ["plan", "drift", "check"])
@pytest.mark.parametrize("text", ["met twice", "<b> | @a " * 300, "😀" * 3000], ids=["short", "signs", "wide"])
def test_a_big_plan_fits_and_counts_what_is_left_out(view: str, text: str) -> None:
    plan = big(2000, text)
    shown = markdown(plan, view=view)
    assert 30_000 < len(shown.encode()) <= LONGEST
    lists = {"plan": 5, "drift": 1, "check": 1}[view]
    assert shown.count("more are left out here") == lists


def test_what_is_shown_and_what_is_left_out_is_everything() -> None:
    shown = markdown(big())
    findings = sum(row[0] == "error" for row in Page(shown).rows)
    _, _, after = shown.partition("#### Findings")
    assert f"{10_000 - findings:,} more are left out here" in after.partition("#### Rows")[0]
    assert findings > 50
    assert "> - and 19,980 more" in shown


def test_a_big_part_leaves_room_for_a_small_one() -> None:
    changes = tuple(Change(Address("survey", f"k{index}"), Action.CREATE) for index in range(3))
    shown = markdown(replace(big(), changes=changes))
    assert all(f"+   {each.address}" in shown for each in changes)


def test_after_a_big_apply_the_failures_are_shown() -> None:
    done = [Outcome(Address("alarm", f"k{index}"), "create", Result.DONE) for index in range(10_000)]
    shown = markdown(big(), (*done, Outcome(ADDRESS("alarm.last"), "create", Result.FAILED, "no")))
    assert "| failed | `alarm.last` | create | no |" in shown
    assert len(shown.encode()) <= LONGEST


def test_parts_take_no_more_than_the_room_there_is() -> None:
    parts = [
        Part("small", ("s",) * 3),
        Part("none", ()),
        Part("big", tuple(f"item {index}" for index in range(1000)), "end"),
        Part("few", ("f",) * 5, total=100),
    ]
    shown = list(fit(parts, 500))
    assert [text.partition("\n")[0] for text in shown] == ["small", "big", "few"]
    assert shown[0] == "small\ns\ns\ns"
    assert shown[2] == "few\nf\nf\nf\nf\nf\n... and 95 more"
    assert 400 < sum(map(size, shown)) <= 500
    assert shown[1].splitlines()[-1] == f"... and {1000 - shown[1].count('item'):,} more"


def test_parts_without_room_are_only_counted() -> None:
    assert list(fit([Part("a", ("long " * 20,), "z"), Part("b", ("x",) * 5)], 10)) == [
        "a\nz\n... and 1 more",
        "b\n... and 5 more",
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("tet.yaml:12:5", "`tet.yaml:12:5`"),
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("``` x", "```` ``` x ````"),
        ("two\nlines", "`two lines`"),
        ("", ""),
    ],
)
def test_code(text: str, shown: str) -> None:
    assert code(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("from 2027-01-04 08:30 to 17:00 +07:00, 50 %", "from 2027-01-04 08:30 to 17:00 +07:00, 50 %"),
        ("set `dnc: drop` to skip them", "set `dnc: drop` to skip them"),
        ("1. an item", "1&#46; an item"),
        ("- an item", "&#45; an item"),
        ("a lonely ` tick", "a lonely &#96; tick"),
        ("ask @bob", "ask &#64;&#8203;bob"),
        ("x" * 2000, "x" * 1000 + "..."),
    ],
)
def test_prose(text: str, shown: str) -> None:
    assert prose(text) == shown


def test_what_differs_in_a_long_text_or_a_list_is_shown() -> None:
    """The first 500 characters of both were shown, which were the same."""
    long = "word " * 150
    fields = (FieldChange("script", f"{long}old end", f"{long}new end"), FieldChange("tags", ("a", "b"), ("b", "c")))
    change = replace(EVERYTHING.changes[0], action=Action.UPDATE, fields=fields)
    said = REPORTS["markdown"].render(Run(replace(EVERYTHING, changes=(change,))), False)
    assert "old end" in said and "new end" in said
    assert '+ "c", - "a" (1 unchanged)' in said
