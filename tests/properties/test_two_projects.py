"""What apply promises, for projects that nobody thought of: apply A, apply B, and there is nothing left to do.

With and without an emptied state in between. What a plan refuses (a frozen survey, a calendar user that changes) is
exit 1 with a place, and then A must still stand.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import Phase, event, given, note
from hypothesis import strategies as st

from provisioner.checks import CHECKS
from provisioner.model import Address
from provisioner.resources import KINDS
from provisioner.simulator.process import Simulator
from tests.factories import NOW
from tests.operator import Operator, Said
from tests.properties.examples import examples
from tests.properties.projects import Manifest, files, projects, successors

PROJECT = """alice: 1
project: random
endpoint: {endpoint}
timezone: Asia/Ho_Chi_Minh
region: VN
safety: {{max_update_percent: 100, max_remove_percent: 100}}
checks: {{{checks}}}
{more}
"""
# Random campaigns call at night and whom they must not; what the checks say refuses nothing here.
CHECKED = ", ".join(f"{check}: info" for check in CHECKS)
MORE = ("", "number_format: e164", "number_format: as_is", "server_timezone: UTC")
PLACED = re.compile(r"^main\.yaml:\d+:\d+: error: ", re.MULTILINE)

# Each of them leaves the promise as it is; a server that lacks a verb or hides a kind makes plans be refused.
SAFE = {
    "relations": ("str", "url", "nested"),
    "user_field": ("username", "url", "nested", "absent"),
    "additional_vars": ("object",),
    "datetimes": ("milliseconds", "microseconds", "offset"),
    "text_empty": ("null",),
    "phone_text": ("digits",),
    "order": ("updated", "shuffled"),
    "lists": ("results", "bare"),
    "filters": ("ignored",),
    "create_answer": ("no-id", "empty", "blank", "id", "sent"),
    "put_answer": ("empty", "sent"),
    "calendar_user_create": ("full", "500-after-commit"),
    "calendar_user_list": ("polymorphic",),
    "calendar_user_setting": ("hidden",),
    "status_answer": ("object", "empty"),
    "get_detail": ("documented", "none", "html-404"),
    "put": ("strict", "resetting"),
    "status_field": ("writable",),
    "contact_unique": ("on",),
    "bulk_duplicates": ("same-phonebook", "allowed", "all-or-nothing"),
    "bulk_fields": ("all",),
    "bulk_answer": ("201", "400"),
    "bulk_max": ("2",),
    "script_on_create": ("kept",),
    "object_id": ("unchanged",),
    "delete": ("all", "none"),
    "options": ("405",),
    "next_host": ("foreign",),
}
VARIANTS = st.lists(st.sampled_from(sorted(SAFE)), unique=True, max_size=4).flatmap(
    lambda names: st.fixed_dictionaries({name: st.sampled_from(SAFE[name]) for name in names})
)


class Story(NamedTuple):
    """Two projects, and a line of alice.yaml for each."""

    first: Manifest
    second: Manifest
    first_more: str
    second_more: str


@st.composite
def stories(draw: Any) -> Story:
    """A project and what becomes of it."""
    first = draw(projects())
    return Story(first, draw(successors(first)), *(draw(st.sampled_from(MORE)) for _ in range(2)))


@contextmanager
def operator_of(simulator: Simulator, variants: dict[str, str]) -> Iterator[Operator]:
    """A new account, a new folder."""
    simulator.reset(now=NOW, variants=variants)
    folder = Path(tempfile.mkdtemp(prefix="alice-two-"))
    try:
        operator = Operator(folder, simulator, now=NOW, environ={"CLINIC_PASSWORD": "correct-horse"})
        yield operator
    finally:
        shutil.rmtree(folder)


def declare(operator: Operator, project: Manifest, more: str) -> None:
    """These files and no others."""
    operator.write("alice.yaml", PROJECT.format(endpoint=operator.simulator.endpoint, checks=CHECKED, more=more))
    for old in operator.directory.glob("*.csv"):
        old.unlink()
    for name, text in files(project):
        operator.write(name, text)
        note(f"{name}:\n{text}")


def bring_about(operator: Operator, project: Manifest, more: str, *options: str) -> bool:
    """Apply; False when the plan was refused for a reason that it has."""
    declare(operator, project, more)
    operator.simulator.clear_requests()
    before = operator.simulator.counts()
    said = operator.run("apply", "--auto-approve", "--allow-calls", "--output", "json", *options)
    if said.code == 0:
        document = json.loads(said.out)
        assert made(before, operator.simulator.counts(), document) == planned(document)
        return True
    note(said.err)
    assert refused_as_designed(said, options), f"exit {said.code}\n{said.out}\n{said.err}"
    assert operator.simulator.writes() == []
    return False


def made(before: dict[str, int], after: dict[str, int], document: dict[str, Any]) -> dict[str, int]:
    """How many objects and rows more there are; rows that went with their owner are nobody's deletion."""
    grown = {name: after[kind.path] - before[kind.path] for name, kind in KINDS.items() if kind.api.verbs.create}
    return {name: count for name, count in grown.items() if count and name not in gone_with_owners(document)}


