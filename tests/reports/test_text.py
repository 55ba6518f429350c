"""The text report, as it is read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from provisioner.bound import Bound
from provisioner.model import Finding
from provisioner.plan.model import (
    Action,
    Calls,
    Change,
    Deferred,
    FieldChange,
    Impact,
    Outcome,
    Outlook,
    Plan,
    Result,
    RowChange,
)
from provisioner.reports import REPORTS, Run, sentences

from .samples import ADDRESS, EVERYTHING, NOTHING, OUTCOMES

NINE = datetime.fromisoformat("2027-01-15T09:00:00+07:00")
LATER = NINE + timedelta(seconds=1)
ELSEWHERE = LATER.astimezone(UTC)


def text(plan: Plan, outcomes: tuple[Outcome, ...] | None = None, colour: bool = False) -> str:
    return REPORTS["text"].render(Run(plan, outcomes), colour)


GOLDEN = """\
project antbuddy-vn, environment staging, https://alice.example.com/rest-api

Changes, in order:  + create  ~ update  -/+ replace  - delete  > adopt  x forget
  +   survey.welcome
        name:         "Chào mừng"
        tts_language: "vi"
  +   calendar_user.bot
        username:         "bot"
        password:         (sensitive)
        calendar_setting: clinic
  >   phonebook.vip
        description: (none) -> "VIP"
  ~   campaign.tet (rings)  # resumed
        phonebooks:       + {id: 732}, - {name: Old list} (1 unchanged)
        frequency:        10 -> 20
        startingdate:     2027-01-04T08:30:00+07:00 -> 2027-01-05T08:30:00+07:00
        daily_start_time: 08:00 -> 08:30:15
        callerid:         "19001234" -> (none)
        status:           "paused" -> "started"
  -/+ calendar_setting.clinic
        survey: {campaign: tet} -> (known after apply)
  -   survey.old
  x   dnc_list.gone  # a DNC list is never deleted

Rows:
  phonebook.vip: 1,000 rows to add, 3 to change, 2 to deactivate, 10 unchanged (rings)
  dnc_list.opt-outs: 1 row to add, 0 to change, 0 to deactivate, 0 unchanged, 2 invalid (2 not a valid telephone number), 1 duplicate

Deferred, nothing is sent now:
  alarm.checkup: waits for calendar_setting.clinic

Drift, changed on Alice and not by apply:
  campaign.tet
        frequency: 5 -> 10

Findings:
  tet.yaml:12:5: error: opens too early (campaign.tet) [calling-window]
  warning: one number in two phonebooks [overlap waived]

