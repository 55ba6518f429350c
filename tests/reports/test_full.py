"""Concise and full: what a big plan folds, and that `full` leaves nothing out."""

from __future__ import annotations

import re
from dataclasses import replace

import deepdiff
import pytest

from provisioner.model import Address, Finding
from provisioner.plan.model import Action, Change, Deferred, Drift, FieldChange, Outcome, Plan, Result, RowChange
from provisioner.reports import REPORTS, Run
from provisioner.reports.detail import FEW, MANY, fold

from .samples import ADDRESS, EVERYTHING, NOTHING, OUTCOMES

LONG = "Xin chào {first_name}. " * 20
SIZE = 10_000


def text(plan: Plan, outcomes: tuple[Outcome, ...] | None = None) -> str:
    return REPORTS["text"].render(Run(plan, outcomes), False)


def full(plan: Plan, outcomes: tuple[Outcome, ...] | None = None, view: str = "plan") -> str:
    return REPORTS["full"].render(Run(plan, outcomes, view), False)


def addresses(kind: str, number: int = SIZE) -> list[Address]:
    return [Address(kind, f"k{index}") for index in range(number)]


def big() -> Plan:
    alarms = [Change(each, Action.CREATE, (FieldChange("event", None, "x"),), True) for each in addresses("alarm")]
    events = [Change(each, Action.CREATE) for each in addresses("event", 100)]
    deletes = [Change(each, Action.DELETE) for each in addresses("survey", 30)]
    return replace(
        NOTHING,
        changes=(*events, *alarms, *deletes),
        rows=tuple(RowChange(each, add=2, calls=each.key == "k3") for each in addresses("phonebook", 100)),
        deferred=tuple(Deferred(each, "waits") for each in addresses("calendar", 60)),
        drift=tuple(Drift(each, ()) for each in addresses("dnc_list", 61)),
        findings=tuple(Finding("overlap", "warning", "met", each) for each in addresses("campaign")),
        refusals=tuple(f"overlap: met ({each})" for each in addresses("campaign", 80)),
    )


def test_a_list_that_is_not_long_is_shown_whole() -> None:
    assert fold(range(MANY), lambda _: "all", MANY).shown == tuple(range(MANY))
    assert fold(range(SIZE), lambda _: "all", None).shown == tuple(range(SIZE))


def test_of_a_long_list_the_first_few_of_what_is_alike_are_shown_in_order() -> None:
    folded = fold(range(100), lambda number: None if number == 77 else number % 2, MANY)
    assert folded.shown == (*range(2 * FEW), 77)
    assert folded.rest == {0: tuple(range(20, 100, 2)), 1: tuple(n for n in range(21, 100, 2) if n != 77)}


def test_a_big_plan_is_short_and_says_what_it_only_counts() -> None:
    lines = text(big()).splitlines()
    assert len(lines) < 150
    for expected in (
        "  ... and 90 more events to create",
        "  ... and 9,990 more alarms to create (rings)",
        "  ... and 89 more phonebooks: 178 rows to add, 0 to change, 0 to deactivate, 0 unchanged",
        "  ... and 50 more calendars",
        "  ... and 51 more DNC lists",
        "  ... and 9,990 more of severity warning [overlap]",
        "apply would refuse: overlap: ... and 70 more",
        "Plan: 10,100 to create, 0 to update, 30 to delete; rows: 200 to add, 0 to change, 0 to deactivate.",
    ):
        assert expected in lines
    assert lines[-1] == "Where there are many alike, they are only counted; `--output full` shows all."
    assert "  phonebook.k3: 2 rows to add, 0 to change, 0 to deactivate, 0 unchanged (rings)" in lines


def test_what_is_deleted_is_never_folded() -> None:
    shown = text(big())
    assert all(f"  -   survey.k{index}\n" in shown for index in range(30))