def gone_with_owners(document: dict[str, Any]) -> set[str]:
    """The kinds of rows of which some may have gone because a phonebook or a list was deleted."""
    deleted = [Address.parse(each["address"]).kind for each in document["outcomes"] if each["action"] == "delete"]
    return {KINDS[name].rows.kind for name in deleted if KINDS[name].rows}


def planned(document: dict[str, Any]) -> dict[str, int]:
    """How many there should be: created, and not deleted."""
    done = Counter(
        Address.parse(each["address"]).kind
        for each in document["outcomes"]
        if each["action"] == "create" and each["result"] == "done"
    )
    done.subtract(Address.parse(each["address"]).kind for each in document["outcomes"] if each["action"] == "delete")
    for rows in document["rows"]:
        done[KINDS[Address.parse(rows["address"]).kind].rows.kind] += rows["add"]
    return {name: count for name, count in done.items() if count and name not in gone_with_owners(document)}


def refused_as_designed(said: Said, options: tuple[str, ...]) -> bool:
    if said.code == 3:
        return "still runs" in said.err and "--prune" in options
    return said.code == 1 and bool(PLACED.search(said.err)) and "Traceback" not in said.err


def forget_everything(operator: Operator) -> None:
    shutil.rmtree(operator.directory / ".alice", ignore_errors=True)


def check(simulator: Simulator, story: Story, variants: dict[str, str], prune: bool, forget: bool) -> None:
    """Apply A, apply B, plan: empty. Empty the state, plan: empty again."""
    with operator_of(simulator, variants) as operator:
        assert bring_about(operator, story.first, story.first_more), "there was nothing to refuse in an empty account"
        if forget:
            forget_everything(operator)
        changed = bring_about(operator, story.second, story.second_more, *(["--prune"] if prune else []))
        event("B was applied" if changed else "B was refused")
        if not changed:
            declare(operator, story.first, story.first_more)
        operator.demand_nothing_to_do()
        forget_everything(operator)
        if left_behind(operator):
            event("ambiguous without a state")
        else:
            operator.demand_nothing_to_do()


def left_behind(operator: Operator) -> bool:
    """Whether B gave something the name of an object that it no longer declares: without a state that is ambiguous."""
    said = operator.run("plan")
    errors = [line for line in said.err.splitlines() if ": error: " in line]
    return said.code == 1 and bool(errors) and all("several live" in line for line in errors)


def run_examples(simulator: Simulator, count: int, **how: Any) -> None:
    @examples(count, **how)
    @given(stories(), VARIANTS, st.booleans(), st.booleans())
    def prove(story: Story, variants: dict[str, str], prune: bool, forget: bool) -> None:
        check(simulator, story, variants, prune, forget)

    prove()


@pytest.mark.long
def test_whatever_is_applied_after_whatever_leaves_nothing_to_do(simulator_process: Simulator) -> None:
    run_examples(simulator_process, 10, derandomize=True, phases=[Phase.generate])


@pytest.mark.soak
def test_many_projects_after_many_others(simulator_process: Simulator) -> None:
    run_examples(simulator_process, 1000)
