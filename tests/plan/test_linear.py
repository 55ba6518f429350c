"""Ten times the resources cost ten times the steps: counted, function by function, and never timed.

A function whose calls, or calls of built-in functions, grow faster looks through all of something for each of
something. A group is ten resources.
"""

from __future__ import annotations

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from types import CodeType, FrameType
from typing import Any

import pytest

from provisioner.checks import CHECKS
from provisioner.checks.context import Context, Limits
from provisioner.forecast.outlook import outlook_of
from provisioner.model import Address, LiveObject, Unknown
from provisioner.plan.build import build
from provisioner.plan.drift import drifts
from provisioner.plan.model import Drift, Outlook, RowChange
from provisioner.plan.options import PlanOptions
from provisioner.plan.situation import Situation
from provisioner.project import Project
from provisioner.reports import REPORTS
from provisioner.reports.report import Run
from provisioner.rows import Workspace
from provisioner.rows.appointments.questions import AppointmentQuestions
from provisioner.stop_marks import ADDRESS, Mark, Marks
from tests.factories import CAMPAIGN, NOW, SEAL, Account, dnc_list, flow, manifest, phonebook, project_of, situation_of

FEW, MANY = 3, 30
MOST = 11  # times the steps for ten times the resources
SORTED = 16  # times the comparisons of one that sorts
SPARE = 500  # steps that are counted otherwise once there are many
FOLDED = 3_000  # the same, where a report is folded
SECTIONS = (
    "[{key: hi, type: play_message, question: Hello, script: Hello}, {key: bye, type: play_message, question: Bye}]"
)

Count = Counter[CodeType]
Counts = Mapping[str, Count]  # by stage
Case = Callable[[int], tuple[Project, Account, dict[str, Any]]]  # so many groups, and the facts of `situation_of`


def _group(number: int) -> list[str]:
    """Ten resources that know each other."""
    dialling = {**CAMPAIGN, "name": f"C {number}", "survey": f"s{number}", "phonebooks": f"[p{number}]"}
    contacts = (f"+849348{number:05d}", f"+849358{number:05d}")
    return [
        flow("surveys", f"s{number}", name=f"S {number}", sections=SECTIONS),
        phonebook(f"p{number}", *contacts, name=f"P {number}"),
        flow("campaigns", f"c{number}", **dialling, status="started"),
        flow(
            "calendar_settings",
            f"t{number}",
            label=f"T {number}",
            survey="{name: Reminder}",
            call_timeout=60,
            gateway="AliceDevGateway",
        ),
        flow(
            "calendar_users",
            f"u{number}",
            username=f"u-{number}",
            password='"${env.BOT_PASSWORD}"',
            calendar_setting=f"t{number}",
        ),
        flow("calendars", f"k{number}", name=f"K {number}", user=f"u{number}"),
        flow(
            "events",
            f"e{number}",
            title=f"E {number}",
            start="2027-02-15T09:30:00+07:00",
            end="2027-02-15T10:00:00+07:00",
            calendar=f"k{number}",
        ),
        flow(
            "alarms",
            f"a{number}",
            event=f"e{number}",
            alarm_phonenumber=f'"+849388{number:05d}"',
            date_start_notice="2027-02-14T09:00:00+07:00",
        ),
    ]


def _text(groups: int, lists: int = 1) -> str:
    barred = (dnc_list(f"d{number}", f"+8493680{number:04d}", name=f"D {number}") for number in range(lists))
    return manifest(*(piece for number in range(groups) for piece in _group(number)), *barred)


def _new(groups: int) -> tuple[Project, Account, dict[str, Any]]:
    return project_of(_text(groups)), Account(), {}


def _unchanged(groups: int) -> tuple[Project, Account, dict[str, Any]]:
    project = project_of(_text(groups))
    return project, Account.applied(project), {}


def _changed(groups: int) -> tuple[Project, Account, dict[str, Any]]:
    """What runs is changed, its sections too, and its rows come and go."""
    _, account, _ = _unchanged(groups)
    project = project_of(_text(groups).replace("frequency: 10", "frequency: 20").replace("Hello}", "Welcome}"))
    rows = {str(a): RowChange(a, add=1, remove=1) for a, each in project.resources.items() if each.rows}
    return project, account, {"rows": rows}