apply would refuse: telephones would ring: pass --allow-calls
Plan: 2 to create, 1 to update, 1 to replace, 1 to delete, 1 to adopt, 1 to forget; rows: 1,001 to add, 3 to change, \
2 to deactivate.
Rings: 1 campaign started, 1,000 contacts newly dialled, 0 alarms.
Impact: at most 1,000 calls to 998 people, from 2027-01-04 08:30 to 2027-01-07 16:30 +07:00, on gateways \
AliceDevGateway, Backup.
"""  # noqa: E501


def test_a_plan_with_something_of_everything() -> None:
    assert text(EVERYTHING) == GOLDEN


def test_a_plan_with_nothing_in_it_is_four_lines() -> None:
    assert text(NOTHING) == (
        "environment default, http://127.0.0.1:8765/rest-api\n\n"
        "No changes. Alice matches the manifests.\nRings: nothing.\n"
    )


def called(calls: int, people: int, *rest: Any) -> Impact:
    return Impact(Bound.at_most(calls), Bound.at_most(people), *rest)


@pytest.mark.parametrize(
    ("impact", "expected"),
    [
        (called(1, 1, NINE, NINE, ("G",)), "at most 1 call to 1 person, at 2027-01-15 09:00 +07:00, on gateway G."),
        (called(2, 1, NINE, LATER), "at most 2 calls to 1 person, from 2027-01-15 09:00 to 09:01 +07:00."),
        (called(3, 2, NINE, ELSEWHERE), "at most 3 calls to 2 people, from 2027-01-15 09:00 +07:00 to 02:01 +00:00."),
        (Impact(), "at most 0 calls to 0 people."),
        (
            Impact(Bound.unknown("x", 61), Bound.unknown("x", 60), NINE, LATER, (), ("x",)),
            "not known, at least 61 calls to 60 people, from 2027-01-15 09:00 to 09:01 +07:00 (x).",
        ),
        (Impact(Bound.unknown("x"), Bound.at_most(5), doubts=("x",)), "not known how many calls (x)."),
        (
            Impact(Bound.exact(2), Bound.exact(1), doubts=("a", "b", "c", "d", "e")),
            "at most 2 calls to 1 person (a; b; c; and 2 more).",
        ),
    ],
)
def test_the_impact_is_said_in_whole_minutes_of_one_zone_where_there_is_one(impact: Impact, expected: str) -> None:
    plan = replace(EVERYTHING, outlook=Outlook(impact=impact))
    assert sentences.impact(plan) == f"Impact: {expected}"


RUNNING, OTHERS = called(5, 4, NINE, NINE, ("G",)), called(2, 2, NINE, NINE, ("G",))
DETAIL = "at most 5 calls to 4 people, at 2027-01-15 09:00 +07:00, on gateway G"
PART = "not declared here: at most 2 calls to 2 people"
UNLISTED = Impact(Bound.unknown("no list"), Bound.unknown("no list"), doubts=("no list",))


@pytest.mark.parametrize(
    ("new", "running", "undeclared", "expected"),
    [
        (None, Impact(), Impact(), "Rings: nothing."),
        (None, RUNNING, Impact(), f"Rings: nothing new; running already: {DETAIL}."),
        (None, RUNNING, OTHERS, f"Rings: nothing new; running already: {DETAIL}, {PART}."),
        (called(1, 1), Impact(), Impact(), "Impact: at most 1 call to 1 person."),
        (called(1, 1), RUNNING, Impact(), f"Impact: at most 1 call to 1 person; running already: {DETAIL}."),
        (called(1, 1), RUNNING, OTHERS, f"Impact: at most 1 call to 1 person; running already: {DETAIL}, {PART}."),
        (
            None,
            UNLISTED,
            UNLISTED,
            "Rings: nothing new; running already: not known how many calls (no list), "
            "not declared here: not known how many calls.",
        ),
    ],
)
def test_what_is_new_what_runs_and_what_nobody_declares_are_told_apart(
    new: Impact | None, running: Impact, undeclared: Impact, expected: str
) -> None:
    outlook = Outlook(impact=new or Impact(), running=running, undeclared=undeclared)
    assert sentences.impact(replace(EVERYTHING if new else NOTHING, outlook=outlook)) == expected


DONE = Outcome(ADDRESS("survey.a"), "create", Result.DONE)


@pytest.mark.parametrize(
    ("total", "outcomes", "expected"),
    [
        (Impact(), (DONE,), "Rings now: nothing."),
        (RUNNING, (DONE,), f"Rings now: {DETAIL}."),
        (RUNNING, (), f"Rings now: {DETAIL}."),
        (RUNNING, (DONE, replace(DONE, result=Result.DEFERRED)), f"Rings now: {DETAIL}."),
        *((RUNNING, (replace(DONE, result=result),), "Rings now: not known, because not everything was done. Run "
          "`alice-apply status`; `alice-apply stop --all` stops every campaign.")
          for result in (Result.FAILED, Result.UNKNOWN, Result.SKIPPED)),
    ],
)  # fmt: skip
def test_after_an_apply_it_says_what_rings_now(total: Impact, outcomes: tuple[Outcome, ...], expected: str) -> None:
    assert sentences.rings_now(replace(NOTHING, outlook=Outlook(total=total)), outcomes) == expected


def test_what_is_only_recorded_is_named_beside_no_changes() -> None:
    plan = replace(
        NOTHING, changes=(Change(ADDRESS("survey.a"), Action.ADOPT), Change(ADDRESS("survey.b"), Action.FORGET))
    )
    assert sentences.summary(plan) == (
        "No changes. Alice matches the manifests. (1 to adopt, 1 to forget: recorded only, nothing is sent)"
    )


@pytest.mark.parametrize(
    ("otherwise", "said"),
    [
        ({"options": {"targets": ["survey.a"]}}, "No changes in the targeted part of the project."),
        ({"options": {"excludes": ["survey.a"]}}, "No changes in the targeted part of the project."),
        (
            {"findings": (Finding("stopped-outside", "warning", "it stays so", ADDRESS("campaign.a")),)},
            "No changes, but not everything is as declared: see the findings.",
        ),
        ({"deferred": (Deferred(ADDRESS("event.a"), "waits"),)}, "No changes now. Deferred changes are still to come."),
    ],
)
def test_alice_is_said_to_match_only_where_she_does(otherwise: dict[str, Any], said: str) -> None:
    assert sentences.summary(replace(NOTHING, **otherwise)) == said


def test_a_change_of_rows_alone_is_a_change() -> None:
    plan = replace(NOTHING, rows=(RowChange(ADDRESS("phonebook.vip"), add=12, change=1),))
    assert sentences.summary(plan) == (
        "Plan: 0 to create, 0 to update, 0 to delete; rows: 12 to add, 1 to change, 0 to deactivate."
    )
    assert sentences.rings(plan) == "Rings: nothing."


def test_what_rings_without_a_number_is_not_called_nothing() -> None:
    widened = Change(ADDRESS("campaign.tet"), Action.UPDATE, (FieldChange("frequency", 1, 2),), calls=True)
    sentence = sentences.rings(replace(NOTHING, changes=(widened,)))
    assert sentence == (
        "Rings: 0 campaigns started, 0 contacts newly dialled, 0 alarms; see the changes marked (rings)."
    )


def test_one_is_singular() -> None:
    plan = replace(EVERYTHING, calls=Calls(1, 1, 1))
    assert sentences.rings(plan) == "Rings: 1 campaign started, 1 contact newly dialled, 1 alarm."


def test_the_outcomes_follow_the_plan_and_say_how_to_go_on() -> None:
    assert text(EVERYTHING, OUTCOMES) == GOLDEN + (
        "\n"
        "done     create  survey.welcome\n"
        "unknown  rows    phonebook.vip: the answer was lost\n"
        "failed   update  campaign.tet: frequency: too high\n"
        "skipped  delete  survey.old: something failed before\n"
        "Rings now: not known, because not everything was done. Run `alice-apply status`; "
        "`alice-apply stop --all` stops every campaign.\n"
        "Apply: 1 done, 1 failed, 1 unknown, 1 not tried.\n"
        "It is not known whether every write arrived: what was sent is recorded, "
        "and the messages above say how to settle it.\n"
    )


def test_after_a_failure_the_next_step_is_to_mend_the_cause() -> None:
    failed = (Outcome(ADDRESS("survey.a"), "create", Result.FAILED, "no"),)
    assert "fix the cause and run apply again" in text(NOTHING, failed)


def test_after_an_interruption_there_is_nothing_to_mend() -> None:
    skipped = (Outcome(ADDRESS("survey.a"), "create", Result.SKIPPED, "interrupted"),)
    assert text(NOTHING, skipped).endswith("\nWhat was done is recorded: run apply again to finish.\n")


def test_when_all_is_done_nothing_is_left_to_say() -> None:
    assert text(NOTHING, (OUTCOMES[0],)).endswith("\nApply: 1 done, 0 failed, 0 not tried.\n")


def test_applying_nothing_is_said_in_three_words() -> None:
    assert text(NOTHING, ()).endswith("\nApply: nothing to do.\n")


def test_colour_changes_nothing_but_the_colour() -> None:
    coloured = text(EVERYTHING, OUTCOMES, colour=True)
    assert "\x1b[32m" in coloured
    plain = coloured
    for code in (0, 1, 2, 31, 32, 33, 35, 36):
        plain = plain.replace(f"\x1b[{code}m", "")
    assert plain == text(EVERYTHING, OUTCOMES)


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_every_format_renders_every_run_and_ends_with_a_newline(name: str) -> None:
    for run in (Run(EVERYTHING), Run(NOTHING), Run(EVERYTHING, OUTCOMES), Run(NOTHING, ())):
        assert REPORTS[name].render(run, False).endswith("\n")
