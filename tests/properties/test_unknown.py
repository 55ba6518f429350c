"""Unknown is not nothing, for projects that nobody thought of: the less an account shows, the less a plan may do.

Two plans of one project on one account: everything readable, and then any part of it refused, failing or in a form that
nobody knows. What passes without --allow-calls never grows, nobody is called whom the other plan would not have called,
and no error disappears.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import Phase, event, given, note
from hypothesis import strategies as st

from provisioner.model import Address
from provisioner.plan.dnc import is_list
from provisioner.resources import KINDS, Integer, Relation, Text
from provisioner.simulator.process import Simulator
from tests.operator import Operator
from tests.properties.examples import examples
from tests.properties.test_two_projects import (
    PROJECT,
    Story,
    bring_about,
    declare,
    forget_everything,
    operator_of,
    stories,
)

PATHS = sorted(kind.path for kind in KINDS.values() if kind.fields or kind.facts)
FIELDS = sorted(f"{k.path}.{f.key}" for k in KINDS.values() for f in (*k.fields, *k.facts) if k.path != "contact")
REFUSALS = ("403", "405", "html-403", "html-404")
# Of a list that could not be read, this stands in for what the list would have told.
UNREAD = "dnc-unread"


def some(values: list[str]) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(values), unique=True, min_size=1, max_size=3).map(",".join)


REFUSED = st.fixed_dictionaries(
    {"failing_pages": some(PATHS), "failing_page": st.just("1"), "failing_page_answer": st.sampled_from(REFUSALS)}
)
# A text can be any word, what counts or points at something any digits: those are other values, and no unknown ones.
TEXTS = {f"{k.path}.{f.key}" for k in KINDS.values() for f in k.fields if isinstance(f, Text)}
COUNTS = {f"{k.path}.{f.key}" for k in KINDS.values() for f in k.fields if isinstance(f, Integer)}
POINTS = {f"{k.path}.{f.key}" for k in KINDS.values() for f in k.fields if isinstance(f, Relation)}
READABLE = {"99": TEXTS | COUNTS | POINTS, "word": TEXTS, "null": TEXTS, "hidden": set()}
NOT_UNDERSTOOD = st.sampled_from(sorted(READABLE)).flatmap(
    lambda form: st.fixed_dictionaries(
        {"unread_fields": some([each for each in FIELDS if each not in READABLE[form]]), "unread_form": st.just(form)}
    )
)
OTHERS = st.fixed_dictionaries({"other_owner": some(["campaigns", "survey-list", "phonebook"])})
IGNORED = st.just({"filters": "ignored"})
UNKNOWN = st.lists(st.one_of(REFUSED, NOT_UNDERSTOOD, OTHERS, IGNORED), min_size=1, max_size=2).map(
    lambda parts: {name: value for part in parts for name, value in part.items()}
)
Writes = dict[tuple[str, str], int]


def writes(plan: dict[str, Any]) -> Writes:
    """What a plan sends: fields by address, rows by address and direction, with how many."""
    found: Writes = {}
    for change in plan["changes"]:
        fields = [each["path"] for each in change["fields"]] or ([""] if change["action"] == "delete" else [])
        found |= {(change["address"], field): 1 for field in fields}
    for rows in plan["rows"]:
        found |= {(rows["address"], name): rows[name] for name in ("add", "change", "remove") if rows[name]}
    return found


def calling(plan: dict[str, Any]) -> Iterator[tuple[tuple[str, str], int]]:
    """What calls people, or may: starts, alarms and contacts."""
    for (address, what), count in writes(plan).items():
        kind = KINDS[Address.parse(address).kind]
        if kind.startable or kind.timing.notice or (kind.rows and not kind.rows.additive and what == "add"):
            yield (address, what), count


def grown(less: Writes, more: Writes) -> Writes:
    """What `more` has beyond `less`."""
    return {each: count for each, count in more.items() if count > less.get(each, 0)}


def passing(plan: dict[str, Any]) -> Writes:
    """What a plan sends without leave to call: where only that is missing, what calls nobody.

    The rest of a plan that is held up is sent by a plan in which what calls is not settled
    (docs/architecture.md#what-is-not-known).
    """
    if any("--allow-calls" not in each for each in plan["refusals"]):
        return {}
    called = dict(calling(plan)) if plan["refusals"] else {}
    return {each: count for each, count in writes(plan).items() if each not in called}


def errors(plan: dict[str, Any]) -> set[tuple[str, str]]:
    return {(each["id"], each["address"]) for each in plan["findings"] if each["severity"] == "error"}


def planned(operator: Operator, *options: str) -> dict[str, Any] | None:
    said = operator.run("plan", "--output", "json", *options)
    assert said.code in (0, 1), said.err
    assert "internal error" not in said.err
    note(said.err)
    return json.loads(said.out) if said.code == 0 else None


def check(simulator: Simulator, story: Story, unknown: dict[str, str], prune: bool, forget: bool) -> None:
    with operator_of(simulator, {}) as operator:
        assert bring_about(operator, story.first, story.first_more)
        if forget and "other_owner" not in unknown:  # without a record what is another user's is not ours
            forget_everything(operator)
        declare(operator, story.second, story.second_more)
        operator.write("alice.yaml", PROJECT.format(endpoint=simulator.endpoint, checks="", more=story.second_more))
        options = ["--prune"] if prune else []
        known = planned(operator, *options)
        simulator.variants(**unknown)
        less = planned(operator, *options)
        event(f"{'refused' if known is None else 'planned'}, then {'refused' if less is None else 'planned'}")
        if known is None or less is None:
            return
        if not less["refusals"]:
            sent = writes(less)
            if forget:  # without a record nobody knows what is on a list, and to bar somebody twice is no harm
                sent = {each: count for each, count in sent.items() if not is_list(Address.parse(each[0]))}
            assert grown(passing(known), sent) == {}
        assert grown(dict(calling(known)), dict(calling(less))) == {}
        if UNREAD not in {name for name, _ in errors(less)}:
            assert errors(known) <= errors(less)
        assert bool(errors(known)) <= bool(errors(less))


def run_examples(simulator: Simulator, count: int, **how: Any) -> None:
    @examples(count, **how)
    @given(stories(), UNKNOWN, st.booleans(), st.booleans())
    def prove(story: Story, unknown: dict[str, str], prune: bool, forget: bool) -> None:
        note(str(unknown))
        check(simulator, story, unknown, prune, forget)

    prove()


@pytest.mark.long
def test_the_less_an_account_shows_the_less_a_plan_may_do(simulator_process: Simulator) -> None:
    run_examples(simulator_process, 25, derandomize=True, phases=[Phase.generate])


@pytest.mark.soak
def test_many_accounts_that_show_less(simulator_process: Simulator) -> None:
    run_examples(simulator_process, 1500)