def _barred(groups: int) -> tuple[Project, Account, dict[str, Any]]:
    """What runs is changed, and goes by as many DNC lists as there are campaigns."""
    text = _text(groups, groups)
    project = project_of(text.replace("frequency: 10", "frequency: 20"))
    return project, Account.applied(project_of(text)), {}


def _paused(groups: int) -> tuple[Project, Account, dict[str, Any]]:
    """Somebody has paused every campaign, and rows come."""
    project, account, facts = _changed(groups)
    _edit(account, "campaign", lambda each: {"status": "paused"})
    return project, account, facts


def _resumed(groups: int) -> tuple[Project, Account, dict[str, Any]]:
    """Every one of them was stopped, and is named to be started again."""
    project, account, _ = _paused(groups)
    every = tuple(project.resources)
    campaigns = tuple(address for address in every if address.kind == "campaign")
    marks = Marks(tuple(Mark("campaign", ADDRESS, str(address), NOW) for address in campaigns))
    return project, account, {"options": PlanOptions(targets=every, restarts=campaigns), "marks": marks}


def _removed(groups: int) -> tuple[Project, Account, dict[str, Any]]:
    """Nothing is declared any more, and all can go."""
    project, account, _ = _unchanged(groups)
    _edit(account, "campaign", lambda each: {"status": "ended"})
    return (
        replace(project, resources={}),
        account,
        {"options": PlanOptions(prune=True, targets=tuple(account.recorded))},
    )


def _unlisted(groups: int) -> tuple[Project, Account, dict[str, Any]]:
    """Every key is another one, and what the server does not list can be known by its record only."""
    _, account, _ = _unchanged(groups)
    account.unlisted |= dict.fromkeys(("phonebook", "section", "event", "alarm"), "403")
    renamed = re.sub(r"(?<=  )([spe])(\d+):", r"n\1\2:", _text(groups))
    return project_of(re.sub(r"(survey: |\[|event: )([spe]\d)", r"\1n\2", renamed)), account, {}


def _unread(groups: int) -> tuple[Project, Account, dict[str, Any]]:
    """Nothing is recorded, and what is live shows no status that is known, no title, or another name."""
    project, account, _ = _unchanged(groups)
    account.recorded.clear()
    _edit(account, "campaign", lambda each: {"status": Unknown("11")})
    account.hide("event", "title")
    _edit(account, "phonebook", lambda each: {"name": f"Old {each.fields['name']}"})
    return project, account, {}


def _doubled(groups: int) -> tuple[Project, Account, dict[str, Any]]:
    """Another run has made a second one of each, and an interrupted one a third."""
    project, account, _ = _unchanged(groups)
    for each in [each for each in account.objects if each.kind in ("survey", "phonebook", "campaign")]:
        account.objects.append(replace(each, id=each.id + 100_000))
        left = {**each.fields, "name": f"{each.fields['name']} (replaces {each.id + 300_000})"}
        account.objects.append(replace(each, id=each.id + 200_000, fields=left))
    for address in [address for address in account.recorded if address.kind == "campaign"]:
        account.remove("campaign", account.recorded.pop(address).remote_id)
    return project, account, {}


def _edit(account: Account, kind: str, fields: Callable[[LiveObject], dict[str, Any]]) -> None:
    objects = account.objects
    account.objects = [
        replace(each, fields={**each.fields, **fields(each)}) if each.kind == kind else each for each in objects
    ]


@pytest.mark.parametrize("case", [_resumed, _removed, _unlisted, _unread, _doubled])
def test_a_plan_costs_steps_as_it_has_resources(case: Case) -> None:
    few, many = (planned(*case(groups)) for groups in (FEW, MANY))
    assert worse(few, many) == {}


@pytest.mark.parametrize("case", [_new, _changed, _barred, _paused])
def test_outlook_and_checks_cost_steps_as_there_are_resources(case: Case) -> None:
    few, many = (checked(*case(groups)) for groups in (FEW, MANY))
    assert worse(few, many) == {}


def test_reports_cost_steps_as_there_are_resources() -> None:
    few, many = (reported(*_new(groups)) for groups in (FEW, MANY))
    assert worse(few, many, FOLDED) == {}