def test_after_a_big_apply_what_failed_is_never_folded() -> None:
    results = dict.fromkeys(range(1000, 1060), Result.FAILED)
    outcomes = tuple(
        Outcome(each, "create", results.get(index, Result.DONE)) for index, each in enumerate(addresses("alarm"))
    )
    shown = text(NOTHING, outcomes)
    assert shown.count("failed   create  alarm.k10") == 60
    assert "done     create  ... and 9,930 more alarms\n" in shown
    assert len(shown.splitlines()) < 90


@pytest.mark.parametrize("view", ["plan", "drift", "check"])
def test_the_full_report_shows_every_one(view: str) -> None:
    plan = big()
    shown = full(plan, view=view)
    parts = {
        "plan": (plan.changes, plan.rows, plan.deferred, plan.drift, plan.findings),
        "drift": (plan.drift,),
        "check": (plan.findings,),
    }
    assert "more" not in shown
    assert {str(item.address) for part in parts[view] for item in part} == set(re.findall(r"\w+\.k\d+", shown))
    if view == "plan":
        assert [*plan.refusals] == re.findall("^apply would refuse: (.*)$", shown, re.MULTILINE)


def test_a_new_long_text_is_shown_whole() -> None:
    plan = replace(NOTHING, changes=(Change(ADDRESS("section.a.b"), Action.CREATE, (FieldChange("x", None, LONG),)),))
    assert f'        x: "{LONG}"\n' in full(plan)
    assert LONG not in text(plan)


def test_a_changed_long_text_is_shown_before_and_after() -> None:
    fields = (FieldChange("script", LONG, f"{LONG}!"), FieldChange("name", "a", "b"))
    plan = replace(NOTHING, changes=(Change(ADDRESS("section.a.b"), Action.UPDATE, fields),))
    assert (
        f'  ~   section.a.b\n        script:\n          - "{LONG}"\n          + "{LONG}!"\n'
        '            in words: "...{first_name}. " -> "...{first_name}. !"\n        name:   "a" -> "b"\n'
    ) in full(plan)


def test_a_long_list_is_shown_member_by_member_in_its_new_order() -> None:
    names = [f"phonebook number {index}" for index in range(5)]
    field = FieldChange("phonebooks", tuple(names), ("another phonebook", *names[:0:-1]))
    plan = replace(NOTHING, changes=(Change(ADDRESS("campaign.a"), Action.UPDATE, (field,)),))
    assert (
        "        phonebooks:\n"
        '          - "phonebook number 0"\n'
        '          + "another phonebook"\n'
        '            "phonebook number 4"\n'
        '            "phonebook number 3"\n'
        '            "phonebook number 2"\n'
        '            "phonebook number 1"\n'
    ) in full(plan)


def test_a_small_plan_is_the_same_in_full() -> None:
    short, whole = text(EVERYTHING, OUTCOMES).splitlines(), full(EVERYTHING, OUTCOMES).splitlines()
    assert [line for line in whole if line not in short] == []


@pytest.mark.parametrize(("name", "most"), [("full", 0), ("markdown", 0), ("text", 2 * FEW), ("html", 200)])
def test_of_ten_thousand_changes_few_are_explained(name: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """An explanation takes up to a millisecond: where there are so many, before and after stand as they are."""
    explained = []
    one = deepdiff.DeepDiff
    monkeypatch.setattr(deepdiff, "DeepDiff", lambda *values, **options: explained.append(1) or one(*values, **options))
    changes = tuple(Change(each, Action.UPDATE, _lists(each.key)) for each in addresses("campaign"))
    shown = REPORTS[name].render(Run(replace(NOTHING, changes=changes)), False)
    assert len(explained) <= most
    assert name != "full" or (shown.count('          - "vip", "old of k') == SIZE)


def _lists(key: str) -> tuple[FieldChange, ...]:
    before, after = (("vip", *(f"{age} of {key} {n}" for n in range(3))) for age in ("old", "new"))
    return (FieldChange("phonebooks", before, after),)