def worse(few: Counts, many: Counts, spare: int = SPARE) -> dict[str, tuple[int, int]]:
    """The stages, and the functions of a stage, that take too many steps."""
    stages = {stage: (few[stage].total(), count.total(), MOST) for stage, count in many.items()}
    functions = {
        f"{stage}: {_named(code)}": (few[stage][code], count, SORTED)
        for stage, counts in many.items()
        for code, count in counts.items()
    }
    all_of_them = (stages | functions).items()
    return {name: (one, other) for name, (one, other, most) in all_of_them if other > most * one + spare}


def _named(code: CodeType) -> str:
    return f"{code.co_filename}:{code.co_firstlineno} {code.co_qualname}"


def planned(project: Project, account: Account, facts: dict[str, Any]) -> Counts:
    """The steps of a plan without its outlook."""
    counts = defaultdict[str, Count](Counter)
    situation = counted(counts["plan"], lambda: situation_of(project, account, **facts))
    known = (account.recorded, situation.live, project.resources, NOW, SEAL)
    drifted = counted(counts["drift"], lambda: drifts(*known)).drift
    counted(counts["build"], lambda: build(situation, (), drifted, Outlook(), SEAL.key))
    return counts


def checked(project: Project, account: Account, facts: dict[str, Any]) -> Counts:
    """The steps of all that is said of a plan."""
    counts = defaultdict[str, Count](Counter)
    context = _context(situation_of(project, account, **facts), counts["outlook"])
    for name, check in CHECKS.items():
        counted(counts[name], lambda run=check.run: list(run(context)))
    return counts


def reported(project: Project, account: Account, facts: dict[str, Any]) -> Counts:
    """The steps of all reports."""
    counts, situation = defaultdict[str, Count](Counter), situation_of(project, account, **facts)
    context = _context(situation, Counter())
    found = [each for check in CHECKS.values() for each in check.run(context)]
    drifted = tuple(Drift(address, ()) for address in situation.decisions)
    made = build(situation, found, drifted, context.outlook, SEAL.key)
    empty = Run(replace(made.plan, changes=(), drift=(), findings=(), rows=(), links=()))
    for name, report in REPORTS.items():
        report.render(empty, False)  # templates are compiled once
        counted(counts[name], lambda render=report.render: render(Run(made.plan), False))
    return counts


def _context(situation: Situation, count: Count) -> Context:
    """What checks look at, with an outlook in which every phonebook has two numbers of its own."""
    ids = situation.matches.targets.ids
    shared = {frozenset({ids.get(a, a)}): 2 for a in situation.rows.changes if a.kind == "phonebook"}
    rows = replace(situation.rows, shared=shared, held=situation.rows.active)
    situation = replace(situation, rows=rows)
    return Context(
        situation,
        counted(count, lambda: outlook_of(situation)),
        _Numbers(),
        _Account(),
        AppointmentQuestions(_no_rows, {}, ()),
    )


def counted(count: Count, run: Callable[[], Any]) -> Any:
    """What it returns; its calls are counted by the function that is called, or that calls a built-in one."""

    def note(frame: FrameType, event: str, argument: Any) -> None:
        if event in ("call", "c_call"):
            count[frame.f_code] += 1

    sys.setprofile(note)
    try:
        return run()
    finally:
        sys.setprofile(None)


def _no_rows() -> Workspace:
    raise AssertionError("there are no appointments to ask about")


class _Numbers:
    """Of every phonebook one number is listed, barred and shown otherwise."""

    numbers, unnoticed, new = 1, 0, 0

    def listed(self, address: Address, lists: Collection[Address]) -> _Numbers:
        return self

    def barred(self, address: Address) -> int:
        return 1

    def says(self, address: Address, names: Collection[str]) -> frozenset[str]:
        return frozenset()

    def renumbered(self, address: Address) -> tuple[int, int]:
        return 1, 1

    def within(self, address: Address, region: str) -> int:
        return 1


class _Account:
    """Shows nothing."""

    def sample(self, *about: Any, **between: Any) -> list[Mapping[str, Any]]:
        return []

    def without(self, kind_name: str, relation: str, remote_id: int) -> bool:
        return True

    def limits(self, kind_name: str) -> Mapping[str, Limits]:
        return {}
